package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.linalg.Rng;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class SamplingTest {
    private static final int DRAWS = 40_000;
    /// Of probabilities 0.1, 0.5, 0.15, 0.25.
    private static final double[] LOGITS = {Math.log(0.1), Math.log(0.5), Math.log(0.15), Math.log(0.25)};

    @Test
    void drawsWithTheProbabilitiesOfTheSoftmax() {
        assertArrayEquals(new double[] {0.1, 0.5, 0.15, 0.25}, shares(new Sampling(1)), 0.01);
        double[] squares = {0.01, 0.25, 0.0225, 0.0625};
        double total = 0.345;
        double[] sharp = {squares[0] / total, squares[1] / total, squares[2] / total, squares[3] / total};
        assertArrayEquals(sharp, shares(new Sampling(0.5)), 0.01);
    }

    @Test
    void drawsOnlyFromTheLikeliest() {
        assertArrayEquals(new double[] {0, 2 / 3.0, 0, 1 / 3.0}, shares(new Sampling(1).topK(2)), 0.01);
        assertArrayEquals(new double[] {0, 2 / 3.0, 0, 1 / 3.0}, shares(new Sampling(1).topP(0.6)), 0.01);
        assertArrayEquals(new double[] {0, 1, 0, 0}, shares(new Sampling(1).topP(0.4)), 0);
        assertArrayEquals(new double[] {0, 1, 0, 0}, shares(new Sampling(3).topK(1)), 0);
        // Of the two likeliest the first has two thirds.
        assertArrayEquals(
                new double[] {0, 1, 0, 0}, shares(new Sampling(1).topK(2).topP(0.65)), 0);
        assertArrayEquals(
                new double[] {0, 2 / 3.0, 0, 1 / 3.0},
                shares(new Sampling(1).topK(2).topP(0.7)),
                0.01);
    }

    @Test
    void greedyTakesTheFirstOfTheLikeliest() {
        assertEquals(1, Sampling.greedy().draw(LOGITS, Rng.of(1), 0));
        assertEquals(1, Sampling.greedy().draw(new double[] {0, 4, 4, 1}, Rng.of(1), 0));
        assertEquals(1, new Sampling(1, 1, 1).draw(new double[] {0, 4, 4, 1}, Rng.of(1), 0));
    }

    @Test
    void whatIsImpossibleIsNeverDrawn() {
        double none = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < 1000; i++) {
            assertEquals(1, new Sampling(1).draw(new double[] {none, 2, none}, Rng.of(3), i));
        }
        assertEquals(0, new Sampling(1).draw(new double[] {-7}, Rng.of(3), 0));
    }

    @Test
    void refusesWhatIsOutOfRange() {
        assertEquals("the temperature must be finite and ≥ 0, got -1.0", message(() -> new Sampling(-1)));
        assertEquals("the temperature must be finite and ≥ 0, got NaN", message(() -> new Sampling(Double.NaN)));
        assertEquals("topK must be ≥ 1, got 0", message(() -> new Sampling(1).topK(0)));
        assertEquals("topP must be in (0, 1], got 0.0", message(() -> new Sampling(1).topP(0)));
        assertEquals("topP must be in (0, 1], got 1.5", message(() -> new Sampling(1).topP(1.5)));
        assertEquals(
                "no token can be drawn: logit 1 is NaN",
                message(() -> Sampling.greedy().draw(new double[] {0, Double.NaN}, Rng.of(1), 0)));
        double none = Double.NEGATIVE_INFINITY;
        assertEquals(
                "no token can be drawn: all logits are −∞",
                message(() -> Sampling.greedy().draw(new double[] {none, none}, Rng.of(1), 0)));
        assertEquals(
                "a token is drawn from at least one logit, got none",
                message(() -> Sampling.greedy().draw(new double[0], Rng.of(1), 0)));
    }

    private static double[] shares(Sampling sampling) {
        double[] shares = new double[LOGITS.length];
        for (int i = 0; i < DRAWS; i++) {
            shares[sampling.draw(LOGITS, Rng.of(9), i)] += 1.0 / DRAWS;
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] = shares[i] > 1 - 1e-9 ? 1 : shares[i];
        }
        return shares;
    }

    private static String message(Executable wrong) {
        return assertThrows(IllegalArgumentException.class, wrong).getMessage();
    }
}
