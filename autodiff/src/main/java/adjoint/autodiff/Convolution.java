package adjoint.autodiff;

import adjoint.autodiff.Patches.Axis;
import adjoint.autodiff.Patches.Geometry;

/// Convolution of sequences `[batch, channels, length]` and images `[batch, channels, rows, cols]`, and its transpose.
///
/// ```
/// y[n, o, p] = Σ_c,k w[o, c, k]·x[n, c, p·stride − padding + k·dilation] + bias[o]
/// ```
///
/// with 0 outside of x (a cross-correlation, as in all libraries of the field). With groups, input and output channels
/// fall into as many parts of neighbours, of which each sees its own alone; as many groups as channels is depthwise.
///
/// ```
/// Tensor y = Convolution.conv2d(x, w, bias, new Convolution.Steps(2, 1, 1), 1);
/// ```
///
/// O(batch·positions·out·(in/groups)·window) time. Patches of the input are made in chunks: memory beside the result is
/// bounded. Differentiable to any order in all tensors.
public final class Convolution {
    private Convolution() {}

    /// How a window moves along an axis, and how far its elements are apart.
    ///
    /// @param stride from one position to the next, at least 1
    /// @param padding zeros in front of the axis and behind it
    /// @param dilation from one element to the next, at least 1
    public record Steps(int stride, int padding, int dilation) {
        /// One by one, without padding.
        public static final Steps ONE = new Steps(1, 0, 1);

        /// @throws IllegalArgumentException if a number is too small
        public Steps {
            if (stride < 1 || padding < 0 || dilation < 1) {
                throw new IllegalArgumentException("stride and dilation must be ≥ 1, padding ≥ 0, got stride " + stride
                        + ", padding " + padding + ", dilation " + dilation);
            }
        }

        /// The length of a window.
        long extent(int kernel) {
            return dilation * (kernel - 1L) + 1;
        }

        Axis over(String op, String axis, int in, int kernel) {
            long room = in + 2L * padding - extent(kernel);
            if (kernel < 1 || room < 0) {
                throw new ShapeError(op + ": a window of " + kernel + " with dilation " + dilation + " does not fit "
                        + axis + " of length " + in + " with padding " + padding);
            }
            return new Axis(in, Math.toIntExact(room / stride + 1), kernel, stride, padding, dilation);
        }

        /// The axis that leads to one of length `out`.
        Axis transposed(String op, String axis, int out, int kernel, int extra) {
            long in = (out - 1L) * stride - 2L * padding + extent(kernel) + extra;
            if (kernel < 1 || out < 1 || in < 1) {
                throw new ShapeError(op + ": a window of " + kernel + " with " + this + " makes nothing of " + axis
                        + " of length " + out);
            }
            if (extra < 0 || extra >= Math.max(stride, dilation)) {
                throw new IllegalArgumentException(op + ": the output padding must be ≥ 0 and smaller than stride or"
                        + " dilation, got " + extra + " for " + this);
            }
            return new Axis(Math.toIntExact(in), out, kernel, stride, padding, dilation);
        }
    }

    /// Of sequences: x `[batch, in, length]`, w `[out, in/groups, window]`, bias `[out]` or null, to `[batch, out,
    /// (length + 2·padding − dilation·(window − 1) − 1)/stride + 1]`.
    ///
    /// @throws ShapeError if the shapes do not fit each other, or the window does not fit the sequence
    public static Tensor conv1d(Tensor x, Tensor w, Tensor bias, Steps steps, int groups) {
        check("conv1d", x, w, bias, 3, groups, false);
        Axis cols = steps.over("conv1d", "an axis", x.dim(2), w.dim(2));
        Geometry geometry = new Geometry(Steps.ONE.over("conv1d", "rows", 1, 1), cols, groups);
        Tensor y = Engine.run(Convolutions.CONVOLUTION, geometry, x.unsqueeze(2), w.unsqueeze(2));
        return plus(y.squeeze(2), bias);
    }

    /// Of images, with the same steps along rows and columns.
    ///
    /// @throws ShapeError as [#conv2d(Tensor, Tensor, Tensor, Steps, Steps, int)]
    public static Tensor conv2d(Tensor x, Tensor w, Tensor bias, Steps steps, int groups) {
        return conv2d(x, w, bias, steps, steps, groups);
    }

    /// Of images: x `[batch, in, rows, cols]`, w `[out, in/groups, window, window]`, bias `[out]` or null; lengths of
    /// the result as in [#conv1d].
    ///
    /// @param down how the window moves over the rows
    /// @param along how it moves along each row
    /// @throws ShapeError if the shapes do not fit each other, or the window does not fit the image
    public static Tensor conv2d(Tensor x, Tensor w, Tensor bias, Steps down, Steps along, int groups) {
        check("conv2d", x, w, bias, 4, groups, false);
        Geometry geometry = new Geometry(
                down.over("conv2d", "rows", x.dim(2), w.dim(2)),
                along.over("conv2d", "columns", x.dim(3), w.dim(3)),
                groups);
        return plus(Engine.run(Convolutions.CONVOLUTION, geometry, x, w), bias);
    }

    /// The transpose of [#conv1d] in x: x `[batch, in, length]`, w `[in, out/groups, window]`, to `[batch, out,
    /// (length − 1)·stride − 2·padding + dilation·(window − 1) + outputPadding + 1]`.
    ///
    /// @param outputPadding which of the lengths that conv1d would map to `length` it is to be
    /// @throws ShapeError if the shapes do not fit each other
    public static Tensor transposed1d(Tensor x, Tensor w, Tensor bias, Steps steps, int outputPadding, int groups) {
        check("transposed1d", x, w, bias, 3, groups, true);
        Axis cols = steps.transposed("transposed1d", "an axis", x.dim(2), w.dim(2), outputPadding);
        Geometry geometry = new Geometry(Steps.ONE.over("transposed1d", "rows", 1, 1), cols, groups);
        Tensor y = Engine.run(Convolutions.CONVOLUTION_INPUT, geometry, x.unsqueeze(2), w.unsqueeze(2));
        return plus(y.squeeze(2), bias);
    }

    /// As [#transposed2d(Tensor, Tensor, Tensor, Steps, Steps, int, int, int)], the same along both axes.
    public static Tensor transposed2d(Tensor x, Tensor w, Tensor bias, Steps steps, int outputPadding, int groups) {
        return transposed2d(x, w, bias, steps, steps, outputPadding, outputPadding, groups);
    }

    /// The transpose of [#conv2d] in x: x `[batch, in, rows, cols]`, w `[in, out/groups, window, window]`; lengths of
    /// the result as in [#transposed1d].
    ///
    /// @throws ShapeError if the shapes do not fit each other
    public static Tensor transposed2d(
            Tensor x, Tensor w, Tensor bias, Steps down, Steps along, int extraRows, int extraCols, int groups) {
        check("transposed2d", x, w, bias, 4, groups, true);
        Geometry geometry = new Geometry(
                down.transposed("transposed2d", "rows", x.dim(2), w.dim(2), extraRows),
                along.transposed("transposed2d", "columns", x.dim(3), w.dim(3), extraCols),
                groups);
        return plus(Engine.run(Convolutions.CONVOLUTION_INPUT, geometry, x, w), bias);
    }

    /// The windows of images as columns: x `[batch, channels, rows, cols]` to `[batch, channels·window, positions]`, a
    /// window being of `rows` × `cols` elements.
    ///
    /// @throws ShapeError if x is no batch of images, or the window does not fit
    public static Tensor unfold(Tensor x, int rows, int cols, Steps down, Steps along) {
        requireRank("unfold", x, 4);
        Geometry geometry = new Geometry(
                down.over("unfold", "rows", x.dim(2), rows), along.over("unfold", "columns", x.dim(3), cols), 1);
        return Engine.run(Convolutions.UNFOLD, geometry, x);
    }

    /// The transpose of [#unfold]: adds up columns `[batch, channels·window, positions]` to images of `height` ×
    /// `width`.
    ///
    /// @throws ShapeError if there are not as many columns, or not as many elements in them, as unfold would make
    public static Tensor fold(Tensor columns, int height, int width, int rows, int cols, Steps down, Steps along) {
        requireRank("fold", columns, 3);
        Geometry geometry =
                new Geometry(down.over("fold", "rows", height, rows), along.over("fold", "columns", width, cols), 1);
        if (columns.dim(1) % geometry.window() != 0 || columns.dim(2) != geometry.outputSize()) {
            throw new ShapeError("fold: images of " + height + " × " + width + " in windows of " + rows + " × " + cols
                    + " need [batch, channels·" + geometry.window() + ", " + geometry.outputSize() + "], got "
                    + columns.shape());
        }
        return Engine.run(Convolutions.FOLD, geometry, columns);
    }

    private static Tensor plus(Tensor y, Tensor bias) {
        if (bias == null) {
            return y;
        }
        return y.add(y.rank() == 3 ? bias.reshape(-1, 1) : bias.reshape(-1, 1, 1));
    }

    static void requireRank(String op, Tensor x, int rank) {
        if (x.rank() != rank) {
            String axes = rank == 3 ? "[batch, channels, length]" : "[batch, channels, rows, cols]";
            throw new ShapeError(op + ": x must be " + axes + ", got " + x.shape());
        }
    }

    private static void check(String op, Tensor x, Tensor w, Tensor bias, int rank, int groups, boolean transposed) {
        requireRank(op, x, rank);
        if (groups < 1) {
            throw new IllegalArgumentException(op + ": the number of groups must be ≥ 1, got " + groups);
        }
        boolean fits = w.rank() == rank;
        if (fits && transposed) {
            fits = w.dim(0) == x.dim(1) && x.dim(1) % groups == 0;
        } else if (fits) {
            fits = (long) w.dim(1) * groups == x.dim(1) && w.dim(0) % groups == 0;
        }
        if (!fits) {
            String expected = transposed ? "[in, out/groups, window]" : "[out, in/groups, window]";
            throw new ShapeError(op + ": x of shape " + x.shape() + " and w of shape " + w.shape() + " with " + groups
                    + (groups == 1 ? " group: w must be " : " groups: w must be ") + expected
                    + ", a window having as many axes as x behind its channels");
        }
        int out = transposed ? w.dim(1) * groups : w.dim(0);
        if (bias != null && (bias.rank() != 1 || bias.dim(0) != out)) {
            throw new ShapeError(
                    op + ": bias must have shape [" + out + "] for w of shape " + w.shape() + ", got " + bias.shape());
        }
    }
}
