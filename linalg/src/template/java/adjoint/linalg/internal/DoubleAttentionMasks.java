package adjoint.linalg.internal;

import adjoint.linalg.Attention.Heads;
import adjoint.linalg.Kernels;
import java.util.Arrays;

/// What an attention adds to its scores, in blocks of scores and packed keys as [DoubleAttentionBlocks] describes them.
final class DoubleAttentionMasks {
    private final Kernels<double[]> kernels;
    private final DoubleAttentionBlocks blocks;

    DoubleAttentionMasks(Kernels<double[]> kernels, DoubleAttentionBlocks blocks) {
        this.kernels = kernels;
        this.blocks = blocks;
    }

    /// Adds biases to the scores of `n` keys from `key` on and of a panel of queries from `query` on, and hides
    /// what is hidden. Rows of scores are `ld` long; `room` is as large as the block.
    void apply(
            AttentionProblem<double[]> problem,
            int item,
            int query,
            int key,
            int n,
            double[] s,
            int off,
            int ld,
            double[] room,
            int roomOff) {
        if (problem.bias() != null) {
            addBias(problem, item, query, key, n, s, off, ld, room, roomOff);
        }
        if (problem.causal()) {
            for (int j = Math.max(0, query + 1 - key); j < n; j++) {
                int hidden = Math.min(blocks.panel, key + j - query);
                Arrays.fill(s, off + j * ld, off + j * ld + hidden, Double.NEGATIVE_INFINITY);
            }
        }
        Heads<double[]> mask = problem.keyMask();
        if (mask != null) {
            int at = problem.at(mask, item) + key;
            for (int j = 0; j < n; j++) {
                if (mask.array()[at + j] == 0) {
                    Arrays.fill(s, off + j * ld, off + j * ld + blocks.panel, Double.NEGATIVE_INFINITY);
                }
            }
        }
    }

    private void addBias(
            AttentionProblem<double[]> problem,
            int item,
            int query,
            int key,
            int n,
            double[] s,
            int off,
            int ld,
            double[] room,
            int roomOff) {
        Heads<double[]> bias = problem.bias();
        double unit = 1 / DoubleAttentionBlocks.LN_2;
        int panel = blocks.panel;
        int at = problem.at(bias, item) + key;
        if (bias.rowStride() == 0) {
            for (int j = 0; j < n; j++) {
                double x = unit * bias.array()[at + j];
                for (int i = 0; i < panel; i++) {
                    s[off + j * ld + i] += x;
                }
            }
            return;
        }
        int queries = Math.min(panel, problem.sizes().queries() - query);
        int row = at + query * bias.rowStride();
        kernels.transpose(queries, n, bias.array(), row, bias.rowStride(), room, roomOff, panel);
        for (int j = 0; j < n; j++) {
            kernels.axpy(queries, unit, room, roomOff + j * panel, s, off + j * ld);
        }
    }

    /// Makes the rows 0 that belong to hidden keys, in a pack of m keys of x across, or in one of their columns.
    ///
    /// @param step from one key to the next
    /// @param next from one element of a key to the next
    void clearHidden(
            AttentionProblem<double[]> problem,
            int item,
            int key,
            int n,
            double[] packed,
            int off,
            int step,
            int next,
            int elements) {
        Heads<double[]> mask = problem.keyMask();
        if (mask == null) {
            return;
        }
        int at = problem.at(mask, item) + key;
        for (int j = 0; j < n; j++) {
            if (mask.array()[at + j] == 0) {
                for (int c = 0; c < elements; c++) {
                    packed[off + j * step + c * next] = 0;
                }
            }
        }
    }
}
