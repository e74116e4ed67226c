package adjoint.autodiff;

import adjoint.linalg.Kernels;
import java.util.List;

/// Running sums and products along an axis.
final class Scans {
    private Scans() {}

    /// @param reverse from the end to the start
    record Way(int axis, boolean reverse) {
        Axes axes() {
            return new Axes(axis, axis + 1);
        }
    }

    /// Σ xⱼ over j ≤ i, or over j ≥ i.
    static final LinearOp<Way> CUMSUM = new LinearOp<>("cumsum", "Σ xⱼ over j ≤ i") {
        @Override
        void infer(Call call, Way way) {
            call.output(Elementwise.floating(this, call.in(0)), call.in(0).shape());
        }

        @Override
        void compute(Call call, Way way) {
            Tensor x = call.engine.dense(call.in(0));
            Tensor out = call.out(0);
            Kernels<Object> kernels = Engine.kernels(x.dtype());
            int outer = way.axes().outer(x.shape());
            int n = way.axes().length(x.shape());
            int inner = way.axes().inner(x.shape());
            if (inner == 1) {
                kernels.cumulativeSum(outer, n, way.reverse, x.array(), x.offset, n, out.array(), out.offset, n);
            } else {
                for (int o = 0; o < outer; o++) {
                    int start = o * n * inner;
                    kernels.cumulativeSumRows(
                            n,
                            inner,
                            way.reverse,
                            x.array(),
                            x.offset + start,
                            inner,
                            out.array(),
                            out.offset + start,
                            inner);
                }
            }
            call.engine.drop(x, call.in(0));
        }

        @Override
        Tensor batch(Batch batch, Way way) {
            return batch.whole(this, new Way(way.axis + 1, way.reverse));
        }

        @Override
        void vjp(Call call, Way way, Flow flow) {
            flow.give(0, Engine.run(this, new Way(way.axis, !way.reverse), flow.gradient()));
        }
    };

    /// Π xⱼ over j ≤ i. No gradient divides by an element, which might be 0.
    static final FusedOp<Axes> CUMPROD = new FusedOp<>("cumprod", "Π xⱼ over j ≤ i") {
        @Override
        void infer(Call call, Axes axis) {
            call.output(Elementwise.floating(this, call.in(0)), call.in(0).shape());
        }

        @Override
        void compute(Call call, Axes axis) {
            Tensor out = call.out(0);
            Lines.run(call.engine, call.in(0), axis, out.array(), out.offset, (x, g, y, n) -> {
                double product = 1;
                for (int j = 0; j < n; j++) {
                    product *= x[j];
                    y[j] = product;
                }
            });
        }

        @Override
        int reads(int i) {
            return input(0);
        }

        @Override
        Tensor batch(Batch batch, Axes axis) {
            return batch.whole(this, axis.behind());
        }

        /// `xᵢ` is a factor of all products from i on: `Π xⱼ` over j < i, times `Sᵢ = gᵢ + xᵢ₊₁·Sᵢ₊₁`.
        @Override
        void fusedVjp(Call call, Axes axis, Flow flow) {
            flow.into(0, false);
            Lines.run(
                    flow.engine(),
                    call.in(0),
                    flow.gradient(),
                    axis,
                    flow.array(),
                    flow.offset(),
                    flow.beta(),
                    (x, g, y, n) -> {
                        double behind = 0;
                        for (int j = n - 1; j >= 0; j--) {
                            behind = g[j] + (j == n - 1 ? 0 : x[j + 1] * behind);
                            y[j] = behind;
                        }
                        double before = 1;
                        for (int j = 0; j < n; j++) {
                            y[j] *= before;
                            before *= x[j];
                        }
                    });
        }

        /// After step s each element is the product of up to 2ˢ before it.
        @Override
        Tensor plain(Tensor[] in, Axes axis) {
            Tensor y = in[0];
            int d = axis.from();
            int n = y.shape().at(d);
            for (int gap = 1; gap < n; gap *= 2) {
                Tensor longer = y.slice(d, gap, n).mul(y.slice(d, 0, n - gap));
                y = Tensor.concat(d, y.slice(d, 0, gap), longer);
            }
            return y;
        }
    };

    static final List<Op<?>> ALL = List.of(CUMSUM, CUMPROD);
}
