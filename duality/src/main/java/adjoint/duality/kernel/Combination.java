package adjoint.duality.kernel;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;
import adjoint.nn.Module;
import adjoint.nn.Parameters;
import adjoint.nn.Parts;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.IntBinaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;

/// Kernels made of kernels, and their features.
final class Combination {
    private Combination() {}

    /// Feature maps made of two.
    private record Joined(FeatureMap a, FeatureMap b, BinaryOperator<Tensor> join, IntBinaryOperator size)
            implements FeatureMap {
        @Override
        public Tensor features(Tensor x) {
            return join.apply(a.features(x), b.features(x));
        }

        @Override
        public int dimension(int d) {
            return size.applyAsInt(a.dimension(d), b.dimension(d));
        }

        static Optional<FeaturePair> pair(Kernel a, Kernel b, BinaryOperator<Tensor> join, IntBinaryOperator size) {
            return a.features()
                    .flatMap(p -> b.features().map(q -> {
                        FeatureMap query = new Joined(p.query(), q.query(), join, size);
                        return p.symmetric() && q.symmetric()
                                ? FeaturePair.of(query)
                                : new FeaturePair(query, new Joined(p.key(), q.key(), join, size));
                    }));
        }
    }

    /// A feature map between two functions.
    private record Around(
            UnaryOperator<Tensor> before, FeatureMap map, UnaryOperator<Tensor> after, IntUnaryOperator width)
            implements FeatureMap {
        static FeatureMap after(FeatureMap map, UnaryOperator<Tensor> after) {
            return new Around(UnaryOperator.identity(), map, after, map::dimension);
        }

        static FeatureMap before(UnaryOperator<Tensor> before, FeatureMap map) {
            return new Around(before, map, UnaryOperator.identity(), d -> map.dimension(width(before, d)));
        }

        private static int width(UnaryOperator<Tensor> f, int d) {
            try {
                return f.apply(Tensor.zeros(DType.F64, 1, d)).dim(-1);
            } catch (IllegalArgumentException e) {
                // A net in single precision.
                return f.apply(Tensor.zeros(DType.F32, 1, d)).dim(-1);
            }
        }

        @Override
        public Tensor features(Tensor x) {
            return after.apply(map.features(before.apply(x)));
        }

        @Override
        public int dimension(int d) {
            return width.applyAsInt(d);
        }
    }

    /// A sum or a product.
    record Two(Kernel a, Kernel b, boolean product) implements Kernel {
        @Override
        public Tensor gram(Tensor x, Tensor y) {
            return join(a.gram(x, y), b.gram(x, y));
        }

        @Override
        public Tensor diagonal(Tensor x) {
            return join(a.diagonal(x), b.diagonal(x));
        }

        @Override
        public Tensor gram(Tensor x, Tensor y, Tensor reference) {
            return join(a.gram(x, y, reference), b.gram(x, y, reference));
        }

        private Tensor join(Tensor u, Tensor v) {
            return product ? u.mul(v) : u.add(v);
        }

        @Override
        public boolean symmetric() {
            return a.symmetric() && b.symmetric();
        }

        @Override
        public boolean positive() {
            return a.positive() && b.positive();
        }

        @Override
        public boolean pointwise() {
            return a.pointwise() && b.pointwise();
        }

        @Override
        public Range range() {
            return product ? a.range().times(b.range()) : a.range().plus(b.range());
        }

        @Override
        public Optional<FeaturePair> features() {
            return product
                    ? Joined.pair(
                            a, b, (u, v) -> u.unsqueeze(-1).mul(v.unsqueeze(-2)).flatten(-2, -1), Math::multiplyExact)
                    : Joined.pair(a, b, (u, v) -> Tensor.concat(-1, u, v), Math::addExact);
        }

        @Override
        public Optional<ExponentialForm> exponential() {
            return !product
                    ? Optional.empty()
                    : a.exponential()
                            .flatMap(f -> b.exponential()
                                    .map(g -> (x, y, centred) ->
                                            f.of(x, y, centred).times(g.of(x, y, centred))));
        }

        @Override
        public void describe(Parts parts) {
            parts.module("0", a);
            parts.module("1", b);
        }
    }

    record Scaled(Kernel kernel, Positive factor) implements Kernel {
        @Override
        public Tensor gram(Tensor x, Tensor y) {
            return factor.times(kernel.gram(x, y));
        }

        @Override
        public Tensor gram(Tensor x, Tensor y, Tensor reference) {
            return factor.times(kernel.gram(x, y, reference));
        }

        @Override
        public Tensor diagonal(Tensor x) {
            return factor.times(kernel.diagonal(x));
        }

        @Override
        public boolean symmetric() {
            return kernel.symmetric();
        }

        @Override
        public boolean positive() {
            return kernel.positive();
        }

        @Override
        public boolean pointwise() {
            return kernel.pointwise();
        }

        @Override
        public Range range() {
            double c = factor.value(DType.F64).item();
            return kernel.range().times(new Range(c, c));
        }

        @Override
        public Optional<FeaturePair> features() {
            return kernel.features().map(pair -> pair.map(phi -> Around.after(phi, factor::timesRoot)));
        }

        @Override
        public Optional<ExponentialForm> exponential() {
            return kernel.exponential().map(form -> (x, y, centred) -> {
                ExponentialForm.Sides s = form.of(x, y, centred);
                return new ExponentialForm.Sides(s.a(), factor.plusLogarithm(s.alpha()), s.b(), s.beta());
            });
        }

        @Override
        public void describe(Parts parts) {
            parts.module("kernel", kernel);
            factor.describe("factor", parts);
        }
    }

    record Normalised(Kernel kernel) implements Kernel {
        Normalised {
            if (!kernel.symmetric() || !kernel.pointwise()) {
                throw new IllegalArgumentException(
                        "only a symmetric kernel of two rows can be normalised by its diagonal, not " + kernel);
            }
        }

        @Override
        public Tensor gram(Tensor x, Tensor y) {
            return kernel.gram(x, y)
                    .mul(inverseRoot(kernel.diagonal(x)).unsqueeze(-1))
                    .mul(inverseRoot(kernel.diagonal(y)).unsqueeze(-2));
        }

        @Override
        public Tensor diagonal(Tensor x) {
            Tensor d = kernel.diagonal(x);
            return d.mul(inverseRoot(d).square());
        }

        /// 1/√d, 0 where that is infinite.
        private static Tensor inverseRoot(Tensor d) {
            Tensor some = d.notEqual(0);
            return d.where(some, 1).rsqrt().where(some, 0);
        }

        @Override
        public boolean positive() {
            return kernel.positive();
        }

        @Override
        public Range range() {
            Range of = kernel.range();
            return !kernel.positive() ? Range.ALL : of.low() >= 0 ? Range.UNIT : Range.COSINE;
        }

        @Override
        public Optional<FeaturePair> features() {
            return kernel.features()
                    .map(pair -> pair.map(phi ->
                            Around.after(phi, f -> f.mul(inverseRoot(f.square().sum(true, -1))))));
        }

        @Override
        public Optional<ExponentialForm> exponential() {
            return kernel.exponential().map(form -> (x, y, centred) -> {
                ExponentialForm.Sides s = form.of(x, y, centred);
                return new ExponentialForm.Sides(
                        s.a(),
                        s.alpha().sub(half(form, x, centred)),
                        s.b(),
                        s.beta().sub(half(form, y, centred)));
            });
        }

        /// ln √κ(x, x).
        private static Tensor half(ExponentialForm form, Tensor x, boolean centred) {
            ExponentialForm.Sides s = form.of(x, x, centred);
            return s.a().mul(s.b()).sum(-1).add(s.alpha()).add(s.beta()).mul(0.5);
        }

        @Override
        public void describe(Parts parts) {
            parts.module("kernel", kernel);
        }
    }

    record Composed(Kernel kernel, UnaryOperator<Tensor> f, UnaryOperator<Tensor> g) implements Kernel {
        @Override
        public Tensor gram(Tensor x, Tensor y) {
            return kernel.gram(of(f, x), of(g, y));
        }

        @Override
        public Tensor gram(Tensor x, Tensor y, Tensor reference) {
            return kernel.gram(of(f, x), of(g, y), of(g, reference));
        }

        @Override
        public Tensor diagonal(Tensor x) {
            return f == g ? kernel.diagonal(of(f, x)) : Kernel.super.diagonal(x);
        }

        /// What f makes of the rows: a module in its parameters' precision, and back in that of the rows.
        private static Tensor of(UnaryOperator<Tensor> f, Tensor x) {
            if (!(f instanceof Module net) || !x.dtype().isFloating()) {
                return f.apply(x);
            }
            DType own = Parameters.of(net).all().stream()
                    .map(parameter -> parameter.value().dtype())
                    .filter(DType::isFloating)
                    .findFirst()
                    .orElse(x.dtype());
            return f.apply(x.to(own)).to(x.dtype());
        }

        @Override
        public boolean symmetric() {
            return f == g && kernel.symmetric();
        }

        @Override
        public boolean positive() {
            return f == g && kernel.positive();
        }

        @Override
        public boolean pointwise() {
            return kernel.pointwise();
        }

        @Override
        public Range range() {
            return kernel.range();
        }

        @Override
        public Optional<FeaturePair> features() {
            return kernel.features().map(pair -> {
                FeatureMap query = Around.before(x -> of(f, x), pair.query());
                return f == g && pair.symmetric()
                        ? FeaturePair.of(query)
                        : new FeaturePair(query, Around.before(x -> of(g, x), pair.key()));
            });
        }

        @Override
        public Optional<ExponentialForm> exponential() {
            return kernel.exponential().map(form -> (x, y, centred) -> form.of(f.apply(x), g.apply(y), centred));
        }

        @Override
        public void describe(Parts parts) {
            parts.module("kernel", kernel);
            if (f instanceof Module net) {
                parts.module("f", net);
            }
            if (g != f && g instanceof Module net) {
                parts.module("g", net);
            }
        }
    }
}
