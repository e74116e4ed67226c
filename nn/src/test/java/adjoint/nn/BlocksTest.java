package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class BlocksTest {
    private static final Rng KEY = Rng.of(11);

    private static Parameter input(int... shape) {
        return Parameter.of(Tensor.uniform(KEY.child("x"), -1, 1, DType.F64, shape));
    }

    @Test
    void bilinearIsItsSum() {
        Bilinear bilinear = new Bilinear(3, 2, 4, true, DType.F64, KEY);
        assertEquals("weight [4, 3, 2]; bias [4]", Described.state(bilinear));
        Tensor a = input(2, 5, 3).value();
        Tensor b = Tensor.uniform(KEY.child("b"), -1, 1, DType.F64, 2, 5, 2);
        Tensor y = bilinear.forward(a, b);
        Parameters p = Parameters.of(bilinear);
        assertEquals(Shape.of(2, 5, 4), y.shape());
        for (int k = 0; k < 40; k++) {
            int[] at = {k / 20, k / 4 % 5, k % 4};
            double sum = p.get("bias").value().get(at[2]);
            for (int ij = 0; ij < 6; ij++) {
                sum += a.get(at[0], at[1], ij / 2)
                        * p.get("weight").value().get(at[2], ij / 2, ij % 2)
                        * b.get(at[0], at[1], ij % 2);
            }
            assertEquals(sum, y.get(at), 1e-14);
        }
        ModuleGradients.check(bilinear, input(2, 5, 3), x -> bilinear.forward(x, b));
        ModuleGradients.check(bilinear, input(5, 2), x -> bilinear.forward(a.select(0, 0), x));
        assertEquals(
                "Bilinear needs a […, 3] and b […, 2] with the same axes in front, got [2, 5, 3] and [5, 2]",
                assertThrows(ShapeError.class, () -> bilinear.forward(a, b.select(0, 0)))
                        .getMessage());
    }

    @Test
    void embeddingTakesRows() {
        Embedding embedding = new Embedding(4, 2, DType.F64, KEY);
        assertEquals("weight [4, 2]", Described.state(embedding));
        embedding.weight().set(Tensor.of(new double[] {0, 1, 10, 11, 20, 21, 30, 31}, 4, 2));
        Tensor y = embedding.forward(Tensor.ofInts(new int[] {3, 0, 3}, 1, 3));
        assertEquals(Shape.of(1, 3, 2), y.shape());
        assertArrayEquals(new double[] {30, 31, 0, 1, 30, 31}, y.toDoubles());
        assertEquals(
                "take: index 4 at position 0 is outside axis 0 of length 4",
                assertThrows(IndexOutOfBoundsException.class, () -> embedding.forward(Tensor.ofInts(new int[] {4}, 1)))
                        .getMessage());
    }

    /// The rows that were taken get a gradient, once for each time; that of the padding gets none.
    @Test
    void paddingIsNotLearned() {
        Embedding embedding = new Embedding(4, 2, OptionalInt.of(1), DType.F64, KEY);
        double[] start = embedding.weight().value().toDoubles();
        assertArrayEquals(new double[] {0, 0}, Arrays.copyOfRange(start, 2, 4));
        assertTrue(start[0] != 0 && start[7] != 0);
        embedding.weight().set(Tensor.of(new double[] {0, 1, 10, 11, 20, 21, 30, 31}, 4, 2));
        try (Tape tape = Tape.open()) {
            tape.watch(embedding.weight().value());
            Tensor y = embedding.forward(Tensor.ofInts(new int[] {3, 1, 3, 0}, 4));
            assertArrayEquals(new double[] {30, 31, 10, 11, 30, 31, 0, 1}, y.toDoubles());
            double[] gradient = tape.backward(
                            y.mul(Tensor.of(new double[] {1, 2}, 2)).sum())
                    .of(embedding.weight().value())
                    .toDoubles();
            assertArrayEquals(new double[] {1, 2, 0, 0, 0, 0, 2, 4}, gradient);
        }
        assertEquals(
                "Embedding needs a padding index in [0, 4), got 4",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Embedding(4, 2, OptionalInt.of(4), DType.F64, KEY))
                        .getMessage());
    }

    @Test
    void embeddingStartsNormal() {
        double[] w = new Embedding(500, 40, DType.F64, KEY).weight().value().toDoubles();
        // 20,000 draws, mean and variance within 5 standard errors.
        assertEquals(0, Arrays.stream(w).average().orElseThrow(), 5 / Math.sqrt(w.length));
        assertEquals(1, Arrays.stream(w).map(v -> v * v).average().orElseThrow(), 5 * Math.sqrt(2.0 / w.length));
    }

    @Test
    void dropPathDropsWholeSamples() {
        DropPath drop = new DropPath(0.25);
        Tensor x = Tensor.ones(DType.F64, 4000, 2, 3);
        assertSame(x, drop.forward(x, Pass.evaluation()));
        assertSame(x, new DropPath(0).forward(x, Pass.training(KEY)));
        double[] y = drop.forward(x, Pass.training(KEY)).toDoubles();
        int kept = 0;
        for (int n = 0; n < 4000; n++) {
            double first = y[6 * n];
            assertTrue(first == 0 || first == 1 / 0.75);
            for (int i = 1; i < 6; i++) {
                assertEquals(first, y[6 * n + i]);
            }
            kept += first == 0 ? 0 : 1;
        }
        // 4000 Bernoulli draws, within 5 standard errors.
        assertEquals(0.75, kept / 4000.0, 5 * Math.sqrt(0.1875 / 4000));
        assertArrayEquals(y, drop.forward(x, Pass.training(KEY)).toDoubles());
        for (double p : new double[] {-0.1, 1, Double.NaN}) {
            assertEquals(
                    "a drop path probability must be in [0, 1), got " + p,
                    assertThrows(IllegalArgumentException.class, () -> new DropPath(p))
                            .getMessage());
        }
        assertEquals(
                "DropPath needs samples along the first axis, got a scalar",
                assertThrows(ShapeError.class, () -> drop.forward(Tensor.scalar(1, DType.F64), Pass.training(KEY)))
                        .getMessage());
    }

    @Test
    void layersOneAfterAnother() {
        Linear first = new Linear(3, 4, DType.F64, KEY.child(1));
        Linear second = new Linear(4, 2, DType.F64, KEY.child(2));
        Sequential both = Sequential.of(first, Activation.TANH, (x, _) -> x.mul(2), second);
        assertEquals("0.weight [4, 3]; 0.bias [4]; 3.weight [2, 4]; 3.bias [2]", Described.state(both));
        Tensor x = input(5, 3).value();
        assertArrayEquals(
                second.forward(first.forward(x).tanh().mul(2)).toDoubles(),
                both.forward(x, Pass.evaluation()).toDoubles());
        assertSame(x, Sequential.of().forward(x, Pass.evaluation()));
        Residual residual = new Residual(Sequential.of(new Linear(3, 3, DType.F64, KEY)));
        assertEquals("0.weight [3, 3]; 0.bias [3]", Described.state(residual));
        assertArrayEquals(
                x.add(new Linear(3, 3, DType.F64, KEY).forward(x)).toDoubles(),
                residual.forward(x, Pass.evaluation()).toDoubles());
        ModuleGradients.check(residual, input(4, 3), y -> residual.forward(y, Pass.training(KEY)));
    }

    /// A sample whose branch is dropped is what it was.
    @Test
    void aResidualSkipsItsBranch() {
        Residual residual = new Residual((x, _) -> x.mul(10), 0.5);
        Tensor x = Tensor.ones(DType.F64, 64, 1);
        double[] y = residual.forward(x, Pass.training(KEY)).toDoubles();
        assertTrue(Arrays.stream(y).allMatch(v -> v == 1 || v == 21));
        assertEquals(2, Arrays.stream(y).distinct().count());
        assertArrayEquals(
                x.mul(11).toDoubles(), residual.forward(x, Pass.evaluation()).toDoubles());
    }

    @Test
    void mlpAsInTorchvision() {
        Sequential mlp = Mlp.of(3, List.of(5, 4, 2), Activation.GELU, 0.5, DType.F64, KEY);
        assertEquals(
                "0.weight [5, 3]; 0.bias [5]; 3.weight [4, 5]; 3.bias [4]; 6.weight [2, 4]; 6.bias [2]",
                Described.state(mlp));
        ModuleGradients.check(mlp, input(3, 3), x -> mlp.forward(x, Pass.training(KEY)));
        assertThrows(IllegalArgumentException.class, () -> Mlp.of(3, List.of(), Activation.GELU, 0, DType.F64, KEY));
    }

    @Test
    void gatedFeedForward() {
        GatedFeedForward swiGlu = new GatedFeedForward(3, 4, Activation.SILU, true, 0, DType.F64, KEY);
        assertEquals(
                "gate_proj.weight [4, 3]; gate_proj.bias [4]; up_proj.weight [4, 3]; up_proj.bias [4];"
                        + " down_proj.weight [3, 4]; down_proj.bias [3]",
                Described.state(swiGlu));
        Parameters p = Parameters.of(swiGlu);
        Tensor x = input(2, 3).value();
        double[] y = swiGlu.forward(x, Pass.evaluation()).toDoubles();
        for (int i = 0; i < 6; i++) {
            double sum = p.get("down_proj.bias").value().get(i % 3);
            for (int h = 0; h < 4; h++) {
                double gate = p.get("gate_proj.bias").value().get(h);
                double up = p.get("up_proj.bias").value().get(h);
                for (int j = 0; j < 3; j++) {
                    gate += p.get("gate_proj.weight").value().get(h, j) * x.get(i / 3, j);
                    up += p.get("up_proj.weight").value().get(h, j) * x.get(i / 3, j);
                }
                sum += p.get("down_proj.weight").value().get(i % 3, h) * up * gate / (1 + Math.exp(-gate));
            }
            assertEquals(sum, y[i], 1e-14);
        }
        GatedFeedForward dropping = new GatedFeedForward(3, 4, Activation.GELU, false, 0.5, DType.F64, KEY);
        ModuleGradients.check(dropping, input(4, 3), z -> dropping.forward(z, Pass.training(KEY)));
        assertEquals(
                "Glu needs a last axis of even length, got [2, 3]",
                assertThrows(ShapeError.class, () -> new Glu(Activation.SIGMOID).forward(x))
                        .getMessage());
    }

    // ---- residual networks

    @Test
    void blocksOfResNets() {
        ResidualBlock plain = new ResidualBlock(ResidualBlock.Kind.BASIC, 2, 2, 1, DType.F64, KEY);
        assertEquals(
                "conv1.weight [2, 2, 3, 3]; bn1.weight [2]; bn1.bias [2]; conv2.weight [2, 2, 3, 3]; bn2.weight [2];"
                        + " bn2.bias [2]; bn1.running_mean [2]; bn1.running_var [2]; bn1.num_batches_tracked [];"
                        + " bn2.running_mean [2]; bn2.running_var [2]; bn2.num_batches_tracked []",
                Described.state(plain));
        ModuleGradients.check(plain, input(3, 2, 3, 3), x -> plain.forward(x, Pass.training(KEY)));
        ResidualBlock strided = new ResidualBlock(ResidualBlock.Kind.BOTTLENECK, 2, 1, 2, DType.F64, KEY);
        assertEquals(
                "conv1.weight [1, 2, 1, 1]; bn1.weight [1]; bn1.bias [1]; conv2.weight [1, 1, 3, 3]; bn2.weight [1];"
                        + " bn2.bias [1]; conv3.weight [4, 1, 1, 1]; bn3.weight [4]; bn3.bias [4];"
                        + " downsample.0.weight [4, 2, 1, 1]; downsample.1.weight [4]; downsample.1.bias [4]",
                Described.state(strided).replaceAll("; [a-z0-9.]*(running|num_batches).*", ""));
        ModuleGradients.check(strided, input(2, 2, 3, 4), x -> strided.forward(x, Pass.training(KEY)));
        assertEquals(
                Shape.of(2, 4, 2, 2),
                strided.forward(input(2, 2, 3, 4).value(), Pass.evaluation()).shape());
    }

    /// The block by its parts, taken from its state.
    @Test
    void aBlockIsItsFormula() {
        ResidualBlock block = new ResidualBlock(ResidualBlock.Kind.BASIC, 2, 3, 2, DType.F64, KEY);
        Parameters own = Parameters.of(block);
        Conv2d conv1 = new Conv2d(Filter.of(2, 3, 3).padding(1).stride(2).withoutBias(), DType.F64, KEY);
        Conv2d conv2 = new Conv2d(Filter.of(3, 3, 3).padding(1).withoutBias(), DType.F64, KEY);
        Conv2d skip = new Conv2d(Filter.of(2, 3, 1).stride(2).withoutBias(), DType.F64, KEY);
        conv1.weight().set(own.get("conv1.weight").value());
        conv2.weight().set(own.get("conv2.weight").value());
        skip.weight().set(own.get("downsample.0.weight").value());
        BatchNorm norm = new BatchNorm(3, DType.F64);
        Tensor x = input(2, 2, 4, 4).value();
        Pass pass = Pass.training(KEY);
        Tensor branch =
                norm.forward(conv2.forward(norm.forward(conv1.forward(x), pass).relu()), pass);
        assertArrayEquals(
                branch.add(norm.forward(skip.forward(x), pass)).relu().toDoubles(),
                block.forward(x, Pass.training(KEY)).toDoubles(),
                1e-12);
    }

    /// ResNet-20 has 269,722 parameters of the paper's 0.27 million, and 2,752 more in its two shortcuts of 1 × 1.
    @Test
    void resNet20() {
        ResNet net = new ResNet(new ResNet.Config(3, 10, ResidualBlock.Kind.BASIC, 3, 16, DType.F32), KEY);
        Parameters parameters = Parameters.of(net);
        long shortcuts = 16 * 32 + 64 + 32 * 64 + 128;
        assertEquals(269_722 + shortcuts, parameters.count());
        assertEquals(
                List.of("conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight"),
                parameters.names().subList(0, 4));
        assertEquals(
                Shape.of(32, 16, 1, 1),
                parameters.get("layer2.0.downsample.0.weight").shape());
        assertEquals(Shape.of(10, 64), parameters.get("fc.weight").shape());
        assertEquals(
                Shape.of(2, 10),
                net.forward(Tensor.ones(DType.F32, 2, 3, 9, 8), Pass.training(KEY))
                        .shape());
        assertThrows(
                IllegalArgumentException.class,
                () -> new ResNet.Config(3, 10, ResidualBlock.Kind.BASIC, 0, 16, DType.F32));
    }
}
