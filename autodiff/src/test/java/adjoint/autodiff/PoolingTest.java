package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.Pooling.Window;
import adjoint.linalg.Rng;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Pooling against naive loops, PyTorch's definitions.
class PoolingTest {
    private static final double INF = Double.POSITIVE_INFINITY;

    /// With a ceiling, the last window starts inside of the axis or of the padding before it.
    private static int positions(int in, Window window) {
        int count = 1;
        for (int start = window.stride() - window.padding();
                window.ceil()
                        ? start < in && start - window.stride() + window.size() < in + window.padding()
                        : start + window.size() <= in + window.padding();
                start += window.stride()) {
            count++;
        }
        return count;
    }

    @ParameterizedTest
    @CsvSource({
        "8, 8, 2, 2, 0, false",
        "7, 9, 3, 2, 1, false",
        "7, 9, 3, 2, 1, true",
        "6, 5, 2, 3, 1, true",
        "5, 7, 2, 2, 0, true",
        "4, 4, 4, 1, 2, false",
        "1, 1, 1, 1, 0, true",
        "96, 80, 5, 3, 2, true"
    })
    void imagesAreAsDefined(int height, int width, int size, int stride, int padding, boolean ceil) {
        Tensor x = Tensor.normal(Rng.of(2), 0, 1, DType.F64, 2, 3, height, width);
        Window window = new Window(size, stride, padding, ceil);
        int rows = positions(height, window);
        int cols = positions(width, window);
        double[] largest = new double[6 * rows * cols];
        double[] counted = new double[largest.length];
        double[] inside = new double[largest.length];
        for (int i = 0; i < largest.length; i++) {
            int top = i / cols % rows * stride - padding;
            int left = i % cols * stride - padding;
            double max = -INF;
            double sum = 0;
            int real = 0;
            int padded = 0;
            for (int y = top; y < top + size; y++) {
                for (int z = left; z < left + size; z++) {
                    padded += y < height + padding && z < width + padding ? 1 : 0;
                    if (y >= 0 && y < height && z >= 0 && z < width) {
                        double value = x.get(i / cols / rows / 3, i / cols / rows % 3, y, z);
                        max = Math.max(max, value);
                        sum += value;
                        real++;
                    }
                }
            }
            largest[i] = max;
            counted[i] = sum / padded;
            inside[i] = sum / real;
        }
        Shape shape = Shape.of(2, 3, rows, cols);
        assertEquals(shape, Pooling.max2d(x, window).shape());
        assertArrayEquals(largest, Pooling.max2d(x, window).toDoubles());
        assertArrayEquals(counted, Pooling.average2d(x, window, true).toDoubles(), 1e-14);
        assertArrayEquals(inside, Pooling.average2d(x, window, false).toDoubles(), 1e-14);
    }

    @Test
    void sequences() {
        Tensor x = Tensor.of(new double[] {3, 1, 4, 1, 5, 9, 2}, 1, 1, 7);
        Window window = new Window(3, 2, 1, false);
        assertArrayEquals(new double[] {3, 4, 9, 9}, Pooling.max1d(x, window).toDoubles());
        assertArrayEquals(
                new double[] {2, 2, 5, 5.5}, Pooling.average1d(x, window, false).toDoubles(), 1e-15);
    }

    @Test
    void nanAndInfinity() {
        Tensor x = Tensor.of(new double[] {-INF, -INF, 1, Double.NaN, 2, INF, -INF, 3}, 1, 1, 8);
        double[] expected = {-INF, Double.NaN, INF, 3};
        assertArrayEquals(expected, Pooling.max1d(x, Window.of(2)).toDoubles());
        Tensor lost = Tensor.full(-INF, DType.F64, 1, 1, 2, 2);
        Window padded = new Window(3, 2, 1, false);
        double[] gradient =
                Autodiff.grad(v -> Pooling.max2d(v, padded).sum()).apply(lost).toDoubles();
        assertArrayEquals(new double[] {1, 0, 0, 0}, gradient);
    }

    /// The first of several equal elements gets the gradient, whole.
    @Test
    void tiesGoToTheFirst() {
        Tensor x = Tensor.of(new double[] {2, 2, 1, 2, 2, 0}, 1, 1, 6);
        double[] gradient = Autodiff.grad(v -> Pooling.max1d(v, Window.of(3)).sum())
                .apply(x)
                .toDoubles();
        assertArrayEquals(new double[] {1, 0, 0, 1, 0, 0}, gradient);
    }

    @ParameterizedTest
    @CsvSource({"7, 3", "3, 7", "5, 1", "4, 4", "1, 2"})
    void adaptiveMeansCoverTheAxis(int length, int out) {
        Tensor x = Tensor.normal(Rng.of(6), 0, 1, DType.F64, 2, 2, length);
        Tensor y = Pooling.adaptiveAverage1d(x, out);
        for (int i = 0; i < 4 * out; i++) {
            int from = (int) Math.floor((double) (i % out) * length / out);
            int to = (int) Math.ceil((double) (i % out + 1) * length / out);
            double sum = 0;
            for (int k = from; k < to; k++) {
                sum += x.get(i / out / 2, i / out % 2, k);
            }
            assertEquals(sum / (to - from), y.get(i / out / 2, i / out % 2, i % out), 1e-15);
        }
        Tensor image = x.unsqueeze(2).expand(2, 2, 3, length);
        Close.assertClose("adaptiveAverage2d", y.unsqueeze(2), Pooling.adaptiveAverage2d(image, 1, out), 1e-15);
    }

    static Stream<Arguments> mistakes() {
        Tensor x = Tensor.zeros(DType.F32, 2, 3, 4);
        return Stream.of(
                mistake(
                        () -> Pooling.max2d(x, Window.of(2)),
                        "max2d: x must be [batch, channels, rows, cols], got [2, 3, 4]"),
                mistake(
                        () -> Pooling.average1d(x, Window.of(5), true),
                        "average1d: a window of 5 does not fit an axis of length 4 with padding 0"),
                mistake(
                        () -> Pooling.max1d(Tensor.ofInts(new int[] {1, 2}, 1, 1, 2), Window.of(2)),
                        "max: needs F32 or F64, got I32[1, 1, 1, 2]; convert with to(DType.F32)"),
                mistake(
                        () -> Pooling.adaptiveAverage1d(x, 0),
                        "adaptiveAverage1d: an axis of length 4 has no means of 0 stretches"),
                mistake(
                        () -> new Window(2, 1, 2, false),
                        "pooling: size and stride must be ≥ 1, the padding between 0 and half of the size, got size 2,"
                                + " stride 1, padding 2"));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("mistakes")
    void aMistakeIsExplained(Supplier<?> body, String text) {
        assertEquals(text, assertThrows(RuntimeException.class, body::get).getMessage());
    }

    private static Arguments mistake(Supplier<?> body, String text) {
        return Arguments.of(body, text);
    }
}
