package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.nn.optim.Plateau.Goal;
import java.util.List;
import org.junit.jupiter.api.Test;

class EarlyStoppingTest {
    private static final double NAN = Double.NaN;

    private static void check(EarlyStopping rule, int best, boolean stops, Double... values) {
        assertEquals(best, rule.best(List.of(values)));
        assertEquals(stops, rule.stops(List.of(values)));
    }

    @Test
    void stopsAfterAsManyValuesThatAreNoBetter() {
        EarlyStopping rule = new EarlyStopping("loss", Goal.SMALLER, 2);
        check(rule, -1, false);
        check(rule, 0, false, 3.0);
        check(rule, 1, false, 3.0, 2.0, 2.0);
        check(rule, 1, true, 3.0, 2.0, 2.0, 2.5);
        check(rule, 3, false, 3.0, 2.0, 2.5, 1.9);
        check(rule, 0, true, Double.NEGATIVE_INFINITY, 1.0, 0.0);
    }

    @Test
    void largerMayBeBetter() {
        EarlyStopping rule = new EarlyStopping("accuracy", Goal.LARGER, 1);
        check(rule, 1, false, 0.5, 0.6);
        check(rule, 1, true, 0.5, 0.6, 0.6);
    }

    @Test
    void aBetterValueMustPassTheBestByMore() {
        EarlyStopping rule = new EarlyStopping("loss", Goal.SMALLER, 3, 0.5, false);
        check(rule, 0, false, 3.0, 2.5, 2.6);
        check(rule, 0, true, 3.0, 2.5, 2.6, 2.5);
        check(rule, 3, false, 3.0, 2.5, 2.6, 2.4);
    }

    @Test
    void nothingIsAsBadAsNaN() {
        EarlyStopping rule = new EarlyStopping("loss", Goal.SMALLER, 2);
        check(rule, -1, false, NAN);
        check(rule, -1, true, NAN, NAN);
        check(rule, 1, false, NAN, 7.0);
        check(rule, 1, true, NAN, 7.0, NAN, NAN);
        check(EarlyStopping.never("loss", Goal.SMALLER), 0, false, 1.0, 2.0, 3.0, NAN);
    }

    @Test
    void settingsAreChecked() {
        assertEquals(
                "early stopping's patience must be ≥ 1, got 0",
                assertThrows(IllegalArgumentException.class, () -> new EarlyStopping("loss", Goal.SMALLER, 0))
                        .getMessage());
        assertEquals(
                "early stopping's minDelta must be ≥ 0, got NaN",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new EarlyStopping("loss", Goal.SMALLER, 1, NAN, false))
                        .getMessage());
    }
}
