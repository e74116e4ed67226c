package adjoint.autodiff;

import java.util.Arrays;

/// The labels of an equation for operands of given ranks: numbers 0 … 51 for `A … Z a … z`, and from 63 downwards for
/// the axes of an ellipsis, the last one first.
final class EinsumEquation {
    private static final int LAST = 63;
    private static final int MOST_ELLIPSIS_AXES = 12;

    private final String text;
    private int ellipsisAxes;
    /// The labels of each operand, one per axis.
    final int[][] inputs;
    /// The labels of the result.
    final int[] output;

    EinsumEquation(String text, Tensor[] operands) {
        this.text = text;
        int arrow = text.indexOf("->");
        String[] parts = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
        if (operands.length == 0 || parts.length != operands.length) {
            throw new IllegalArgumentException(name() + ": the equation is one of " + parts.length
                    + (parts.length == 1 ? " operand" : " operands") + ", got " + operands.length);
        }
        inputs = new int[parts.length][];
        for (int i = 0; i < parts.length; i++) {
            inputs[i] = operand(i, parts[i], operands[i].shape());
        }
        output = arrow < 0 ? implied() : named(text.substring(arrow + 2));
    }

    /// `einsum "ij,jk"`, for errors.
    String name() {
        return "einsum \"" + text + "\"";
    }

    static String name(int label) {
        return label < 26
                ? "" + (char) ('A' + label)
                : label < 52 ? "" + (char) ('a' + label - 26) : "axis " + (label - LAST - 1) + " of the ellipsis";
    }

    private int[] operand(int i, String part, Shape shape) {
        int letters = 0;
        boolean ellipsis = false;
        for (int c = 0; c < part.length(); c++) {
            if (isEllipsis(part, c)) {
                if (ellipsis) {
                    throw new IllegalArgumentException(name() + ": operand " + i + " has two ellipses");
                }
                ellipsis = true;
                c += 2;
            } else if (part.charAt(c) != ' ') {
                letters++;
            }
        }
        int left = shape.rank() - letters;
        if (left < 0 || left > 0 && !ellipsis) {
            throw new ShapeError(name() + ": operand " + i + " has " + letters
                    + (letters == 1 ? " label" : " labels") + " for the " + shape.rank()
                    + (shape.rank() == 1 ? " axis" : " axes") + " of shape " + shape
                    + (left < 0 ? "" : "; ... stands for the others"));
        }
        if (left > MOST_ELLIPSIS_AXES) {
            throw new ShapeError(name() + ": the ellipsis of operand " + i + " stands for " + left + " axes, more than "
                    + MOST_ELLIPSIS_AXES);
        }
        ellipsisAxes = Math.max(ellipsisAxes, left);
        return labels(part, left);
    }

    /// The labels of a part, whose ellipsis stands for `axes` axes.
    private int[] labels(String part, int axes) {
        int[] labels = new int[part.length() + axes];
        int n = 0;
        for (int c = 0; c < part.length(); c++) {
            if (isEllipsis(part, c)) {
                for (int k = axes; k > 0; k--) {
                    labels[n++] = LAST + 1 - k;
                }
                c += 2;
            } else if (part.charAt(c) != ' ') {
                labels[n++] = label(part.charAt(c));
            }
        }
        return Arrays.copyOf(labels, n);
    }

    private static boolean isEllipsis(String part, int c) {
        return part.startsWith("...", c);
    }

    private int label(char c) {
        if (c >= 'A' && c <= 'Z') {
            return c - 'A';
        }
        if (c >= 'a' && c <= 'z') {
            return c - 'a' + 26;
        }
        throw new IllegalArgumentException(
                name() + ": '" + c + "' is no label; those are a … z and A … Z, and ... for the other axes");
    }

    /// The ellipsis, and what occurs once.
    private int[] implied() {
        int[] count = new int[LAST + 1];
        for (int[] labels : inputs) {
            for (int label : labels) {
                count[label]++;
            }
        }
        int[] labels = new int[LAST + 1];
        int n = 0;
        for (int k = ellipsisAxes; k > 0; k--) {
            labels[n++] = LAST + 1 - k;
        }
        for (int label = 0; label < 52; label++) {
            if (count[label] == 1) {
                labels[n++] = label;
            }
        }
        return Arrays.copyOf(labels, n);
    }

    private int[] named(String part) {
        int[] labels = labels(part, ellipsisAxes);
        long known = 0;
        for (int[] operand : inputs) {
            known |= bits(operand);
        }
        long seen = 0;
        for (int label : labels) {
            if ((known >>> label & 1) == 0) {
                throw new IllegalArgumentException(
                        name() + ": label " + name(label) + " of the result is in no operand");
            }
            if ((seen >>> label & 1) == 1) {
                throw new IllegalArgumentException(name() + ": label " + name(label) + " is twice in the result");
            }
            seen |= 1L << label;
        }
        return labels;
    }

    /// The labels as a set.
    static long bits(int[] labels) {
        long bits = 0;
        for (int label : labels) {
            bits |= 1L << label;
        }
        return bits;
    }

    /// The length that each label stands for; an axis of length 1 serves any.
    int[] lengths(Tensor[] operands) {
        int[] length = new int[LAST + 1];
        int[] operand = new int[LAST + 1];
        int[] axis = new int[LAST + 1];
        Arrays.fill(length, 1);
        for (int i = 0; i < inputs.length; i++) {
            requireDiagonals(i, operands[i].shape());
            for (int d = 0; d < inputs[i].length; d++) {
                int label = inputs[i][d];
                int own = operands[i].dim(d);
                if (length[label] == 1) {
                    length[label] = own;
                    operand[label] = i;
                    axis[label] = d;
                } else if (own != 1 && own != length[label]) {
                    throw new ShapeError(name() + ": label " + name(label) + " has length " + length[label]
                            + " in operand " + operand[label] + " (axis " + axis[label] + " of "
                            + operands[operand[label]].shape() + ") and " + own + " in operand " + i + " (axis " + d
                            + " of " + operands[i].shape() + ")");
                }
            }
        }
        return length;
    }

    /// Axes with one label are as long as each other.
    private void requireDiagonals(int i, Shape shape) {
        for (int b = 1; b < inputs[i].length; b++) {
            for (int a = 0; a < b; a++) {
                if (inputs[i][a] == inputs[i][b] && shape.at(a) != shape.at(b)) {
                    throw new ShapeError(name() + ": label " + name(inputs[i][a]) + " stands for axes " + a + " and "
                            + b + " of operand " + i + ", which have different lengths, " + shape);
                }
            }
        }
    }
}
