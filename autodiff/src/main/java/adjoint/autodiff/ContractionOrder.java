package adjoint.autodiff;

import java.util.ArrayList;
import java.util.List;

/// In which order several operands are multiplied pair by pair.
///
/// Sets of labels and of operands are bits of a number. A product costs as many operations as there are combinations of
/// its labels, and the elements it leaves.
final class ContractionOrder {
    /// Up to this many operands the cheapest order is found, by dynamic programming over all subsets; of more, the next
    /// pair is always the one that makes all operands together smallest.
    private static final int MOST_EXACT = 8;

    private final long[] labels;
    private final long result;
    private final int[] lengths;

    /// @param labels of each operand, all of which the result or another operand has, too
    /// @param result the labels of the result
    /// @param lengths what each label stands for
    ContractionOrder(long[] labels, long result, int[] lengths) {
        this.labels = labels;
        this.result = result;
        this.lengths = lengths;
    }

    /// Pairs of operands to be multiplied: the product takes the place of the first, the second is gone.
    List<int[]> pairs() {
        List<int[]> pairs = new ArrayList<>();
        if (labels.length > 1) {
            if (labels.length <= MOST_EXACT) {
                cheapest(pairs);
            } else {
                greedy(pairs);
            }
        }
        return pairs;
    }

    /// What is left of labels when all else that needs them, apart from the result, has those of `others`.
    private long kept(long of, long others) {
        return of & (others | result);
    }

    private double size(long set) {
        double size = 1;
        for (long rest = set; rest != 0; rest &= rest - 1) {
            size *= lengths[Long.numberOfTrailingZeros(rest)];
        }
        return size;
    }

    private double cost(long a, long b, long kept) {
        return size(a | b) + size(kept);
    }

    private void cheapest(List<int[]> pairs) {
        int n = labels.length;
        int all = (1 << n) - 1;
        long[] union = new long[all + 1];
        for (int set = 1; set <= all; set++) {
            union[set] = union[set & set - 1] | labels[Integer.numberOfTrailingZeros(set)];
        }
        double[] cost = new double[all + 1];
        int[] part = new int[all + 1];
        for (int set = 1; set <= all; set++) {
            if (Integer.bitCount(set) == 1) {
                continue;
            }
            cost[set] = Double.POSITIVE_INFINITY;
            int lowest = Integer.lowestOneBit(set);
            long kept = kept(union[set], union[all ^ set]);
            for (int a = set - 1 & set; a > 0; a = a - 1 & set) {
                if ((a & lowest) != 0) {
                    int b = set ^ a;
                    long ofA = kept(union[a], union[all ^ a]);
                    long ofB = kept(union[b], union[all ^ b]);
                    double total = cost[a] + cost[b] + cost(ofA, ofB, kept);
                    if (total < cost[set]) {
                        cost[set] = total;
                        part[set] = a;
                    }
                }
            }
        }
        emit(all, part, pairs);
    }

    /// The pairs of a set; its product takes the place of its lowest operand.
    private static int emit(int set, int[] part, List<int[]> pairs) {
        if (Integer.bitCount(set) == 1) {
            return Integer.numberOfTrailingZeros(set);
        }
        int a = emit(part[set], part, pairs);
        int b = emit(set ^ part[set], part, pairs);
        pairs.add(new int[] {a, b});
        return a;
    }

    private void greedy(List<int[]> pairs) {
        long[] left = labels.clone();
        boolean[] gone = new boolean[labels.length];
        for (int step = 1; step < left.length; step++) {
            int[] best = null;
            double least = Double.POSITIVE_INFINITY;
            double fewest = Double.POSITIVE_INFINITY;
            for (int a = 0; a < left.length; a++) {
                for (int b = a + 1; b < left.length && !gone[a]; b++) {
                    if (gone[b]) {
                        continue;
                    }
                    long kept = kept(left[a] | left[b], others(left, gone, a, b));
                    double growth = size(kept) - size(left[a]) - size(left[b]);
                    double operations = cost(left[a], left[b], kept);
                    if (best == null || growth < least || growth == least && operations < fewest) {
                        best = new int[] {a, b};
                        least = growth;
                        fewest = operations;
                    }
                }
            }
            long kept = kept(left[best[0]] | left[best[1]], others(left, gone, best[0], best[1]));
            left[best[0]] = kept;
            gone[best[1]] = true;
            pairs.add(best);
        }
    }

    /// The labels of all operands but two and those that are gone.
    static long others(long[] labels, boolean[] gone, int a, int b) {
        long others = 0;
        for (int i = 0; i < labels.length; i++) {
            others |= i == a || i == b || gone[i] ? 0 : labels[i];
        }
        return others;
    }
}
