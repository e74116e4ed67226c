package adjoint.linalg;

import adjoint.linalg.KernelCase.Operand;
import adjoint.linalg.KernelCase.Role;
import adjoint.linalg.KernelCase.Size;
import adjoint.linalg.KernelCase.Storage;
import java.util.Arrays;

/// The operands of one call of a [KernelCase], placed in arrays.
final class KernelCall {
    /// How operands are placed.
    enum Layout {
        CONTIGUOUS,
        OFFSET,
        STRIDED,
        TRANSPOSED,
        /// Side by side in one array, with one leading dimension.
        BLOCKS
    }

    /// What stands around the operands, but NaN around those that are only read.
    static final double AROUND = 12345;

    int m;
    int n;
    int k;
    final Object[] arrays;
    final int[] offsets;
    final int[] lds;
    private final KernelCase kernel;
    private final Provided<?> provided;
    private final Layout layout;

    KernelCall(KernelCase kernel, Provided<?> provided, Layout layout, int m, int n, int k) {
        this.kernel = kernel;
        this.provided = provided;
        this.layout = layout;
        this.m = m;
        this.n = n;
        this.k = k;
        int count = kernel.operands.size();
        arrays = new Object[count];
        offsets = new int[count];
        lds = new int[count];
        if (layout == Layout.BLOCKS) {
            placeBlocks();
        } else {
            for (int i = 0; i < count; i++) {
                place(i);
            }
        }
    }

    private void place(int i) {
        Operand operand = kernel.operands.get(i);
        boolean contiguous = layout == Layout.CONTIGUOUS;
        offsets[i] = contiguous ? 0 : 3 + i;
        lds[i] = storedCols(i) + (layout == Layout.STRIDED && operand.storage() != Storage.DENSE ? 2 + i : 0);
        double[] values = new double[offsets[i] + extent(i) + (contiguous ? 0 : 2)];
        Arrays.fill(values, operand.role() == Role.IN ? Double.NaN : AROUND);
        put(i, values);
        arrays[i] = provided.array(values);
    }

    private void placeBlocks() {
        int ld = 1;
        for (int i = 0; i < arrays.length; i++) {
            offsets[i] = ld;
            ld += storedCols(i) + i % 2;
        }
        int length = 1;
        for (int i = 0; i < arrays.length; i++) {
            lds[i] = ld;
            length = Math.max(length, offsets[i] + extent(i));
        }
        double[] values = new double[length];
        Arrays.fill(values, AROUND);
        for (int i = 0; i < arrays.length; i++) {
            put(i, values);
        }
        Arrays.fill(arrays, provided.array(values));
    }

    private int extent(int i) {
        return rows(i) == 0 || cols(i) == 0 ? 0 : (storedRows(i) - 1) * lds[i] + storedCols(i);
    }

    private void put(int i, double[] values) {
        Operand operand = kernel.operands.get(i);
        for (int r = 0; r < rows(i); r++) {
            for (int c = 0; c < cols(i); c++) {
                values[at(i, r, c)] = operand.role() == Role.OUT ? Double.NaN : value(operand, i, r, c);
            }
        }
    }

    /// The same number in every layout and precision.
    private static double value(Operand operand, int i, int r, int c) {
        return switch (operand.fill()) {
            case SIGNED -> number(i, r, c);
            case DOMINANT -> dominant(i, r, c);
            case DEFINITE -> dominant(i, Math.max(r, c), Math.min(r, c));
            case LOWER -> c > r ? Double.NaN : dominant(i, r, c);
            case UPPER -> c < r ? Double.NaN : dominant(i, r, c);
            case LABELS -> r % 7;
        };
    }

    private static double dominant(int i, int r, int c) {
        return r == c ? 4 + number(i, r, c) : (float) (number(i, r, c) / (4 + Math.abs(r - c)));
    }

    private static double number(int i, int r, int c) {
        return 2 * CounterHash.uniform((long) r << 32 | c, 7, i) - 1;
    }

    int rows(int i) {
        return size(kernel.operands.get(i).rows());
    }

    int cols(int i) {
        return size(kernel.operands.get(i).cols());
    }

    private int size(Size size) {
        return size.of(m, n, k);
    }

    private boolean flipped(int i) {
        return layout == Layout.TRANSPOSED && kernel.operands.get(i).storage() == Storage.FLIPPABLE;
    }

    int storedRows(int i) {
        return flipped(i) ? cols(i) : rows(i);
    }

    int storedCols(int i) {
        return flipped(i) ? rows(i) : cols(i);
    }

    private int at(int i, int r, int c) {
        return offsets[i] + (flipped(i) ? c * lds[i] + r : r * lds[i] + c);
    }

    /// The elements of an operand, row by row.
    double[] elements(int i) {
        double[] array = Provided.doubles(arrays[i]);
        double[] elements = new double[rows(i) * cols(i)];
        for (int r = 0; r < rows(i); r++) {
            for (int c = 0; c < cols(i); c++) {
                elements[r * cols(i) + c] = array[at(i, r, c)];
            }
        }
        return elements;
    }

    /// The first element written that differs from the same call's elsewhere by more than rounding, or nothing.
    String difference(KernelCall expected) {
        double terms = 1 + Math.max(m, Math.max(n, k));
        for (int i = 0; i < arrays.length; i++) {
            Operand operand = kernel.operands.get(i);
            if (!operand.isWritten() || kernel.destroyed.contains(operand.name())) {
                continue;
            }
            double[] theirs = expected.elements(i);
            double[] ours = elements(i);
            double largest = 1;
            for (double x : theirs) {
                largest = Math.max(largest, Math.abs(Double.isFinite(x) ? x : 0));
            }
            double tolerance = kernel.tolerance * provided.epsilon() * terms * largest;
            for (int j = 0; j < theirs.length; j++) {
                if (!(Math.abs(ours[j] - theirs[j]) <= tolerance) && Double.compare(ours[j], theirs[j]) != 0) {
                    return operand.name() + " [" + j + "] is " + ours[j] + " instead of " + theirs[j];
                }
            }
        }
        return "";
    }

    /// Array i with zeros for all elements that a kernel may write.
    double[] around(int i) {
        double[] array = Provided.doubles(arrays[i]);
        for (int o = 0; o < arrays.length; o++) {
            boolean written = arrays[o] == arrays[i] && kernel.operands.get(o).isWritten();
            for (int r = 0; written && r < rows(o); r++) {
                for (int c = 0; c < cols(o); c++) {
                    array[at(o, r, c)] = 0;
                }
            }
        }
        return array;
    }

    @SuppressWarnings("unchecked")
    private Kernels<Object> kernels() {
        return (Kernels<Object>) provided.kernels();
    }

    void run() {
        kernel.body.run(kernels(), this);
    }

    // ---- what a line of the table passes on

    Object a(int i) {
        return arrays[i];
    }

    int off(int i) {
        return offsets[i];
    }

    int ld(int i) {
        return lds[i];
    }

    Transpose t(int i) {
        return flipped(i) ? Transpose.YES : Transpose.NO;
    }

    /// Operand i as the only item of an attention.
    Attention.Heads<Object> head(int i) {
        return new Attention.Heads<>(arrays[i], offsets[i], 0, 0, lds[i]);
    }

    /// Sets the only element of operand i.
    void result(int i, double value) {
        kernels().fill(arrays[i], offsets[i], 1, value);
    }

    /// Sets the elements of operand i, one per row.
    void results(int i, int[] values) {
        for (int r = 0; r < values.length; r++) {
            kernels().fill(arrays[i], offsets[i] + r * lds[i], 1, values[r]);
        }
    }

    /// The distance of two items of operand i that stand in it one below the other.
    int below(int i) {
        return Math.max(0, flipped(i) ? storedCols(i) / 2 : rows(i) / 2 * lds[i]);
    }

    /// The same of two items side by side.
    int beside(int i) {
        return flipped(i) ? cols(i) / 2 * lds[i] : cols(i) / 2;
    }

    /// The number of rows of which each has a largest element.
    int rowsWithElements() {
        return n == 0 ? 0 : m;
    }

    /// The numbers below n.
    int[] numbers(int n) {
        int[] numbers = indices(n);
        Arrays.setAll(numbers, i -> i);
        return numbers;
    }

    /// M numbers below K, the last of them K - 1.
    int[] index() {
        int[] index = new int[Math.max(0, m)];
        for (int r = 0; r < index.length; r++) {
            index[r] = r == m - 1 ? Math.max(0, k - 1) : Rng.of(5).below(r, Math.max(1, k));
        }
        return index;
    }

    /// The number of rows that [#index] can name.
    int picked() {
        return k == 0 ? 0 : m;
    }

    boolean isOfThisProvider() {
        return provided.isOfThisProvider();
    }

    /// Room for n indices.
    int[] indices(int n) {
        return new int[Math.max(0, n)];
    }
}
