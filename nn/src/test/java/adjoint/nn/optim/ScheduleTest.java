package adjoint.nn.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ScheduleTest {
    /// Schedules beside other ways to say the same: recursions, as PyTorch computes them, or trigonometric identities.
    static Stream<Arguments> schedules() {
        return Stream.of(
                same(new Schedule.Constant(0.5), t -> 0.5),
                same(new Schedule.Linear(0.25, 1, 10), t -> t < 10 ? 0.25 + 0.075 * t : 1),
                same(new Schedule.Linear(1, 0.5, 0), t -> 0.5),
                same(new Schedule.Cosine(20, 0), t -> Math.pow(Math.cos(Math.PI * Math.min(t, 20) / 40), 2)),
                same(new Schedule.Cosine(20, 0.2), t -> {
                    double c = Math.cos(Math.PI * Math.min(t, 20) / 40);
                    return 0.2 + 0.8 * c * c;
                }),
                same(new Schedule.CosineRestarts(7, 1, 0), t -> Math.pow(Math.cos(Math.PI * (t % 7) / 14), 2)),
                // Periods 3, 6, 12, 24: they begin at 0, 3, 9, 21.
                same(new Schedule.CosineRestarts(3, 2, 0), t -> {
                    long begin = t < 3 ? 0 : t < 9 ? 3 : t < 21 ? 9 : 21;
                    return Math.pow(Math.cos(Math.PI * (t - begin) / (2.0 * (begin + 3))), 2);
                }),
                same(new Schedule.InverseSquareRoot(10), t -> t < 10 ? (t + 1) / 10.0 : Math.sqrt(10.0 / (t + 1))),
                same(new Schedule.Exponential(0.9), t -> repeated(0.9, t)),
                same(new Schedule.Step(6, 0.5), t -> repeated(0.5, t / 6)),
                same(new Schedule.MultiStep(List.of(3L, 11L), 0.1), t -> t < 3 ? 1 : t < 11 ? 0.1 : 0.01),
                same(new Schedule.Polynomial(10, 2, 0.1), t -> t < 10 ? 0.1 + 0.9 * (10 - t) * (10 - t) / 100.0 : 0.1),
                same(new Schedule.Constant(1).warmedUp(4), t -> t < 4 ? (t + 1) / 4.0 : 1),
                same(new Schedule.Exponential(0.9).warmedUp(1), t -> t == 0 ? 1 : repeated(0.9, t - 1)),
                same(
                        new Schedule.Exponential(0.9).then(5, new Schedule.Step(3, 0.5)),
                        t -> t < 5 ? repeated(0.9, t) : repeated(0.5, (t - 5) / 3)),
                same(
                        new Schedule.Exponential(0.9).times(new Schedule.Step(3, 0.5)),
                        t -> repeated(0.9, t) * repeated(0.5, t / 3)));
    }

    private static Arguments same(Schedule schedule, LongToDoubleFunction expected) {
        return Arguments.of(schedule, expected);
    }

    private static double repeated(double factor, long times) {
        double product = 1;
        for (long i = 0; i < times; i++) {
            product *= factor;
        }
        return product;
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void isWhatItSays(Schedule schedule, LongToDoubleFunction expected) {
        for (long t = 0; t <= 30; t++) {
            assertEquals(expected.applyAsDouble(t), schedule.at(t), 1e-14, "step " + t);
        }
    }

    /// Whatever was asked before, the answer is the same.
    @ParameterizedTest
    @MethodSource("schedules")
    void isAPureFunction(Schedule schedule, LongToDoubleFunction unused) {
        List<Double> forward = new ArrayList<>();
        for (long t = 0; t <= 30; t++) {
            forward.add(schedule.at(t));
        }
        for (int t = 30; t >= 0; t--) {
            assertEquals(forward.get(t), schedule.at(t));
        }
    }

    @Test
    void oneCycleRisesAndFalls() {
        // torch.optim.lr_scheduler.OneCycleLR: phases end at 0.3·100 − 1 and at 99.
        Schedule cycle = new Schedule.OneCycle(100);
        assertEquals(1 / 25.0, cycle.at(0), 1e-15);
        assertEquals(1, cycle.at(29), 1e-15);
        assertEquals(1 / 25.0 * 1e-4, cycle.at(99), 1e-15);
        assertEquals(1 / 25.0 * 1e-4, cycle.at(1000), 1e-15);
        // Half-way down, the mean of both ends.
        assertEquals((1 + 1 / 25.0 * 1e-4) / 2, cycle.at(64), 1e-15);
        for (int t = 0; t < 99; t++) {
            assertEquals(t < 29, cycle.at(t + 1) > cycle.at(t), "step " + t);
        }
    }

    @Test
    void farAwayStepsNeedNoTime() {
        assertEquals(
                new Schedule.CosineRestarts(10, 1, 0).at(3), new Schedule.CosineRestarts(10, 1, 0).at(4_000_000_003L));
        assertEquals(0, new Schedule.Exponential(0.5).at(Long.MAX_VALUE));
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                refusal(() -> new Schedule.Constant(-1), "the constant schedule's factor must be ≥ 0, got -1.0"),
                refusal(() -> new Schedule.Linear(0, Double.NaN, 1), "the linear schedule's end must be ≥ 0, got NaN"),
                refusal(() -> new Schedule.Cosine(0, 0), "the cosine schedule's number of steps must be ≥ 1, got 0"),
                refusal(() -> new Schedule.Cosine(1, 2), "the cosine schedule's minimum must be in [0, 1], got 2.0"),
                refusal(
                        () -> new Schedule.CosineRestarts(1, 0, 0),
                        "the cosine with restarts schedule's growth must be ≥ 1, got 0"),
                refusal(
                        () -> new Schedule.OneCycle(10, 0.05, 25, 1e4),
                        "the one-cycle schedule's rising share must be in (0, 1) and more than one step, got 0.05"),
                refusal(
                        () -> new Schedule.InverseSquareRoot(0),
                        "the inverse square root schedule's warm-up must be ≥ 1, got 0"),
                refusal(
                        () -> new Schedule.Exponential(1.5),
                        "the exponential schedule's gamma must be in (0, 1], got 1.5"),
                refusal(() -> new Schedule.Step(0, 0.5), "the step schedule's number of steps must be ≥ 1, got 0"),
                refusal(
                        () -> new Schedule.MultiStep(List.of(5L, 5L), 0.5),
                        "the multistep schedule's milestones must be ≥ 1 and ascend, got [5, 5]"),
                refusal(() -> new Schedule.Polynomial(5, 0, 0), "the polynomial schedule's power must be > 0, got 0.0"),
                refusal(
                        () -> new Schedule.Constant(1).warmedUp(0),
                        "the warm-up schedule's number of steps must be ≥ 1, got 0"),
                refusal(
                        () -> new Plateau("loss", Plateau.Goal.SMALLER, 1, 0, 0, 0, 0),
                        "the plateau's factor must be in (0, 1), got 1.0"));
    }

    private static Arguments refusal(Executable creation, String message) {
        return Arguments.of(creation, message);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatIsOutOfRangeIsNamed(Executable creation, String expected) {
        assertEquals(
                expected, assertThrows(IllegalArgumentException.class, creation).getMessage());
    }

    @Test
    void aPlateauLowersTheRate() {
        Plateau plateau = new Plateau("loss", Plateau.Goal.SMALLER, 0.5, 1, 0.1, 1, 0.2);
        List<Double> losses = List.of(10.0, 9.5, 8.9, 8.8, 8.7, 8.6, 8.5, 8.4, 8.3, 7.0, Double.NaN, 6.9, 6.8);
        // 9.5 is not better by a tenth; 8.9 is. 8.8 and 8.7 are two in a row that are not: half. 8.6 is in the
        // cooldown,
        // 8.5 and 8.4 are bad again: a quarter, 8.3 in the cooldown. 7.0 is better; NaN and 6.9 are not: the minimum.
        List<Double> factors = List.of(1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2, 0.2);
        for (int n = 0; n < losses.size(); n++) {
            assertEquals(factors.get(n), plateau.at(losses.subList(0, n + 1)), "after " + losses.subList(0, n + 1));
        }
        assertEquals(1, plateau.at(List.of()));
        Plateau rising = new Plateau("accuracy", Plateau.Goal.LARGER, 0.5, 0, 0, 0, 0);
        assertEquals(1, rising.at(List.of(0.1, 0.2, 0.3)));
        assertEquals(0.5, rising.at(List.of(0.1, 0.2, 0.2)));
    }
}
