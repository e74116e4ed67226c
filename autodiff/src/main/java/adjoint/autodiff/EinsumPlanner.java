package adjoint.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/// Works out the steps of an [EinsumPlan]: for each slot it knows which labels the axes have by then.
final class EinsumPlanner {
    private final int[] lengths;
    private final int[] output;
    private final int[][] labels;
    private final Tensor[] operands;
    private final List<EinsumPlan.Step> steps = new ArrayList<>();

    EinsumPlanner(EinsumEquation equation, Tensor[] operands) {
        lengths = equation.lengths(operands);
        output = equation.output;
        labels = equation.inputs.clone();
        this.operands = operands;
    }

    EinsumPlan.Step[] steps() {
        return steps.toArray(EinsumPlan.Step[]::new);
    }

    /// The slot of the result.
    int plan() {
        long result = EinsumEquation.bits(output);
        long[] sets = new long[labels.length];
        for (int i = 0; i < labels.length; i++) {
            dropBroadcast(i);
            takeDiagonals(i);
            sets[i] = EinsumEquation.bits(labels[i]);
        }
        boolean[] gone = new boolean[labels.length];
        for (int i = 0; i < labels.length; i++) {
            sumBut(i, result | ContractionOrder.others(sets, gone, i, i));
        }
        for (int i = 0; i < labels.length; i++) {
            sets[i] = EinsumEquation.bits(labels[i]);
        }
        int last = 0;
        for (int[] pair : new ContractionOrder(sets, result, lengths).pairs()) {
            boolean swapped = comesFirst(sets[pair[1]], sets[pair[0]]);
            int left = pair[swapped ? 1 : 0];
            int right = pair[swapped ? 0 : 1];
            last = pair[0];
            labels[last] = multiply(left, right, result | ContractionOrder.others(sets, gone, left, right), last);
            sets[last] = EinsumEquation.bits(labels[last]);
            gone[pair[1]] = true;
        }
        order(last, output);
        return last;
    }

    /// Axes of length 1 whose label stands for more elsewhere broadcast: without them, that is what happens.
    private void dropBroadcast(int i) {
        int[] own = labels[i];
        int[] kept = filter(own, d -> operands[i].dim(d) == lengths[own[d]]);
        if (kept.length < own.length) {
            steps.add(new EinsumPlan.Reshape(i, shape(kept)));
            labels[i] = kept;
        }
    }

    /// Axes of one label become one, until each label has only one.
    private void takeDiagonals(int i) {
        for (int label : labels[i].clone()) {
            int[] own = labels[i];
            int[] others = filter(own, d -> own[d] != label);
            for (int left = own.length - others.length; left > 1; left--) {
                int a = first(labels[i], label, 0);
                int b = first(labels[i], label, a + 1);
                steps.add(new EinsumPlan.Diagonal(i, a, b));
                int[] rest = labels[i];
                labels[i] = join(filter(rest, d -> d != a && d != b), new int[] {label});
            }
        }
    }

    private static int first(int[] of, int label, int from) {
        int axis = from;
        while (of[axis] != label) {
            axis++;
        }
        return axis;
    }

    /// Sums over all labels but those to be kept.
    private void sumBut(int i, long keep) {
        int[] own = labels[i];
        int[] kept = only(own, keep);
        if (kept.length < own.length) {
            int[] dims = new int[own.length];
            for (int d = 0; d < dims.length; d++) {
                dims[d] = contains(keep, own[d]) ? lengths[own[d]] : 1;
            }
            steps.add(new EinsumPlan.Sum(i, Shape.of(dims)));
            steps.add(new EinsumPlan.Reshape(i, shape(kept)));
            labels[i] = kept;
        }
    }

    /// Whether the first axis of the result that only one of two operands has is in `a`.
    private boolean comesFirst(long a, long b) {
        for (int label : output) {
            if (contains(a, label) != contains(b, label)) {
                return contains(a, label);
            }
        }
        return false;
    }

    /// The product of two slots, summed over the labels that both have and nobody keeps, goes to slot `to`. Returns its
    /// labels.
    private int[] multiply(int a, int b, long keep, int to) {
        long inA = EinsumEquation.bits(labels[a]);
        long inB = EinsumEquation.bits(labels[b]);
        long summed = inA & inB & ~keep;
        if (summed == 0 && ((inB & ~inA) == 0 || (inA & ~inB) == 0)) {
            return (inB & ~inA) == 0 ? multiplyElements(a, b, to) : multiplyElements(b, a, to);
        }
        long common = inA & inB & keep;
        int[] batch = join(only(output, common), only(labels[a], common & ~EinsumEquation.bits(output)));
        int[] rows = only(labels[a], inA & ~inB);
        int[] columns = only(labels[b], inB & ~inA);
        int[] sum = only(labels[size(labels[a]) < size(labels[b]) ? b : a], summed);
        asMatrices(a, batch, rows, sum);
        asMatrices(b, batch, sum, columns);
        steps.add(new EinsumPlan.Multiply(to, a, b, true));
        int[] product = join(batch, join(rows, columns));
        if (rows.length != 1 || columns.length != 1) {
            steps.add(new EinsumPlan.Reshape(to, shape(product)));
        }
        return product;
    }

    private void asMatrices(int slot, int[] batch, int[] rows, int[] columns) {
        order(slot, join(batch, join(rows, columns)));
        if (rows.length != 1 || columns.length != 1) {
            int[] dims = Arrays.copyOf(shape(batch).array(), batch.length + 2);
            dims[batch.length] = size(rows);
            dims[batch.length + 1] = size(columns);
            steps.add(new EinsumPlan.Reshape(slot, Shape.of(dims)));
        }
    }

    /// All labels of `small` are also in `large`.
    private int[] multiplyElements(int large, int small, int to) {
        int[] all = labels[large];
        long own = EinsumEquation.bits(labels[small]);
        order(small, only(all, own));
        if (labels[small].length < all.length) {
            int[] dims = new int[all.length];
            for (int d = 0; d < dims.length; d++) {
                dims[d] = contains(own, all[d]) ? lengths[all[d]] : 1;
            }
            steps.add(new EinsumPlan.Reshape(small, Shape.of(dims)));
        }
        steps.add(new EinsumPlan.Multiply(to, large, small, false));
        return all;
    }

    private void order(int slot, int[] wanted) {
        int[] axes = new int[wanted.length];
        boolean inOrder = true;
        for (int k = 0; k < axes.length; k++) {
            axes[k] = first(labels[slot], wanted[k], 0);
            inOrder &= axes[k] == k;
        }
        if (!inOrder) {
            steps.add(new EinsumPlan.Permute(slot, axes));
        }
        labels[slot] = wanted;
    }

    private Shape shape(int[] of) {
        return Shape.of(Arrays.stream(of).map(label -> lengths[label]).toArray());
    }

    private int size(int[] of) {
        return shape(of).size();
    }

    private static int[] only(int[] of, long set) {
        return filter(of, d -> contains(set, of[d]));
    }

    private static int[] filter(int[] of, IntPredicate axis) {
        int[] kept = new int[of.length];
        int n = 0;
        for (int d = 0; d < of.length; d++) {
            if (axis.test(d)) {
                kept[n++] = of[d];
            }
        }
        return Arrays.copyOf(kept, n);
    }

    private static boolean contains(long set, int label) {
        return (set >>> label & 1) == 1;
    }

    private static int[] join(int[] a, int[] b) {
        int[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }
}
