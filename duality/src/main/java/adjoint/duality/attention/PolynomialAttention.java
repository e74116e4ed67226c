package adjoint.duality.attention;

import adjoint.duality.kernel.Polynomial;
import adjoint.duality.kernel.Positive;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Pair;
import adjoint.duality.pair.PairMechanism;

/// Polynomial attention: rows of `κ(q, k) = (qᵀk/√p + 1)ⁿ`, n even, normalised.
///
/// Pair: exact, C(p + n, n) monomials. O(N·M·(p + r)) time by the kernel, O((N + M)·C(p + n, n)·r) by the monomials;
/// causal, and recurrent for generation; masks of keys. Example: p = 4, n = 2: 15 features.
///
/// Paper: Tsai et al., *Transformer dissection: a unified understanding of transformer's attention via the lens of
/// kernel*, EMNLP 2019.
public final class PolynomialAttention {
    private PolynomialAttention() {}

    /// @param width p, the components of a query
    /// @param degree n
    /// @throws IllegalArgumentException if the degree is odd: weights of both signs cannot be normalised
    public static PairMechanism create(int width, int degree) {
        Positive scale = Positive.of(1 / Math.sqrt(width));
        return new PairMechanism(
                "polynomial attention",
                Pair.of(new Polynomial(degree, 1, scale)).rows(),
                Execution.FEWEST);
    }
}
