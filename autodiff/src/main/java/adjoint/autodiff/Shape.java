package adjoint.autodiff;

import java.util.Arrays;

/// The lengths of a tensor's axes, `[2, 3]` for a matrix of two rows; `[]` is a scalar. Immutable.
///
/// Axes may be counted from the end: `dim(-1)` is the length of the last one.
public final class Shape {
    /// The shape of a scalar.
    public static final Shape SCALAR = new Shape(new int[0], 1);

    /// Shapes seen lately, by hash. A race loses an entry, never gives a wrong one: the fields are final.
    private static final Shape[] SEEN = new Shape[1 << 10];

    private final int[] dims;
    private final int size;

    private Shape(int[] dims, int size) {
        this.dims = dims;
        this.size = size;
    }

    /// The shape with the given axis lengths.
    ///
    /// @throws ShapeError if one is negative or the number of elements does not fit an `int`
    public static Shape of(int... dims) {
        return of(dims, dims.length);
    }

    /// The shape of the first `rank` entries of `dims`; allocates nothing when it has been asked for lately.
    static Shape of(int[] dims, int rank) {
        if (rank == 0) {
            return SCALAR;
        }
        int hash = rank;
        for (int i = 0; i < rank; i++) {
            hash = hash * 0x9E3779B1 + dims[i];
        }
        int slot = (hash ^ hash >>> 15) & SEEN.length - 1;
        Shape seen = SEEN[slot];
        if (seen != null && Arrays.equals(seen.dims, 0, seen.dims.length, dims, 0, rank)) {
            return seen;
        }
        Shape made = new Shape(Arrays.copyOf(dims, rank), sizeOf(dims, rank));
        SEEN[slot] = made;
        return made;
    }

    private static int sizeOf(int[] dims, int rank) {
        long size = 1;
        for (int i = 0; i < rank; i++) {
            if (dims[i] < 0) {
                throw new ShapeError("shape " + Arrays.toString(Arrays.copyOf(dims, rank)) + ": axis " + i
                        + " has the negative length " + dims[i]);
            }
            size *= dims[i];
            if (size > Integer.MAX_VALUE) {
                throw new ShapeError("shape " + Arrays.toString(Arrays.copyOf(dims, rank))
                        + " has more elements than an array can hold (" + Integer.MAX_VALUE + ")");
            }
        }
        return (int) size;
    }

    /// The number of axes.
    public int rank() {
        return dims.length;
    }

    /// The number of elements: the product of the axis lengths, 1 for a scalar.
    public int size() {
        return size;
    }

    /// The length of axis `axis`, which counts from the end when it is negative.
    ///
    /// @throws ShapeError if there is no such axis
    public int dim(int axis) {
        return dims[axis(axis)];
    }

    /// `axis` counted from the front, in `0 … rank-1`.
    ///
    /// @throws ShapeError if there is no such axis
    public int axis(int axis) {
        int rank = dims.length;
        if (axis < -rank || axis >= rank) {
            throw new ShapeError(
                    rank == 0
                            ? "a scalar has no axis " + axis
                            : "axis " + axis + " is out of range for shape " + this + ": it has axes " + -rank + " to "
                                    + (rank - 1));
        }
        return axis < 0 ? axis + rank : axis;
    }

    /// The axis lengths, in a new array.
    public int[] dims() {
        return dims.clone();
    }

    /// The axis lengths themselves, not to be written.
    int[] array() {
        return dims;
    }

    /// The length of axis `axis`, which is known to be in range.
    int at(int axis) {
        return dims[axis];
    }

    /// The shape without its first axis.
    Shape tail() {
        return of(Arrays.copyOfRange(dims, 1, dims.length));
    }

    /// This shape with an axis in front.
    Shape prepend(int length) {
        return of(new int[] {length}).append(this);
    }

    /// The axes of this shape and then those of the other.
    Shape append(Shape other) {
        int[] joined = Arrays.copyOf(dims, rank() + other.rank());
        System.arraycopy(other.dims, 0, joined, rank(), other.rank());
        return of(joined);
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof Shape that && Arrays.equals(dims, that.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /// `[2, 3]`.
    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
