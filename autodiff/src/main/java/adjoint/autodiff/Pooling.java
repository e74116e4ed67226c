package adjoint.autodiff;

import adjoint.autodiff.Patches.Axis;
import adjoint.autodiff.Patches.Geometry;
import adjoint.linalg.Kernels;

/// Pooling of sequences `[batch, channels, length]` and images `[batch, channels, rows, cols]`: one number for each
/// position of a window, channel by channel.
///
/// ```
/// Tensor y = Pooling.max2d(x, Pooling.Window.of(2));      // [n, c, 8, 8] → [n, c, 4, 4]
/// ```
///
/// Differentiable to any order.
public final class Pooling {
    /// Elements of the patches that are compared at once.
    private static final int CHUNK = 1 << 16;

    private Pooling() {}

    /// A window along one axis.
    ///
    /// @param size its length
    /// @param stride from one position to the next
    /// @param padding positions in front of the axis and behind it, at most half of the window
    /// @param ceil whether a last window may reach beyond the padding, if it starts inside of it
    public record Window(int size, int stride, int padding, boolean ceil) {
        /// @throws IllegalArgumentException if a number is out of its range
        public Window {
            if (size < 1 || stride < 1 || padding < 0 || padding > size / 2) {
                throw new IllegalArgumentException(
                        "pooling: size and stride must be ≥ 1, the padding between 0 and half"
                                + " of the size, got size " + size + ", stride " + stride + ", padding " + padding);
            }
        }

        /// Windows of one size side by side.
        public static Window of(int size) {
            return new Window(size, size, 0, false);
        }

        private Axis over(String op, int in) {
            int room = in + 2 * padding - size;
            if (in < 1 || room < 0) {
                throw new ShapeError(op + ": a window of " + size + " does not fit an axis of length " + in
                        + " with padding " + padding);
            }
            int out = (ceil ? Math.ceilDiv(room, stride) : room / stride) + 1;
            return new Axis(in, (out - 1) * stride >= in + padding ? out - 1 : out, size, stride, padding, 1);
        }
    }

    private static final Window POINT = Window.of(1);

    /// The largest element of each window, NaN if one is NaN; padding counts as −∞. The first of several equal ones
    /// gets the gradient.
    ///
    /// @throws ShapeError if x has other axes, or the window does not fit
    public static Tensor max1d(Tensor x, Window window) {
        Convolution.requireRank("max1d", x, 3);
        return max("max1d", x.unsqueeze(2), POINT, window).squeeze(2);
    }

    /// As [#max1d], of images, with the same window along both axes.
    public static Tensor max2d(Tensor x, Window window) {
        return max2d(x, window, window);
    }

    /// As [#max1d], of images.
    public static Tensor max2d(Tensor x, Window rows, Window cols) {
        Convolution.requireRank("max2d", x, 4);
        return max("max2d", x, rows, cols);
    }

    /// The mean of each window. Padding counts as zeros if `countsPadding`, else not at all; what a last window has
    /// beyond the padding never counts.
    ///
    /// @throws ShapeError if x has other axes, or the window does not fit
    public static Tensor average1d(Tensor x, Window window, boolean countsPadding) {
        Convolution.requireRank("average1d", x, 3);
        return average("average1d", x.unsqueeze(2), POINT, window, countsPadding)
                .squeeze(2);
    }

    /// As [#average1d], of images, with the same window along both axes.
    public static Tensor average2d(Tensor x, Window window, boolean countsPadding) {
        return average2d(x, window, window, countsPadding);
    }

    /// As [#average1d], of images.
    public static Tensor average2d(Tensor x, Window rows, Window cols, boolean countsPadding) {
        Convolution.requireRank("average2d", x, 4);
        return average("average2d", x, rows, cols, countsPadding);
    }

    /// Means of `out` stretches of a sequence that cover it: the i-th is from ⌊i·length/out⌋ to ⌈(i + 1)·length/out⌉.
    ///
    /// @throws ShapeError if x has other axes, or one of length 0
    public static Tensor adaptiveAverage1d(Tensor x, int out) {
        Convolution.requireRank("adaptiveAverage1d", x, 3);
        return x.matmul(stretches("adaptiveAverage1d", x.dim(2), out, x.dtype()).transpose(0, 1));
    }

    /// As [#adaptiveAverage1d], along both axes of images.
    public static Tensor adaptiveAverage2d(Tensor x, int rows, int cols) {
        Convolution.requireRank("adaptiveAverage2d", x, 4);
        Tensor down = stretches("adaptiveAverage2d", x.dim(2), rows, x.dtype());
        Tensor along = stretches("adaptiveAverage2d", x.dim(3), cols, x.dtype());
        return down.matmul(x.matmul(along.transpose(0, 1)));
    }

    /// The means as a matrix `[out, in]`.
    private static Tensor stretches(String op, int in, int out, DType dtype) {
        if (in < 1 || out < 1) {
            throw new ShapeError(op + ": an axis of length " + in + " has no means of " + out + " stretches");
        }
        Tensor means = Tensor.zeros(dtype, out, in);
        for (int i = 0; i < out; i++) {
            int from = (int) ((long) i * in / out);
            int to = (int) Math.ceilDiv((i + 1L) * in, (long) out);
            Engine.kernels(dtype).fill(means.array(), i * in + from, to - from, 1.0 / (to - from));
        }
        return means;
    }

    private static Tensor average(String op, Tensor x, Window rows, Window cols, boolean countsPadding) {
        Axis down = rows.over(op, x.dim(2));
        Axis along = cols.over(op, x.dim(3));
        Geometry geometry = new Geometry(down, along, 1);
        Tensor planes = x.reshape(Shape.of(x.dim(0) * x.dim(1), 1, x.dim(2), x.dim(3)));
        Tensor window = Tensor.full(1.0 / geometry.window(), x.dtype(), 1, 1, rows.size, cols.size);
        Tensor means = Engine.run(Convolutions.CONVOLUTION, geometry, planes, window);
        Tensor counted = counts(down, countsPadding).reshape(-1, 1).mul(counts(along, countsPadding));
        if (!isFull(counted, geometry.window())) {
            means = means.mul(counted.reciprocal().mul(geometry.window()).to(x.dtype()));
        }
        return means.reshape(Shape.of(x.dim(0), x.dim(1), down.out(), along.out()));
    }

    /// How many elements of the window count at each position.
    private static Tensor counts(Axis axis, boolean countsPadding) {
        double[] counts = new double[axis.out()];
        int padding = countsPadding ? axis.padding() : 0;
        for (int o = 0; o < counts.length; o++) {
            int from = Math.max(axis.at(o, 0), -padding);
            int to = Math.min(axis.at(o, axis.kernel()), axis.in() + padding);
            counts[o] = to - from;
        }
        return Tensor.of(counts);
    }

    private static boolean isFull(Tensor counted, int window) {
        for (double count : counted.toDoubles()) {
            if (count != window) {
                return false;
            }
        }
        return true;
    }

    private static Tensor max(String op, Tensor x, Window rows, Window cols) {
        if (x.storage.level != null) {
            return Vmap.folded(x, all -> max(op, all, rows, cols));
        }
        Geometry geometry = new Geometry(rows.over(op, x.dim(2)), cols.over(op, x.dim(3)), 1);
        Elementwise.floating(Folds.MAX, x);
        int[] index = largest(geometry, x.detach());
        return x.reshape(-1)
                .take(index, 0)
                .reshape(Shape.of(
                        x.dim(0),
                        x.dim(1),
                        geometry.rows().out(),
                        geometry.cols().out()));
    }

    /// Where the largest elements lie among all elements of x.
    private static int[] largest(Geometry geometry, Tensor x) {
        Engine engine = Engine.ofThread();
        Kernels<Object> kernels = Engine.kernels(x.dtype());
        Tensor dense = engine.dense(x);
        int planes = x.dim(0) * x.dim(1);
        int window = geometry.window();
        int positions = geometry.outputSize();
        int atOnce = Math.clamp(CHUNK / ((long) window * positions), 1, Math.max(1, planes));
        Storage patches = engine.takeTemporary(x.dtype(), atOnce * window * positions);
        int[] index = new int[planes * positions];
        for (int plane = 0; plane < planes; plane += atOnce) {
            int count = Math.min(atOnce, planes - plane);
            if (!geometry.isInside()) {
                kernels.fill(patches.array, 0, count * window * positions, Double.NEGATIVE_INFINITY);
            }
            for (int i = 0; i < count; i++) {
                Patches.Matrix rows = new Patches.Matrix(patches.array, i * positions * window, 1, window);
                int at = dense.offset + (plane + i) * geometry.inputSize();
                int last = geometry.rows().out();
                Patches.gather(kernels, geometry, dense.array(), at, 0, 1, 0, last, rows);
            }
            kernels.argMax(count * positions, window, patches.array, 0, window, index, plane * positions);
        }
        engine.dropTemporary(patches);
        engine.drop(dense, x);
        locate(geometry, index);
        return index;
    }

    /// From positions in windows to positions in x. Where all of a window is −∞, the first of its elements that is not
    /// padding.
    private static void locate(Geometry geometry, int[] index) {
        Axis rows = geometry.rows();
        Axis cols = geometry.cols();
        int positions = geometry.outputSize();
        for (int i = 0; i < index.length; i++) {
            int position = i % positions;
            int y = Math.max(0, rows.at(position / cols.out(), index[i] / cols.kernel()));
            int x = Math.max(0, cols.at(position % cols.out(), index[i] % cols.kernel()));
            index[i] = i / positions * geometry.inputSize() + y * cols.in() + x;
        }
    }
}
