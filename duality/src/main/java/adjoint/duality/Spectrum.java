package adjoint.duality;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Kernels;
import adjoint.linalg.Svd;
import java.util.Arrays;

/// The singular values `σ₁ ≥ σ₂ ≥ … ≥ 0` of an attention kernel K, and what they say about it.
///
/// For a kernel with features, `K = Φ_q Φ_kᵀ`, they come from small matrices: with `Φ_q = Q_q R_q`, `Φ_k = Q_k R_k`
/// they are those of the p×p matrix `R_q R_kᵀ`, in O(N·p² + p³) time and O(N·p) memory; K is never formed. For a kernel
/// without finite features (softmax) the matrix of one example is decomposed, in O(N³).
///
/// Example: `Φ_q = Φ_k = I₂` gives σ = (1, 1), effective rank 2; a kernel of constant entries has effective rank 1.
///
/// @param values the singular values, in descending order
public record Spectrum(double[] values) {
    /// Takes ownership of `values`.
    ///
    /// @throws IllegalArgumentException if they are not finite, non-negative and descending
    public Spectrum {
        for (int i = 0; i < values.length; i++) {
            double above = i == 0 ? Double.MAX_VALUE : values[i - 1];
            if (!(values[i] >= 0 && values[i] <= above)) {
                throw new IllegalArgumentException("singular values must be finite, at least 0 and in descending order;"
                        + " value " + i + " is " + values[i] + (i == 0 ? "" : " after " + above));
            }
        }
    }

    /// The spectrum of `K = Φ_q Φ_kᵀ`, min(N, M, p) values; the others are 0.
    ///
    /// @param queryFeatures Φ_q `[N, p]`
    /// @param keyFeatures Φ_k `[M, p]`
    /// @throws IllegalArgumentException if they are not two matrices of finite numbers with the same p
    public static Spectrum ofFeatures(Tensor queryFeatures, Tensor keyFeatures) {
        return new Spectrum(Core.of(queryFeatures, keyFeatures).singularValues());
    }

    /// The spectrum of a kernel matrix itself.
    ///
    /// @param kernel K `[N, M]`
    /// @throws IllegalArgumentException if it is no matrix of finite numbers
    public static Spectrum ofKernel(Tensor kernel) {
        Core.requireMatrix("kernel", kernel);
        return new Spectrum(Svd.values(Kernels.f64(), kernel.dim(0), kernel.dim(1), kernel.toDoubles()));
    }

    /// `Σσ / σ₁`: how many directions of the leading one's weight the kernel is worth; 0 for the zero kernel.
    public double effectiveRank() {
        return scaled(nuclearNorm(), leading());
    }

    /// `Σσ² / σ₁² = ‖K‖_F² / ‖K‖₂²`; 0 for the zero kernel.
    public double stableRank() {
        return scaled(energy(), leading() * leading());
    }

    /// `Σσ`, the nuclear norm of K and, over the first s values, Ky Fan's `max Tr(UᵀKV)` over orthonormal U, V.
    public double nuclearNorm() {
        return Arrays.stream(values).sum();
    }

    /// `Σσ² = ‖K‖_F²`.
    public double energy() {
        return tailEnergy(0);
    }

    /// `Σ_{i>s} σᵢ²`: the squared Frobenius error of the best approximation of rank `s`.
    ///
    /// @throws IllegalArgumentException if `s` is negative
    public double tailEnergy(int s) {
        if (s < 0) {
            throw new IllegalArgumentException("a rank is at least 0, not " + s);
        }
        double tail = 0;
        for (int i = values.length - 1; i >= s; i--) {
            tail += values[i] * values[i];
        }
        return tail;
    }

    /// The least rank s whose approximation is within `tolerance` of K, `√(Σ_{i>s} σᵢ²) ≤ tolerance·‖K‖_F`.
    ///
    /// @throws IllegalArgumentException if the tolerance is negative or NaN
    public int rank(double tolerance) {
        requireTolerance(tolerance);
        double most = tolerance * tolerance * energy();
        int s = 0;
        while (tailEnergy(s) > most) {
            s++;
        }
        return s;
    }

    /// The least rank from 1 on whose approximation is certainly within `tolerance` of K, where each of n values may be
    /// off by the rounding of a decomposition, n·ε·σ₁, and so the tail `√(Σ_{i>s} σᵢ²)` by √n times that; 1 for the
    /// zero
    /// kernel.
    ///
    /// @throws IllegalArgumentException if the tolerance is negative or NaN, or below twice that beside ‖K‖_F, so that
    ///     no rank could be certified
    public int certifiedRank(double tolerance) {
        requireTolerance(tolerance);
        double rounding = scaled(Math.pow(values.length, 1.5) * Math.ulp(1.0) * leading(), Math.sqrt(energy()));
        if (tolerance < 2 * rounding) {
            throw new IllegalArgumentException("a tail of " + tolerance + " beside the norm is lost in the rounding of "
                    + values.length + " singular values: choose a tolerance of at least " + 2 * rounding);
        }
        return Math.max(1, rank(tolerance - rounding));
    }

    /// `σ₁ = ‖K‖₂`, 0 for an empty kernel.
    public double leading() {
        return values.length == 0 ? 0 : values[0];
    }

    private static void requireTolerance(double tolerance) {
        if (!(tolerance >= 0)) {
            throw new IllegalArgumentException("a tolerance is at least 0, not " + tolerance);
        }
    }

    private static double scaled(double value, double unit) {
        return unit == 0 ? 0 : value / unit;
    }
}
