package adjoint.autodiff;

import java.util.Locale;

/// Tensors as NumPy prints arrays: nested brackets, common column width, the middle of large ones left out; then dtype
/// and shape.
///
/// ```
/// [[1.0, 2.0],
///  [3.0, 4.5]] F32[2, 2]
/// ```
final class TensorText {
    /// Larger tensors are shortened.
    private static final int LARGE = 1000;

    /// How many positions at either end of an axis are shown then.
    private static final int EDGE = 3;

    private final Tensor tensor;
    private final boolean shortened;
    private final StringBuilder text = new StringBuilder();
    private boolean scientific;
    private int decimals = 1;
    private int width;

    private TensorText(Tensor tensor) {
        this.tensor = tensor;
        shortened = tensor.size() > LARGE;
    }

    static String of(Tensor tensor) {
        TensorText printer = new TensorText(tensor);
        if (tensor.storage.level != null) {
            return tensor.dtype() + "" + tensor.shape() + " of each of " + tensor.storage.level.size + " examples";
        }
        if (!tensor.isAlive()) {
            return "closed " + tensor.dtype() + tensor.shape();
        }
        printer.chooseFormat();
        printer.axis(0, tensor.offset);
        return printer.text
                .append(' ')
                .append(tensor.dtype())
                .append(tensor.shape())
                .toString();
    }

    private void chooseFormat() {
        if (tensor.dtype().isFloating()) {
            double[] range = {Double.POSITIVE_INFINITY, 0};
            visit(0, tensor.offset, value -> {
                if (value != 0 && Double.isFinite(value)) {
                    range[0] = Math.min(range[0], Math.abs(value));
                    range[1] = Math.max(range[1], Math.abs(value));
                }
            });
            scientific = range[1] >= 1e8 || range[1] > 0 && (range[0] < 1e-4 || range[1] / range[0] > 1e7);
            visit(0, tensor.offset, value -> decimals = Math.max(decimals, decimals(value)));
        }
        visit(0, tensor.offset, value -> width = Math.max(width, format(value).length()));
    }

    /// The decimals that a value needs, 1 to 4.
    private static int decimals(double value) {
        if (!Double.isFinite(value)) {
            return 1;
        }
        double ten4 = Math.rint(Math.abs(value) * 1e4);
        return ten4 % 1000 == 0 ? 1 : ten4 % 100 == 0 ? 2 : ten4 % 10 == 0 ? 3 : 4;
    }

    private String format(double value) {
        if (!tensor.dtype().isFloating()) {
            return Long.toString((long) value);
        }
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }
        return String.format(Locale.ROOT, scientific ? "%.4e" : "%." + decimals + "f", value);
    }

    private interface Visitor {
        void visit(double value);
    }

    /// Calls the visitor with all values that are shown.
    private void visit(int d, int at, Visitor visitor) {
        if (d == tensor.rank()) {
            visitor.visit(Tensor.element(tensor.array(), at));
            return;
        }
        int length = tensor.dim(d);
        int stride = Layout.stride(tensor, d);
        for (int i = 0; i < length; i++) {
            if (!isLeftOut(i, length)) {
                visit(d + 1, at + i * stride, visitor);
            }
        }
    }

    private boolean isLeftOut(int i, int length) {
        return shortened && length > 2 * EDGE && i >= EDGE && i < length - EDGE;
    }

    private void axis(int d, int at) {
        if (d == tensor.rank()) {
            String value = format(Tensor.element(tensor.array(), at));
            text.append(" ".repeat(width - value.length())).append(value);
            return;
        }
        int length = tensor.dim(d);
        int stride = Layout.stride(tensor, d);
        text.append('[');
        for (int i = 0; i < length; i++) {
            if (i > 0) {
                separator(d);
            }
            if (isLeftOut(i, length)) {
                text.append("...");
                i = length - EDGE - 1;
            } else {
                axis(d + 1, at + i * stride);
            }
        }
        text.append(']');
    }

    private void separator(int d) {
        int inner = tensor.rank() - 1 - d;
        if (inner == 0) {
            text.append(", ");
        } else {
            text.append(',').append("\n".repeat(inner)).append(" ".repeat(d + 1));
        }
    }
}
