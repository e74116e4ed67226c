package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.nn.files.SafeTensors;
import adjoint.nn.optim.Adam;
import adjoint.nn.optim.RAdam;
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

class TrainerTest {
    private static final int LENGTH = 6;
    private static final int CHANNELS = 3;
    private static final int CLASSES = 3;

    @TempDir
    Path folder;

    private record Batch(float[] x, int[] labels) {
        Tensor x(int from, int to) {
            return Tensor.wrap(x, from * LENGTH * CHANNELS, Shape.of(to - from, LENGTH, CHANNELS));
        }

        Tensor labels(int from, int to) {
            return Tensor.wrap(labels, from, Shape.of(to - from));
        }
    }

    /// Series whose class is the channel that is shifted up.
    private static Batch batch(Rng key, int size) {
        float[] x = Tensor.normal(key.child("x"), 0, 1, DType.F32, size * LENGTH * CHANNELS)
                .toFloats();
        int[] labels = new int[size];
        for (int i = 0; i < size; i++) {
            labels[i] = key.child("labels").below(i, CLASSES);
            for (int t = 0; t < LENGTH; t++) {
                x[(i * LENGTH + t) * CHANNELS + labels[i]] += 2;
            }
        }
        return new Batch(x, labels);
    }

    /// Six batches, the last one of a single sample.
    private static final Batches<Batch> BATCHES = epoch -> {
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            batches.add(batch(Rng.of(9).child(epoch).child(i), i == 5 ? 1 : 7));
        }
        return batches;
    };

    private static TimeSeriesClassifier model(DType dtype, double dropout) {
        var encoder = new Encoder.Config(8, 12, Activation.GELU, dropout, EncoderLayer.Norm.POST, dtype);
        return new TimeSeriesClassifier(
                new TimeSeriesClassifier.Config(CHANNELS, LENGTH, CLASSES, 2, encoder),
                (_, key) -> new SelfAttention(8, 2, dtype, key),
                Rng.of(1));
    }

    private static Objective<Batch> objective(TimeSeriesClassifier model) {
        return new Objective<>() {
            @Override
            public int size(Batch batch) {
                return batch.labels.length;
            }

            @Override
            public Tensor loss(Batch batch, int from, int to, Pass pass) {
                Tensor labels = batch.labels(from, to);
                Tensor mask = Tensor.ones(DType.F32, to - from, LENGTH);
                Tensor logits = model.forward(batch.x(from, to), mask, pass);
                pass.addLoss("square", 0.01, logits.square().mean());
                pass.observe(logits, labels);
                return logits.crossEntropy(labels);
            }
        };
    }

    private static Trainer<Batch> trainer(TimeSeriesClassifier model) {
        return new Trainer<>(model, objective(model), config(2));
    }

    private static Trainer.Config config(int shards) {
        return new Trainer.Config(new RAdam(3e-3, RAdam.Variant.AUTHORS), 1, shards, 5);
    }

    @Test
    void learns() {
        TimeSeriesClassifier model = model(DType.F32, 0.1);
        Trainer<Batch> trainer = trainer(model);
        List<Batch> test = List.of(batch(Rng.of(100), 64), batch(Rng.of(101), 33));
        Metrics before = trainer.evaluate(test);
        Trainer.Epoch last = null;
        while (trainer.epoch() < 20) {
            last = trainer.train(BATCHES, StepListener.NONE);
        }
        Metrics after = trainer.evaluate(test);
        assertEquals(97, after.samples());
        assertEquals(36, last.metrics().samples());
        assertTrue(last.completed());
        assertEquals(19, last.number());
        assertEquals(120, trainer.step());
        assertTrue(after.accuracy() > 0.85, () -> before + " " + after);
        assertTrue(after.loss().value() < 0.5 * before.loss().value(), () -> before + " " + after);
        assertTrue(after.auxiliary().containsKey("square"));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 16})
    void theNumberOfThreadsShowsInNoBit(int threads) {
        float[][] expected = trained(1);
        float[][] actual = trained(threads);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], actual[i]);
        }
    }

    private static float[][] trained(int threads) {
        TimeSeriesClassifier model = model(DType.F32, 0.2);
        Trainer<Batch> trainer = trainer(model);
        try (var _ = Parallel.with(threads)) {
            trainer.train(BATCHES, StepListener.NONE);
        }
        return values(model);
    }

    private static float[][] values(TimeSeriesClassifier model) {
        return Parameters.of(model).all().stream()
                .map(p -> p.value().toFloats())
                .toArray(float[][]::new);
    }

    /// One step of plain gradient arithmetic on one tape gives the same as the shards together.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 9})
    void shardsTogetherAreTheBatch(int shards) {
        TimeSeriesClassifier model = model(DType.F32, 0);
        Batch batch = batch(Rng.of(3), 7);
        double[] squares = new double[1];
        double expectedLoss;
        try (Tape tape = Tape.open()) {
            List<Tensor> leaves =
                    Parameters.of(model).all().stream().map(Parameter::value).toList();
            tape.watch(leaves);
            Pass pass = Pass.training(Rng.of(0));
            Tensor loss = objective(model).loss(batch, 0, 7, pass);
            expectedLoss = loss.item();
            var gradients = tape.backward(pass.total(loss));
            for (Tensor leaf : leaves) {
                for (double g : gradients.of(leaf).toDoubles()) {
                    squares[0] += g * g;
                }
            }
        }
        List<Double> seen = new ArrayList<>();
        Trainer<Batch> trainer = new Trainer<>(model, objective(model), config(shards));
        trainer.train(_ -> List.of(batch), (_, _, _, _, loss, norm) -> {
            seen.add(loss);
            seen.add(norm);
        });
        assertEquals(expectedLoss, seen.get(0), 1e-5);
        assertEquals(Math.sqrt(squares[0]), seen.get(1), 1e-5 * Math.sqrt(squares[0]));
    }

    @Test
    void clippingBoundsTheGradient() {
        // A plain momentum step: with β₁ = 0 the parameters move by lr times the clipped gradient.
        var sgd = new RAdam(1, 0, 0.999, 1e-8, 0, RAdam.Variant.AUTHORS);
        TimeSeriesClassifier model = model(DType.F32, 0);
        double[] norm = new double[1];
        var trainer = new Trainer<>(model, objective(model), new Trainer.Config(sgd, 1e-3, 2, 0));
        float[][] before = values(model);
        trainer.train(_ -> List.of(batch(Rng.of(3), 7)), (_, _, _, _, _, n) -> norm[0] = n);
        float[][] after = values(model);
        double squares = 0;
        for (int i = 0; i < before.length; i++) {
            for (int j = 0; j < before[i].length; j++) {
                squares += Math.pow(after[i][j] - before[i][j], 2);
            }
        }
        assertTrue(norm[0] > 0.1, () -> "norm " + norm[0]);
        assertEquals(1e-3, Math.sqrt(squares), 1e-5);
    }

    @Test
    void resumesBitForBitInTheMiddleOfAnEpoch() throws IOException {
        TimeSeriesClassifier straight = model(DType.F32, 0.2);
        Trainer<Batch> unbroken = trainer(straight);
        for (int epoch = 0; epoch < 2; epoch++) {
            unbroken.train(BATCHES, StepListener.NONE);
            unbroken.record(Map.of("epoch", (double) epoch, "nothing", Double.NaN));
        }
        Trainer.Epoch expected = unbroken.train(BATCHES, StepListener.NONE);

        Path file = folder.resolve("state.safetensors");
        Trainer<Batch> first = trainer(model(DType.F32, 0.2));
        first.train(BATCHES, StepListener.NONE);
        first.record(Map.of("epoch", 0.0));
        Trainer.Epoch part = first.train(BATCHES, (step, _, _, _, _, _) -> {
            if (step == 9) {
                first.requestStop();
            }
        });
        assertFalse(part.completed());
        assertEquals(9, first.step());
        first.state().write(file);

        TimeSeriesClassifier model = model(DType.F32, 0.2);
        Parameters.of(model)
                .all()
                .forEach(p -> p.set(Tensor.zeros(DType.F32, p.shape().dims())));
        Trainer<Batch> second = trainer(model);
        second.restore(TrainingState.read(file));
        assertEquals(9, second.step());
        assertEquals(1, second.epoch());
        second.train(BATCHES, StepListener.NONE);
        second.record(Map.of("epoch", 1.0));
        Trainer.Epoch actual = second.train(BATCHES, StepListener.NONE);

        assertEquals(expected.metrics().toString(), actual.metrics().toString());
        assertEquals(List.of(Map.of("epoch", 0.0), Map.of("epoch", 1.0)), second.history());
        assertEquals(unbroken.history(), second.history());
        unbroken.state().write(folder.resolve("unbroken"));
        second.state().write(folder.resolve("resumed"));
        assertEquals(-1, Files.mismatch(folder.resolve("unbroken"), folder.resolve("resumed")));
    }

    @Test
    void theMetricsOfAnEpochSurviveAStop() throws IOException {
        Trainer.Epoch expected = trainer(model(DType.F32, 0.2)).train(BATCHES, StepListener.NONE);
        Trainer<Batch> first = trainer(model(DType.F32, 0.2));
        first.train(BATCHES, (step, _, _, _, _, _) -> {
            if (step == 3) {
                first.requestStop();
            }
        });
        Path file = folder.resolve("state");
        first.state().write(file);
        Trainer<Batch> second = trainer(model(DType.F32, 0.2));
        second.restore(TrainingState.read(file));
        Metrics actual = second.train(BATCHES, StepListener.NONE).metrics();
        assertEquals(expected.metrics().toString(), actual.toString());
        assertEquals(36, actual.confusion().total());
    }

    @Test
    void aStateOfAnotherTrainingIsRefused() throws IOException {
        Path file = folder.resolve("state");
        trainer(model(DType.F32, 0.2)).state().write(file);
        TimeSeriesClassifier model = model(DType.F32, 0.2);
        float[][] before = values(model);
        Trainer<Batch> otherShards = new Trainer<>(model, objective(model), config(3));
        assertThrows(IllegalArgumentException.class, () -> otherShards.restore(TrainingState.read(file)));
        Linear linear = new Linear(2, 2, DType.F32, Rng.of(0));
        Trainer<Batch> otherModel = new Trainer<>(linear, objective(model), config(2));
        assertThrows(IllegalArgumentException.class, () -> otherModel.restore(TrainingState.read(file)));
        for (int i = 0; i < before.length; i++) {
            assertArrayEquals(before[i], values(model)[i]);
        }
    }

    @Test
    void aDamagedStateIsRefused() throws IOException {
        Path file = folder.resolve("state");
        trainer(model(DType.F32, 0.2)).state().write(file);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 5] ^= 1;
        Files.write(file, bytes);
        String message =
                assertThrows(IOException.class, () -> TrainingState.read(file)).getMessage();
        assertTrue(message.contains("damaged: its checksum is"), message);
        SafeTensors.write(file, Map.of(), Map.of());
        message =
                assertThrows(IOException.class, () -> TrainingState.read(file)).getMessage();
        assertTrue(message.contains("not an adjoint training state"), message);
    }

    @Test
    void aLossThatIsNotFiniteStopsAndChangesNothing() {
        TimeSeriesClassifier model = model(DType.F32, 0.1);
        Trainer<Batch> trainer = trainer(model);
        trainer.train(_ -> List.of(batch(Rng.of(3), 7)), StepListener.NONE);
        float[][] before = values(model);
        Batch bad = batch(Rng.of(4), 7);
        bad.x[5 * LENGTH * CHANNELS] = Float.POSITIVE_INFINITY;
        DivergenceException e =
                assertThrows(DivergenceException.class, () -> trainer.train(_ -> List.of(bad), StepListener.NONE));
        assertTrue(e.getMessage().startsWith("step 2 (epoch 1, batch 0): the loss is NaN; first came"), e.getMessage());
        assertTrue(e.getMessage().contains("linear"), e.getMessage());
        assertEquals(1, trainer.step());
        for (int i = 0; i < before.length; i++) {
            assertArrayEquals(before[i], values(model)[i]);
        }
        // The training can go on with other data.
        trainer.train(_ -> List.of(batch(Rng.of(5), 7)), StepListener.NONE);
        assertEquals(2, trainer.step());
    }

    @Test
    void aLossThatIsNotFiniteNamesTheOperationAndItsModule() {
        TimeSeriesClassifier model = model(DType.F32, 0.1);
        Parameter weight = Parameters.of(model).get("transformer_encoder.layers.1.self_attn.in_proj_weight");
        // Finite, but not what is made of it.
        weight.set(Tensor.full(3e38, DType.F32, 24, 8));
        DivergenceException e =
                assertThrows(DivergenceException.class, () -> trainer(model).train(BATCHES, StepListener.NONE));
        assertTrue(e.getMessage().contains("`linear`"), e.getMessage());
        assertTrue(e.getMessage().endsWith(" in transformer_encoder.layers.1.self_attn"), e.getMessage());
    }

    @Test
    void aParameterThatIsNotFiniteIsNamed() {
        TimeSeriesClassifier model = model(DType.F32, 0.1);
        Parameter weight = Parameters.of(model).get("output_layer.weight");
        float[] values = weight.value().toFloats();
        values[1] = Float.NaN;
        weight.set(Tensor.wrap(values, 0, weight.shape()));
        assertEquals(
                "step 1 (epoch 0, batch 0): the loss is NaN; output_layer.weight [3, 48] is NaN at element 1",
                assertThrows(DivergenceException.class, () -> trainer(model).train(BATCHES, StepListener.NONE))
                        .getMessage());
    }

    @Test
    void aGradientThatIsNotFiniteNamesItsParameter() {
        // d√p/dp is infinite at 0.
        Parameter p = Parameter.of(Tensor.of(new float[] {1, 0}, 2));
        Objective<Integer> objective = new Objective<>() {
            @Override
            public int size(Integer batch) {
                return batch;
            }

            @Override
            public Tensor loss(Integer batch, int from, int to, Pass pass) {
                return p.value().sqrt().sum();
            }
        };
        var trainer = new Trainer<>(parts -> parts.parameter("weight", p), objective, config(1));
        DivergenceException e =
                assertThrows(DivergenceException.class, () -> trainer.train(_ -> List.of(1), StepListener.NONE));
        assertEquals(
                "step 1 (epoch 0, batch 0): the gradient's norm is Infinity; the gradient of weight [2] is Infinity"
                        + " at element 1",
                e.getMessage());
        assertArrayEquals(new float[] {1, 0}, p.value().toFloats());
    }

    @Test
    void aParameterWithoutInfluenceStays() {
        Linear used = new Linear(2, 2, DType.F32, Rng.of(0));
        Linear unused = new Linear(2, 2, DType.F32, Rng.of(1));
        Objective<Integer> objective = new Objective<>() {
            @Override
            public int size(Integer batch) {
                return batch;
            }

            @Override
            public Tensor loss(Integer batch, int from, int to, Pass pass) {
                return used.forward(Tensor.ones(DType.F32, to - from, 2))
                        .square()
                        .mean();
            }
        };
        float[] before = unused.weight().value().toFloats();
        float[] other = used.weight().value().toFloats();
        Module both = parts -> parts.modules("linear", List.of(used, unused));
        new Trainer<>(both, objective, config(2)).train(_ -> List.of(4, 4), StepListener.NONE);
        assertArrayEquals(before, unused.weight().value().toFloats());
        assertNotEquals(other[0], used.weight().value().toFloats()[0]);
    }

    @Test
    void anEpochNeedsBatches() {
        Trainer<Batch> trainer = trainer(model(DType.F32, 0));
        assertThrows(IllegalArgumentException.class, () -> trainer.train(_ -> List.of(), StepListener.NONE));
        Batch empty = new Batch(new float[0], new int[0]);
        assertThrows(IllegalArgumentException.class, () -> trainer.train(_ -> List.of(empty), StepListener.NONE));
        assertThrows(IllegalArgumentException.class, () -> new Trainer.Config(new Adam(1), 0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Trainer.Config(new Adam(1), 1, 0, 0));
    }
}
