package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.Convolution.Steps;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Convolutions against their definition: naive loops over every index.
class ConvolutionTest {

    /// Small ones, groups, depthwise ones with and without a stride along the rows, and some that take several chunks
    /// of images or of rows.
    @ParameterizedTest
    @CsvSource({
        "2, 3, 4, 5, 6, 3, 2, 1, 1, 0, 0, 1, 1, 1",
        "2, 4, 6, 7, 5, 3, 3, 2, 1, 1, 1, 1, 1, 2",
        "1, 4, 4, 9, 8, 2, 3, 1, 3, 2, 3, 3, 2, 4",
        "2, 4, 4, 9, 8, 3, 3, 2, 1, 1, 2, 1, 2, 4",
        "2, 3, 6, 6, 6, 3, 3, 1, 1, 1, 1, 1, 1, 3",
        "3, 5, 2, 4, 4, 1, 1, 1, 1, 0, 0, 1, 1, 1",
        "1, 2, 3, 4, 4, 1, 1, 2, 2, 1, 1, 1, 1, 1",
        "1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1",
        "1, 2, 1, 2, 2, 5, 5, 1, 1, 2, 2, 1, 1, 1",
        "40, 8, 3, 12, 11, 3, 3, 1, 1, 1, 1, 1, 1, 1",
        "2, 16, 3, 61, 33, 3, 3, 1, 1, 1, 0, 1, 1, 1",
        "2, 16, 4, 61, 33, 3, 3, 2, 2, 1, 1, 2, 1, 2"
    })
    void imagesAreAsDefined(
            int n,
            int in,
            int out,
            int height,
            int width,
            int kh,
            int kw,
            int sh,
            int sw,
            int ph,
            int pw,
            int dh,
            int dw,
            int groups) {
        Tensor x = normal("x", n, in, height, width);
        Tensor w = normal("w", out, in / groups, kh, kw);
        Tensor bias = normal("bias", out);
        Steps down = new Steps(sh, ph, dh);
        Steps along = new Steps(sw, pw, dw);
        Tensor y = Convolution.conv2d(x, w, bias, down, along, groups);
        int rows = (height + 2 * ph - dh * (kh - 1) - 1) / sh + 1;
        int cols = (width + 2 * pw - dw * (kw - 1) - 1) / sw + 1;
        assertEquals(Shape.of(n, out, rows, cols), y.shape());
        Tensor g = normal("g", n, out, rows, cols);
        double[] values = new double[y.size()];
        double[] byX = new double[x.size()];
        double[] byW = new double[w.size()];
        double[] xs = x.toDoubles();
        double[] ws = w.toDoubles();
        double[] gs = g.toDoubles();
        int each = in / groups;
        for (int i = 0; i < values.length; i++) {
            int o = i / cols / rows % out;
            double sum = bias.get(o);
            for (int c = 0; c < each; c++) {
                for (int ky = 0; ky < kh; ky++) {
                    for (int kx = 0; kx < kw; kx++) {
                        int yy = i / cols % rows * sh - ph + ky * dh;
                        int xx = i % cols * sw - pw + kx * dw;
                        if (yy >= 0 && yy < height && xx >= 0 && xx < width) {
                            int channel = o / (out / groups) * each + c;
                            int at = ((i / cols / rows / out * in + channel) * height + yy) * width + xx;
                            int weight = ((o * each + c) * kh + ky) * kw + kx;
                            sum += ws[weight] * xs[at];
                            byX[at] += gs[i] * ws[weight];
                            byW[weight] += gs[i] * xs[at];
                        }
                    }
                }
            }
            values[i] = sum;
        }
        assertArrayEquals(values, y.toDoubles(), 1e-12);
        List<Tensor> gradients = Autodiff.grads(v -> Convolution.conv2d(v.get(0), v.get(1), bias, down, along, groups)
                        .mul(g)
                        .sum())
                .apply(List.of(x, w));
        assertArrayEquals(byX, gradients.get(0).toDoubles(), 1e-12);
        // Sums of up to 5280 terms of size 1.
        assertArrayEquals(byW, gradients.get(1).toDoubles(), 1e-11);
        Tensor single = Convolution.conv2d(x.to(DType.F32), w.to(DType.F32), bias.to(DType.F32), down, along, groups);
        Close.assertClose("F32", y, single, 1e-4);
    }

    @Test
    void sequencesAreImagesOfOneRow() {
        Tensor x = normal("x", 2, 4, 9);
        Tensor w = normal("w", 6, 2, 3);
        Steps steps = new Steps(2, 1, 2);
        Tensor image = Convolution.conv2d(x.unsqueeze(2), w.unsqueeze(2), null, Steps.ONE, steps, 2);
        Close.assertClose("conv1d", image.squeeze(2), Convolution.conv1d(x, w, null, steps, 2), 0);
        Tensor up = normal("up", 4, 3, 3);
        Tensor transposed = Convolution.transposed2d(x.unsqueeze(2), up.unsqueeze(2), null, Steps.ONE, steps, 0, 1, 2);
        Close.assertClose("transposed1d", transposed.squeeze(2), Convolution.transposed1d(x, up, null, steps, 1, 2), 0);
    }

    /// Each element of the input adds the window, scaled by it, to the output.
    @ParameterizedTest
    @CsvSource({"1, 0, 1, 0, 1", "2, 1, 1, 1, 1", "2, 0, 2, 1, 2", "3, 2, 1, 2, 1", "1, 1, 3, 2, 2"})
    void transposedStampsItsWindow(int stride, int padding, int dilation, int extra, int groups) {
        int length = 5;
        int kernel = 3;
        Tensor x = normal("x", 2, 4, length);
        Tensor w = normal("w", 4, 6 / groups, kernel);
        Tensor bias = normal("bias", 6);
        Tensor y = Convolution.transposed1d(x, w, bias, new Steps(stride, padding, dilation), extra, groups);
        int longer = (length - 1) * stride - 2 * padding + dilation * (kernel - 1) + extra + 1;
        assertEquals(Shape.of(2, 6, longer), y.shape());
        double[] expected = new double[y.size()];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = bias.get(i / longer % 6);
        }
        for (int n = 0; n < 2; n++) {
            for (int c = 0; c < 4; c++) {
                for (int o = 0; o < 6 / groups; o++) {
                    for (int p = 0; p < length; p++) {
                        for (int k = 0; k < kernel; k++) {
                            int at = p * stride - padding + k * dilation;
                            if (at >= 0 && at < longer) {
                                int channel = c / (4 / groups) * (6 / groups) + o;
                                expected[(n * 6 + channel) * longer + at] += x.get(n, c, p) * w.get(c, o, k);
                            }
                        }
                    }
                }
            }
        }
        assertArrayEquals(expected, y.toDoubles(), 1e-13);
    }

    @Test
    void unfoldedWindowsTimesWeightsAreAConvolution() {
        Tensor x = normal("x", 2, 3, 5, 6);
        Tensor w = normal("w", 4, 3, 2, 3);
        Steps down = new Steps(2, 1, 1);
        Steps along = new Steps(1, 1, 2);
        Tensor columns = Convolution.unfold(x, 2, 3, down, along);
        Tensor y = Convolution.conv2d(x, w, null, down, along, 1);
        Close.assertClose("unfold", y, w.reshape(4, 18).matmul(columns).reshape(y.shape()), 1e-13);
        double product = columns.mul(columns).sum().item();
        Tensor folded = Convolution.fold(columns, 5, 6, 2, 3, down, along);
        assertEquals(product, folded.mul(x).sum().item(), 1e-11);
    }

    /// 0·NaN is NaN, but padding is no product.
    @Test
    void nanReachesWhatSeesIt() {
        Tensor x = Tensor.of(new double[] {1, Double.NaN, 3, 4, 5}, 1, 1, 5);
        Tensor w = Tensor.of(new double[] {1, 0, 2}, 1, 1, 3);
        double nan = Double.NaN;
        assertArrayEquals(
                new double[] {nan, nan, nan, 13, 4},
                Convolution.conv1d(x, w, null, new Steps(1, 1, 1), 1).toDoubles());
    }

    @Test
    void bitsDoNotDependOnThreads() {
        Tensor x = normal("x", 3, 8, 24, 21).to(DType.F32);
        Tensor full = normal("w", 8, 8, 3, 3).to(DType.F32);
        Tensor depthwise = normal("w", 8, 1, 3, 3).to(DType.F32);
        for (Tensor w : List.of(full, depthwise)) {
            int groups = 8 / w.dim(1);
            float[][] results = new float[2][];
            for (int threads = 1; threads <= 2; threads++) {
                try (Parallel.Scope _ = Parallel.with(threads)) {
                    List<Tensor> gradients = Autodiff.grads(
                                    v -> Convolution.conv2d(v.get(0), v.get(1), null, new Steps(1, 1, 1), groups)
                                            .square()
                                            .sum())
                            .apply(List.of(x, w));
                    Tensor both = Tensor.concat(
                            0, gradients.get(0).reshape(-1), gradients.get(1).reshape(-1));
                    results[threads - 1] = both.toFloats();
                }
            }
            assertArrayEquals(results[0], results[1]);
        }
    }

    static Stream<Arguments> mistakes() {
        Tensor x = Tensor.zeros(DType.F32, 2, 4, 5, 5);
        Tensor w = Tensor.zeros(DType.F32, 6, 4, 3, 3);
        Tensor line = Tensor.zeros(DType.F32, 2, 4, 5);
        return Stream.of(
                mistake(
                        () -> Convolution.conv2d(line, w, null, Steps.ONE, 1),
                        "conv2d: x must be [batch, channels, rows, cols], got [2, 4, 5]"),
                mistake(
                        () -> Convolution.conv1d(x, w, null, Steps.ONE, 1),
                        "conv1d: x must be [batch, channels, length], got [2, 4, 5, 5]"),
                mistake(
                        () -> Convolution.conv2d(x, w, null, Steps.ONE, 2),
                        "conv2d: x of shape [2, 4, 5, 5] and w of shape [6, 4, 3, 3] with 2 groups: w must be [out,"
                                + " in/groups, window], a window having as many axes as x behind its channels"),
                mistake(
                        () -> Convolution.transposed2d(x, w, null, Steps.ONE, 0, 1),
                        "transposed2d: x of shape [2, 4, 5, 5] and w of shape [6, 4, 3, 3] with 1 group: w must be [in,"
                                + " out/groups, window], a window having as many axes as x behind its channels"),
                mistake(
                        () -> Convolution.conv2d(x, w, Tensor.zeros(DType.F32, 4), Steps.ONE, 1),
                        "conv2d: bias must have shape [6] for w of shape [6, 4, 3, 3], got [4]"),
                mistake(
                        () -> Convolution.conv2d(x, w, null, new Steps(1, 0, 3), 1),
                        "conv2d: a window of 3 with dilation 3 does not fit rows of length 5 with padding 0"),
                mistake(
                        () -> Convolution.conv2d(x, w, null, Steps.ONE, 0),
                        "conv2d: the number of groups must be ≥ 1, got 0"),
                mistake(
                        () -> Convolution.conv2d(x, w.to(DType.F64), null, Steps.ONE, 1),
                        "convolution: dtypes differ, F32[2, 4, 5, 5] and F64[6, 4, 3, 3]; convert one with to(…)"),
                mistake(
                        () -> Convolution.transposed1d(
                                line, Tensor.zeros(DType.F32, 4, 2, 3), null, new Steps(2, 0, 1), 2, 1),
                        "transposed1d: the output padding must be ≥ 0 and smaller than stride or dilation, got 2 for"
                                + " Steps[stride=2, padding=0, dilation=1]"),
                mistake(
                        () -> Convolution.transposed1d(
                                line, Tensor.zeros(DType.F32, 4, 2, 1), null, new Steps(1, 3, 1), 0, 1),
                        "transposed1d: a window of 1 with Steps[stride=1, padding=3, dilation=1] makes nothing of an"
                                + " axis of length 5"),
                mistake(
                        () -> Convolution.fold(line, 3, 3, 2, 2, Steps.ONE, Steps.ONE),
                        "fold: images of 3 × 3 in windows of 2 × 2 need [batch, channels·4, 4], got [2, 4, 5]"),
                mistake(
                        () -> new Steps(0, 0, 1),
                        "stride and dilation must be ≥ 1, padding ≥ 0, got stride 0, padding 0, dilation 1"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("mistakes")
    void aMistakeIsExplained(Supplier<?> body, String text) {
        assertEquals(text, assertThrows(RuntimeException.class, body::get).getMessage());
    }

    private static Arguments mistake(Supplier<?> body, String text) {
        return Arguments.of(body, text);
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(17).child(name), 0, 1, DType.F64, shape);
    }
}
