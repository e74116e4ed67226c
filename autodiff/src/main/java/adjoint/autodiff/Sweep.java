package adjoint.autodiff;

import adjoint.linalg.Chain;
import adjoint.linalg.Parallel;
import adjoint.linalg.Precision;
import java.util.Arrays;

/// One run of a [Chain] over operands that broadcast to a common shape and lie at strides.
///
/// Neighbouring axes through which one stride leads in all operands are merged; the last two of what remains are the
/// rows and columns of a chain's run, the others are looped over. Element-wise sweeps merge all axes they can; sweeps
/// of rows keep the last axis, over which the chain reduces.
///
/// An operand whose elements along a row neither are neighbours nor repeat is copied first.
final class Sweep {
    /// Elements from which a sweep is shared among threads.
    private static final int PARALLEL = 1 << 16;

    private final Engine engine;

    /// How the elements of an operand lie.
    private enum Kind {
        /// As the tensor's strides say.
        TENSOR,
        /// One per element of the shape, in order.
        DENSE,
        /// One per row, in order.
        PER_ROW,
        /// One row for all rows.
        ROW,
        /// As given strides say.
        STRIDED
    }

    private Shape shape;
    /// Whether all operands so far are dense, so that strides need not be worked out.
    private boolean dense;
    private boolean byRows;
    private boolean repeats;
    private boolean serial;
    private int capacity = 8;
    private int operands;
    private final Object[] arrays = new Object[10];
    private final int[] offsets = new int[10];
    private final Kind[] kinds = new Kind[10];
    private final Tensor[] tensors = new Tensor[10];
    private final int[][] given = new int[10][];
    private int[][] strides = new int[10][8];
    private int scalars;
    private final double[] scalar = new double[8];
    private int counter;
    private final Storage[] temporary = new Storage[10];
    private int temporaries;

    private int rank;
    private int[] dims = new int[8];
    private int[] position = new int[8];

    /// Arguments of a run, by their number: a chain takes arrays of exactly as many.
    private final Object[][] arrayArguments = new Object[10][];
    private final int[][] offsetArguments = new int[10][];
    private final int[][] strideArguments = new int[10][];
    private final double[][] scalarArguments = new double[9][];

    Sweep(Engine engine) {
        this.engine = engine;
        for (int k = 0; k < arrayArguments.length; k++) {
            arrayArguments[k] = new Object[k];
            offsetArguments[k] = new int[k];
            strideArguments[k] = new int[k];
        }
        for (int k = 0; k < scalarArguments.length; k++) {
            scalarArguments[k] = new double[k];
        }
    }

    /// Starts an element-wise sweep over a shape.
    void elements(Shape shape) {
        start(shape, false, false);
    }

    /// Starts an element-wise sweep by a chain that has a variant for operands that repeat along the columns.
    void broadcast(Shape shape) {
        start(shape, false, true);
    }

    /// Starts a sweep over the rows of a shape, each as long as its last axis.
    void rows(Shape shape) {
        start(shape, true, false);
    }

    private void start(Shape shape, boolean byRows, boolean repeats) {
        this.repeats = repeats;
        this.shape = shape;
        this.byRows = byRows;
        dense = true;
        serial = false;
        operands = 0;
        scalars = 0;
        counter = -1;
        temporaries = 0;
        if (shape.rank() > capacity) {
            capacity = shape.rank();
            strides = new int[arrays.length][capacity];
            dims = new int[capacity];
            position = new int[capacity];
        }
    }

    /// The next array: a tensor that broadcasts to the shape.
    void add(Tensor tensor) {
        if (tensor.strides == null && tensor.shape() == shape) {
            addDense(tensor.array(), tensor.offset);
        } else if (byRows && dense && tensor.strides == null && isRow(tensor.shape())) {
            operand(Kind.ROW, tensor.array(), tensor.offset);
        } else {
            dense = false;
            Tensor usable = isUsable(tensor) ? tensor : dense(tensor);
            tensors[operands] = usable;
            operand(Kind.TENSOR, usable.array(), usable.offset);
        }
    }

    /// The next array: one element per element of the shape, in row-major order.
    void addDense(Object array, int offset) {
        operand(Kind.DENSE, array, offset);
    }

    /// The next array: one element per element of the shape, at the given strides; that of the last axis is 1.
    void addStrided(Object array, int offset, int[] at) {
        dense = false;
        given[operands] = at;
        operand(Kind.STRIDED, array, offset);
    }

    /// The next array: one entry per row, in row-major order of the rows.
    void addPerRow(Object array, int offset) {
        operand(Kind.PER_ROW, array, offset);
    }

    /// The next array: one row that all rows add to, in their order.
    void addColumnSums(Object array, int offset) {
        serial = true;
        operand(Kind.ROW, array, offset);
    }

    private void operand(Kind kind, Object array, int offset) {
        kinds[operands] = kind;
        arrays[operands] = array;
        offsets[operands++] = offset;
    }

    private boolean isRow(Shape row) {
        return row.rank() == 1 && shape.rank() > 0 && row.at(0) == shape.at(shape.rank() - 1);
    }

    /// Whether neighbours along the columns lie beside each other, or repeat where the chain allows it.
    private boolean isUsable(Tensor tensor) {
        int gap = shape.rank() - tensor.rank();
        int last = lastAxis();
        if (last < gap || last < 0 || tensor.shape().at(last - gap) == 1) {
            return true;
        }
        int stride = Layout.stride(tensor, last - gap);
        return stride == 1 || stride == 0 && repeats;
    }

    /// The axis along which a chain's columns will run: the last one longer than 1.
    private int lastAxis() {
        int last = shape.rank() - 1;
        if (!byRows) {
            while (last >= 0 && shape.at(last) == 1) {
                last--;
            }
        }
        return last;
    }

    private Tensor dense(Tensor tensor) {
        Tensor copy = engine.dense(tensor);
        temporary[temporaries++] = copy.storage;
        return copy;
    }

    /// Writes the strides of an operand, 0 for axes along which it repeats.
    private void place(int k) {
        int[] to = strides[k];
        int rank = shape.rank();
        switch (kinds[k]) {
            case TENSOR -> {
                Tensor tensor = tensors[k];
                int gap = rank - tensor.rank();
                int stride = 1;
                for (int d = rank - 1; d >= 0; d--) {
                    int length = d < gap ? 1 : tensor.shape().at(d - gap);
                    to[d] = length == 1 ? 0 : tensor.strides == null ? stride : tensor.strides[d - gap];
                    stride *= length;
                }
            }
            case DENSE -> placeDense(to, rank);
            case PER_ROW -> {
                placeDense(to, Math.max(0, rank - 1));
                if (rank > 0) {
                    to[rank - 1] = 0;
                }
            }
            case ROW -> {
                Arrays.fill(to, 0, rank, 0);
                if (rank > 0) {
                    to[rank - 1] = 1;
                }
            }
            case STRIDED -> System.arraycopy(given[k], 0, to, 0, rank);
        }
    }

    private void placeDense(int[] to, int axes) {
        int stride = 1;
        for (int d = axes - 1; d >= 0; d--) {
            to[d] = shape.at(d) == 1 ? 0 : stride;
            stride *= shape.at(d);
        }
    }

    /// The next scalar.
    void scalar(double value) {
        scalar[scalars++] = value;
    }

    /// The next three scalars: key and counter of a uniform draw, which is the element's number in row-major order.
    void draws(int key0, int key1) {
        scalar(key0);
        scalar(key1);
        counter = scalars;
        scalar(0);
    }

    /// Settles rows and columns. Bit `k` of the result is set if array `k` has the same element in all columns.
    int plan() {
        if (dense) {
            planDense();
            return 0;
        }
        for (int k = 0; k < operands; k++) {
            place(k);
        }
        rank = 0;
        int last = byRows ? shape.rank() - 1 : shape.rank();
        for (int d = 0; d < last; d++) {
            if (shape.at(d) == 1) {
                continue;
            }
            if (rank > 0 && leadsThrough(d)) {
                dims[rank - 1] *= shape.at(d);
            } else {
                dims[rank++] = shape.at(d);
            }
            move(d, rank - 1);
        }
        if (byRows) {
            dims[rank++] = shape.rank() == 0 ? 1 : shape.at(last);
            if (shape.rank() > 0) {
                move(last, rank - 1);
            }
        }
        int repeating = 0;
        if (repeats && rank > 0) {
            for (int k = 0; k < operands; k++) {
                repeating |= strides[k][rank - 1] == 0 ? 1 << k : 0;
            }
        }
        return repeating;
    }

    /// Without gaps all elements are one row, or all rows one matrix.
    private void planDense() {
        int cols = !byRows ? shape.size() : shape.rank() == 0 ? 1 : shape.at(shape.rank() - 1);
        rank = byRows ? 2 : 1;
        dims[rank - 1] = cols;
        if (byRows) {
            dims[0] = 1;
            for (int d = 0; d < shape.rank() - 1; d++) {
                dims[0] *= shape.at(d);
            }
        }
        for (int k = 0; k < operands; k++) {
            strides[k][rank - 1] = kinds[k] == Kind.PER_ROW ? 0 : 1;
            if (byRows) {
                strides[k][0] = kinds[k] == Kind.DENSE ? cols : kinds[k] == Kind.PER_ROW ? 1 : 0;
            }
        }
    }

    private boolean leadsThrough(int d) {
        for (int k = 0; k < operands; k++) {
            if (strides[k][rank - 1] != strides[k][d] * shape.at(d)) {
                return false;
            }
        }
        return true;
    }

    private void move(int from, int to) {
        for (int k = 0; k < operands; k++) {
            strides[k][to] = strides[k][from];
        }
    }

    /// Runs the chain, whose arguments are those added, and lets go of them.
    void run(Precision precision, Chain chain) {
        int cols = rank == 0 ? 1 : dims[rank - 1];
        int rows = rank < 2 ? 1 : dims[rank - 2];
        if (shape.size() > 0 || byRows && hasRows()) {
            if (rank > 2) {
                runPlanes(precision, chain, rows, cols);
            } else if (serial || (long) rows * cols < PARALLEL || Parallel.threads() == 1) {
                runBlock(this, precision, chain, 0, rows, 0, cols, 0);
            } else {
                runShared(precision, chain, rows, cols);
            }
        }
        forget();
        while (temporaries > 0) {
            engine.dropTemporary(temporary[--temporaries]);
            temporary[temporaries] = null;
        }
    }

    private void forget() {
        for (int k = 0; k < operands; k++) {
            arrays[k] = null;
            tensors[k] = null;
            given[k] = null;
            arrayArguments[operands][k] = null;
        }
        shape = null;
    }

    /// Rows without columns still have sums.
    private boolean hasRows() {
        for (int d = 0; d < rank - 1; d++) {
            if (dims[d] == 0) {
                return false;
            }
        }
        return true;
    }

    private void runShared(Precision precision, Chain chain, int rows, int cols) {
        if (rows == 1 && !byRows) {
            Parallel.range(
                    cols,
                    PARALLEL / 2,
                    (from, to) -> runBlock(Engine.ofThread().sweep, precision, chain, 0, 1, from, to - from, from));
        } else {
            int grain = Math.max(1, PARALLEL / 2 / Math.max(1, cols));
            Parallel.range(
                    rows,
                    grain,
                    (from, to) -> runBlock(
                            Engine.ofThread().sweep, precision, chain, from, to - from, 0, cols, (long) from * cols));
        }
    }

    /// Runs the chain for each position of the axes before the last two.
    private void runPlanes(Precision precision, Chain chain, int rows, int cols) {
        int outer = rank - 2;
        Arrays.fill(position, 0, outer, 0);
        long drawn = 0;
        while (true) {
            runBlock(this, precision, chain, 0, rows, 0, cols, drawn);
            drawn += (long) rows * cols;
            int d = outer - 1;
            while (d >= 0 && ++position[d] == dims[d]) {
                for (int k = 0; k < operands; k++) {
                    offsets[k] -= (dims[d] - 1) * strides[k][d];
                }
                position[d--] = 0;
            }
            if (d < 0) {
                return;
            }
            for (int k = 0; k < operands; k++) {
                offsets[k] += strides[k][d];
            }
        }
    }

    /// One run of the chain with the argument arrays of `scratch`, which belongs to the running thread.
    private void runBlock(
            Sweep scratch, Precision precision, Chain chain, int row, int rows, int col, int cols, long drawn) {
        Object[] a = scratch.arrayArguments[operands];
        int[] o = scratch.offsetArguments[operands];
        int[] s = scratch.strideArguments[operands];
        for (int k = 0; k < operands; k++) {
            int rowStride = rank < 2 ? 0 : strides[k][rank - 2];
            int colStride = rank == 0 ? 0 : strides[k][rank - 1];
            a[k] = arrays[k];
            o[k] = offsets[k] + row * rowStride + col * colStride;
            s[k] = rowStride;
        }
        double[] x = scratch.scalarArguments[scalars];
        System.arraycopy(scalar, 0, x, 0, scalars);
        if (counter >= 0) {
            x[counter] = drawn;
        }
        chain.run(precision, rows, cols, a, o, s, x);
    }
}
