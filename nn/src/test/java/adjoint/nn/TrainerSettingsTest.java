package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.optim.AdamW;
import adjoint.nn.optim.Clipping;
import adjoint.nn.optim.Lbfgs;
import adjoint.nn.optim.Muon;
import adjoint.nn.optim.ParameterGroup;
import adjoint.nn.optim.Plateau;
import adjoint.nn.optim.Schedule;
import adjoint.nn.optim.Sgd;
import adjoint.nn.optim.WeightAverage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Schedules, groups, accumulation and averages in a training: least squares of a linear layer.
class TrainerSettingsTest {
    @TempDir
    Path folder;

    private record Rows(int from, int to) {}

    private static final Tensor X = Tensor.normal(Rng.of(1), 0, 1, DType.F64, 40, 3);
    private static final Tensor Y = Tensor.normal(Rng.of(2), 0, 1, DType.F64, 40, 2);

    private static Linear linear() {
        return new Linear(3, 2, DType.F64, Rng.of(3));
    }

    private static Objective<Rows> objective(Linear linear) {
        return new Objective<>() {
            @Override
            public int size(Rows rows) {
                return rows.to - rows.from;
            }

            @Override
            public Tensor loss(Rows rows, int from, int to, Pass pass) {
                Tensor x = X.slice(0, rows.from + from, rows.from + to);
                Tensor y = Y.slice(0, rows.from + from, rows.from + to);
                return linear.forward(x).sub(y).square().mean();
            }
        };
    }

    private static double[] values(Linear linear) {
        List<Double> values = new ArrayList<>();
        Parameters.of(linear).all().forEach(p -> {
            for (double v : p.value().toDoubles()) {
                values.add(v);
            }
        });
        return values.stream().mapToDouble(v -> v).toArray();
    }

    private static Trainer.Config plain(int shards) {
        return new Trainer.Config(new Sgd(0.1, 0.9, 0, 0, false), Double.POSITIVE_INFINITY, shards, 7);
    }

    private static Trainer<Rows> trainer(Linear linear, Trainer.Config config) {
        return new Trainer<>(linear, objective(linear), config);
    }

    /// Batches of unequal sizes, one of them smaller than the number of shards, are one batch; so is the rest at the
    /// end of an epoch.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void accumulatedBatchesAreOneBatch(int shards) {
        List<Rows> small = List.of(
                new Rows(0, 5),
                new Rows(5, 6),
                new Rows(6, 15),
                new Rows(15, 22),
                new Rows(22, 31),
                new Rows(31, 33),
                new Rows(33, 40));
        List<Rows> large = List.of(new Rows(0, 15), new Rows(15, 33), new Rows(33, 40));
        Linear accumulated = linear();
        Linear whole = linear();
        List<Double> losses = new ArrayList<>();
        Trainer<Rows> trainer = trainer(accumulated, plain(shards).accumulating(3));
        Trainer.Epoch epoch = trainer.train(_ -> small, (_, _, _, samples, loss, norm) -> {
            losses.add((double) samples);
            losses.add(loss);
            losses.add(norm);
        });
        List<Double> expected = new ArrayList<>();
        trainer(whole, plain(shards)).train(_ -> large, (_, _, _, samples, loss, norm) -> {
            expected.add((double) samples);
            expected.add(loss);
            expected.add(norm);
        });
        assertEquals(3, trainer.step());
        assertEquals(40, epoch.metrics().samples());
        assertArrayEquals(values(whole), values(accumulated), 1e-14);
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i), losses.get(i), 1e-13);
        }
    }

    @Test
    void theScheduleAndThePlateauMultiplyTheRate() {
        Linear linear = linear();
        Trainer<Rows> trainer = trainer(
                linear,
                new Trainer.Config(new Sgd(0.1), Double.POSITIVE_INFINITY, 1, 0)
                        .with(new Schedule.MultiStep(List.of(1L, 2L), 0.5))
                        .with(new Plateau("loss", Plateau.Goal.SMALLER, 0.1, 0, 0, 0, 0)));
        List<Double> moves = new ArrayList<>();
        List<Double> norms = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            double[] before = values(linear);
            trainer.train(_ -> List.of(new Rows(0, 40)), (_, _, _, _, _, norm) -> norms.add(norm));
            double[] after = values(linear);
            double squares = 0;
            for (int i = 0; i < after.length; i++) {
                squares += Math.pow(after[i] - before[i], 2);
            }
            moves.add(Math.sqrt(squares));
            // The second value is not better: from the third step on, a tenth.
            trainer.record(Map.of("loss", 1.0));
        }
        double[] rates = {0.1, 0.05, 0.0025, 0.00025};
        for (int t = 0; t < 4; t++) {
            assertEquals(rates[t], moves.get(t) / norms.get(t), 1e-12);
        }
    }

    private static Trainer.Config elaborate() {
        return plain(2).with(List.of(
                        new ParameterGroup("matrices", name -> name.endsWith("weight"), new Muon(0.02)),
                        new ParameterGroup("rest", _ -> true, new AdamW(0.01))))
                .with(new Schedule.Cosine(20, 0.1).warmedUp(3))
                .with(new Clipping.Adaptive(0.1))
                .with(new WeightAverage.Exponential(0.8))
                .accumulating(2);
    }

    private static final Batches<Rows> BATCHES = epoch -> List.of(
            new Rows(0, 10 + epoch), new Rows(10 + epoch, 21), new Rows(21, 22), new Rows(22, 31), new Rows(31, 40));

    @Test
    void resumesBitForBitWithAllOfIt() throws IOException {
        Trainer<Rows> unbroken = trainer(linear(), elaborate());
        Trainer<Rows> first = trainer(linear(), elaborate());
        for (int epoch = 0; epoch < 3; epoch++) {
            unbroken.train(BATCHES, StepListener.NONE);
        }
        first.train(BATCHES, StepListener.NONE);
        first.train(BATCHES, (step, _, _, _, _, _) -> {
            if (step == 4) {
                first.requestStop();
            }
        });
        assertEquals(4, first.step());
        Path file = folder.resolve("state");
        first.state().write(file);
        Trainer<Rows> second = trainer(linear(), elaborate());
        second.restore(TrainingState.read(file));
        second.train(BATCHES, StepListener.NONE);
        second.train(BATCHES, StepListener.NONE);
        unbroken.state().write(folder.resolve("unbroken"));
        second.state().write(folder.resolve("resumed"));
        assertEquals(-1, Files.mismatch(folder.resolve("unbroken"), folder.resolve("resumed")));
        assertEquals(9, second.step());
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> trainer(linear(), plain(2)).restore(TrainingState.read(file)))
                .getMessage();
        assertTrue(message.contains("matrices: Muon[learningRate=0.02"), message);
        assertTrue(message.contains("Chain[first=Linear["), message);
    }

    @Test
    void theAverageIsEvaluatedInThePlaceOfTheWeights() {
        Linear linear = linear();
        Trainer<Rows> trainer = trainer(linear, plain(1).with(new WeightAverage.Equal(2, 1)));
        double[] sum = new double[8];
        for (int t = 1; t <= 5; t++) {
            trainer.train(_ -> List.of(new Rows(0, 40)), StepListener.NONE);
            double[] now = values(linear);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += t >= 2 ? now[i] / 4 : 0;
            }
        }
        double[] last = values(linear);
        double expected;
        Linear mean = linear();
        Parameters.of(mean).load(trainer.averaged());
        assertArrayEquals(sum, values(mean), 1e-14);
        expected = trainer(mean, plain(1))
                .evaluate(List.of(new Rows(0, 40)))
                .loss()
                .value();
        assertEquals(
                expected,
                trainer.evaluateAverage(List.of(new Rows(0, 40))).loss().value());
        assertArrayEquals(last, values(linear));
        assertEquals(
                "the training keeps no average of the weights",
                assertThrows(
                                IllegalStateException.class,
                                () -> trainer(linear(), plain(1)).evaluateAverage(List.of()))
                        .getMessage());
    }

    @Test
    void settingsAreChecked() {
        assertEquals(
                "a step needs at least one batch, got 0",
                assertThrows(IllegalArgumentException.class, () -> plain(1).accumulating(0))
                        .getMessage());
        assertEquals(
                "no parameter group takes weight",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> trainer(
                                        linear(),
                                        plain(1).with(List.of(new ParameterGroup("bias", "bias"::equals, new Sgd(1))))))
                        .getMessage());
    }

    /// Gradient descent on a quadratic diverges where the rate passes 2/λ_max; the suggestion lies below, and the
    /// parameters are as they were.
    @Test
    void theLearningRateFinderStaysBelowDivergence() {
        Linear linear = linear();
        double[] before = values(linear);
        Trainer.Config config = new Trainer.Config(new Sgd(1), Double.POSITIVE_INFINITY, 1, 0);
        LearningRateFinder.Curve curve = LearningRateFinder.find(
                linear, objective(linear), config, _ -> List.of(new Rows(0, 40)), 1e-4, 1e3, 120);
        assertArrayEquals(before, values(linear));
        assertTrue(curve.points().size() < 120, "the loss explodes before the last factor");
        double suggestion = curve.suggestion();
        double largest = largestCurvature();
        assertTrue(suggestion < 2 / largest && suggestion > 0.02 / largest, () -> suggestion + " by " + 2 / largest);
        assertEquals(
                "the factors must grow, 0 < low < high, in at least 3 steps; got 1.0 to 1.0 in 10",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LearningRateFinder.find(
                                        linear, objective(linear), config, _ -> List.of(new Rows(0, 40)), 1, 1, 10))
                        .getMessage());
    }

    /// Least squares have one answer, at which residuals are orthogonal to the inputs.
    @Test
    void fullBatchesGoToTheMinimum() {
        Linear linear = linear();
        Lbfgs.Result result = FullBatch.minimize(
                linear, () -> linear.forward(X).sub(Y).square().mean(), new Lbfgs(10, 100, 1e-10));
        assertEquals(Lbfgs.Ending.CONVERGED, result.ending(), result::toString);
        Tensor residual = linear.forward(X).sub(Y);
        for (double inner : residual.transpose(0, 1).matmul(X).toDoubles()) {
            assertEquals(0, inner, 1e-8);
        }
        assertEquals(residual.square().mean().item(), result.loss(), 1e-15);
    }

    /// That of `mean (Wx + b − y)²` over both outputs: of the second moments of (x, 1), by power iteration.
    private static double largestCurvature() {
        double[] x = X.toDoubles();
        double[] v = {1, 1, 1, 1};
        double length = 0;
        for (int iteration = 0; iteration < 200; iteration++) {
            double[] next = new double[4];
            for (int row = 0; row < 40; row++) {
                double dot = v[3];
                for (int i = 0; i < 3; i++) {
                    dot += x[row * 3 + i] * v[i];
                }
                for (int i = 0; i < 4; i++) {
                    next[i] += dot * (i < 3 ? x[row * 3 + i] : 1) / 40;
                }
            }
            length = Math.sqrt(next[0] * next[0] + next[1] * next[1] + next[2] * next[2] + next[3] * next[3]);
            for (int i = 0; i < 4; i++) {
                v[i] = next[i] / length;
            }
        }
        return length;
    }
}
