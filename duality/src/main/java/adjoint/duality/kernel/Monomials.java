package adjoint.duality.kernel;

import adjoint.autodiff.Tensor;
import adjoint.duality.FeatureMap;
import java.util.Arrays;

/// The exact features of `κ(x, y) = (xᵀy)ⁿ`: every monomial of degree n, `φ_α(x) = √(n!/Πα_i!)·x^α`, in the order of
/// their sorted indices; `C(d + n − 1, n)` of them.
///
/// Example: n = 4, x = (1, 2): (1, 4, √96, 16, 16).
///
/// @param degree n ≥ 1
public record Monomials(int degree) implements FeatureMap {
    private static final int MOST = 1 << 20;

    @Override
    public Tensor features(Tensor x) {
        int d = x.dim(-1);
        int p = dimension(d);
        int[][] factors = new int[degree][p];
        double[] weights = new double[p];
        int[] index = new int[degree];
        for (int i = 0; i < p; i++) {
            for (int t = 0; t < degree; t++) {
                factors[t][i] = index[t];
            }
            weights[i] = Math.sqrt(arrangements(index));
            next(index, d);
        }
        Tensor product = x.take(factors[0], -1);
        for (int t = 1; t < degree; t++) {
            product = product.mul(x.take(factors[t], -1));
        }
        return product.mul(Tensor.of(weights).to(x.dtype()));
    }

    /// @throws IllegalArgumentException if there would be more than a million
    @Override
    public int dimension(int d) {
        double p = 1;
        for (int t = 1; t <= degree; t++) {
            p = p * (d + t - 1) / t;
        }
        if (p > MOST) {
            throw new IllegalArgumentException("the monomials of degree " + degree + " of " + d + " components are "
                    + (long) p + " features, more than " + MOST + ": use the kernel itself");
        }
        return (int) Math.round(p);
    }

    /// n!/Πα_i! of a sorted index.
    private static double arrangements(int[] index) {
        double ways = 1;
        int run = 0;
        for (int t = 0; t < index.length; t++) {
            run = t > 0 && index[t] == index[t - 1] ? run + 1 : 1;
            ways = ways * (t + 1) / run;
        }
        return ways;
    }

    /// The next sorted index in lexicographic order.
    private static void next(int[] index, int d) {
        int t = index.length - 1;
        while (t >= 0 && index[t] == d - 1) {
            t--;
        }
        if (t >= 0) {
            Arrays.fill(index, t, index.length, index[t] + 1);
        }
    }
}
