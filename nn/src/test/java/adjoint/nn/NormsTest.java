package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.nn.optim.AdamW;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NormsTest {
    private static final Rng KEY = Rng.of(5);

    @TempDir
    Path folder;

    private static Parameter input(int... shape) {
        return Parameter.of(Tensor.uniform(KEY.child("x"), -1, 3, DType.F64, shape));
    }

    private static Tensor wave(int n) {
        double[] values = new double[n];
        Arrays.setAll(values, i -> 1.5 + Math.sin(2 * i));
        return Tensor.of(values, n);
    }

    /// What each element of `x` becomes by the mean and variance of those with the same group.
    private interface Grouping {
        int of(int n, int channel, int position);
    }

    private static double[] normalised(
            Tensor x, int channels, double eps, Tensor gamma, Tensor beta, Grouping grouping) {
        double[] values = x.toDoubles();
        int positions = x.size() / x.dim(0) / channels;
        double[][] sums = new double[x.size()][3];
        int[] groups = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            groups[i] = grouping.of(i / (channels * positions), i / positions % channels, i % positions);
            sums[groups[i]][0]++;
            sums[groups[i]][1] += values[i];
        }
        for (int i = 0; i < values.length; i++) {
            double[] sum = sums[groups[i]];
            sum[2] += Math.pow(values[i] - sum[1] / sum[0], 2) / sum[0];
        }
        for (int i = 0; i < values.length; i++) {
            double[] sum = sums[groups[i]];
            int channel = i / positions % channels;
            values[i] =
                    (values[i] - sum[1] / sum[0]) / Math.sqrt(sum[2] + eps) * gamma.get(channel) + beta.get(channel);
        }
        return values;
    }

    @Test
    void groupNormIsItsFormula() {
        GroupNorm norm = new GroupNorm(3, 6, 1e-3, Affine.WEIGHT_AND_BIAS, DType.F64);
        norm.weight().set(wave(6));
        norm.bias().set(wave(6).neg());
        Tensor x = input(2, 6, 2, 3).value();
        assertArrayEquals(
                normalised(x, 6, 1e-3, wave(6), wave(6).neg(), (n, channel, _) -> 3 * n + channel / 2),
                norm.forward(x).toDoubles(),
                1e-13);
        ModuleGradients.check(norm, input(2, 6, 2), norm::forward);
    }

    @Test
    void batchNormIsItsFormulaInTraining() {
        for (int[] shape : new int[][] {{5, 3}, {4, 3, 2}, {2, 3, 2, 2}}) {
            BatchNorm norm = new BatchNorm(3, DType.F64);
            norm.weight().set(wave(3));
            norm.bias().set(wave(3).neg());
            Tensor x = input(shape).value();
            Pass pass = Pass.training(KEY);
            assertArrayEquals(
                    normalised(x, 3, 1e-5, wave(3), wave(3).neg(), (_, channel, _) -> channel),
                    norm.forward(x, pass).toDoubles(),
                    1e-13);
            ModuleGradients.check(norm, input(shape), y -> norm.forward(y, Pass.training(KEY)));
        }
    }

    /// running ← 0.9·running + 0.1·now, with the unbiased variance, and evaluation by it alone.
    @Test
    void batchNormTracksWhatItHasSeen() {
        BatchNorm norm = new BatchNorm(2, DType.F64);
        double[] x = {1, 10, 2, 30, 6, 20};
        Pass pass = Pass.training(KEY);
        norm.forward(Tensor.of(x, 3, 2), pass);
        pass.updateBuffers();
        var buffers = Parameters.of(norm).buffers();
        assertArrayEquals(
                new double[] {0.3, 2}, buffers.get("running_mean").value().toDoubles(), 1e-15);
        assertArrayEquals(
                new double[] {0.9 + 0.1 * 7, 0.9 + 0.1 * 100},
                buffers.get("running_var").value().toDoubles(),
                1e-14);
        assertEquals(1, buffers.get("num_batches_tracked").value().item());
        double[] y = norm.forward(Tensor.of(x, 3, 2), Pass.evaluation()).toDoubles();
        for (int i = 0; i < 6; i++) {
            double expected = i % 2 == 0 ? (x[i] - 0.3) / Math.sqrt(1.6 + 1e-5) : (x[i] - 2) / Math.sqrt(10.9 + 1e-5);
            assertEquals(expected, y[i], 1e-14);
        }
        ModuleGradients.check(norm, input(3, 2), z -> norm.forward(z, Pass.evaluation()));
    }

    @Test
    void batchNormWithoutMomentumAveragesAllBatches() {
        BatchNorm norm =
                new BatchNorm(1, new BatchNorm.Config(1e-5, OptionalDouble.empty(), Affine.NONE, true), DType.F64);
        for (double[] x : new double[][] {{1, 3}, {5, 9}, {0, 6}}) {
            Pass pass = Pass.training(KEY);
            norm.forward(Tensor.of(x, 2, 1), pass);
            pass.updateBuffers();
        }
        var buffers = Parameters.of(norm).buffers();
        assertEquals(4, buffers.get("running_mean").value().item(), 1e-14);
        assertEquals((2 + 8 + 18) / 3.0, buffers.get("running_var").value().item(), 1e-14);
    }

    @Test
    void batchNormWithoutBuffersIsTheSameInEvaluation() {
        BatchNorm norm =
                new BatchNorm(3, new BatchNorm.Config(1e-5, OptionalDouble.of(0.1), Affine.WEIGHT, false), DType.F64);
        Tensor x = input(4, 3, 2).value();
        Pass pass = Pass.training(KEY);
        assertArrayEquals(
                norm.forward(x, Pass.evaluation()).toDoubles(),
                norm.forward(x, pass).toDoubles());
        assertEquals(List.of(), pass.updates());
        assertEquals("weight [3]", Described.state(norm));
    }

    @Test
    void rootMeanSquareAndLayerNorm() {
        Tensor x = Tensor.of(new double[] {3, 4, 0, -1}, 2, 2);
        RmsNorm rms = new RmsNorm(2, 0.5, true, DType.F64);
        rms.weight().set(Tensor.of(new double[] {2, 10}, 2));
        double first = Math.sqrt(12.5 + 0.5);
        assertArrayEquals(
                new double[] {6 / first, 40 / first, 0, -10}, rms.forward(x).toDoubles(), 1e-14);
        ModuleGradients.check(rms, input(3, 2), rms::forward);
        LayerNorm plain = new LayerNorm(2, 0, Affine.NONE, DType.F64);
        assertArrayEquals(new double[] {-1, 1, 1, -1}, plain.forward(x).toDoubles(), 1e-14);
        LayerNorm scaled = new LayerNorm(2, 0, Affine.WEIGHT, DType.F64);
        scaled.weight().set(Tensor.of(new double[] {2, 3}, 2));
        assertArrayEquals(new double[] {-2, 3, 2, -3}, scaled.forward(x).toDoubles(), 1e-14);
        ModuleGradients.check(scaled, input(3, 2), y -> scaled.forward(y.mul(Tensor.of(new double[] {1, 2}, 2))));
        // PyTorch's default eps is that of the dtype.
        assertEquals(
                1 / Math.sqrt(2),
                new RmsNorm(1, DType.F32)
                        .forward(Tensor.full(Math.sqrt(Math.ulp(1f)), DType.F32, 1, 1))
                        .item(),
                1e-6);
    }

    /// Names and shapes are those of a `state_dict`.
    @Test
    void states() {
        assertEquals("weight [4]; bias [4]", Described.state(new LayerNorm(4, DType.F32)));
        assertEquals("weight [4]", Described.state(new RmsNorm(4, DType.F32)));
        assertEquals("weight [4]; bias [4]", Described.state(new GroupNorm(2, 4, DType.F32)));
        assertEquals(
                "weight [4]; bias [4]; running_mean [4]; running_var [4]; num_batches_tracked []",
                Described.state(new BatchNorm(4, DType.F32)));
        assertEquals("", Described.state(new LayerNorm(4, 1e-5, Affine.NONE, DType.F32)));
    }

    @Test
    void badInput() {
        Tensor x = Tensor.zeros(DType.F32, 2, 3);
        assertMessage(
                "LayerNorm needs x […, 4], got [2, 3]", ShapeError.class, () -> new LayerNorm(4, DType.F32).forward(x));
        assertMessage(
                "RmsNorm needs x […, 4], got []",
                ShapeError.class,
                () -> new RmsNorm(4, DType.F32).forward(Tensor.scalar(1, DType.F32)));
        assertMessage(
                "BatchNorm needs x [N, 4, …], got [2, 3]",
                ShapeError.class,
                () -> new BatchNorm(4, DType.F32).forward(x, Pass.evaluation()));
        assertMessage(
                "GroupNorm needs x [N, 4, …], got [2, 3]",
                ShapeError.class,
                () -> new GroupNorm(2, 4, DType.F32).forward(x));
        assertMessage(
                "batchNorm: needs two numbers or more per channel to learn from, got shape [1, 3]; in evaluation, pass"
                        + " mean and variance",
                ShapeError.class,
                () -> new BatchNorm(3, DType.F32).forward(x.slice(0, 0, 1), Pass.training(KEY)));
        assertMessage(
                "GroupNorm cannot cut 4 channels into 3 groups of one size",
                IllegalArgumentException.class,
                () -> new GroupNorm(3, 4, DType.F32));
        assertMessage(
                "BatchNorm needs a momentum in [0, 1], got 1.5",
                IllegalArgumentException.class,
                () -> new BatchNorm.Config(1e-5, OptionalDouble.of(1.5), Affine.NONE, true));
        assertMessage(
                "LayerNorm needs a finite eps ≥ 0, got NaN",
                IllegalArgumentException.class,
                () -> new LayerNorm(3, Double.NaN, Affine.NONE, DType.F32));
        assertMessage(
                "RmsNorm needs at least one channel, got 0",
                IllegalArgumentException.class,
                () -> new RmsNorm(0, DType.F32));
    }

    private static void assertMessage(
            String expected, Class<? extends Exception> type, org.junit.jupiter.api.function.Executable body) {
        assertEquals(expected, assertThrows(type, body).getMessage());
    }

    // ---- in a trainer

    private static Layer net() {
        return Sequential.of(
                new Conv2d(Filter.of(1, 4, 3).padding(1), DType.F32, KEY.child(0)),
                new BatchNorm(4, DType.F32),
                Activation.RELU,
                new DropPath(0.2),
                (x, _) -> x.mean(-2, -1),
                new Linear(4, 2, DType.F32, KEY.child(1)));
    }

    private static Trainer<Tensor> trainer(Layer net) {
        Objective<Tensor> objective = new Objective<>() {
            @Override
            public int size(Tensor batch) {
                return batch.dim(0);
            }

            @Override
            public Tensor loss(Tensor batch, int from, int to, Pass pass) {
                return net.forward(batch.slice(0, from, to), pass).square().mean();
            }
        };
        return new Trainer<>(net, objective, new Trainer.Config(new AdamW(0.01), 1, 3, 8));
    }

    private static final Batches<Tensor> BATCHES = epoch -> {
        Rng key = KEY.child("batches").child(epoch);
        return List.of(
                Tensor.normal(key.child(0), 1, 2, DType.F32, 7, 1, 5, 4),
                Tensor.normal(key.child(1), 1, 2, DType.F32, 2, 1, 5, 4),
                Tensor.normal(key.child(2), 1, 2, DType.F32, 9, 1, 5, 4));
    };

    @Test
    void theNumberOfThreadsShowsInNoBit() throws IOException {
        for (int threads = 1; threads <= 2; threads++) {
            try (var _ = Parallel.with(threads)) {
                Trainer<Tensor> trainer = trainer(net());
                trainer.train(BATCHES, StepListener.NONE);
                trainer.state().write(folder.resolve("threads" + threads));
            }
        }
        assertEquals(-1, Files.mismatch(folder.resolve("threads1"), folder.resolve("threads2")));
    }

    @Test
    void aTrainingGoesOnBitForBit() throws IOException {
        Trainer<Tensor> unbroken = trainer(net());
        unbroken.train(BATCHES, StepListener.NONE);
        unbroken.train(BATCHES, StepListener.NONE);
        Trainer<Tensor> first = trainer(net());
        first.train(BATCHES, (step, _, _, _, _, _) -> {
            if (step == 2) {
                first.requestStop();
            }
        });
        first.state().write(folder.resolve("half"));
        Layer net = net();
        Trainer<Tensor> second = trainer(net);
        second.restore(TrainingState.read(folder.resolve("half")));
        assertEquals(
                2,
                Parameters.of(net)
                        .buffers()
                        .get("1.num_batches_tracked")
                        .value()
                        .item());
        second.train(BATCHES, StepListener.NONE);
        second.train(BATCHES, StepListener.NONE);
        unbroken.state().write(folder.resolve("unbroken"));
        second.state().write(folder.resolve("resumed"));
        assertEquals(-1, Files.mismatch(folder.resolve("unbroken"), folder.resolve("resumed")));
        assertNotEquals(-1, Files.mismatch(folder.resolve("half"), folder.resolve("resumed")));
    }

    /// The mean over shards of their means is the mean of the batch.
    @Test
    void shardsOfOneBatchTellItsMean() {
        BatchNorm norm = new BatchNorm(1, DType.F64);
        Objective<Tensor> objective = new Objective<>() {
            @Override
            public int size(Tensor batch) {
                return batch.dim(0);
            }

            @Override
            public Tensor loss(Tensor batch, int from, int to, Pass pass) {
                return norm.forward(batch.slice(0, from, to), pass).sum();
            }
        };
        Trainer<Tensor> trainer = new Trainer<>(norm, objective, new Trainer.Config(new AdamW(0.01), 1, 2, 8));
        double[] x = {1, 2, 4, 8, 16};
        trainer.train(_ -> List.of(Tensor.wrap(x, 0, Shape.of(5, 1))), StepListener.NONE);
        var buffers = Parameters.of(norm).buffers();
        assertEquals(0.1 * 31 / 5, buffers.get("running_mean").value().item(), 1e-14);
        double between = 0.5;
        double rest = (Math.pow(4 - 28 / 3.0, 2) + Math.pow(8 - 28 / 3.0, 2) + Math.pow(16 - 28 / 3.0, 2)) / 2;
        assertEquals(
                0.9 + 0.1 * (2 * between + 3 * rest) / 5,
                buffers.get("running_var").value().item(),
                1e-13);
    }
}
