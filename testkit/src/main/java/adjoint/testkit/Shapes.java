package adjoint.testkit;

import adjoint.autodiff.Shape;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/// Arbitrary shapes.
///
/// ```
/// @Provide
/// Arbitrary<Shapes.Pair> pairs() {
///     return Shapes.broadcastPairs(4, 6);
/// }
/// ```
public final class Shapes {

    private Shapes() {}

    /// Two shapes that broadcast, and the shape they broadcast to.
    public record Pair(Shape left, Shape right, Shape result) {}

    /// Shapes of up to `maxRank` axes of length 0 to `maxLength`: scalars, empty and odd ones among them.
    public static Arbitrary<Shape> any(int maxRank, int maxLength) {
        Arbitrary<Integer> filled = Arbitraries.integers().between(1, maxLength);
        return of(0, maxRank, Arbitraries.frequencyOf(Tuple.of(1, Arbitraries.just(0)), Tuple.of(12, filled)));
    }

    /// Shapes of `minRank` to `maxRank` axes, none of them empty.
    public static Arbitrary<Shape> filled(int minRank, int maxRank, int maxLength) {
        return of(minRank, maxRank, Arbitraries.integers().between(1, maxLength));
    }

    private static Arbitrary<Shape> of(int minRank, int maxRank, Arbitrary<Integer> lengths) {
        return lengths.array(Integer[].class)
                .ofMinSize(minRank)
                .ofMaxSize(maxRank)
                .map(dims ->
                        Shape.of(Arrays.stream(dims).mapToInt(Integer::intValue).toArray()));
    }

    /// Pairs of shapes that broadcast: axes of length 1 on either side, and missing leading axes on one.
    public static Arbitrary<Pair> broadcastPairs(int maxRank, int maxLength) {
        return any(maxRank, maxLength).flatMap(result -> {
            Arbitrary<List<Side>> sides = Arbitraries.of(Side.class).list().ofSize(result.rank());
            Arbitrary<Integer> missing = Arbitraries.integers().between(0, result.rank());
            return Combinators.combine(sides, missing, Arbitraries.of(true, false))
                    .as((repeats, cut, swap) -> pair(result, repeats, cut, swap));
        });
    }

    /// On which side an axis has length 1.
    private enum Side {
        NEITHER,
        LEFT,
        RIGHT
    }

    private static Pair pair(Shape result, List<Side> repeats, int missing, boolean swap) {
        int rank = result.rank();
        int[] whole = new int[rank];
        int[] cut = new int[rank - missing];
        for (int d = 0; d < rank; d++) {
            boolean wholeRepeats = d >= missing && repeats.get(d) == Side.LEFT;
            whole[d] = wholeRepeats ? 1 : result.dim(d);
            if (d >= missing) {
                cut[d - missing] = repeats.get(d) == Side.RIGHT ? 1 : result.dim(d);
            }
        }
        return swap
                ? new Pair(Shape.of(cut), Shape.of(whole), result)
                : new Pair(Shape.of(whole), Shape.of(cut), result);
    }
}
