package adjoint.duality.kernel;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.GolubKahan;
import adjoint.linalg.Kernels;
import adjoint.linalg.Rng;

/// What is known of a Gram matrix's spectrum without the matrix: its leading singular values, and the energy of all.
///
/// Values come from Golub–Kahan on [LazyGram#operator], never above the true ones; the energy `‖K‖_F²` is summed up in
/// tiles. Up to rounding, then, `energy − Σσ²` bounds the tail from above, and a rank chosen by it is certified. The
/// rounding of the sums, (N + M)·2⁻⁵⁰ of the energy, is a part of the bound; that of the elements of K is none.
///
/// @param leading the leading singular values, descending
/// @param energy ‖K‖_F²
/// @param rounding what `energy − Σσ²` may be off by
/// @param size min(N, M)
public record LazySpectrum(double[] leading, double energy, double rounding, int size) {
    private static final double TOLERANCE = 1e-10;
    private static final double ROUNDING = 0x1p-50;

    /// The `count` leading values, or all where there are fewer.
    ///
    /// @throws IllegalArgumentException if `count` is below 1, or the matrix is empty
    public static LazySpectrum of(LazyGram lazy, Tensor x, Tensor y, int count, Rng key) {
        int size = requireSize(lazy, x, y, count);
        double energy = energy(lazy, x, y);
        double rounding = rounding(x, y) * energy;
        return new LazySpectrum(values(lazy, x, y, Math.min(count, size), key), energy, rounding, size);
    }

    /// As many leading values as it takes to have a certified tail, `√(Σ_{i>s} σᵢ²) ≤ tolerance·‖K‖_F`.
    ///
    /// @throws IllegalArgumentException if the tolerance is negative, NaN, or so small that its square is lost in
    ///     rounding, or the matrix is empty
    public static LazySpectrum untilTail(LazyGram lazy, Tensor x, Tensor y, double tolerance, Rng key) {
        int size = requireSize(lazy, x, y, 1);
        requireTolerance(tolerance);
        double rounding = rounding(x, y);
        if (tolerance * tolerance < 2 * rounding) {
            throw new IllegalArgumentException("a tail of " + tolerance + " beside the norm is lost in rounding for "
                    + x.dim(0) + " by " + y.dim(0) + " elements: choose a tolerance of at least "
                    + Math.sqrt(2 * rounding) + ", or decompose the matrix");
        }
        double energy = energy(lazy, x, y);
        for (int count = Math.min(8, size); ; count = Math.min(2 * count, size)) {
            double[] leading = values(lazy, x, y, count, key);
            LazySpectrum spectrum = new LazySpectrum(leading, energy, rounding * energy, size);
            if (spectrum.rank(tolerance) >= 0 || count == size) {
                return spectrum;
            }
        }
    }

    /// The least s whose tail is certified to be at most `tolerance·‖K‖_F`, or −1 if more values are needed.
    ///
    /// @throws IllegalArgumentException if the tolerance is negative or NaN
    public int rank(double tolerance) {
        requireTolerance(tolerance);
        for (int s = 0; s <= leading.length; s++) {
            if (tailEnergy(s) <= tolerance * tolerance * energy) {
                return s;
            }
        }
        return -1;
    }

    /// `Σ_{i>s} σᵢ²`, from above, for s up to the number of leading values; 0 if these are all.
    public double tailEnergy(int s) {
        if (s < 0 || s > leading.length) {
            throw new IllegalArgumentException("a rank from 0 to " + leading.length + " is known, not " + s);
        }
        double rest = energy;
        for (int i = 0; i < s; i++) {
            rest -= leading[i] * leading[i];
        }
        return s == 0 ? energy : s == size ? 0 : Math.max(0, rest) + rounding;
    }

    /// `‖K‖_F²/σ₁²`; 0 for the zero kernel.
    public double stableRank() {
        return leading[0] == 0 ? 0 : energy / (leading[0] * leading[0]);
    }

    /// `Σσ/σ₁` from below, of the leading values alone; 0 for the zero kernel.
    public double effectiveRankFromBelow() {
        return leading[0] == 0 ? 0 : nuclearFromBelow() / leading[0];
    }

    /// `Σσ/σ₁` from above: the tail's values are as large as they may be where all are equal; 0 for the zero kernel.
    public double effectiveRankFromAbove() {
        double rest = Math.sqrt(tailEnergy(leading.length) * (size - leading.length));
        return leading[0] == 0 ? 0 : (nuclearFromBelow() + rest) / leading[0];
    }

    private double nuclearFromBelow() {
        double sum = 0;
        for (double value : leading) {
            sum += value;
        }
        return sum;
    }

    private static double rounding(Tensor x, Tensor y) {
        return ((double) x.dim(0) + y.dim(0)) * ROUNDING;
    }

    private static void requireTolerance(double tolerance) {
        if (!(tolerance >= 0)) {
            throw new IllegalArgumentException("a tolerance is at least 0, not " + tolerance);
        }
    }

    private static double[] values(LazyGram lazy, Tensor x, Tensor y, int count, Rng key) {
        var operator = lazy.operator(x, y);
        int steps = Math.min(operator.rows(), operator.cols());
        return GolubKahan.largest(Kernels.f64(), operator, count, TOLERANCE, steps, key)
                .svd()
                .s();
    }

    private static double energy(LazyGram lazy, Tensor x, Tensor y) {
        LazyGram squares = new LazyGram(lazy.kernel().times(lazy.kernel()), lazy.tile());
        Tensor ones = Tensor.ones(DType.F64, y.dim(0));
        Tensor rows = x.dtype().isFloating() ? x.detach().to(DType.F64) : x;
        Tensor cols = y.dtype().isFloating() ? y.detach().to(DType.F64) : y;
        return squares.apply(rows, cols, ones).sum().item();
    }

    private static int requireSize(LazyGram lazy, Tensor x, Tensor y, int count) {
        int size = Math.min(x.dim(0), y.dim(0));
        if (count < 1 || size < 1) {
            throw new IllegalArgumentException("a spectrum has at least one value, got " + count + " of a matrix of "
                    + x.dim(0) + " by " + y.dim(0));
        }
        return size;
    }
}
