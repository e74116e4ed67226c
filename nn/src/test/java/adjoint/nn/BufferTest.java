package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.nn.optim.Sgd;
import adjoint.nn.optim.WeightAverage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BufferTest {
    @TempDir
    Path folder;

    /// Keeps the mean of what it has seen, and how many batches that was.
    private static final class Means implements Module {
        final Parameter weight = Parameter.full(1, DType.F64, 2);
        final Buffer mean = Buffer.of(Tensor.zeros(DType.F64, 2));
        final Buffer batches = Buffer.of(Tensor.scalar(0, DType.I64));

        Tensor forward(Tensor x, Pass pass) {
            if (pass.training()) {
                pass.update(batches, n -> Tensor.scalar(n.item() + 1, DType.I64));
                pass.update(
                        mean,
                        x.mean(0),
                        (old, now) -> old.add(now.sub(old).div(batches.value().item())));
            }
            return x.sub(mean.value()).mul(weight.value());
        }

        @Override
        public void describe(Parts parts) {
            parts.buffer("mean", mean);
            parts.parameter("weight", weight);
            parts.buffer("batches", batches);
        }
    }

    private static Trainer<Tensor> trainer(Means means, int shards, int accumulation) {
        Objective<Tensor> objective = new Objective<>() {
            @Override
            public int size(Tensor batch) {
                return batch.dim(0);
            }

            @Override
            public Tensor loss(Tensor batch, int from, int to, Pass pass) {
                return means.forward(batch.slice(0, from, to), pass).square().mean();
            }
        };
        Trainer.Config config = new Trainer.Config(new Sgd(0.01), 1, shards, 3);
        return new Trainer<>(
                means, objective, config.accumulating(accumulation).with(new WeightAverage.Exponential(0.9)));
    }

    private static Tensor batch(int seed, int size) {
        return Tensor.normal(Rng.of(seed), 1, 2, DType.F64, size, 2);
    }

    private static final Batches<Tensor> BATCHES = _ -> List.of(batch(1, 5), batch(2, 8), batch(3, 1), batch(4, 7));

    @Test
    void aStateHasThemAndOptimisersDoNot() {
        Means means = new Means();
        Parameters parameters = Parameters.of(means);
        assertEquals(List.of("weight"), parameters.names());
        assertEquals(2, parameters.count());
        assertEquals(
                List.of("mean", "batches"), List.copyOf(parameters.buffers().keySet()));
        assertEquals("[batches, mean, weight]", parameters.values().keySet().toString());
        parameters.load(Map.of(
                "mean", Tensor.of(new double[] {1, 2}, 2),
                "weight", Tensor.of(new double[] {3, 4}, 2),
                "batches", Tensor.scalar(5, DType.I64)));
        assertArrayEquals(new double[] {1, 2}, means.mean.value().toDoubles());
        assertEquals(5, means.batches.value().item());
    }

    @Test
    void partialStates() {
        Means means = new Means();
        StateReport report = Parameters.of(means)
                .loadMatching(
                        Map.of(
                                "mean", Tensor.of(new float[] {1, 2}, 2),
                                "batches", Tensor.scalar(5, DType.F32)),
                        name -> name);
        assertEquals("""
                loaded     mean
                misshapen  batches is F32 [], the model has I64 []
                missing    weight [2]
                """, report.toString());
        assertArrayEquals(new double[] {1, 2}, means.mean.value().toDoubles());
    }

    @Test
    void keepsItsShapeAndDtype() {
        Buffer buffer = new Means().mean;
        assertEquals(
                "a buffer of shape [2] cannot take values of shape [3]",
                assertThrows(ShapeError.class, () -> buffer.set(Tensor.zeros(DType.F64, 3)))
                        .getMessage());
        assertEquals(
                "a buffer of F64 cannot take values of F32; convert them with to(F64)",
                assertThrows(IllegalArgumentException.class, () -> buffer.set(Tensor.zeros(DType.F32, 2)))
                        .getMessage());
    }

    @Test
    void anOldValueStaysAsItWas() {
        Buffer buffer = new Means().mean;
        Tensor old = buffer.value();
        buffer.set(Tensor.ones(DType.F64, 2));
        assertArrayEquals(new double[2], old.toDoubles());
        assertArrayEquals(new double[] {1, 1}, buffer.value().toDoubles());
    }

    @Test
    void aPassChangesNothingBeforeItIsAsked() {
        Means means = new Means();
        Pass pass = Pass.training(Rng.of(0));
        Tensor x = batch(1, 4);
        means.forward(x, pass);
        means.forward(x.mul(3), pass);
        assertArrayEquals(new double[2], means.mean.value().toDoubles());
        pass.updateBuffers();
        assertArrayEquals(x.mean(0).mul(2).toDoubles(), means.mean.value().toDoubles(), 1e-15);
        assertEquals(2, means.batches.value().item());
        pass.updateBuffers();
        assertEquals(2, means.batches.value().item());
    }

    @Test
    void evaluationsChangeNothing() {
        Means means = new Means();
        assertEquals(
                "an evaluation changes no buffer; ask training() first",
                assertThrows(
                                IllegalStateException.class,
                                () -> Pass.evaluation().update(means.mean, old -> old))
                        .getMessage());
        trainer(means, 2, 1).evaluate(List.of(batch(1, 4)));
        assertEquals(0, means.batches.value().item());
    }

    @Test
    void partsOfABatchMustAgreeInShape() {
        Buffer buffer = Buffer.of(Tensor.zeros(DType.F64, 2));
        BufferUpdates.Batch batch = new BufferUpdates().new Batch();
        Pass first = Pass.training(Rng.of(0));
        first.update(buffer, Tensor.zeros(DType.F64, 2), (_, now) -> now);
        Pass second = Pass.training(Rng.of(0));
        second.update(buffer, Tensor.zeros(DType.F64, 3), (_, now) -> now);
        batch.add(first.updates(), 1);
        assertEquals(
                "the statistics of a buffer [2] must have one shape in all parts of a batch, got [2] and [3]",
                assertThrows(IllegalArgumentException.class, () -> batch.add(second.updates(), 1))
                        .getMessage());
    }

    /// Shards and steps of several batches or not: the statistics are those of the batches.
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 1", "9, 1", "2, 3"})
    void aTrainerMergesTheShards(int shards, int accumulation) {
        Means means = new Means();
        Trainer<Tensor> trainer = trainer(means, shards, accumulation);
        trainer.train(BATCHES, StepListener.NONE);
        double[] expected = new double[2];
        for (Tensor batch : BATCHES.epoch(0)) {
            for (int i = 0; i < batch.dim(0); i++) {
                expected[0] += batch.get(i, 0) / batch.dim(0) / 4;
                expected[1] += batch.get(i, 1) / batch.dim(0) / 4;
            }
        }
        assertArrayEquals(expected, means.mean.value().toDoubles(), 1e-14);
        assertEquals(4, means.batches.value().item());
        assertEquals(Parameters.of(means).values().keySet(), trainer.averaged().keySet());
    }

    @Test
    void theNumberOfThreadsShowsInNoBit() {
        double[][] found = new double[2][];
        for (int threads = 1; threads <= 2; threads++) {
            Means means = new Means();
            try (var _ = Parallel.with(threads)) {
                trainer(means, 3, 1).train(BATCHES, StepListener.NONE);
            }
            found[threads - 1] = means.mean.value().toDoubles();
        }
        assertArrayEquals(found[0], found[1]);
    }

    @Test
    void aTrainingGoesOnBitForBit() throws IOException {
        Trainer<Tensor> unbroken = trainer(new Means(), 2, 1);
        unbroken.train(BATCHES, StepListener.NONE);
        Trainer<Tensor> first = trainer(new Means(), 2, 1);
        first.train(BATCHES, (step, _, _, _, _, _) -> {
            if (step == 2) {
                first.requestStop();
            }
        });
        first.state().write(folder.resolve("half"));
        Trainer<Tensor> second = trainer(new Means(), 2, 1);
        second.restore(TrainingState.read(folder.resolve("half")));
        second.train(BATCHES, StepListener.NONE);
        unbroken.state().write(folder.resolve("unbroken"));
        second.state().write(folder.resolve("resumed"));
        assertEquals(-1, Files.mismatch(folder.resolve("unbroken"), folder.resolve("resumed")));
    }

    @Test
    void aDivergingStepChangesNoBuffer() {
        Means means = new Means();
        Trainer<Tensor> trainer = trainer(means, 2, 2);
        Tensor bad = Tensor.full(Double.NaN, DType.F64, 4, 2);
        assertThrows(DivergenceException.class, () -> trainer.train(_ -> List.of(batch(1, 4), bad), StepListener.NONE));
        assertEquals(0, means.batches.value().item());
        trainer.train(_ -> List.of(batch(1, 4)), StepListener.NONE);
        assertEquals(1, means.batches.value().item());
    }
}
