package adjoint.autodiff;

import adjoint.linalg.Chain;
import adjoint.linalg.Chains;
import adjoint.linalg.Kernels;
import adjoint.linalg.Reduction;
import java.util.List;

/// Reductions other than the sum over neighbouring axes, which are kept with length 1; [Axes#reduce] leads others here.
final class Folds {
    private Folds() {}

    static final Extreme MAX =
            new Extreme("max", "the largest element over axes", "largest", Reduction.MAX, Chains.MAX_ROW);

    static final Extreme MIN =
            new Extreme("min", "the smallest element over axes", "smallest", Reduction.MIN, Chains.MIN_ROW);

    /// The largest or smallest element. Elements that tie share the gradient.
    static final class Extreme extends Op<Axes> {
        private final String word;
        private final Reduction reduction;
        private final Chain rows;

        private Extreme(String name, String formula, String word, Reduction reduction, Chain rows) {
            super(name, formula);
            this.word = word;
            this.reduction = reduction;
            this.rows = rows;
        }

        @Override
        void infer(Call call, Axes axes) {
            Tensor x = call.in(0);
            DType dtype = Elementwise.floating(this, x);
            if (axes.length(x.shape()) == 0) {
                throw new ShapeError(name() + ": an axis of length 0 has no " + word + " element, shape " + x.shape());
            }
            call.output(dtype, axes.kept(x.shape()));
        }

        @Override
        Tensor batch(Batch batch, Axes axes) {
            return batch.whole(this, axes.behind());
        }

        @Override
        void compute(Call call, Axes axes) {
            Tensor x = call.in(0);
            Tensor out = call.out(0);
            if (axes.from() == x.rank() - 1) {
                Sweep sweep = call.engine.sweep;
                sweep.rows(x.shape());
                sweep.add(x);
                sweep.addPerRow(out.array(), out.offset);
                sweep.plan();
                sweep.run(x.dtype().precision(), rows);
            } else {
                fold(call, reduction, axes, out);
            }
        }

        @Override
        void vjp(Call call, Axes axes, Flow flow) {
            Tensor isExtreme = call.in(0).equal(call.out(0));
            Tensor ties = isExtreme.sumTo(call.out(0).shape());
            flow.give(0, isExtreme.mul(flow.gradient().div(ties)));
        }

        @Override
        Tensor jvp(Call call, Axes axes, Tangents tangents) {
            Tensor isExtreme = call.in(0).equal(call.out(0));
            Shape kept = call.out(0).shape();
            return isExtreme.mul(tangents.of(0)).sumTo(kept).div(isExtreme.sumTo(kept));
        }
    }

    /// Π x. The gradient of an element is the product of all others, without a division, and so right where elements
    /// are 0.
    static final FusedOp<Axes> PROD = new FusedOp<>("prod", "Π x over axes") {
        @Override
        void infer(Call call, Axes axes) {
            Tensor x = call.in(0);
            call.output(Elementwise.floating(this, x), axes.kept(x.shape()));
        }

        @Override
        void compute(Call call, Axes axes) {
            fold(call, Reduction.PRODUCT, axes, call.out(0));
        }

        @Override
        int reads(int i) {
            return input(0);
        }

        @Override
        Tensor batch(Batch batch, Axes axes) {
            return batch.whole(this, axes.behind());
        }

        @Override
        void fusedVjp(Call call, Axes axes, Flow flow) {
            flow.into(0, false);
            Lines.run(
                    flow.engine(),
                    call.in(0),
                    flow.gradient(),
                    axes,
                    flow.array(),
                    flow.offset(),
                    flow.beta(),
                    (x, g, y, n) -> {
                        double before = 1;
                        for (int j = 0; j < n; j++) {
                            y[j] = before;
                            before *= x[j];
                        }
                        double behind = n == 0 ? 0 : g[0];
                        for (int j = n - 1; j >= 0; j--) {
                            y[j] *= behind;
                            behind *= x[j];
                        }
                    });
        }

        /// Products of halves, until one element is left.
        @Override
        Tensor plain(Tensor[] in, Axes axes) {
            Shape shape = in[0].shape();
            int n = axes.length(shape);
            if (n == 0) {
                return in[0].sumTo(axes.kept(shape)).add(1);
            }
            Tensor x = in[0].reshape(axes.outer(shape), n, axes.inner(shape));
            while (n > 1) {
                int half = n / 2;
                Tensor product = x.slice(1, 0, half).mul(x.slice(1, half, 2 * half));
                x = n % 2 == 0 ? product : Tensor.concat(1, product, x.slice(1, n - 1, n));
                n -= half;
            }
            return x.reshape(axes.kept(shape));
        }
    };

    /// @param correction what is taken off the number of elements in the denominator
    record Moment(Axes axes, int correction) {
        double denominator(Shape shape) {
            return Math.max(0, axes.length(shape) - correction);
        }
    }

    /// Σ (x − mean)²/(n − correction); the mean is the second output.
    static final FusedOp<Moment> VAR = new FusedOp<>("var", "Σ (x − mean)²/(n − p) over axes") {
        private final Fusion vjp =
                new Fusion("varBackward", 3, 1, f -> f[0].sub(f[1]).mul(f[2]).mul(f[3]));

        @Override
        void infer(Call call, Moment moment) {
            Tensor x = call.in(0);
            Shape kept = moment.axes.kept(x.shape());
            call.output(Elementwise.floating(this, x), kept);
            call.output(x.dtype(), kept);
        }

        @Override
        void compute(Call call, Moment moment) {
            Tensor out = call.out(0);
            Shape shape = call.in(0).shape();
            fold(call, Reduction.MEAN, moment.axes, call.out(1));
            fold(call, Reduction.VARIANCE, moment.axes, out);
            double factor = moment.axes.length(shape) / moment.denominator(shape);
            Engine.kernels(out.dtype()).scale(out.size(), factor, out.array(), out.offset);
        }

        @Override
        int reads(int i) {
            return input(0) | output(1);
        }

        @Override
        Tensor batch(Batch batch, Moment moment) {
            return batch.whole(this, new Moment(moment.axes.behind(), moment.correction));
        }

        @Override
        void fusedVjp(Call call, Moment moment, Flow flow) {
            Tensor x = call.in(0);
            flow.into(0, false);
            vjp.run(
                    flow.engine(),
                    x.shape(),
                    flow.operands(x, call.out(1), flow.gradient()),
                    flow.engine().parameter(2 / moment.denominator(x.shape())),
                    flow.array(),
                    flow.offset(),
                    flow.beta());
        }

        @Override
        Tensor plain(Tensor[] in, Moment moment) {
            Shape shape = in[0].shape();
            Shape kept = moment.axes.kept(shape);
            Tensor mean = in[0].sumTo(kept).div(moment.axes.length(shape));
            return in[0].sub(mean).square().sumTo(kept).div(moment.denominator(shape));
        }
    };

    static final List<Op<?>> ALL = List.of(MAX, MIN, PROD, VAR);

    private static void fold(Call call, Reduction reduction, Axes axes, Tensor out) {
        Tensor x = call.engine.dense(call.in(0));
        Kernels<Object> kernels = Engine.kernels(x.dtype());
        Shape shape = x.shape();
        kernels.reduce(
                reduction,
                axes.outer(shape),
                axes.length(shape),
                axes.inner(shape),
                x.array(),
                x.offset,
                out.array(),
                out.offset);
        call.engine.drop(x, call.in(0));
    }
}
