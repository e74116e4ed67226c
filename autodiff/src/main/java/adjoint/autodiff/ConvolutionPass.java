package adjoint.autodiff;

import adjoint.autodiff.Patches.Axis;
import adjoint.autodiff.Patches.Geometry;
import adjoint.autodiff.Patches.Matrix;
import adjoint.linalg.Kernels;
import adjoint.linalg.Parallel;
import adjoint.linalg.Transpose;
import java.util.Arrays;

/// One run of a convolution's kernels on dense tensors.
///
/// Per group, a convolution is the product of the weights `[out, in·window]` with the matrix of patches
/// `[in·window, positions]`. That matrix is made in chunks that stay in the cache: of several small images, or of some
/// rows of a large one. Where each channel sees itself alone, the window runs over the rows directly.
final class ConvolutionPass {
    /// Elements of a chunk of patches.
    private static final int CHUNK = 1 << 17;

    /// Elements from which gathering and scattering are shared among threads.
    private static final int PARALLEL = 1 << 15;

    private final Engine engine;
    private final Geometry geometry;
    private final DType dtype;
    private final Kernels<Object> kernels;
    private final int rowsOut;
    private final int colsOut;
    private final int positions;

    private int images;
    /// Channels of x and of y in each group.
    private int in;
    private int out;
    /// Elements of a patch.
    private int depth;
    private int imagesAtOnce;
    private int rowsAtOnce;

    ConvolutionPass(Engine engine, Geometry geometry, DType dtype) {
        this.engine = engine;
        this.geometry = geometry;
        this.dtype = dtype;
        kernels = Engine.kernels(dtype);
        rowsOut = geometry.rows().out();
        colsOut = geometry.cols().out();
        positions = geometry.outputSize();
    }

    /// The images `image … image + count - 1`, of which the positions of the rows from `row` on, `n` of them, in one
    /// group.
    private interface Chunk {
        void accept(int group, int image, int count, int row, int n);
    }

    private void begin(Tensor x, Tensor y) {
        images = x.dim(0);
        in = x.dim(1) / geometry.groups();
        out = y.dim(1) / geometry.groups();
        depth = in * geometry.window();
        long image = Math.max(1, (long) depth * positions);
        imagesAtOnce = Math.clamp(CHUNK / image, 1, Math.max(1, images));
        rowsAtOnce = image <= CHUNK ? rowsOut : Math.clamp(CHUNK / (depth * colsOut), 1, rowsOut);
    }

    private void chunks(Chunk body) {
        for (int group = 0; group < geometry.groups(); group++) {
            for (int image = 0; image < images; image += imagesAtOnce) {
                for (int row = 0; row < rowsOut; row += rowsAtOnce) {
                    int rows = Math.min(rowsAtOnce, rowsOut - row);
                    body.accept(group, image, Math.min(imagesAtOnce, images - image), row, rows * colsOut);
                }
            }
        }
    }

    private Storage patches() {
        return engine.takeTemporary(dtype, imagesAtOnce * depth * rowsAtOnce * colsOut);
    }

    private int inputAt(Tensor x, int group, int image) {
        return x.offset + (image * x.dim(1) + group * in) * geometry.inputSize();
    }

    private int outputAt(Tensor y, int group, int image) {
        return y.offset + (image * y.dim(1) + group * out) * positions;
    }

    /// y = x∗w.
    void outputs(Tensor x, Tensor w, Tensor y) {
        begin(x, y);
        if (w.size() == 0) {
            kernels.fill(y.array(), y.offset, y.size(), 0);
            return;
        }
        if (isDirect()) {
            kernels.fill(y.array(), y.offset, y.size(), 0);
            multiplyDirectly(x, y, w, true);
            return;
        }
        boolean trivial = geometry.isTrivial();
        Storage patches = trivial ? null : patches();
        chunks((group, image, count, row, n) -> {
            Object from = x.array();
            int at = inputAt(x, group, image) + row * colsOut;
            if (!trivial) {
                gather(x, group, image, count, row, n, patches, depth * n, n);
                from = patches.array;
                at = 0;
            }
            kernels.gemmBatched(
                    Transpose.NO,
                    Transpose.NO,
                    out,
                    n,
                    depth,
                    1,
                    w.array(),
                    w.offset + group * out * depth,
                    Math.max(1, depth),
                    0,
                    from,
                    at,
                    trivial ? positions : n,
                    trivial ? x.dim(1) * positions : depth * n,
                    0,
                    y.array(),
                    outputAt(y, group, image) + row * colsOut,
                    positions,
                    y.dim(1) * positions,
                    count);
        });
        drop(patches);
    }

    /// The adjoint in x: to each of its elements goes what it has been multiplied by.
    void inputs(Tensor y, Tensor w, Tensor x) {
        begin(x, y);
        boolean trivial = geometry.isTrivial();
        if (!trivial || isDirect() || w.size() == 0) {
            kernels.fill(x.array(), x.offset, x.size(), 0);
        }
        if (w.size() == 0) {
            return;
        }
        if (isDirect()) {
            multiplyDirectly(x, y, w, false);
            return;
        }
        Storage patches = trivial ? null : patches();
        chunks((group, image, count, row, n) -> {
            kernels.gemmBatched(
                    Transpose.YES,
                    Transpose.NO,
                    depth,
                    n,
                    out,
                    1,
                    w.array(),
                    w.offset + group * out * depth,
                    Math.max(1, depth),
                    0,
                    y.array(),
                    outputAt(y, group, image) + row * colsOut,
                    positions,
                    y.dim(1) * positions,
                    0,
                    trivial ? x.array() : patches.array,
                    trivial ? inputAt(x, group, image) + row * colsOut : 0,
                    trivial ? positions : n,
                    trivial ? x.dim(1) * positions : depth * n,
                    count);
            if (!trivial) {
                int end = row + n / colsOut;
                channels(count, n, (i, from, to) -> {
                    Matrix matrix = new Matrix(patches.array, i * depth * n, n, 1);
                    int at = inputAt(x, group, image + i);
                    Patches.scatter(kernels, geometry, matrix, from, to, row, end, x.array(), at);
                });
            }
        });
        drop(patches);
    }

    /// The adjoint in w. Images stand side by side in one product, which sums over all their positions.
    void weights(Tensor x, Tensor y, Tensor w) {
        begin(x, y);
        if (w.size() == 0) {
            return;
        }
        if (isDirect()) {
            weightsDirectly(x, y, w);
            return;
        }
        kernels.fill(w.array(), w.offset, w.size(), 0);
        Storage patches = patches();
        Storage gathered = engine.takeTemporary(dtype, imagesAtOnce * out * rowsAtOnce * colsOut);
        chunks((group, image, count, row, n) -> {
            int width = count * n;
            gather(x, group, image, count, row, n, patches, n, width);
            kernels.copyStrided(
                    new int[] {count, out, n},
                    y.array(),
                    outputAt(y, group, image) + row * colsOut,
                    new int[] {y.dim(1) * positions, positions, 1},
                    gathered.array,
                    0,
                    new int[] {n, width, 1});
            kernels.gemm(
                    Transpose.NO,
                    Transpose.YES,
                    out,
                    depth,
                    width,
                    1,
                    gathered.array,
                    0,
                    width,
                    patches.array,
                    0,
                    width,
                    1,
                    w.array(),
                    w.offset + group * out * depth,
                    Math.max(1, depth));
        });
        drop(gathered);
        drop(patches);
    }

    private void drop(Storage storage) {
        if (storage != null) {
            engine.dropTemporary(storage);
        }
    }

    /// The patches of some images, each `next` elements behind the last, as matrices with rows of `ld`.
    private void gather(Tensor x, int group, int image, int count, int row, int n, Storage patches, int next, int ld) {
        if (!geometry.isInside()) {
            kernels.fill(patches.array, 0, count * depth * n, 0);
        }
        int end = row + n / colsOut;
        channels(count, n, (i, from, to) -> {
            Matrix matrix = new Matrix(patches.array, i * next, ld, 1);
            int at = inputAt(x, group, image + i);
            Patches.gather(kernels, geometry, x.array(), at, from, to, row, end, matrix);
        });
    }

    /// Some channels of one image.
    private interface Channels {
        void accept(int image, int from, int to);
    }

    /// Shares the channels of `count` images, in a group, among threads.
    private void channels(int count, int n, Channels body) {
        int grain = Math.max(1, PARALLEL / Math.max(1, geometry.window() * n));
        Parallel.range(count * in, grain, (from, to) -> {
            int at = from;
            while (at < to) {
                int image = at / in;
                int end = Math.min(to, (image + 1) * in);
                body.accept(image, at - image * in, end - image * in);
                at = end;
            }
        });
    }

    // ---- each channel by itself

    private boolean isDirect() {
        return in == 1 && out == 1 && geometry.cols().stride() == 1;
    }

    /// A row of a channel of y and the part of a row of x that an element of the window sees from there.
    private interface Row {
        void accept(int weight, int y, int x, int n);
    }

    /// The rows of a plane: a channel of an image, which starts at `x` and at `y`.
    private void rows(int x, int y, Row body) {
        Axis rows = geometry.rows();
        Axis cols = geometry.cols();
        for (int ky = 0; ky < rows.kernel(); ky++) {
            for (int kx = 0; kx < cols.kernel(); kx++) {
                int left = cols.first(kx);
                int n = cols.end(kx) - left;
                for (int row = rows.first(ky); row < rows.end(ky) && n > 0; row++) {
                    int at = rows.at(row, ky) * cols.in() + cols.at(left, kx);
                    body.accept(ky * cols.kernel() + kx, y + row * colsOut + left, x + at, n);
                }
            }
        }
    }

    private int weightAt(Tensor w, int channel) {
        return w.offset + channel * geometry.window();
    }

    private void planes(int count, Parallel.RangeBody body) {
        Parallel.range(count, Math.max(1, PARALLEL / (geometry.window() * positions)), body);
    }

    /// Each row of y gets, or each row of x, what the other has at the window's elements, times their weights.
    private void multiplyDirectly(Tensor x, Tensor y, Tensor w, boolean toY) {
        planes(images * x.dim(1), (from, to) -> {
            for (int plane = from; plane < to; plane++) {
                int weights = weightAt(w, plane % x.dim(1));
                rows(
                        x.offset + plane * geometry.inputSize(),
                        y.offset + plane * positions,
                        toY
                                ? (k, atY, atX, n) ->
                                        kernels.axpy(n, weight(w, weights + k), x.array(), atX, y.array(), atY)
                                : (k, atY, atX, n) ->
                                        kernels.axpy(n, weight(w, weights + k), y.array(), atY, x.array(), atX));
            }
        });
    }

    private static double weight(Tensor w, int at) {
        return Tensor.element(w.array(), at);
    }

    private void weightsDirectly(Tensor x, Tensor y, Tensor w) {
        planes(x.dim(1), (from, to) -> {
            double[] sums = new double[geometry.window()];
            for (int channel = from; channel < to; channel++) {
                Arrays.fill(sums, 0);
                for (int image = 0; image < images; image++) {
                    int plane = image * x.dim(1) + channel;
                    rows(
                            x.offset + plane * geometry.inputSize(),
                            y.offset + plane * positions,
                            (k, atY, atX, n) -> sums[k] += kernels.dot(x.array(), atX, y.array(), atY, n));
                }
                for (int k = 0; k < sums.length; k++) {
                    Tensor.setElement(w.array(), weightAt(w, channel) + k, sums[k]);
                }
            }
        });
    }
}
