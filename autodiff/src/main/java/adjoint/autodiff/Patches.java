package adjoint.autodiff;

import adjoint.linalg.Kernels;

/// The windows of images: what of a channel each output position of a convolution sees, as the columns of a matrix.
final class Patches {
    private Patches() {}

    /// How a window moves along one axis: its element k at output position o lies at input position
    /// o·stride − padding + k·dilation.
    record Axis(int in, int out, int kernel, int stride, int padding, int dilation) {
        int at(int o, int k) {
            return o * stride - padding + k * dilation;
        }

        /// The first output position at which element k lies inside the input.
        int first(int k) {
            return Math.max(0, Math.ceilDiv(padding - k * dilation, stride));
        }

        /// The first position behind the last such one.
        int end(int k) {
            return Math.min(out, Math.floorDiv(in - 1 + padding - k * dilation, stride) + 1);
        }

        /// Whether all elements lie inside at all positions.
        boolean isInside() {
            return first(0) == 0 && end(kernel - 1) == out;
        }

        boolean isTrivial() {
            return kernel == 1 && stride == 1 && padding == 0 && in == out;
        }
    }

    /// Both axes of images, and into how many groups channels are divided that see nothing of each other.
    record Geometry(Axis rows, Axis cols, int groups) {
        int window() {
            return rows.kernel * cols.kernel;
        }

        int inputSize() {
            return rows.in * cols.in;
        }

        int outputSize() {
            return rows.out * cols.out;
        }

        boolean isInside() {
            return rows.isInside() && cols.isInside();
        }

        boolean isTrivial() {
            return rows.isTrivial() && cols.isTrivial();
        }
    }

    /// Where the elements of a matrix of patches lie: element k of channel c for the p-th position at
    /// `array[offset + (c·window + k)·element + p·position]`.
    record Matrix(Object array, int offset, int element, int position) {}

    /// Copies the patches of channels `from` to `to` for the output rows `row` to `end`. What lies outside of the input
    /// is left as it is.
    static void gather(
            Kernels<Object> kernels,
            Geometry geometry,
            Object x,
            int channel,
            int from,
            int to,
            int row,
            int end,
            Matrix patches) {
        Axis rows = geometry.rows;
        Axis cols = geometry.cols;
        int[] counts = new int[2];
        int[] in = {rows.stride * cols.in, cols.stride};
        int[] out = {cols.out * patches.position, patches.position};
        for (int c = from; c < to; c++) {
            for (int ky = 0; ky < rows.kernel; ky++) {
                int y = Math.max(row, rows.first(ky));
                counts[0] = Math.min(end, rows.end(ky)) - y;
                for (int kx = 0; kx < cols.kernel; kx++) {
                    int left = cols.first(kx);
                    counts[1] = cols.end(kx) - left;
                    if (counts[0] > 0 && counts[1] > 0) {
                        int source = channel + c * geometry.inputSize() + rows.at(y, ky) * cols.in + cols.at(left, kx);
                        int element = (c * rows.kernel + ky) * cols.kernel + kx;
                        int target = patches.offset
                                + element * patches.element
                                + ((y - row) * cols.out + left) * patches.position;
                        kernels.copyStrided(counts, x, source, in, patches.array, target, out);
                    }
                }
            }
        }
    }

    /// The adjoint of [#gather], with positions side by side: adds the patches to the input.
    static void scatter(
            Kernels<Object> kernels,
            Geometry geometry,
            Matrix patches,
            int from,
            int to,
            int row,
            int end,
            Object x,
            int channel) {
        Axis rows = geometry.rows;
        Axis cols = geometry.cols;
        for (int c = from; c < to; c++) {
            for (int ky = 0; ky < rows.kernel; ky++) {
                int first = Math.max(row, rows.first(ky));
                int last = Math.min(end, rows.end(ky));
                for (int kx = 0; kx < cols.kernel; kx++) {
                    int left = cols.first(kx);
                    int count = cols.end(kx) - left;
                    int element = (c * rows.kernel + ky) * cols.kernel + kx;
                    for (int y = first; y < last && count > 0; y++) {
                        int source = patches.offset + element * patches.element + (y - row) * cols.out + left;
                        int target = channel + c * geometry.inputSize() + rows.at(y, ky) * cols.in + cols.at(left, kx);
                        if (cols.stride == 1) {
                            kernels.axpy(count, 1, patches.array, source, x, target);
                        } else {
                            addAtSteps(count, patches.array, source, x, target, cols.stride);
                        }
                    }
                }
            }
        }
    }

    private static void addAtSteps(int n, Object from, int source, Object to, int target, int step) {
        switch (to) {
            case float[] x -> {
                float[] y = (float[]) from;
                for (int i = 0; i < n; i++) {
                    x[target + i * step] += y[source + i];
                }
            }
            case double[] x -> {
                double[] y = (double[]) from;
                for (int i = 0; i < n; i++) {
                    x[target + i * step] += y[source + i];
                }
            }
            default -> throw new IllegalStateException("no such array: " + to.getClass());
        }
    }
}
