package adjoint.autodiff;

import adjoint.linalg.Chain;
import adjoint.linalg.Chains;
import java.util.List;

/// Operations on rows, the last axis, each one fused kernel forward and one backward, with its plain decomposition.
final class Rows {
    /// From this many rows on, the gradients of a layer norm's parameters are summed block by block.
    private static final int BLOCK = 64;

    private Rows() {}

    /// e^xᵢ / Σⱼ e^xⱼ.
    static final FusedOp<Void> SOFTMAX = new FusedOp<>("softmax", "e^xᵢ/Σⱼ e^xⱼ") {
        @Override
        void infer(Call call, Void none) {
            call.output(Elementwise.floating(this, call.in(0)), call.in(0).shape());
        }

        @Override
        Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        void compute(Call call, Void none) {
            forward(call, Chains.SOFTMAX);
        }

        @Override
        int reads(int i) {
            return output(0);
        }

        @Override
        void fusedVjp(Call call, Void none, Flow flow) {
            backward(call, flow, Chains.SOFTMAX_BACKWARD);
        }

        @Override
        void vjp(Call call, Void none, Flow flow) {
            flow.give(0, slope(call.out(0), flow.gradient()));
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            return slope(call.out(0), tangents.of(0));
        }

        /// The Jacobian, diag y − y·yᵀ, is symmetric.
        private Tensor slope(Tensor y, Tensor t) {
            return y.mul(t.sub(y.mul(t).sum(true, -1)));
        }

        @Override
        Tensor plain(Tensor[] in, Void none) {
            Tensor e = in[0].sub(in[0].max(true, -1).detach()).exp();
            return e.div(e.sum(true, -1));
        }
    };

    /// xᵢ − log Σⱼ e^xⱼ.
    static final FusedOp<Void> LOG_SOFTMAX = new FusedOp<>("logSoftmax", "xᵢ − ln Σⱼ e^xⱼ") {
        @Override
        void infer(Call call, Void none) {
            call.output(Elementwise.floating(this, call.in(0)), call.in(0).shape());
        }

        @Override
        Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        void compute(Call call, Void none) {
            forward(call, Chains.LOG_SOFTMAX);
        }

        @Override
        int reads(int i) {
            return output(0);
        }

        @Override
        void fusedVjp(Call call, Void none, Flow flow) {
            backward(call, flow, Chains.LOG_SOFTMAX_BACKWARD);
        }

        @Override
        Tensor plain(Tensor[] in, Void none) {
            Tensor shifted = in[0].sub(in[0].max(true, -1).detach());
            return shifted.sub(shifted.exp().sum(true, -1).log());
        }
    };

    /// log Σⱼ e^xⱼ; the axis is kept with length 1.
    static final FusedOp<Void> LOG_SUM_EXP = new FusedOp<>("logSumExp", "ln Σⱼ e^xⱼ") {
        @Override
        void infer(Call call, Void none) {
            Tensor x = call.in(0);
            int[] dims = x.shape().dims();
            dims[dims.length - 1] = 1;
            call.output(Elementwise.floating(this, x), Shape.of(dims));
        }

        @Override
        Tensor batch(Batch batch, Void params) {
            return batch.aligned(this, params);
        }

        @Override
        void compute(Call call, Void none) {
            Tensor x = call.in(0);
            Sweep sweep = call.engine.sweep;
            sweep.rows(x.shape());
            sweep.add(x);
            sweep.addPerRow(call.out(0).array(), call.out(0).offset);
            sweep.plan();
            sweep.run(x.dtype().precision(), Chains.LOG_SUM_EXP);
        }

        @Override
        int reads(int i) {
            return input(0) | output(0);
        }

        @Override
        void fusedVjp(Call call, Void none, Flow flow) {
            Tensor x = call.in(0);
            Tensor g = flow.engine().dense(flow.gradient());
            flow.into(0, false);
            Sweep sweep = flow.engine().sweep;
            sweep.rows(x.shape());
            sweep.add(x);
            sweep.addPerRow(call.out(0).array(), call.out(0).offset);
            sweep.addPerRow(g.array(), g.offset);
            flow.run(0, Chains.LOG_SUM_EXP_BACKWARD);
            flow.engine().drop(g, flow.gradient());
        }

        @Override
        Tensor plain(Tensor[] in, Void none) {
            Tensor shift = in[0].max(true, -1).detach();
            return in[0].sub(shift).exp().sum(true, -1).log().add(shift);
        }
    };

    /// [#LOG_SUM_EXP] over other axes than the last one, which are kept with length 1.
    static Tensor logSumExp(Tensor x, Axes axes) {
        Shape shape = x.shape();
        int inner = axes.inner(shape);
        Tensor planes = x.reshape(axes.outer(shape), axes.length(shape), inner);
        Tensor rows = inner == 1 ? planes.squeeze(2) : planes.transpose(1, 2);
        return Engine.run(LOG_SUM_EXP, null, rows).reshape(axes.kept(shape));
    }

    /// x/max(‖x‖₂, ε).
    static final FusedOp<Double> NORMALIZE = new FusedOp<>("normalize", "x/max(‖x‖₂, ε)") {
        @Override
        void infer(Call call, Double epsilon) {
            Tensor x = call.in(0);
            call.output(Elementwise.floating(this, x), x.shape());
            call.output(x.dtype(), perRow(x.shape()));
        }

        @Override
        Tensor batch(Batch batch, Double params) {
            return batch.aligned(this, params);
        }

        @Override
        void compute(Call call, Double epsilon) {
            normalized(call, epsilon, Chains.NORMALIZE_ROWS);
        }

        @Override
        int reads(int i) {
            return output(0) | output(1);
        }

        @Override
        void fusedVjp(Call call, Double epsilon, Flow flow) {
            flow.into(0, true);
            Sweep sweep = flow.engine().sweep;
            sweep.rows(call.in(0).shape());
            sweep.add(flow.gradient());
            sweep.add(call.out(0));
            sweep.addPerRow(call.out(1).array(), call.out(1).offset);
            sweep.scalar(epsilon);
            flow.run(0, Chains.NORMALIZE_ROWS_BACKWARD);
        }

        /// √max(Σx², ε²) instead of max(√Σx², ε), which has no derivative at 0.
        @Override
        Tensor plain(Tensor[] in, Double epsilon) {
            return in[0].div(
                    in[0].square().sum(true, -1).maximum(epsilon * epsilon).sqrt());
        }
    };

    /// (x − mean)/√(variance + ε)·γ + β, of x, γ, β.
    static final FusedOp<Double> LAYER_NORM = new FusedOp<>("layerNorm", "(x − mean)/√(variance + ε)·γ + β") {
        @Override
        void infer(Call call, Double epsilon) {
            Tensor x = call.in(0);
            DType dtype = Elementwise.floating(this, x, call.in(1));
            Elementwise.floating(this, x, call.in(2));
            int cols = x.dim(-1);
            requireVector(this, "gamma", call.in(1), x, cols);
            requireVector(this, "beta", call.in(2), x, cols);
            call.output(dtype, x.shape());
            call.output(dtype, perRow(x.shape()));
            call.output(dtype, perRow(x.shape()));
        }

        @Override
        Tensor batch(Batch batch, Double epsilon) {
            if (!batch.isBatched(1) && !batch.isBatched(2)) {
                return batch.whole(this, epsilon);
            }
            int rank = batch.rank(0);
            Tensor normal = batch.in(0).layerNorm(null, null, epsilon);
            return normal.mul(batch.raised(1, rank)).add(batch.raised(2, rank));
        }

        @Override
        void compute(Call call, Double epsilon) {
            normalized(call, epsilon, Chains.LAYER_NORM);
        }

        /// With x̂ = (x − mean)/σ, whose tangent is (t − mean t − x̂·mean(x̂·t))/σ.
        @Override
        Tensor jvp(Call call, Double epsilon, Tangents tangents) {
            Tensor x = call.in(0);
            Tensor centred = x.sub(x.mean(true, -1));
            Tensor deviation = centred.square().mean(true, -1).add(epsilon).sqrt();
            Tensor normal = centred.div(deviation);
            Tensor sum = tangents.plus(
                    null,
                    0,
                    t -> t.sub(t.mean(true, -1))
                            .sub(normal.mul(normal.mul(t).mean(true, -1)))
                            .div(deviation)
                            .mul(call.in(1)));
            sum = tangents.plus(sum, 1, t -> normal.mul(t));
            return tangents.plus(sum, 2, t -> t).expand(x.shape());
        }

        @Override
        int reads(int i) {
            return input(0) | (i == 0 ? input(1) : NO_VALUES) | output(1) | output(2);
        }

        @Override
        void fusedVjp(Call call, Double epsilon, Flow flow) {
            if (flow.wants(1) || flow.wants(2)) {
                parameterGradients(call, flow, Chains.LAYER_NORM_PARAMETERS_BACKWARD, 2);
            }
            if (flow.wants(0)) {
                scaledGradient(call, flow, Chains.LAYER_NORM_BACKWARD);
            }
        }

        @Override
        Tensor plain(Tensor[] in, Double epsilon) {
            Tensor centred = in[0].sub(in[0].mean(true, -1));
            Tensor deviation = centred.square().mean(true, -1).add(epsilon).sqrt();
            return centred.div(deviation).mul(in[1]).add(in[2]);
        }
    };

    /// x/√(mean x² + ε)·γ, of x, γ.
    static final FusedOp<Double> RMS_NORM = new FusedOp<>("rmsNorm", "x/√(mean x² + ε)·γ") {
        @Override
        void infer(Call call, Double epsilon) {
            Tensor x = call.in(0);
            DType dtype = Elementwise.floating(this, x, call.in(1));
            requireVector(this, "gamma", call.in(1), x, x.dim(-1));
            call.output(dtype, x.shape());
            call.output(dtype, perRow(x.shape()));
        }

        @Override
        void compute(Call call, Double epsilon) {
            normalized(call, epsilon, Chains.RMS_NORM);
        }

        @Override
        int reads(int i) {
            return input(0) | (i == 0 ? input(1) : NO_VALUES) | output(1);
        }

        @Override
        void fusedVjp(Call call, Double epsilon, Flow flow) {
            if (flow.wants(1)) {
                parameterGradients(call, flow, Chains.RMS_NORM_PARAMETERS_BACKWARD, 1);
            }
            if (flow.wants(0)) {
                scaledGradient(call, flow, Chains.RMS_NORM_BACKWARD);
            }
        }

        @Override
        Tensor plain(Tensor[] in, Double epsilon) {
            return in[0].div(in[0].square().mean(true, -1).add(epsilon).sqrt()).mul(in[1]);
        }
    };

    private static void requireVector(Op<?> op, String name, Tensor vector, Tensor x, int cols) {
        if (vector.rank() != 1 || vector.dim(0) != cols) {
            throw new ShapeError(op + ": " + name + " must have the length of the last axis, [" + cols
                    + "] for x of shape " + x.shape() + ", got " + vector.shape());
        }
    }

    /// Runs a chain from x and the vectors behind it to the result and what is saved per row, with the scalar ε.
    private static void normalized(Call call, double epsilon, Chain chain) {
        Tensor x = call.in(0);
        Sweep sweep = call.engine.sweep;
        sweep.rows(x.shape());
        for (int i = 0; i < call.inputs(); i++) {
            sweep.add(call.in(i));
        }
        sweep.addDense(call.out(0).array(), call.out(0).offset);
        for (int i = 1; i < call.outputs(); i++) {
            sweep.addPerRow(call.out(i).array(), call.out(i).offset);
        }
        sweep.scalar(epsilon);
        sweep.plan();
        sweep.run(x.dtype().precision(), chain);
    }

    /// The gradient of x by a chain from that of the result, x, γ and what was saved per row.
    private static void scaledGradient(Call call, Flow flow, Chain chain) {
        flow.into(0, true);
        Sweep sweep = flow.engine().sweep;
        sweep.rows(call.in(0).shape());
        sweep.add(flow.gradient());
        sweep.add(call.in(0));
        sweep.add(call.in(1));
        for (int i = 1; i < call.outputs(); i++) {
            sweep.addPerRow(call.out(i).array(), call.out(i).offset);
        }
        flow.run(0, chain);
    }

    /// The gradients of the vectors behind x, which the chain adds up from gradient, x and what was saved per row.
    ///
    /// Column sums over all rows, block by block and then over the blocks: a tree that depends on the number of rows
    /// alone, and keeps rounding errors from growing with it.
    ///
    /// @param vectors how many there are, and how many numbers were saved per row
    private static void parameterGradients(Call call, Flow flow, Chain chain, int vectors) {
        Engine engine = flow.engine();
        Tensor g = engine.dense(flow.gradient());
        Tensor x = engine.dense(call.in(0));
        int cols = x.dim(-1);
        int rows = call.out(1).size();
        int blocks = Math.max(1, (rows + BLOCK - 1) / BLOCK);
        Storage sums = engine.takeTemporary(x.dtype(), vectors * blocks * cols);
        Engine.kernels(x.dtype()).fill(sums.array, 0, vectors * blocks * cols, 0);
        for (int b = 0; b < blocks; b++) {
            int from = b * BLOCK;
            Sweep sweep = engine.sweep;
            sweep.rows(Shape.of(Math.min(BLOCK, rows - from), cols));
            sweep.addDense(g.array(), g.offset + from * cols);
            sweep.addDense(x.array(), x.offset + from * cols);
            for (int i = 1; i <= vectors; i++) {
                sweep.addPerRow(call.out(i).array(), call.out(i).offset + from);
            }
            for (int i = 0; i < vectors; i++) {
                sweep.addColumnSums(sums.array, (i * blocks + b) * cols);
            }
            sweep.plan();
            sweep.run(x.dtype().precision(), chain);
        }
        for (int i = 1; i <= vectors; i++) {
            if (flow.wants(i)) {
                flow.into(i, false);
                int start = (i - 1) * blocks * cols;
                Engine.kernels(x.dtype())
                        .sumRows(blocks, cols, sums.array, start, cols, flow.beta(), flow.array(), flow.offset());
            }
        }
        engine.dropTemporary(sums);
        engine.drop(x, call.in(0));
        engine.drop(g, flow.gradient());
    }

    static final List<Op<?>> ALL = List.of(SOFTMAX, LOG_SOFTMAX, LOG_SUM_EXP, NORMALIZE, LAYER_NORM, RMS_NORM);

    private static void forward(Call call, Chain chain) {
        Tensor x = call.in(0);
        Sweep sweep = call.engine.sweep;
        sweep.rows(x.shape());
        sweep.add(x);
        sweep.addDense(call.out(0).array(), call.out(0).offset);
        sweep.plan();
        sweep.run(x.dtype().precision(), chain);
    }

    /// For chains from the value and its gradient.
    private static void backward(Call call, Flow flow, Chain chain) {
        flow.into(0, true);
        Sweep sweep = flow.engine().sweep;
        sweep.rows(call.in(0).shape());
        sweep.add(call.out(0));
        sweep.add(flow.gradient());
        flow.run(0, chain);
    }

    /// The shape without its last axis.
    private static Shape perRow(Shape shape) {
        return Shape.of(shape.array(), Math.max(0, shape.rank() - 1));
    }
}
