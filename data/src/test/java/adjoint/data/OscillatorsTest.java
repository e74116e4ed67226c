package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import java.util.List;
import org.junit.jupiter.api.Test;

class OscillatorsTest {
    private static final Oscillators SMALL = new Oscillators(60, 30, 100, 0.4, 0.2, 0.4, 0.1);
    private static final Oscillators SILENT = new Oscillators(60, 30, 100, 0.4, 0.2, 0.4, 0);

    @Test
    void isAFunctionOfTheSeed() {
        Split one = SMALL.simulate(7);
        assertEquals(one, SMALL.simulate(7));
        assertNotEquals(one.train(), SMALL.simulate(8).train());
        try (Parallel.Scope _ = Parallel.with(1)) {
            assertEquals(one, SMALL.simulate(7));
        }
        try (Parallel.Scope _ = Parallel.with(3)) {
            assertEquals(one, SMALL.simulate(7));
        }
    }

    /// A larger set begins with the cases of a smaller one.
    @Test
    void aCaseDoesNotDependOnTheOthers() {
        TimeSeries few = SMALL.simulate(7).train();
        TimeSeries many =
                new Oscillators(90, 30, 100, 0.4, 0.2, 0.4, 0.1).simulate(7).train();
        for (int i = 0; i < 60; i++) {
            for (int c = 0; c < 12; c++) {
                assertEquals(few.cases()[i][c][99], many.cases()[i][c][99]);
            }
        }
    }

    @Test
    void classesArePairsAndEquallyFrequent() {
        Split split = SMALL.simulate(1);
        assertEquals(15, split.train().classNames().size());
        assertEquals("1-2", split.train().classNames().getFirst());
        assertEquals("5-6", split.train().classNames().getLast());
        for (int label = 0; label < 15; label++) {
            assertEquals(4, split.train().classCounts()[label]);
            assertEquals(2, split.test().classCounts()[label]);
        }
        assertEquals(
                List.of("q1", "q2", "q3", "q4", "q5", "q6", "p1", "p2", "p3", "p4", "p5", "p6"),
                split.train().channels());
    }

    @Test
    void trainingCasesComeWithTheirMirrorImage() {
        TimeSeries train = SILENT.simulate(2).train();
        for (int i = 0; i < train.size(); i += 2) {
            assertEquals(train.labels()[i], train.labels()[i + 1]);
            for (int c = 0; c < 12; c++) {
                for (int t = 0; t < 100; t++) {
                    assertEquals(train.cases()[i][c][t], -train.cases()[i + 1][c][t]);
                }
            }
        }
        TimeSeries test = SILENT.simulate(2).test();
        assertNotEquals(test.cases()[0][0][0], -test.cases()[1][0][0]);
    }

    /// Without noise, the energy of each oscillator outside of the pair stays, and that of the pair does not.
    @Test
    void onlyTheCoupledPairExchangesEnergy() {
        SeparableHamiltonian free = Oscillators.system(0, 1, 0);
        TimeSeries data = SILENT.simulate(3).test();
        for (int i = 0; i < data.size(); i++) {
            String pair = data.classNames().get(data.labels()[i]);
            for (int o = 0; o < 6; o++) {
                double least = Double.POSITIVE_INFINITY;
                double greatest = 0;
                for (int t = 0; t < 100; t++) {
                    double energy = energyOf(free, data.cases()[i], o, t);
                    least = Math.min(least, energy);
                    greatest = Math.max(greatest, energy);
                }
                boolean coupled = pair.contains(Integer.toString(o + 1));
                assertTrue(
                        coupled ? greatest > 1.05 * least : greatest < 1.0001 * least,
                        "case " + i + " of " + pair + ", oscillator " + (o + 1) + ": " + least + " to " + greatest);
            }
        }
    }

    private static double energyOf(SeparableHamiltonian free, float[][] series, int oscillator, int t) {
        double[] q = new double[6];
        double[] p = new double[6];
        q[oscillator] = series[oscillator][t];
        p[oscillator] = series[6 + oscillator][t];
        return free.energy(q, p);
    }

    @Test
    void noiseHasItsDeviation() {
        TimeSeries noisy = SMALL.simulate(4).train();
        TimeSeries silent = SILENT.simulate(4).train();
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < 60; i++) {
            for (int c = 0; c < 12; c++) {
                for (int t = 0; t < 100; t++) {
                    double noise = noisy.cases()[i][c][t] - silent.cases()[i][c][t];
                    sum += noise;
                    squares += noise * noise;
                }
            }
        }
        // 72000 draws: the standard errors are 0.1/√72000 = 4e-4 and 0.1/√144000 = 2.6e-4; five of them.
        assertEquals(0, sum / 72000, 2e-3);
        assertEquals(0.1, Math.sqrt(squares / 72000), 1.4e-3);
    }

    /// On the standard experiment a linear classifier is hardly better than chance, 1/15 (standard error 0.01).
    @Test
    void noLinearClassifierCanDoIt() {
        LinearClassifier linear =
                LinearClassifier.measure(Oscillators.standard().simulate(1).prepared(), Rng.of(1));
        assertTrue(linear.accuracy() < 0.13, linear.toString());
    }

    @Test
    void refusesNumbersOutOfRange() {
        assertThrows(IllegalArgumentException.class, () -> new Oscillators(3, 1, 1, 1, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Oscillators(2, 1, 1, 0, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Oscillators(2, 1, 1, 1, 2, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Oscillators(2, 1, 1, 1, 0, 0, Double.NaN));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Oscillators.system(2, 2, 1));
        assertEquals("two different oscillators from 0 to 5 are needed, got 2 and 2", e.getMessage());
    }
}
