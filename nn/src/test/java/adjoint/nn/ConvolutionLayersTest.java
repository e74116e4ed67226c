package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Convolution.Steps;
import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConvolutionLayersTest {
    private static final Rng KEY = Rng.of(3);

    static List<Filter> filters() {
        return List.of(
                Filter.of(1, 1, 1),
                Filter.of(4, 6, 3),
                Filter.of(4, 6, 3).padding(1).stride(2).groups(2),
                Filter.of(3, 6, 3).depthwise().padding(2).dilation(2),
                Filter.of(2, 3, 2)
                        .size(3, 2)
                        .steps(new Steps(2, 1, 1), new Steps(1, 0, 2))
                        .withoutBias());
    }

    private static Parameter input(int... shape) {
        return Parameter.of(Tensor.uniform(KEY.child("x"), -1, 1, DType.F64, shape));
    }

    /// Each output is gathered from the input.
    @ParameterizedTest
    @MethodSource("filters")
    void conv2dIsItsSum(Filter f) {
        Conv2d conv = new Conv2d(f, DType.F64, KEY);
        Tensor x = input(2, f.in(), 6, 7).value();
        Tensor y = conv.forward(x);
        Tensor w = conv.weight().value();
        Steps down = f.down();
        Steps along = f.along();
        int rows = (6 + 2 * down.padding() - down.dilation() * (f.rows() - 1) - 1) / down.stride() + 1;
        int cols = (7 + 2 * along.padding() - along.dilation() * (f.cols() - 1) - 1) / along.stride() + 1;
        assertEquals(Shape.of(2, f.out(), rows, cols), y.shape());
        int ins = f.in() / f.groups();
        int outs = f.out() / f.groups();
        for (int i = 0; i < y.size(); i++) {
            int n = i / (f.out() * rows * cols);
            int o = i / (rows * cols) % f.out();
            int r = i / cols % rows;
            int c = i % cols;
            double sum = conv.bias() == null ? 0 : conv.bias().value().get(o);
            for (int k = 0; k < ins * f.rows() * f.cols(); k++) {
                int channel = k / (f.rows() * f.cols());
                int dr = k / f.cols() % f.rows();
                int dc = k % f.cols();
                int row = r * down.stride() - down.padding() + dr * down.dilation();
                int col = c * along.stride() - along.padding() + dc * along.dilation();
                if (row >= 0 && row < 6 && col >= 0 && col < 7) {
                    sum += w.get(o, channel, dr, dc) * x.get(n, o / outs * ins + channel, row, col);
                }
            }
            assertEquals(sum, y.get(n, o, r, c), 1e-13);
        }
    }

    /// Each input is scattered over the output.
    @ParameterizedTest
    @MethodSource("filters")
    void transpose2dIsItsSum(Filter f) {
        int extra = f.down().stride() > 1 && f.along().stride() > 1 ? 1 : 0;
        ConvTranspose2d conv = new ConvTranspose2d(f, extra, DType.F64, KEY);
        Tensor x = input(2, f.in(), 4, 5).value();
        Tensor y = conv.forward(x);
        Tensor w = conv.weight().value();
        int rows =
                (4 - 1) * f.down().stride() - 2 * f.down().padding() + f.down().dilation() * (f.rows() - 1) + 1 + extra;
        int cols = (5 - 1) * f.along().stride()
                - 2 * f.along().padding()
                + f.along().dilation() * (f.cols() - 1)
                + 1
                + extra;
        assertEquals(Shape.of(2, f.out(), rows, cols), y.shape());
        double[][][][] sum = new double[2][f.out()][rows][cols];
        int ins = f.in() / f.groups();
        int outs = f.out() / f.groups();
        for (int n = 0; n < 2; n++) {
            for (int o = 0; o < f.out(); o++) {
                for (double[] row : sum[n][o]) {
                    Arrays.fill(
                            row, conv.bias() == null ? 0 : conv.bias().value().get(o));
                }
                for (int in = o / outs * ins; in < (o / outs + 1) * ins; in++) {
                    for (int k = 0; k < 4 * 5 * f.rows() * f.cols(); k++) {
                        int dc = k % f.cols();
                        int dr = k / f.cols() % f.rows();
                        int c = k / (f.cols() * f.rows()) % 5;
                        int r = k / (f.cols() * f.rows() * 5);
                        int row = r * f.down().stride()
                                - f.down().padding()
                                + dr * f.down().dilation();
                        int col = c * f.along().stride()
                                - f.along().padding()
                                + dc * f.along().dilation();
                        if (row >= 0 && row < rows && col >= 0 && col < cols) {
                            sum[n][o][row][col] += w.get(in, o % outs, dr, dc) * x.get(n, in, r, c);
                        }
                    }
                }
                for (int p = 0; p < rows * cols; p++) {
                    assertEquals(sum[n][o][p / cols][p % cols], y.get(n, o, p / cols, p % cols), 1e-13);
                }
            }
        }
    }

    /// A sequence is an image of one row.
    @Test
    void alongOneAxis() {
        Filter f = Filter.of(4, 6, 3).stride(2).padding(1).groups(2);
        Conv1d conv = new Conv1d(f, DType.F64, KEY);
        Conv2d flat = new Conv2d(f.size(1, 3).steps(Steps.ONE, f.along()), DType.F64, KEY);
        Tensor x = input(2, 4, 9).value();
        assertArrayEquals(
                flat.forward(x.unsqueeze(2)).toDoubles(), conv.forward(x).toDoubles(), 1e-14);
        ConvTranspose1d transpose = new ConvTranspose1d(f, 1, DType.F64, KEY);
        Tensor y = transpose.forward(x);
        assertEquals(Shape.of(2, 6, 18), y.shape());
        // ⟨conv(x), z⟩ = ⟨x, convᵀ(z)⟩ without biases.
        Conv1d there =
                new Conv1d(Filter.of(6, 4, 3).stride(2).padding(1).groups(2).withoutBias(), DType.F64, KEY);
        ConvTranspose1d back = new ConvTranspose1d(f.withoutBias(), 1, DType.F64, KEY);
        there.weight().set(back.weight().value());
        Tensor z = input(2, 6, 18).value();
        assertEquals(
                there.forward(z).mul(x).sum().item(),
                back.forward(x).mul(z).sum().item(),
                1e-12);
    }

    @Test
    void gradients() {
        Filter f = Filter.of(4, 2, 3).stride(2).padding(1).groups(2);
        Conv2d conv2d = new Conv2d(f, DType.F64, KEY);
        ModuleGradients.check(conv2d, input(2, 4, 4, 5), conv2d::forward);
        Conv1d conv1d = new Conv1d(f, DType.F64, KEY);
        ModuleGradients.check(conv1d, input(2, 4, 5), conv1d::forward);
        ConvTranspose2d transpose2d = new ConvTranspose2d(f, 1, DType.F64, KEY);
        ModuleGradients.check(transpose2d, input(2, 4, 3, 2), transpose2d::forward);
        ConvTranspose1d transpose1d = new ConvTranspose1d(f, 1, DType.F64, KEY);
        ModuleGradients.check(transpose1d, input(2, 4, 3), transpose1d::forward);
    }

    /// Names and shapes are those of a `state_dict`.
    @Test
    void states() {
        Filter f = Filter.of(4, 6, 3).size(5, 3).groups(2);
        assertEquals("weight [6, 2, 3]; bias [6]", Described.state(new Conv1d(f, DType.F32, KEY)));
        assertEquals("weight [6, 2, 5, 3]; bias [6]", Described.state(new Conv2d(f, DType.F32, KEY)));
        assertEquals("weight [4, 3, 3]; bias [6]", Described.state(new ConvTranspose1d(f, 0, DType.F32, KEY)));
        assertEquals("weight [4, 3, 5, 3]; bias [6]", Described.state(new ConvTranspose2d(f, 0, DType.F32, KEY)));
        assertEquals("weight [6, 2, 3]", Described.state(new Conv1d(f.withoutBias(), DType.F32, KEY)));
    }

    @Test
    void startsUniformWithinOneOverRootOfItsFanIn() {
        for (Convolving conv : List.of(
                new Conv2d(Filter.of(32, 64, 5).groups(2), DType.F64, KEY),
                new ConvTranspose2d(Filter.of(64, 32, 5).groups(2), 0, DType.F64, KEY))) {
            double bound = 1 / Math.sqrt(16 * 25);
            double[] w = conv.weight().value().toDoubles();
            assertTrue(Arrays.stream(w).allMatch(v -> -bound <= v && v < bound));
            // The largest of n draws misses the bound by more than 20/n of it with probability e⁻²⁰.
            assertTrue(Arrays.stream(w).max().orElseThrow() > bound * (1 - 40.0 / w.length));
        }
    }

    @Test
    void badInput() {
        Conv2d conv = new Conv2d(Filter.of(4, 6, 3), DType.F32, KEY);
        assertEquals(
                "Conv2d needs x [N, 4, rows, cols], got [2, 3, 8, 8]",
                assertThrows(ShapeError.class, () -> conv.forward(Tensor.zeros(DType.F32, 2, 3, 8, 8)))
                        .getMessage());
        assertEquals(
                "ConvTranspose1d needs x [N, 4, length], got [4, 8]",
                assertThrows(
                                ShapeError.class,
                                () -> new ConvTranspose1d(Filter.of(4, 6, 3), 0, DType.F32, KEY)
                                        .forward(Tensor.zeros(DType.F32, 4, 8)))
                        .getMessage());
        assertEquals(
                "a convolution cannot cut 4 channels in and 6 out into 3 groups of one size",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Filter.of(4, 6, 3).groups(3))
                        .getMessage());
        assertEquals(
                "a convolution needs at least one channel in and out and a filter of one element, got 0 in, 6 out, 3 × 3",
                assertThrows(IllegalArgumentException.class, () -> Filter.of(0, 6, 3))
                        .getMessage());
        assertEquals(
                "conv2d: a window of 3 with dilation 1 does not fit rows of length 2 with padding 0",
                assertThrows(ShapeError.class, () -> conv.forward(Tensor.zeros(DType.F32, 2, 4, 2, 8)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> Filter.of(4, 6, 3).stride(0));
        assertThrows(
                IllegalArgumentException.class,
                () -> new ConvTranspose1d(Filter.of(1, 1, 3), 1, DType.F32, KEY)
                        .forward(Tensor.zeros(DType.F32, 1, 1, 4)));
    }
}
