package adjoint.autodiff;

/// What [Tensor#index] takes of one axis. Positions count from the end when they are negative, as in Python.
///
/// ```
/// x.index(Index.at(3), Index.all(), Index.range(1, 5, 2))     // x[3, :, 1:5:2]
/// x.index(Index.rest(), Index.every(-1), Index.newAxis())     // x[..., ::-1, None]
/// x.index(Index.of(0, 2, 2))                                  // x[[0, 2, 2]]
/// ```
public sealed interface Index {

    /// One position; the axis is dropped.
    static Index at(int position) {
        return new At(position);
    }

    /// The whole axis.
    static Index all() {
        return Range.ALL;
    }

    /// `from:to`; what lies outside the axis is left out.
    static Index range(int from, int to) {
        return new Range(from, to, 1);
    }

    /// `from:to:step`; what lies outside the axis is left out.
    ///
    /// @throws IllegalArgumentException if the step is 0
    static Index range(int from, int to, int step) {
        return new Range(from, to, step);
    }

    /// `from:`.
    static Index from(int from) {
        return new Range(from, null, 1);
    }

    /// `:to`.
    static Index to(int to) {
        return new Range(null, to, 1);
    }

    /// `::step`; −1 turns the axis around.
    ///
    /// @throws IllegalArgumentException if the step is 0
    static Index every(int step) {
        return new Range(null, null, step);
    }

    /// These positions, in this order, repeats allowed. Several of them in one call each take of their own axis.
    static Index of(int... positions) {
        return new Positions(positions.clone());
    }

    /// A new axis of length 1.
    static Index newAxis() {
        return New.AXIS;
    }

    /// `...`: all axes that the other entries leave over. Without it they come last.
    static Index rest() {
        return Rest.AXES;
    }

    /// One position.
    record At(int position) implements Index {}

    /// Positions at one distance; null stands for the end of the axis.
    record Range(Integer from, Integer to, int step) implements Index {
        private static final Range ALL = new Range(null, null, 1);

        public Range {
            if (step == 0) {
                throw new IllegalArgumentException("index: the step of a range must not be 0");
            }
        }

        /// The positions in an axis of the given length.
        Views.Range within(int axis, int length) {
            int lowest = step > 0 ? 0 : -1;
            int highest = step > 0 ? length : length - 1;
            int first = from == null ? step > 0 ? lowest : highest : clamp(from, length, lowest, highest);
            int end = to == null ? step > 0 ? highest : lowest : clamp(to, length, lowest, highest);
            return Views.Range.of(axis, first, end, step, length);
        }

        private static int clamp(int position, int length, int lowest, int highest) {
            return Math.clamp(position < 0 ? (long) position + length : position, lowest, highest);
        }
    }

    /// Positions in any order.
    record Positions(int[] positions) implements Index {}

    /// A new axis.
    enum New implements Index {
        AXIS
    }

    /// All axes left over.
    enum Rest implements Index {
        AXES
    }
}
