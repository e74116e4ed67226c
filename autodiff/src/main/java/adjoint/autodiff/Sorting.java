package adjoint.autodiff;

import java.util.Arrays;
import java.util.List;

/// Order along an axis.
final class Sorting {
    private Sorting() {}

    /// The positions of the elements of each row in ascending order, or in descending order if the parameter is true.
    /// Equal elements keep their order; NaN comes last either way.
    static final Op<Boolean> ARGSORT = new Op<>("argsort", "the positions of the elements in order") {
        @Override
        void infer(Call call, Boolean descending) {
            call.output(DType.I32, call.in(0).shape());
        }

        @Override
        void compute(Call call, Boolean descending) {
            Tensor x = call.engine.dense(call.in(0));
            int cols = x.dim(-1);
            int[] out = (int[]) call.out(0).array();
            int to = call.out(0).offset;
            Storage keys = call.engine.takeTemporary(DType.I64, 2 * cols);
            for (int from = 0; from < x.size(); from += cols) {
                long[] a = (long[]) keys.array;
                fillKeys(x.array(), x.offset + from, cols, descending, a);
                if (x.dtype().bytes() == 4) {
                    sortPacked(a, cols, out, to + from);
                } else {
                    sortRanked(a, cols, out, to + from);
                }
            }
            call.engine.dropTemporary(keys);
            call.engine.drop(x, call.in(0));
        }

        @Override
        void vjp(Call call, Boolean descending, Flow flow) {
            throw new IllegalStateException("argsort has no gradient");
        }

        @Override
        Tensor jvp(Call call, Boolean descending, Tangents tangents) {
            throw new IllegalStateException("argsort has no tangent");
        }

        @Override
        public boolean isDifferentiable() {
            return false;
        }
    };

    static final List<Op<?>> ALL = List.of(ARGSORT);

    /// Integers in the order of the elements, equal ones for equal elements; `Long.MAX_VALUE`, or the largest `int`,
    /// for NaN.
    private static void fillKeys(Object x, int offset, int n, boolean descending, long[] keys) {
        long flip = descending ? -1 : 0;
        switch (x) {
            case float[] a -> {
                for (int i = 0; i < n; i++) {
                    float value = a[offset + i];
                    keys[i] = value != value ? Integer.MAX_VALUE : ordered(Float.floatToRawIntBits(value + 0f)) ^ flip;
                }
            }
            case double[] a -> {
                for (int i = 0; i < n; i++) {
                    double value = a[offset + i];
                    keys[i] = value != value ? Long.MAX_VALUE : ordered(Double.doubleToRawLongBits(value + 0.0)) ^ flip;
                }
            }
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    keys[i] = a[offset + i] ^ flip;
                }
            }
            case long[] a -> {
                for (int i = 0; i < n; i++) {
                    keys[i] = a[offset + i] ^ flip;
                }
            }
            default -> throw new IllegalStateException("no such array: " + x.getClass());
        }
    }

    /// Bits of negative numbers grow as the numbers fall: all but the sign is turned over. Adding 0 before has made
    /// one zero of both.
    private static long ordered(int bits) {
        return bits ^ bits >> 31 & Integer.MAX_VALUE;
    }

    private static long ordered(long bits) {
        return bits ^ bits >> 63 & Long.MAX_VALUE;
    }

    /// Keys of 32 bits and positions share a `long`, so that one sort of numbers orders both.
    private static void sortPacked(long[] keys, int n, int[] out, int offset) {
        for (int i = 0; i < n; i++) {
            keys[i] = keys[i] << 32 | i;
        }
        Arrays.sort(keys, 0, n);
        for (int i = 0; i < n; i++) {
            out[offset + i] = (int) keys[i];
        }
    }

    /// Keys of 64 bits are sorted alone; where one came to lie is found again by bisection, and where equal ones begin,
    /// those that are placed already are counted in the second half of `keys`.
    private static void sortRanked(long[] keys, int n, int[] out, int offset) {
        long[] sorted = Arrays.copyOf(keys, n);
        Arrays.sort(sorted);
        Arrays.fill(keys, n, 2 * n, 0);
        for (int i = 0; i < n; i++) {
            int rank = first(sorted, keys[i]);
            out[offset + rank + (int) keys[n + rank]++] = i;
        }
    }

    /// The position of the first element that is not less.
    private static int first(long[] sorted, long key) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = low + high >>> 1;
            if (sorted[middle] < key) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
