package adjoint.duality.kernel;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The spectrum kernel of token sequences: how many substrings of k tokens two sequences share,
/// `κ(s, t) = Σ_u count_u(s)·count_u(t)`, u over all strings of length k.
///
/// Rows are `I32` `[N, L]`; a negative token ends no substring, so it is padding, and a gap wherever it stands. A
/// sequence shorter than k shares nothing. Positive semidefinite; not differentiable. Exact: substrings are told apart
/// by themselves, not by a hash. Time O(k·(N + M)·L + shared pairs).
///
/// Example: k = 2, s = (1, 2, 1, 2), t = (1, 2, 3): "1 2" is twice in s and once in t, κ = 2.
///
/// Reference: Leslie, Eskin, Noble, *The spectrum kernel: a string kernel for SVM protein classification*, 2002.
///
/// @param k the length of a substring
public record Substrings(int k) implements Kernel {
    /// @throws IllegalArgumentException if k is below 1
    public Substrings {
        if (k < 1) {
            throw new IllegalArgumentException("substrings have at least 1 token, not " + k);
        }
    }

    /// @return `F64` `[N, M]`
    @Override
    public Tensor gram(Tensor x, Tensor y) {
        Dictionary dictionary = new Dictionary(k);
        List<Map<Integer, Integer>> left = dictionary.counts(x);
        List<Map<Integer, Integer>> right = dictionary.counts(y);
        Map<Integer, List<int[]>> places = new HashMap<>();
        for (int j = 0; j < right.size(); j++) {
            int row = j;
            right.get(j)
                    .forEach((u, count) ->
                            places.computeIfAbsent(u, _ -> new ArrayList<>()).add(new int[] {row, count}));
        }
        double[] gram = new double[Math.multiplyExact(left.size(), right.size())];
        for (int i = 0; i < left.size(); i++) {
            int base = i * right.size();
            left.get(i).forEach((u, count) -> {
                for (int[] place : places.getOrDefault(u, List.of())) {
                    gram[base + place[0]] += (double) count * place[1];
                }
            });
        }
        return Tensor.of(gram, left.size(), right.size());
    }

    @Override
    public Tensor diagonal(Tensor x) {
        return Tensor.of(new Dictionary(k)
                .counts(x).stream()
                        .mapToDouble(counts -> counts.values().stream()
                                .mapToDouble(c -> (double) c * c)
                                .sum())
                        .toArray());
    }

    @Override
    public Range range() {
        return Range.NOT_NEGATIVE;
    }

    /// A number for each string of up to k tokens: that of a string is looked up by its beginning's and its last token.
    private record Dictionary(int k, Map<Long, Integer> numbers) {
        Dictionary(int k) {
            this(k, new HashMap<>());
        }

        List<Map<Integer, Integer>> counts(Tensor sequences) {
            if (sequences.rank() != 2 || sequences.dtype() != DType.I32) {
                throw new ShapeError("the substring kernel needs token sequences I32 [N, L], got " + sequences.dtype()
                        + " " + sequences.shape());
            }
            int length = sequences.dim(1);
            int[] tokens = sequences.toInts();
            List<Map<Integer, Integer>> rows = new ArrayList<>();
            for (int row = 0; row < sequences.dim(0); row++) {
                Map<Integer, Integer> counts = new HashMap<>();
                for (int from = 0; from + k <= length; from++) {
                    int number = number(tokens, row * length + from);
                    if (number > 0) {
                        counts.merge(number, 1, Integer::sum);
                    }
                }
                rows.add(counts);
            }
            return rows;
        }

        private int number(int[] tokens, int from) {
            int number = 0;
            for (int i = from; i < from + k; i++) {
                if (tokens[i] < 0) {
                    return -1;
                }
                number = numbers.computeIfAbsent((long) number << 32 | tokens[i], _ -> numbers.size() + 1);
            }
            return number;
        }
    }
}
