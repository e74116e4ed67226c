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
                sort(a, cols, x.dtype().bytes() == 8, out, to + from);
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

    /// Integers in the order of the elements, equal ones for equal elements, the largest for NaN; those of 32 bits in
    /// their upper half.
    private static void fillKeys(Object x, int offset, int n, boolean descending, long[] keys) {
        long flip = descending ? -1 : 0;
        switch (x) {
            case float[] a -> {
                for (int i = 0; i < n; i++) {
                    float value = a[offset + i];
                    keys[i] = value != value
                            ? Long.MAX_VALUE
                            : (ordered(Float.floatToRawIntBits(value + 0f)) ^ flip) << 32;
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
                    keys[i] = (a[offset + i] ^ flip) << 32;
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

    /// The upper half of a key and the position share a `long`, so that one sort of numbers orders both. Where the
    /// upper halves are equal, the lower ones are sorted in the same way.
    private static void sort(long[] keys, int n, boolean whole, int[] out, int offset) {
        if (whole) {
            System.arraycopy(keys, 0, keys, n, n);
        }
        for (int i = 0; i < n; i++) {
            keys[i] = keys[i] >> 32 << 32 | i;
        }
        Arrays.sort(keys, 0, n);
        for (int from = 0, to; whole && from < n; from = to) {
            to = from + 1;
            while (to < n && keys[to] >> 32 == keys[from] >> 32) {
                to++;
            }
            if (to - from > 1) {
                sortLowerHalves(keys, n, from, to);
            }
        }
        for (int i = 0; i < n; i++) {
            out[offset + i] = (int) keys[i];
        }
    }

    /// Lower halves are without sign: the turned-over first bit brings them in order.
    private static void sortLowerHalves(long[] keys, int n, int from, int to) {
        for (int i = from; i < to; i++) {
            int position = (int) keys[i];
            keys[i] = keys[n + position] << 32 ^ Long.MIN_VALUE | position;
        }
        Arrays.sort(keys, from, to);
    }
}
