package adjoint.autodiff;

/// Shapes that do not fit an operation. The message names the operation, the shapes, the axis where they part and,
/// where one can be guessed, what was probably meant.
public final class ShapeError extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public ShapeError(String message) {
        super(message);
    }

    /// Shapes that part at the `fromEnd`-th axis counted from the end.
    static ShapeError broadcast(String op, Shape a, Shape b, int fromEnd) {
        int x = a.at(a.rank() - fromEnd);
        int y = b.at(b.rank() - fromEnd);
        String text = op + ": shapes " + a + " and " + b + " do not broadcast: axis -" + fromEnd + " has length " + x
                + " on the left and " + y + " on the right";
        return new ShapeError(text + hint(a, b));
    }

    /// A missing axis of length 1 or a transposed argument are what such errors mostly come from.
    private static String hint(Shape a, Shape b) {
        Shape shorter = a.rank() < b.rank() ? a : b;
        Shape longer = a.rank() < b.rank() ? b : a;
        if (shorter.rank() < longer.rank() && prefix(shorter, longer)) {
            return "; did you mean to add trailing axes to " + shorter + " with unsqueeze(-1)?";
        }
        if (a.rank() == 2 && b.rank() == 2 && a.at(0) == b.at(1) && a.at(1) == b.at(0)) {
            return "; did you mean to transpose one of them?";
        }
        return "; lengths must be equal, or one of them 1";
    }

    private static boolean prefix(Shape shorter, Shape longer) {
        for (int d = 0; d < shorter.rank(); d++) {
            if (shorter.at(d) != longer.at(d)) {
                return false;
            }
        }
        return true;
    }
}
