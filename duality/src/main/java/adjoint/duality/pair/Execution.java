package adjoint.duality.pair;

/// How a [Pair] is worked out. All give the same numbers up to rounding, those of a random pair but [#DUAL], which is
/// exact; N queries, M keys, m features, c values.
public enum Execution {
    /// `Φ_q(Φ_kᵀV)`: O((N + M)·m·c), not causal.
    PRIMAL,
    /// `K·V`: O(N·M·(d + c)).
    DUAL,
    /// One token after the other, `S ← S + φ_k v_tᵀ`, `out_t = φ_qᵀS`: O(N·m·c) time, O(m·c) state; causal.
    RECURRENT,
    /// Dual within chunks, a state between them: O(N·C·(m + c) + N·m·c) for chunks of C tokens; causal.
    CHUNKED,
    /// The one that takes the fewest multiplications, which sizes alone decide, so that the same input gives the same
    /// bits; for a random pair, of those by its features; [#DUAL] where features are refused, as too many
    /// monomials are.
    FEWEST,
    /// The one that is expected to be the fastest, from measurements at smaller sizes, among those that [#FEWEST]
    /// chooses from: for a random pair never [#DUAL], so that the clock decides on rounding alone. See [CostModel].
    AUTO
}
