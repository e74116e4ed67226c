package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.linalg.Attention.Sizes;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Attention against its definition, for all settings together, any sizes and any layout.
class AttentionLaws {
    private static final String[] RESULTS = {"out", "lse", "dq", "dk", "dv"};

    /// In units in the last place, for sums of up to 230 terms.
    private static final double TOLERANCE = 8;

    @Provide
    Arbitrary<AttentionCase> cases() {
        Arbitrary<Integer> rows = Arbitraries.of(0, 1, 2, 5, 8, 15, 16, 17, 29, 32, 33, 64, 100, 127, 129, 150);
        Arbitrary<Integer> keys =
                Arbitraries.of(0, 1, 2, 7, 14, 15, 31, 32, 33, 56, 64, 100, 111, 113, 130, 223, 225, 230);
        Arbitrary<Integer> widths = Arbitraries.of(0, 1, 2, 3, 7, 8, 13, 15, 16, 17, 29, 32, 33, 48, 64, 70);
        Arbitrary<Sizes> sizes = Combinators.combine(
                        Arbitraries.integers().between(1, 2),
                        Arbitraries.integers().between(1, 3),
                        rows,
                        keys,
                        widths,
                        widths)
                .as(Sizes::new);
        return Combinators.combine(
                        sizes,
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.of(0.0, 0.0, 0.1, 0.5),
                        Arbitraries.longs())
                .as(AttentionCase::new);
    }

    @Property(tries = 120)
    void isItsDefinition(@ForAll("cases") AttentionCase c) {
        for (Provided<?> p : Provided.all()) {
            double[] q = c.q(p);
            double[] k = c.k(p);
            double[] v = c.v(p);
            double[] dOut = c.dOut(p);
            PlainAttention.Result forward = c.plain(p).forward(q, k, v);
            PlainAttention.Gradients gradients = c.plain(p).backward(q, k, v, dOut);
            double[][] expected = {forward.out(), forward.lse(), gradients.dq(), gradients.dk(), gradients.dv()};
            double[][] actual = c.run(p);
            double[][] magnitudes = c.plain(p).magnitudes(q, k, v, dOut);
            for (int r = 0; r < RESULTS.length; r++) {
                assertClose(p + " " + RESULTS[r], expected[r], actual[r], magnitudes[r], TOLERANCE * p.epsilon());
            }
        }
    }

    /// Relative to the size of the terms that each element is the sum of: they may cancel.
    private static void assertClose(
            String what, double[] expected, double[] actual, double[] magnitudes, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            double error = tolerance * magnitudes[i];
            if (expected[i] != actual[i] && !(Math.abs(expected[i] - actual[i]) <= error)) {
                assertEquals(expected[i], actual[i], error, what + "[" + i + "]");
            }
        }
    }
}
