package adjoint.autodiff;

import java.util.Arrays;

/// Sums of products in Einstein's notation: each axis of each operand has a letter, and the result has those behind the
/// arrow; over all others is summed.
///
/// ```
/// Einsum.of("ij,jk->ik", a, b)                       // a matrix product
/// Einsum.of("bhqd,bhkd->bhqk", q, k)                 // attention scores
/// Einsum.of("ii->i", a)                              // a diagonal
/// Einsum.of("...ij,...jk", a, b)                     // batches of matrices, broadcast
/// Einsum.of("bi,ijk,bj,kl->bl", x, core, y, w)       // any number of operands
/// ```
///
/// Without an arrow the result has the letters that occur once, in alphabetical order, behind the ellipsis. Axes of
/// length 1 broadcast. Which operands are multiplied first is what costs the fewest operations (up to eight operands;
/// of more, the pair that leaves the smallest result goes first). Equations are worked out once for operands of the
/// same shapes; gradients are those of the products and sums that they are made of.
public final class Einsum {
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private Einsum() {}

    /// The operands multiplied and summed as the equation says.
    ///
    /// @throws IllegalArgumentException for an equation that is none, or operands of different or integer dtypes
    /// @throws ShapeError if a letter stands for different lengths, or a shape has another number of axes than letters
    public static Tensor of(String equation, Tensor... operands) {
        for (int i = 0; i < operands.length; i++) {
            DType dtype = operands[i].dtype();
            if (!dtype.isFloating() || dtype != operands[0].dtype()) {
                throw new IllegalArgumentException("einsum \"" + equation + "\": operands must all be F32 or all F64,"
                        + " operand " + i + " is " + dtype + (i == 0 ? "" : ", operand 0 " + operands[0].dtype()));
            }
        }
        return EinsumPlan.of(equation, operands).run(operands);
    }

    static Tensor dot(Tensor x, Tensor y) {
        requireVectors("dot", x, y);
        if (x.size() != y.size()) {
            throw new ShapeError(
                    "dot: needs vectors of the same length, got shapes " + x.shape() + " and " + y.shape());
        }
        return of("i,i->", x, y);
    }

    static Tensor outer(Tensor x, Tensor y) {
        requireVectors("outer", x, y);
        return of("i,j->ij", x, y);
    }

    private static void requireVectors(String op, Tensor x, Tensor y) {
        if (x.rank() != 1 || y.rank() != 1) {
            throw new ShapeError(op + ": takes two vectors, got shapes " + x.shape() + " and " + y.shape());
        }
    }

    static Tensor inner(Tensor x, Tensor y) {
        return tensordot(x, y, new int[] {-1}, new int[] {-1});
    }

    static Tensor tensordot(Tensor x, Tensor y, int axes) {
        if (axes < 0 || axes > x.rank() || axes > y.rank()) {
            throw new ShapeError(
                    "tensordot: shapes " + x.shape() + " and " + y.shape() + " have no " + axes + " axes to sum over");
        }
        int[] last = new int[axes];
        int[] first = new int[axes];
        for (int k = 0; k < axes; k++) {
            last[k] = x.rank() - axes + k;
            first[k] = k;
        }
        return tensordot(x, y, last, first);
    }

    static Tensor tensordot(Tensor x, Tensor y, int[] axesOfX, int[] axesOfY) {
        if (axesOfX.length != axesOfY.length) {
            throw new ShapeError("tensordot: axes must be named in pairs, got " + Arrays.toString(axesOfX)
                    + " of shape " + x.shape() + " and " + Arrays.toString(axesOfY) + " of " + y.shape());
        }
        StringBuilder left = new StringBuilder(LETTERS.substring(0, x.rank()));
        StringBuilder right = new StringBuilder(LETTERS.substring(x.rank(), x.rank() + y.rank()));
        StringBuilder result = new StringBuilder(left).append(right);
        for (int k = 0; k < axesOfX.length; k++) {
            int a = x.shape().axis(axesOfX[k]);
            int b = y.shape().axis(axesOfY[k]);
            if (x.dim(a) != y.dim(b)) {
                throw new ShapeError("tensordot: axis " + axesOfX[k] + " of shape " + x.shape() + " has length "
                        + x.dim(a) + ", axis " + axesOfY[k] + " of " + y.shape() + " has " + y.dim(b));
            }
            int first = result.indexOf(left.substring(a, a + 1));
            int second = result.indexOf(right.substring(b, b + 1));
            if (first < 0 || second < 0) {
                throw new ShapeError("tensordot: axes " + Arrays.toString(axesOfX) + " of shape " + x.shape() + " and "
                        + Arrays.toString(axesOfY) + " of " + y.shape() + ": one is named twice");
            }
            result.deleteCharAt(second).deleteCharAt(first);
            right.setCharAt(b, left.charAt(a));
        }
        return of(left + "," + right + "->" + result, x, y);
    }
}
