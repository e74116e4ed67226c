package adjoint.autodiff;

import adjoint.autodiff.Patches.Geometry;
import java.util.List;

/// Convolution of images and what its gradients are made of. The three products y = x∗w, x̄ = g∗w and w̄ = x∗g of one
/// trilinear form Σ g·(x∗w) are closed under differentiation: the gradients of each are the other two.
final class Convolutions {
    private Convolutions() {}

    /// y `[n, out, …]` of x `[n, in, …]` and w `[out, in/groups, …]`.
    static final Op<Geometry> CONVOLUTION = new Product("convolution", "x∗w") {
        @Override
        Shape shape(Tensor x, Tensor w, Geometry geometry) {
            return Shape.of(
                    x.dim(0), w.dim(0), geometry.rows().out(), geometry.cols().out());
        }

        @Override
        void run(ConvolutionPass pass, Tensor x, Tensor w, Tensor y) {
            pass.outputs(x, w, y);
        }

        @Override
        Tensor left(Tensor x, Tensor w, Tensor g, Geometry geometry) {
            return Engine.run(CONVOLUTION_INPUT, geometry, g, w);
        }

        @Override
        Tensor right(Tensor x, Tensor w, Tensor g, Geometry geometry) {
            return Engine.run(CONVOLUTION_WEIGHT, geometry, x, g);
        }
    };

    /// x of g (like y) and w: a transposed convolution.
    static final Op<Geometry> CONVOLUTION_INPUT = new Product("convolutionInput", "the adjoint of x∗w in x") {
        @Override
        Shape shape(Tensor g, Tensor w, Geometry geometry) {
            int channels = w.dim(1) * geometry.groups();
            return Shape.of(
                    g.dim(0), channels, geometry.rows().in(), geometry.cols().in());
        }

        @Override
        void run(ConvolutionPass pass, Tensor g, Tensor w, Tensor x) {
            pass.inputs(g, w, x);
        }

        @Override
        Tensor left(Tensor g, Tensor w, Tensor u, Geometry geometry) {
            return Engine.run(CONVOLUTION, geometry, u, w);
        }

        @Override
        Tensor right(Tensor g, Tensor w, Tensor u, Geometry geometry) {
            return Engine.run(CONVOLUTION_WEIGHT, geometry, u, g);
        }
    };

    /// w of x and g (like y).
    static final Op<Geometry> CONVOLUTION_WEIGHT = new Product("convolutionWeight", "the adjoint of x∗w in w") {
        @Override
        Shape shape(Tensor x, Tensor g, Geometry geometry) {
            return Shape.of(
                    g.dim(1),
                    x.dim(1) / geometry.groups(),
                    geometry.rows().kernel(),
                    geometry.cols().kernel());
        }

        @Override
        void run(ConvolutionPass pass, Tensor x, Tensor g, Tensor w) {
            pass.weights(x, g, w);
        }

        @Override
        Tensor left(Tensor x, Tensor g, Tensor u, Geometry geometry) {
            return Engine.run(CONVOLUTION_INPUT, geometry, g, u);
        }

        @Override
        Tensor right(Tensor x, Tensor g, Tensor u, Geometry geometry) {
            return Engine.run(CONVOLUTION, geometry, x, u);
        }
    };

    /// `[n, channels·window, positions]`: the window of each output position as a column.
    static final LinearOp<Geometry> UNFOLD = new LinearOp<>("unfold", "the window of each position as a column") {
        @Override
        void infer(Call call, Geometry geometry) {
            Tensor x = call.in(0);
            call.output(
                    Elementwise.floating(this, x),
                    Shape.of(x.dim(0), x.dim(1) * geometry.window(), geometry.outputSize()));
        }

        @Override
        void compute(Call call, Geometry geometry) {
            Tensor x = call.engine.dense(call.in(0));
            Tensor out = call.out(0);
            int images = x.dim(0) * x.dim(1);
            if (!geometry.isInside()) {
                Engine.kernels(x.dtype()).fill(out.array(), out.offset, out.size(), 0);
            }
            Patches.Matrix patches = new Patches.Matrix(out.array(), out.offset, geometry.outputSize(), 1);
            int rows = geometry.rows().out();
            Patches.gather(Engine.kernels(x.dtype()), geometry, x.array(), x.offset, 0, images, 0, rows, patches);
            call.engine.drop(x, call.in(0));
        }

        @Override
        void vjp(Call call, Geometry geometry, Flow flow) {
            flow.give(0, Engine.run(FOLD, geometry, flow.gradient()));
        }
    };

    /// The adjoint of unfold: columns added up where they came from.
    static final LinearOp<Geometry> FOLD = new LinearOp<>("fold", "windows added up where they overlap") {
        @Override
        void infer(Call call, Geometry geometry) {
            Tensor columns = call.in(0);
            int channels = columns.dim(1) / geometry.window();
            call.output(
                    Elementwise.floating(this, columns),
                    Shape.of(
                            columns.dim(0),
                            channels,
                            geometry.rows().in(),
                            geometry.cols().in()));
        }

        @Override
        void compute(Call call, Geometry geometry) {
            Tensor columns = call.engine.dense(call.in(0));
            Tensor out = call.out(0);
            Engine.kernels(out.dtype()).fill(out.array(), out.offset, out.size(), 0);
            Patches.Matrix patches = new Patches.Matrix(columns.array(), columns.offset, geometry.outputSize(), 1);
            int images = out.dim(0) * out.dim(1);
            int rows = geometry.rows().out();
            Patches.scatter(
                    Engine.kernels(out.dtype()), geometry, patches, 0, images, 0, rows, out.array(), out.offset);
            call.engine.drop(columns, call.in(0));
        }

        @Override
        void vjp(Call call, Geometry geometry, Flow flow) {
            flow.give(0, Engine.run(UNFOLD, geometry, flow.gradient()));
        }
    };

    static final List<Op<?>> ALL = List.of(CONVOLUTION, CONVOLUTION_INPUT, CONVOLUTION_WEIGHT, UNFOLD, FOLD);

    /// One of the three products: linear in each of both inputs.
    private abstract static class Product extends Op<Geometry> {
        Product(String name, String formula) {
            super(name, formula);
        }

        abstract Shape shape(Tensor a, Tensor b, Geometry geometry);

        abstract void run(ConvolutionPass pass, Tensor a, Tensor b, Tensor out);

        /// The gradient of `a` from that of the output.
        abstract Tensor left(Tensor a, Tensor b, Tensor g, Geometry geometry);

        /// The gradient of `b` from that of the output.
        abstract Tensor right(Tensor a, Tensor b, Tensor g, Geometry geometry);

        @Override
        final void infer(Call call, Geometry geometry) {
            Tensor a = call.in(0);
            Tensor b = call.in(1);
            call.output(Elementwise.floating(this, a, b), shape(a, b, geometry));
        }

        @Override
        final void compute(Call call, Geometry geometry) {
            Tensor a = call.engine.dense(call.in(0));
            Tensor b = call.engine.dense(call.in(1));
            run(new ConvolutionPass(call.engine, geometry, a.dtype()), a, b, call.out(0));
            call.engine.drop(b, call.in(1));
            call.engine.drop(a, call.in(0));
        }

        @Override
        final int reads(int i) {
            return input(1 - i);
        }

        @Override
        final void vjp(Call call, Geometry geometry, Flow flow) {
            if (flow.wants(0)) {
                flow.give(0, left(call.in(0), call.in(1), flow.gradient(), geometry));
            }
            if (flow.wants(1)) {
                flow.give(1, right(call.in(0), call.in(1), flow.gradient(), geometry));
            }
        }

        @Override
        final Tensor jvp(Call call, Geometry geometry, Tangents tangents) {
            Tensor left = tangents.plus(null, 0, t -> Engine.run(this, geometry, t, call.in(1)));
            return tangents.plus(left, 1, t -> Engine.run(this, geometry, call.in(0), t));
        }

        /// All three have as many multiplications: each element of w times each of a channel of y.
        @Override
        final Cost cost(Call call, Geometry geometry) {
            Tensor[] all = {call.in(0), call.in(1), call.out(0)};
            boolean isLast = this == CONVOLUTION_WEIGHT;
            Tensor w = isLast ? all[2] : all[1];
            long images = all[0].dim(0);
            return new Cost(2 * images * w.size() * geometry.outputSize(), Cost.bytes(call));
        }
    }
}
