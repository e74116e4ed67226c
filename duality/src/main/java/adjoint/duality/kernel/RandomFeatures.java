package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;
import adjoint.linalg.Rng;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Random feature maps whose product is a kernel on average, with the variance of that estimate in closed form.
///
/// With m directions ω ~ N(0, I), `z = x + y`, `δ = x − y`, and SM = e^(xᵀy); the variance is that of one direction, to
/// be divided by m:
///
/// | | φ(x), per direction | κ | variance |
/// |---|---|---|---|
/// | [#fourier] | sin ωᵀx, cos ωᵀx | e^(−‖δ‖²/2) | ½(1 − e^(−‖δ‖²))² |
/// | [#trigonometric] | e^(‖x‖²/2)·(sin ωᵀx, cos ωᵀx) | SM | ½e^(‖z‖²)·SM⁻²·(1 − e^(−‖δ‖²))² |
/// | [#positive] | e^(ωᵀx − ‖x‖²/2) | SM | SM²·(e^(‖z‖²) − 1) |
/// | [#hyperbolic] | e^(±ωᵀx − ‖x‖²/2)/√2 | SM | ½SM²·(e^(‖z‖²) − 1)·(1 − e^(−‖z‖²)) |
/// | [#optimal] | (1 − 4A)^(d/4)·e^(A‖ω‖² + √(1 − 4A)·ωᵀx − ‖x‖²/2) | SM | (1 − 4A)^d·(1 − 8A)^(−d/2)·e^(2(1 − 4A)/(1 −
/// 8A)·‖z‖² − ‖x‖² − ‖y‖²) − SM² |
/// | [#arcCosine] | √2·Θ(ωᵀx)·(ωᵀx)ⁿ | [ArcCosine] | κ(2 − κ) for n = 0; 2κ₂ − κ² for n = 1, κ₂ the kernel of order 2 |
///
/// With [Frequencies#ORTHOGONAL] directions the mean is the same; the variance is a bound from above for the positive
/// features, and what to expect for the others.
///
/// References: Rahimi, Recht, NeurIPS 2007; Choromanski et al., *Rethinking attention with Performers*, ICLR 2021;
/// Likhosherstov et al., *Chefs' random tables*, NeurIPS 2022.
///
/// @param kernel κ
/// @param pair the drawn maps
/// @param samples m
/// @param frequencies how they were drawn
/// @param nonNegative whether no feature is below 0, so that rows of estimates can be normalised
/// @param unit the variance of one direction, from x `[…, N, d]`, y `[…, M, d]` to `[…, N, M]`
public record RandomFeatures(
        Kernel kernel,
        FeaturePair pair,
        int samples,
        Frequencies frequencies,
        boolean nonNegative,
        BinaryOperator<Tensor> unit) {

    /// The variance of `pair.gram(x, y)`, element by element.
    public Tensor variance(Tensor x, Tensor y) {
        return unit.apply(x, y).div(samples);
    }

    /// Random Fourier features of the Gaussian kernel of length 1, 2m of them; for another length, compose.
    public static RandomFeatures fourier(int d, int m, Frequencies frequencies, Rng key) {
        return drawn(
                "Fourier features",
                new Rbf(1),
                d,
                m,
                2,
                frequencies,
                key,
                RandomFeatures::waves,
                Values.SIGNED,
                (x, y) -> Distances.squared(x, y).neg().expm1().square().mul(0.5));
    }

    /// The same for SM, 2m features: accurate where SM is large, and of either sign. e^(‖x‖²/2) overflows single
    /// precision from ‖x‖ ≈ 13.3 on.
    public static RandomFeatures trigonometric(int d, int m, Frequencies frequencies, Rng key) {
        return drawn(
                "trigonometric features",
                new ExponentialDot(1),
                d,
                m,
                2,
                frequencies,
                key,
                omega -> {
                    UnaryOperator<Tensor> waves = waves(omega);
                    return x -> waves.apply(x).mul(halfSquare(x).exp());
                },
                Values.SIGNED,
                (x, y) -> Distances.squared(x, y)
                        .neg()
                        .expm1()
                        .square()
                        .mul(0.5)
                        .mul(sumSquare(x, y)
                                .sub(x.matmul(y.transpose(-1, -2)).mul(2))
                                .exp()));
    }

    /// FAVOR+: m positive features of SM.
    public static RandomFeatures positive(int d, int m, Frequencies frequencies, Rng key) {
        return optimal(d, m, 0, frequencies, key);
    }

    /// FAVOR+ with ω and −ω: 2m features.
    public static RandomFeatures hyperbolic(int d, int m, Frequencies frequencies, Rng key) {
        return drawn(
                "hyperbolic features",
                new ExponentialDot(1),
                d,
                m,
                2,
                frequencies,
                key,
                omega -> x -> {
                    Tensor along = project(x, omega);
                    Tensor half = halfSquare(x);
                    return Tensor.concat(-1, along.sub(half), along.neg().sub(half))
                            .add(Math.log(0.5 / m) / 2);
                },
                Values.EXPONENTIAL,
                (x, y) -> {
                    Tensor z = sumSquare(x, y);
                    Tensor sm2 = x.matmul(y.transpose(-1, -2)).mul(2).exp();
                    return sm2.mul(z.expm1()).mul(z.neg().expm1().neg()).mul(0.5);
                });
    }

    /// Optimal positive features: FAVOR+ with the lengths of ω damped by A < 1/8, A = 0 being FAVOR+ itself; m
    /// features. [#damping] has the A of least variance.
    public static RandomFeatures optimal(int d, int m, double damping, Frequencies frequencies, Rng key) {
        if (!(damping < 0.125)) {
            throw new IllegalArgumentException(
                    "the damping A must be below 1/8, not " + damping + ": the variance would be infinite");
        }
        double b = 1 - 4 * damping;
        return drawn(
                "positive features",
                new ExponentialDot(1),
                d,
                m,
                1,
                frequencies,
                key,
                omega -> {
                    Tensor lengths = omega.square().sum(-1).mul(damping);
                    Tensor constants = lengths.add((d * Math.log(b) / 2 - Math.log(m)) / 2);
                    return x -> project(x, omega)
                            .mul(Math.sqrt(b))
                            .add(constants.to(x.dtype()))
                            .sub(halfSquare(x));
                },
                Values.EXPONENTIAL,
                (x, y) -> {
                    double c = 1 - 8 * damping;
                    Tensor second = sumSquare(x, y)
                            .mul(2 * b / c)
                            .sub(halfSquare(x).mul(2))
                            .sub(halfSquare(y).mul(2).transpose(-1, -2))
                            .exp()
                            .mul(Math.pow(b, d) * Math.pow(c, -d / 2.0));
                    return second.sub(x.matmul(y.transpose(-1, -2)).mul(2).exp());
                });
    }

    /// The A of least variance for a mean square `z² = mean ‖x + y‖²` of d components:
    /// `A = (1 − 1/ρ)/8`, `ρ = (√((2z² + d)² + 8dz²) − 2z² − d)/(4z²)`; 0 for z = 0.
    public static double damping(double meanSquare, int d) {
        double s = 2 * meanSquare + d;
        double rho = meanSquare == 0 ? 1 : (Math.sqrt(s * s + 8 * d * meanSquare) - s) / (4 * meanSquare);
        return (1 - 1 / rho) / 8;
    }

    /// Features of [ArcCosine] of order 0 or 1, m of them.
    public static RandomFeatures arcCosine(int order, int d, int m, Frequencies frequencies, Rng key) {
        Kernel kernel = new ArcCosine(order);
        return drawn(
                "arc-cosine features",
                kernel,
                d,
                m,
                1,
                frequencies,
                key,
                omega -> x -> {
                    Tensor along = project(x, omega);
                    Tensor phi = order == 0 ? along.greater(0).to(x.dtype()) : along.relu();
                    return phi.mul(Math.sqrt(2.0 / m));
                },
                Values.NON_NEGATIVE,
                (x, y) -> {
                    Tensor k = kernel.gram(x, y);
                    return order == 0
                            ? k.mul(k.neg().add(2))
                            : secondOrder(x, y).mul(2).sub(k.square());
                });
    }

    /// ‖x‖²‖y‖²·(3·sin θ·cos θ + (π − θ)(1 + 2cos²θ))/π.
    private static Tensor secondOrder(Tensor x, Tensor y) {
        Tensor squares = x.square().sum(true, -1).mul(y.square().sum(true, -1).transpose(-1, -2));
        Tensor c = FeatureKernel.cosine().gram(x, y).clamp(-1, 1);
        Tensor sine = c.square().neg().add(1).sqrt();
        Tensor rest = c.neg().acos().mul(c.square().mul(2).add(1));
        return sine.mul(c).mul(3).add(rest).mul(squares).div(Math.PI);
    }

    private static UnaryOperator<Tensor> waves(Tensor omega) {
        return x -> {
            Tensor angle = project(x, omega);
            return Tensor.concat(-1, angle.sin(), angle.cos()).mul(1 / Math.sqrt(omega.dim(0)));
        };
    }

    private static Tensor project(Tensor x, Tensor omega) {
        return x.matmul(omega.to(x.dtype()).transpose(0, 1));
    }

    /// ‖x‖²/2, `[…, N, 1]`.
    private static Tensor halfSquare(Tensor x) {
        return x.square().sum(true, -1).mul(0.5);
    }

    /// ‖x_i + y_j‖².
    private static Tensor sumSquare(Tensor x, Tensor y) {
        return Distances.squared(x, y.neg());
    }

    /// What features are.
    private enum Values {
        SIGNED,
        NON_NEGATIVE,
        /// Given by their logarithms.
        EXPONENTIAL
    }

    private static RandomFeatures drawn(
            String name,
            Kernel kernel,
            int d,
            int m,
            int perSample,
            Frequencies frequencies,
            Rng key,
            Function<Tensor, UnaryOperator<Tensor>> map,
            Values values,
            BinaryOperator<Tensor> unit) {
        if (d < 1 || m < 1) {
            throw new IllegalArgumentException(
                    "random features need at least one component and one direction, got " + d + " and " + m);
        }
        UnaryOperator<Tensor> f = map.apply(frequencies.draw(m, d, key));
        FeatureMap phi = values == Values.EXPONENTIAL ? FeatureMap.exponential(_ -> 0, f) : FeatureMap.of(_ -> 0, f);
        FeaturePair pair = FeaturePair.of(new Drawn(name, d, perSample * m, phi));
        return new RandomFeatures(kernel, pair, m, frequencies, values != Values.SIGNED, unit);
    }

    private record Drawn(String name, int components, int size, FeatureMap phi) implements FeatureMap {
        @Override
        public Tensor features(Tensor x) {
            dimension(x.dim(-1));
            return phi.features(x);
        }

        @Override
        public Tensor logarithm(Tensor x) {
            dimension(x.dim(-1));
            return phi.logarithm(x);
        }

        @Override
        public int dimension(int d) {
            if (d != components) {
                throw new IllegalArgumentException(
                        "these random features were drawn for rows of " + components + " components, not " + d);
            }
            return size;
        }

        @Override
        public String toString() {
            return "random " + name + "[" + components + " to " + size + "]";
        }
    }
}
