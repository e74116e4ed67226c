package adjoint.autodiff;

import adjoint.autodiff.Index.At;
import adjoint.autodiff.Index.New;
import adjoint.autodiff.Index.Positions;
import adjoint.autodiff.Index.Range;
import adjoint.autodiff.Index.Rest;

/// NumPy's indexing, entry by entry, as slices and takes.
final class Indexing {
    private Indexing() {}

    /// `x` at these entries.
    static Tensor apply(Tensor x, Index[] entries) {
        int used = 0;
        boolean rest = false;
        for (Index entry : entries) {
            used += entry instanceof New || entry instanceof Rest ? 0 : 1;
            if (entry instanceof Rest) {
                if (rest) {
                    throw new IllegalArgumentException("index: rest() may stand only once");
                }
                rest = true;
            }
        }
        if (used > x.rank()) {
            throw new ShapeError("index: shape " + x.shape() + " has " + x.rank() + " axes, got entries for " + used);
        }
        Tensor result = x;
        int axis = 0;
        for (Index entry : entries) {
            switch (entry) {
                case At(int position) -> result = result.select(axis, within(position, result, axis));
                case Range range -> result = Views.slice(result, range.within(axis, result.dim(axis++)));
                case Positions(int[] positions) -> result = result.take(within(positions, result, axis), axis++);
                case New _ -> result = result.unsqueeze(axis++);
                case Rest _ -> axis += x.rank() - used;
            }
        }
        return result;
    }

    private static int[] within(int[] positions, Tensor x, int axis) {
        int[] from = new int[positions.length];
        for (int i = 0; i < from.length; i++) {
            from[i] = within(positions[i], x, axis);
        }
        return from;
    }

    private static int within(int position, Tensor x, int axis) {
        int length = x.dim(axis);
        if (position < -length || position >= length) {
            throw new IndexOutOfBoundsException("index: position " + position + " is outside axis " + axis
                    + " of length " + length + " (shape " + x.shape() + ")");
        }
        return position < 0 ? position + length : position;
    }
}
