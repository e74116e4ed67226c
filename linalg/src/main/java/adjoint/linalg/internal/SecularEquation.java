package adjoint.linalg.internal;

import adjoint.linalg.Kernels;

/// The eigenvalues of a diagonal matrix with a rank-one change, D + ρ·z·zᵀ: the roots of
///
/// ```
/// f(λ) = 1/ρ + Σⱼ zⱼ²/(dⱼ - λ),   d₀ < d₁ < … ,  ρ > 0
/// ```
///
/// Root i lies between dᵢ and dᵢ₊₁, the last one between the last pole and that plus ρ·‖z‖². Each is written as
/// λ = (its nearer pole) + τ, and it is τ that is found: so all differences dⱼ - λ come out to high relative
/// accuracy, which is what makes the eigenvectors orthogonal.
///
/// A step replaces the sums to the left and to the right of the root by one simple pole each, with the same value
/// and slope at τ ("the middle way"), and solves the quadratic equation that is left. Where the residual falls
/// slowly, the next step takes the weight of the nearer pole as it is instead; where it falls slowly twice, or a step
/// leaves the bracket, the bracket is bisected.
///
/// Reference: Li, "Solving secular equations stably and efficiently", LAPACK Working Note 89, 1994; Gu, Eisenstat,
/// "A stable and efficient algorithm for the rank-one modification of the symmetric eigenproblem", SIAM J. Matrix
/// Anal. Appl. 15, 1994.
final class SecularEquation {
    private static final int MAX_STEPS = 400;

    // Behind the quotients z/δ in a work array: the sums over the poles up to the root and behind it.
    private static final int PSI = 0;
    private static final int PSI_SLOPE = 1;
    private static final int PHI = 2;
    private static final int PHI_SLOPE = 3;

    /// What a work array has beyond the number of poles.
    static final int WORK = 4;

    private SecularEquation() {}

    /// Finds root `i` of `k` and returns it; leaves `dⱼ - λ` in `delta[at … at + k)`.
    ///
    /// @param d the poles, rising
    /// @param z the weights, none of them zero, ‖z‖ = 1
    /// @param epsilon the relative accuracy that is asked for
    /// @param work room for `k + WORK` elements
    static double root(
            int k, int i, double[] d, double[] z, double rho, double epsilon, double[] delta, int at, double[] work) {
        if (k == 1) {
            delta[at] = -rho * z[0] * z[0];
            return d[0] - delta[at];
        }
        boolean last = i == k - 1;
        int left = last ? i - 1 : i;
        double width = last ? rho : d[i + 1] - d[i];
        // The sign in the middle of the interval tells which pole is nearer.
        evaluate(k, left, d, d[i], width / 2, z, delta, at, work);
        double f = value(k, rho, work);
        double rest = f - z[left] * z[left] / delta[at + left] - z[left + 1] * z[left + 1] / delta[at + left + 1];
        int origin = last || f >= 0 ? i : i + 1;
        double low = f >= 0 ? 0 : origin == i ? width / 2 : -width / 2;
        double high = f < 0 ? origin == i ? width : 0 : width / 2;
        if (last) {
            high *= 1 + 0x1p-40;
        }
        double tau = start(last, left, d, z, rest, origin, low, high);
        boolean fixedWeight = false;
        int slow = 0;
        double before = Double.POSITIVE_INFINITY;
        for (int step = 0; step < MAX_STEPS; step++) {
            evaluate(k, left, d, d[origin], tau, z, delta, at, work);
            f = value(k, rho, work);
            double slope = work[k + PSI_SLOPE] + work[k + PHI_SLOPE];
            double size = 1 / rho + Math.abs(work[k + PSI]) + Math.abs(work[k + PHI]);
            if (Math.abs(f) <= epsilon * (8 * size + Math.abs(tau) * slope)) {
                break;
            }
            if (f < 0) {
                low = tau;
            } else {
                high = tau;
            }
            slow = Math.abs(f) > before / 8 ? slow + 1 : 0;
            fixedWeight ^= slow > 0;
            before = Math.abs(f);
            double c = fixedWeight
                    ? constantWithFixedWeight(left, d, z, origin, f, slope, delta, at)
                    : f - delta[at + left] * work[k + PSI_SLOPE] - delta[at + left + 1] * work[k + PHI_SLOPE];
            double next = tau + step(last, c, f, slope, delta[at + left], delta[at + left + 1]);
            if (slow >= 2 || !(next > low && next < high)) {
                next = middle(low, high);
            }
            if (next == tau || next == low || next == high) {
                break;
            }
            tau = next;
        }
        return d[origin] + tau;
    }

    /// The root of `rest + z²/δ + z²/δ` over the two poles nearest to the root, as a distance from the origin.
    private static double start(
            boolean last, int left, double[] d, double[] z, double rest, int origin, double low, double high) {
        double p = d[left] - d[origin];
        double q = d[left + 1] - d[origin];
        double zp = z[left] * z[left];
        double zq = z[left + 1] * z[left + 1];
        // rest·(p - τ)(q - τ) + zp·(q - τ) + zq·(p - τ) = 0; p or q is 0.
        double a = rest * (p + q) + zp + zq;
        double b = rest * p * q + zp * q + zq * p;
        double tau = quadratic(last, rest, a, b);
        return tau > low && tau < high ? tau : middle(low, high);
    }

    /// The change of τ that makes `c + s/(p - η) + r/(q - η)` vanish, with s and r such that value and slope at η = 0
    /// are `f` and `slope`; a Newton step where that goes the wrong way.
    private static double step(boolean last, double c, double f, double slope, double p, double q) {
        double a = (p + q) * f - p * q * slope;
        double b = p * q * f;
        double eta = quadratic(last, c, a, b);
        return f * eta < 0 ? eta : -f / slope;
    }

    /// The root of `c·x² - a·x + b` that belongs to the interval between the poles, or behind both.
    private static double quadratic(boolean behind, double c, double a, double b) {
        double root = Math.sqrt(Math.abs(a * a - 4 * b * c));
        if (behind) {
            return a >= 0 ? (a + root) / (2 * c) : 2 * b / (a - root);
        }
        return a <= 0 ? (a - root) / (2 * c) : 2 * b / (a + root);
    }

    private static double constantWithFixedWeight(
            int left, double[] d, double[] z, int origin, double f, double slope, double[] delta, int at) {
        int nearer = origin == left ? left : left + 1;
        int farther = origin == left ? left + 1 : left;
        double quotient = z[nearer] / delta[at + nearer];
        return f - delta[at + farther] * slope - (d[nearer] - d[farther]) * quotient * quotient;
    }

    /// A point well inside the bracket, on a logarithmic scale where its ends differ much.
    private static double middle(double low, double high) {
        boolean wide = low > 0 && high > 4 * low || high < 0 && low < 4 * high;
        return wide ? Math.copySign(Math.sqrt(Math.abs(low)) * Math.sqrt(Math.abs(high)), low) : low + (high - low) / 2;
    }

    private static double value(int k, double rho, double[] work) {
        return 1 / rho + work[k + PSI] + work[k + PHI];
    }

    /// Fills in `delta` and the sums at `pole + tau`.
    private static void evaluate(
            int k, int left, double[] d, double pole, double tau, double[] z, double[] delta, int at, double[] work) {
        for (int j = 0; j < k; j++) {
            delta[at + j] = (d[j] - pole) - tau;
        }
        for (int j = 0; j < k; j++) {
            work[j] = z[j] / delta[at + j];
        }
        Kernels<double[]> kernels = Kernels.f64();
        int right = left + 1;
        work[k + PSI] = kernels.dot(z, 0, work, 0, right);
        work[k + PSI_SLOPE] = kernels.sumSquares(work, 0, right);
        work[k + PHI] = kernels.dot(z, right, work, right, k - right);
        work[k + PHI_SLOPE] = kernels.sumSquares(work, right, k - right);
    }
}
