package adjoint.linalg.internal;

/// Work arrays of one thread, lent and given back, so that a warm kernel allocates nothing.
///
/// ```
/// double[] work = DoubleScratch.take(n);
/// …
/// DoubleScratch.give(work);
/// ```
///
/// An array that is never given back, because an exception came between, is left to the garbage collector. What an
/// array holds when it is lent is not defined.
public final class DoubleScratch {
    /// Arrays kept per size class: as many as a decomposition has at once, but fewer of the large ones, beside whose
    /// work a new array costs nothing; and the elements from which one is large, and up to which it is kept at all.
    private static final int KEPT = 12;

    private static final int KEPT_LARGE = 4;
    private static final int LARGE = 1 << 21;
    private static final int LARGEST = 1 << 24;

    private static final ThreadLocal<DoubleScratch> OF_THREAD = ThreadLocal.withInitial(DoubleScratch::new);

    /// At c, arrays of 2ᶜ elements that are not lent, the first `count[c]` of them.
    private final double[][][] free = new double[32][KEPT][];

    private final int[] count = new int[32];

    private DoubleScratch() {}

    /// An array of at least `n` elements.
    public static double[] take(int n) {
        int size = 32 - Integer.numberOfLeadingZeros(Math.max(n, 64) - 1);
        if (size > 30) {
            return new double[n];
        }
        DoubleScratch scratch = OF_THREAD.get();
        if (scratch.count[size] == 0) {
            return new double[1 << size];
        }
        int last = --scratch.count[size];
        double[] array = scratch.free[size][last];
        scratch.free[size][last] = null;
        return array;
    }

    /// Takes back an array from [#take].
    public static void give(double[] array) {
        int size = Integer.numberOfTrailingZeros(array.length);
        if (array.length != 1 << size || array.length > LARGEST) {
            return;
        }
        DoubleScratch scratch = OF_THREAD.get();
        if (scratch.count[size] < (array.length < LARGE ? KEPT : KEPT_LARGE)) {
            scratch.free[size][scratch.count[size]++] = array;
        }
    }
}
