package adjoint.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Shape operations that are compositions of views, and tensors with a pattern.
final class Arrangements {
    private Arrangements() {}

    static Tensor moveAxis(Tensor x, int from, int to) {
        int source = x.shape().axis(from);
        int target = x.shape().axis(to);
        if (source == target) {
            return x;
        }
        int[] axes = new int[x.rank()];
        int next = 0;
        for (int d = 0; d < axes.length; d++) {
            next += next == source ? 1 : 0;
            axes[d] = d == target ? source : next++;
        }
        return x.permute(axes);
    }

    static Tensor flatten(Tensor x, int first, int last) {
        int from = x.shape().axis(first);
        int to = x.shape().axis(last);
        if (from > to) {
            throw new ShapeError("flatten: axis " + first + " of shape " + x.shape() + " comes after axis " + last);
        }
        int[] dims = new int[x.rank() - (to - from)];
        for (int d = 0; d < dims.length; d++) {
            dims[d] = x.dim(d <= from ? d : d + to - from);
        }
        for (int d = from + 1; d <= to; d++) {
            dims[from] *= x.dim(d);
        }
        return x.reshape(Shape.of(dims));
    }

    static Tensor unflatten(Tensor x, int axis, int[] lengths) {
        int at = x.shape().axis(axis);
        int length = x.dim(at);
        int[] parts = Layout.complete(lengths, length);
        if (parts == null) {
            throw new ShapeError("unflatten: axis " + axis + " of shape " + x.shape() + " has length " + length
                    + ", which is no product " + Arrays.toString(lengths));
        }
        int[] dims = new int[x.rank() - 1 + parts.length];
        System.arraycopy(x.shape().array(), 0, dims, 0, at);
        System.arraycopy(parts, 0, dims, at, parts.length);
        System.arraycopy(x.shape().array(), at + 1, dims, at + parts.length, x.rank() - 1 - at);
        return x.reshape(Shape.of(dims));
    }

    static List<Tensor> split(Tensor x, int axis, int[] lengths) {
        long total = 0;
        for (int length : lengths) {
            total += length < 0 ? Integer.MAX_VALUE : length;
        }
        if (total != x.dim(axis)) {
            throw new ShapeError("split: lengths " + Arrays.toString(lengths) + " do not fill axis " + axis
                    + " of shape " + x.shape() + ", which has length " + x.dim(axis));
        }
        List<Tensor> parts = new ArrayList<>();
        int from = 0;
        for (int length : lengths) {
            parts.add(x.slice(axis, from, from + length));
            from += length;
        }
        return parts;
    }

    static List<Tensor> chunk(Tensor x, int axis, int count) {
        int length = x.dim(axis);
        if (count < 1) {
            throw new IllegalArgumentException("chunk: needs at least one part, got " + count);
        }
        int each = Math.ceilDiv(length, count);
        int parts = each == 0 ? count : Math.ceilDiv(length, each);
        int[] lengths = new int[parts];
        Arrays.fill(lengths, each);
        lengths[parts - 1] = length - (parts - 1) * each;
        return split(x, axis, lengths);
    }

    static Tensor flip(Tensor x, int[] axes) {
        boolean[] flipped = new boolean[x.rank()];
        Arrays.fill(flipped, axes.length == 0);
        for (int axis : axes) {
            int d = x.shape().axis(axis);
            if (flipped[d]) {
                throw new ShapeError("flip: axis " + axis + " of shape " + x.shape() + " is named twice");
            }
            flipped[d] = true;
        }
        int[] counted = new int[x.rank()];
        int n = 0;
        for (int d = 0; d < flipped.length; d++) {
            if (flipped[d]) {
                counted[n++] = d;
            }
        }
        return Engine.run(Views.FLIP, Arrays.copyOf(counted, n), x);
    }

    static Tensor roll(Tensor x, int axis, int shift) {
        int length = x.dim(axis);
        int split = length == 0 ? 0 : Math.floorMod(-(long) shift, length);
        return split == 0 ? x : Tensor.concat(axis, x.slice(axis, split, length), x.slice(axis, 0, split));
    }

    static Tensor tile(Tensor x, int[] times) {
        int rank = Math.max(x.rank(), times.length);
        int[] apart = new int[2 * rank];
        int[] repeated = new int[2 * rank];
        int[] joined = new int[rank];
        for (int d = 0; d < rank; d++) {
            int own = d - (rank - x.rank());
            int given = d - (rank - times.length);
            apart[2 * d] = 1;
            apart[2 * d + 1] = own < 0 ? 1 : x.dim(own);
            repeated[2 * d] = given < 0 ? 1 : times[given];
            repeated[2 * d + 1] = apart[2 * d + 1];
            if (repeated[2 * d] < 0) {
                throw new ShapeError("tile: no axis can be repeated " + times[given] + " times");
            }
            joined[d] = repeated[2 * d] * repeated[2 * d + 1];
        }
        return x.reshape(Shape.of(apart)).expand(Shape.of(repeated)).reshape(Shape.of(joined));
    }

    static Tensor repeatInterleave(Tensor x, int axis, int times) {
        int along = x.shape().axis(axis);
        if (times < 0) {
            throw new ShapeError("repeatInterleave: no position can be repeated " + times + " times");
        }
        Tensor apart = x.unsqueeze(along + 1);
        int[] dims = apart.shape().dims();
        dims[along + 1] = times;
        return apart.expand(Shape.of(dims)).flatten(along, along + 1);
    }

    /// Axis by axis, the elements of `x` lie apart from each other by the length of `y`.
    static Tensor kron(Tensor x, Tensor y) {
        int rank = Math.max(x.rank(), y.rank());
        int[] ofX = new int[2 * rank];
        int[] ofY = new int[2 * rank];
        int[] joined = new int[rank];
        for (int d = 0; d < rank; d++) {
            ofX[2 * d] = d < rank - x.rank() ? 1 : x.dim(d - (rank - x.rank()));
            ofX[2 * d + 1] = 1;
            ofY[2 * d] = 1;
            ofY[2 * d + 1] = d < rank - y.rank() ? 1 : y.dim(d - (rank - y.rank()));
            joined[d] = Math.multiplyExact(ofX[2 * d], ofY[2 * d + 1]);
        }
        return x.reshape(Shape.of(ofX)).mul(y.reshape(Shape.of(ofY))).reshape(Shape.of(joined));
    }

    static Tensor oneHot(Tensor labels, int classes, DType dtype) {
        if (labels.dtype() != DType.I32) {
            throw new IllegalArgumentException("oneHot: needs I32, got " + labels.dtype() + labels.shape());
        }
        int[] dims = Arrays.copyOf(labels.shape().array(), labels.rank() + 1);
        dims[labels.rank()] = classes;
        Tensor hot = Tensor.zeros(dtype, Shape.of(dims));
        int[] values = labels.toInts();
        for (int r = 0; r < values.length; r++) {
            if (values[r] < 0 || values[r] >= classes) {
                throw new IndexOutOfBoundsException(
                        "oneHot: label " + values[r] + " at position " + r + " is outside 0 … " + (classes - 1));
            }
            Tensor.setElement(hot.array(), r * classes + values[r], 1);
        }
        return hot;
    }

    static Tensor range(double from, double to, double step, DType dtype) {
        double count = Math.ceil((to - from) / step);
        if (!(count <= Integer.MAX_VALUE)) {
            throw new IllegalArgumentException(
                    "range: no steps of " + step + " lead from " + from + " to " + to + " in finite number");
        }
        Tensor range = Tensor.zeros(dtype, Shape.of((int) Math.max(0, count)));
        for (int i = 0; i < range.size(); i++) {
            Tensor.setElement(range.array(), i, from + i * step);
        }
        return range;
    }

    /// From both ends to the middle, so that both are exact.
    static Tensor linspace(double first, double last, int n, DType dtype) {
        Tensor values = Tensor.zeros(dtype, Shape.of(n));
        double step = (last - first) / Math.max(1, n - 1);
        for (int i = 0; i < n; i++) {
            double value = i <= (n - 1) / 2 ? first + i * step : last - (n - 1 - i) * step;
            Tensor.setElement(values.array(), i, value);
        }
        return values;
    }

    static List<Tensor> meshgrid(Tensor[] vectors) {
        int[] dims = new int[vectors.length];
        for (int d = 0; d < dims.length; d++) {
            if (vectors[d].rank() != 1) {
                throw new ShapeError("meshgrid: takes vectors, argument " + d + " has shape " + vectors[d].shape());
            }
            dims[d] = vectors[d].size();
        }
        Shape grid = Shape.of(dims);
        List<Tensor> coordinates = new ArrayList<>();
        for (int d = 0; d < dims.length; d++) {
            int[] alone = new int[dims.length];
            Arrays.fill(alone, 1);
            alone[d] = dims[d];
            coordinates.add(vectors[d].reshape(Shape.of(alone)).expand(grid));
        }
        return coordinates;
    }
}
