package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Lu;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;

/// The matrix exponential by scaling and squaring, `eᴬ = (r(2⁻ˢA))^(2ˢ)` with the Padé approximant of order m,
///
/// ```
/// r(A) = (V - U)⁻¹·(V + U),      U = Σ bⱼ·Aʲ for odd j ≤ m,      V = the same for even j
/// ```
///
/// whose error is that of `e^(A + E)` with ‖E‖ ≤ u·‖A‖, as long as A is small enough: it is the size of the *powers* of
/// A that counts, `‖Aᵖ‖^(1/p)`, which may be much smaller than ‖A‖. Where they are, |A| may still be so large that
/// rounding errors show; that asks for more scaling.
///
/// The norms of A², A⁴ and A⁶, which are needed anyway, bound those of A⁸ and A¹⁰; the reference estimates these, and
/// may scale once less.
///
/// Reference: Al-Mohy, N. Higham, "A new scaling and squaring algorithm for the matrix exponential", SIAM J. Matrix
/// Anal. Appl. 31, 2009; N. Higham, *Functions of Matrices*, chapter 10, the thresholds of single precision also.
@SuppressWarnings("cast")
final class DoubleExponential {
    private static final boolean IS_SINGLE = Precision.of(new double[0]) == Precision.F32;

    /// The orders m, and the norm up to which each is accurate.
    private static final int[] ORDERS = IS_SINGLE ? new int[] {3, 5, 7} : new int[] {3, 5, 7, 9, 13};

    private static final double[] LARGEST = IS_SINGLE
            ? new double[] {0.4258730016922831, 1.880152677804762, 3.925724783138660}
            : new double[] {1.495585217958292e-2, 2.539398330063230e-1, 9.504178996162932e-1, 2.097847961257068, 4.25};

    private static final /*64*/ double UNIT = Math.ulp((double) 1) / 2;

    /// Where the matrices stand in the work array: A, its even powers, what becomes of them, and room.
    private static final int POWER_1 = 0;

    private static final int POWER_2 = 1;
    private static final int POWER_4 = 2;
    private static final int POWER_6 = 3;
    private static final int POWER_8 = 4;
    private static final int U = 5;
    private static final int V = 6;
    private static final int ROOM = 7;
    private static final int MATRICES = 8;

    private static final ThreadLocal<DoubleExponential> OF_THREAD = ThreadLocal.withInitial(DoubleExponential::new);

    private Kernels<double[]> kernels;
    private int n;
    private int size;
    private double[] work;
    private int[] pivots = {};

    /// The order, and how often the matrix is halved.
    private int order;

    private int halvings;

    /// The coefficients bⱼ.
    private final /*64*/ double[] b = new /*64*/ double[14];

    private DoubleExponential() {}

    /// Replaces the matrix of order n, all of whose elements are finite, by its exponential.
    static void exp(Kernels<double[]> kernels, int n, double[] a, int off, int lda) {
        if (n <= 1) {
            for (int i = off; i < off + n; i++) {
                a[i] = (double) Math.exp(a[i]);
            }
            return;
        }
        DoubleExponential exponential = OF_THREAD.get();
        exponential.kernels = kernels;
        exponential.n = n;
        exponential.size = n * n;
        exponential.work = DoubleScratch.take(Math.multiplyExact(MATRICES, n * n));
        if (exponential.pivots.length < n) {
            exponential.pivots = new int[n];
        }
        exponential.run(a, off, lda);
        DoubleScratch.give(exponential.work);
        exponential.work = null;
        exponential.kernels = null;
    }

    private void run(double[] a, int off, int lda) {
        int scaled = load(a, off, lda);
        choose(scaled);
        scalePowers(scaled - halvings);
        approximate();
        // X is in U, its square goes to V, and so on.
        int x = U;
        int next = V;
        for (int i = 0; i < halvings; i++) {
            product(x, x, 0, next);
            int swap = x;
            x = next;
            next = swap;
        }
        for (int i = 0; i < n; i++) {
            System.arraycopy(work, x * size + i * n, a, off + i * lda, n);
        }
    }

    /// Copies A, divided by that power of 2 which brings its elements below 2 if they are larger; returns the exponent.
    private int load(double[] a, int off, int lda) {
        double largest = 0;
        for (int i = 0; i < n; i++) {
            System.arraycopy(a, off + i * lda, work, i * n, n);
            for (int j = i * n; j < (i + 1) * n; j++) {
                largest = Math.max(largest, Math.abs(work[j]));
            }
        }
        int exponent = Math.max(0, Math.getExponent(largest));
        scale(POWER_1, -exponent);
        return exponent;
    }

    /// Chooses order and halvings, and computes the powers that the order needs. The matrix at hand is `2^-scaled·A`;
    /// norms are those of A, as logarithms to base 2.
    private void choose(int scaled) {
        product(POWER_1, POWER_1, 0, POWER_2);
        /*64*/ double one = logNorm(POWER_1) + scaled;
        halvings = 0;
        for (int i = 0; i < 2; i++) {
            if (one <= log2(LARGEST[i])) {
                if (i == 1) {
                    product(POWER_2, POWER_2, 0, POWER_4);
                }
                order = ORDERS[i];
                return;
            }
        }
        product(POWER_2, POWER_2, 0, POWER_4);
        product(POWER_4, POWER_2, 0, POWER_6);
        /*64*/ double two = logNorm(POWER_2) / 2 + scaled;
        /*64*/ double four = logNorm(POWER_4) / 4 + scaled;
        /*64*/ double six = logNorm(POWER_6) / 6 + scaled;
        /*64*/ double eight = Math.min(four, (2 * two + 6 * six) / 8);
        /*64*/ double ten = (4 * four + 6 * six) / 10;
        int last = ORDERS.length - 1;
        for (int i = 1; i <= last; i++) {
            order = ORDERS[i];
            /*64*/ double reach = i == 1 ? Math.max(four, six) : Math.max(six, eight);
            if (order == 13) {
                reach = Math.min(reach, Math.max(eight, ten));
            }
            // Rounding errors are those of |A|.
            int least = (int) Math.max(0, Math.ceil(logOfMagnitudes(order, scaled)));
            if (i == last) {
                // A matrix some power of which is zero has no norm to speak of.
                halvings = Math.max(least, (int) Math.max(0, Math.ceil(reach - log2(LARGEST[i]))));
            } else if (reach <= log2(LARGEST[i]) && least == 0) {
                if (order == 9) {
                    product(POWER_4, POWER_4, 0, POWER_8);
                }
                return;
            }
        }
    }

    /// How often A must be halved for the next term of the series, in |A|, to be below the rounding errors:
    /// `log₂(c·‖|A|^(2m + 1)‖/(u·‖A‖))/(2m)` with `c = (m!)²/((2m)!·(2m + 1)!)`.
    private /*64*/ double logOfMagnitudes(int m, int scaled) {
        int matrix = ROOM * size;
        for (int i = 0; i < size; i++) {
            work[matrix + i] = Math.abs(work[i]);
        }
        int x = V * size;
        int y = x + n;
        kernels.fill(work, x, n, 1);
        /*64*/ double log = -logNorm(POWER_1) + (2 * m) * (/*64*/ double) scaled;
        for (int i = 0; i < 2 * m + 1; i++) {
            kernels.gemv(Transpose.YES, n, n, 1, work, matrix, n, work, x, 1, 0, work, y, 1);
            double largest = 0;
            for (int j = 0; j < n; j++) {
                largest = Math.max(largest, work[y + j]);
            }
            if (largest == 0) {
                return 0;
            }
            log += log2(largest);
            kernels.scale(n, 1 / (/*64*/ double) largest, work, y);
            int swap = x;
            x = y;
            y = swap;
        }
        for (int i = 1; i <= m; i++) {
            // m!/(2m)! and m!/(2m + 1)!, factor by factor.
            log -= log2(m + i) + log2(m + i);
        }
        return (log - log2(2 * m + 1) - log2(UNIT)) / (2 * m);
    }

    /// From powers of `2^-scaled·A` to those of the halved matrix: by `2^exponent` each.
    private void scalePowers(int exponent) {
        scale(POWER_1, exponent);
        scale(POWER_2, 2 * exponent);
        if (order >= 5) {
            scale(POWER_4, 4 * exponent);
        }
        if (order >= 7) {
            scale(POWER_6, 6 * exponent);
        }
        if (order == 9) {
            scale(POWER_8, 8 * exponent);
        }
    }

    private void scale(int matrix, int exponent) {
        int from = matrix * size;
        if (Math.abs(exponent) < Double.MAX_EXPONENT) {
            kernels.scale(size, Math.scalb(/*64*/ 1.0, exponent), work, from);
            return;
        }
        // The factor is beyond the range of numbers, the products may not be.
        for (int i = from; i < from + size; i++) {
            work[i] = Math.scalb(work[i], exponent);
        }
    }

    /// Leaves `(V - U)⁻¹·(V + U)` in the place of U.
    private void approximate() {
        b[0] = 1;
        for (int j = 0; j < order; j++) {
            b[j + 1] = b[j] * (order - j) / ((2 * order - j) * (j + 1));
        }
        if (order == 13) {
            sum(13, 3, ROOM, false);
            sum(7, 3, V, true);
            product(POWER_6, ROOM, 1, V);
            product(POWER_1, V, 0, U);
            sum(12, 3, ROOM, false);
            sum(6, 3, V, true);
            product(POWER_6, ROOM, 1, V);
        } else {
            sum(order, order / 2, V, true);
            product(POWER_1, V, 0, U);
            sum(order - 1, order / 2, V, true);
        }
        kernels.axpy(size, -1, work, U * size, work, V * size);
        // V + U is (V - U) + 2·U.
        kernels.scale(size, 2, work, U * size);
        kernels.axpy(size, 1, work, V * size, work, U * size);
        Lu.factor(kernels, n, n, work, V * size, n, pivots, 0);
        Lu.solve(kernels, Transpose.NO, n, n, work, V * size, n, pivots, 0, work, U * size, n);
    }

    /// `out = b[j]·A^(2·power) + b[j - 2]·A^(2·(power - 1)) + …` down to A², and with the unit matrix, to it.
    private void sum(int j, int power, int out, boolean unit) {
        kernels.fill(work, out * size, size, 0);
        for (int p = power; p >= 1; p--) {
            kernels.axpy(size, b[j - 2 * (power - p)], work, p * size, work, out * size);
        }
        if (unit) {
            for (int i = 0; i < n; i++) {
                work[out * size + i * (n + 1)] += (double) b[j - 2 * power];
            }
        }
    }

    /// `out = x·y + beta·out`.
    private void product(int x, int y, /*64*/ double beta, int out) {
        Transpose no = Transpose.NO;
        kernels.gemm(no, no, n, n, n, 1, work, x * size, n, work, y * size, n, beta, work, out * size, n);
    }

    /// log₂ of the largest sum of magnitudes of a column.
    private /*64*/ double logNorm(int matrix) {
        int sums = V * size;
        kernels.fill(work, sums, n, 0);
        for (int i = 0; i < n; i++) {
            int row = matrix * size + i * n;
            for (int j = 0; j < n; j++) {
                work[sums + j] += Math.abs(work[row + j]);
            }
        }
        double largest = 0;
        for (int j = 0; j < n; j++) {
            largest = Math.max(largest, work[sums + j]);
        }
        return log2(largest);
    }

    private static /*64*/ double log2(/*64*/ double x) {
        return Math.log(x) / Math.log(/*64*/ 2.0);
    }
}
