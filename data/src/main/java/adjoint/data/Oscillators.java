package adjoint.data;

import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;

/// System identification on coupled oscillators: which two of six oscillators are coupled?
///
/// ```
/// H(q, p) = Σᵢ pᵢ²/(2mᵢ) + Σᵢ kᵢqᵢ²/2 + κ(qₐ − q_b)²/2
/// ```
///
/// Six oscillators of nearly the same frequency (ωᵢ from 0.9 to 1.1) swing for about six periods; a coupling between
/// two of them, a and b, lets their energy wander to and fro. A case is one such motion from a random start, seen
/// through noise: 12 channels (q₁ … q₆, p₁ … p₆) at equidistant times. Its class is the pair {a, b}, one of 15; the
/// classes are equally frequent. The strength κ differs from case to case.
///
/// **Why no linear classifier can do it.** H is even, so (−q, −p) is a motion of the same system: a series and its
/// mirror image belong to the same class. Of the two an affine score `w·x + b` per class can get both right only for
/// the class of the greatest b: in all other classes it is wrong on at least one of the two, so that it cannot pass
/// (1 + 1/15)/2 = 53 %. What it reaches is mere chance on this training set, in which each start comes with its
/// mirror image (each with its own noise), so that the class means, all that a linear fit sees, are noise. The class
/// is in the products of channels; attention forms them.
///
/// The motion is integrated with [Symplectic#YOSHIDA]. The same seed gives the same bits anywhere.
///
/// @param trainCases the number of training cases, even
/// @param testCases the number of test cases
/// @param steps the number of times a motion is looked at
/// @param interval the time between two looks
/// @param weakest the least κ
/// @param strongest the greatest κ
/// @param noise the standard deviation of the noise on every value (the amplitudes of q are 0.5 to 1)
public record Oscillators(
        int trainCases, int testCases, int steps, double interval, double weakest, double strongest, double noise) {

    private static final double[] MASSES = {1.0, 0.9, 1.1, 0.95, 1.05, 1.0};
    private static final double[] FREQUENCIES = {0.9, 0.94, 0.98, 1.02, 1.06, 1.1};
    private static final int SIZE = MASSES.length;
    /// The coupled pair of each class.
    private static final int[][] COUPLED = pairs();

    /// The longest integration step; the relative energy error then stays below 10⁻⁵.
    private static final double LONGEST_STEP = 0.1;

    /// @throws IllegalArgumentException if a number is out of its range
    public Oscillators {
        if (trainCases < 2 || trainCases % 2 != 0 || testCases < 1 || steps < 1) {
            throw new IllegalArgumentException("oscillators: an even number of training cases, and at least one test"
                    + " case and one step are needed, got " + trainCases + ", " + testCases + " and " + steps);
        }
        if (!(interval > 0) || !(weakest >= 0) || !(strongest >= weakest) || !(noise >= 0)) {
            throw new IllegalArgumentException("oscillators: interval > 0, 0 ≤ weakest ≤ strongest and noise ≥ 0 are"
                    + " needed, got " + interval + ", " + weakest + ", " + strongest + " and " + noise);
        }
    }

    /// The experiment `oscillators`: 3000 training and 600 test cases of 100 steps.
    public static Oscillators standard() {
        return new Oscillators(3000, 600, 100, 0.4, 0.2, 0.4, 0.1);
    }

    /// The training and the test set of that seed, not standardised.
    public Split simulate(long seed) {
        Rng root = Rng.of(seed).child("oscillators");
        return new Split(simulate(trainCases, 2, root.child("train")), simulate(testCases, 1, root.child("test")));
    }

    /// The system with that coupling κ between the oscillators `a` and `b`, counted from 0.
    ///
    /// @throws IllegalArgumentException if they are not two of the six
    public static SeparableHamiltonian system(int a, int b, double coupling) {
        if (a == b || Math.min(a, b) < 0 || Math.max(a, b) >= SIZE) {
            throw new IllegalArgumentException(
                    "two different oscillators from 0 to " + (SIZE - 1) + " are needed, got " + a + " and " + b);
        }
        return new Pair(a, b, coupling);
    }

    private static int[][] pairs() {
        int[][] pairs = new int[SIZE * (SIZE - 1) / 2][];
        int next = 0;
        for (int a = 0; a < SIZE; a++) {
            for (int b = a + 1; b < SIZE; b++) {
                pairs[next++] = new int[] {a, b};
            }
        }
        return pairs;
    }

    private static List<String> classNames() {
        List<String> names = new ArrayList<>();
        for (int[] pair : COUPLED) {
            names.add((pair[0] + 1) + "-" + (pair[1] + 1));
        }
        return names;
    }

    /// @param images 2 if each start comes with its mirror image, else 1
    private TimeSeries simulate(int count, int images, Rng rng) {
        List<String> channels = new ArrayList<>();
        for (String coordinate : List.of("q", "p")) {
            for (int i = 1; i <= SIZE; i++) {
                channels.add(coordinate + i);
            }
        }
        float[][][] cases = new float[count][][];
        int[] labels = new int[count];
        Rng noises = rng.child("noise");
        Parallel.tasks(count, i -> {
            labels[i] = i / images % COUPLED.length;
            double sign = i % images == 0 ? 1 : -1;
            cases[i] = observe(labels[i], sign, rng.child(i / images), noises.child(i));
        });
        return new TimeSeries("oscillators", channels, cases, labels, classNames());
    }

    /// One motion seen through noise, [12][steps].
    private float[][] observe(int label, double sign, Rng start, Rng seen) {
        double coupling = weakest + (strongest - weakest) * start.uniform(2L * SIZE);
        SeparableHamiltonian system = system(COUPLED[label][0], COUPLED[label][1], coupling);
        double[] q = new double[SIZE];
        double[] p = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            double amplitude = sign * (0.5 + 0.5 * start.uniform(2L * i));
            double phase = 2 * Math.PI * start.uniform(2L * i + 1);
            q[i] = amplitude * StrictMath.cos(phase);
            p[i] = amplitude * MASSES[i] * FREQUENCIES[i] * StrictMath.sin(phase);
        }
        int substeps = (int) Math.ceil(interval / LONGEST_STEP);
        float[][] series = new float[2 * SIZE][steps];
        for (int t = 0; t < steps; t++) {
            for (int i = 0; i < SIZE; i++) {
                long counter = (long) t * 2 * SIZE + i;
                series[i][t] = (float) (q[i] + noise * seen.normal(counter));
                series[SIZE + i][t] = (float) (p[i] + noise * seen.normal(counter + SIZE));
            }
            Symplectic.YOSHIDA.advance(system, q, p, interval / substeps, substeps);
        }
        return series;
    }

    private record Pair(int a, int b, double coupling) implements SeparableHamiltonian {
        @Override
        public double energy(double[] q, double[] p) {
            double stretch = q[a] - q[b];
            double energy = coupling * stretch * stretch / 2;
            for (int i = 0; i < SIZE; i++) {
                energy += p[i] * p[i] / (2 * MASSES[i]) + stiffness(i) * q[i] * q[i] / 2;
            }
            return energy;
        }

        @Override
        public void velocity(double[] p, double[] velocity) {
            for (int i = 0; i < SIZE; i++) {
                velocity[i] = p[i] / MASSES[i];
            }
        }

        @Override
        public void force(double[] q, double[] force) {
            for (int i = 0; i < SIZE; i++) {
                force[i] = -stiffness(i) * q[i];
            }
            double pull = coupling * (q[a] - q[b]);
            force[a] -= pull;
            force[b] += pull;
        }

        private static double stiffness(int i) {
            return MASSES[i] * FREQUENCIES[i] * FREQUENCIES[i];
        }
    }
}
