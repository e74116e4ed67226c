package adjoint.bench;

/// How long a case is measured.
///
/// @param warmup nanoseconds for which ours has got no faster before it is measured; a peer, mostly native, has a fifth
/// of it
/// @param burst nanoseconds for which one side is called at a time
/// @param rounds how often both sides get their burst
/// @param fewest after how many rounds a case whose calls are long may end
/// @param budget nanoseconds after which it does
public record Pace(long warmup, long burst, int rounds, int fewest, long budget) {
    /// For figures to quote.
    static final Pace THOROUGH = new Pace(1_000_000_000L, 10_000_000L, 31, 5, 3_000_000_000L);
    /// For a look.
    static final Pace QUICK = new Pace(300_000_000L, 6_000_000L, 11, 3, 400_000_000L);
}
