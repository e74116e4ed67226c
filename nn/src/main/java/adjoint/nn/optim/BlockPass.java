package adjoint.nn.optim;

import adjoint.linalg.Chain;
import adjoint.linalg.Parallel;
import adjoint.linalg.Precision;
import java.util.List;

/// A chain over the blocks of flat arrays, a row per block, with its arguments laid out once: a run allocates nothing.
/// What comes out of a block depends on the block alone.
final class BlockPass {
    /// Elements per block.
    static final int BLOCK = 4096;

    /// Blocks per piece of work.
    private static final int GRAIN = 16;

    /// The arrays of the chain, in its order; they may be exchanged before a run.
    final Object[] arrays;

    final double[] scalars;

    private final Precision precision;
    private final Chain chain;
    private final int blocks;
    private final int[] strides;
    private final int[][] starts;
    private final Parallel.RangeBody piece = this::piece;

    /// @param first where the first block begins
    /// @param stride from block to block: [#BLOCK], or 1 for an array with one entry per block
    record Operand(Object array, int first, int stride) {
        static Operand perBlock(Object array) {
            return new Operand(array, 0, 1);
        }
    }

    BlockPass(Precision precision, Chain chain, int blocks, int scalars, List<Operand> operands) {
        this.precision = precision;
        this.chain = chain;
        this.blocks = blocks;
        this.arrays = operands.stream().map(Operand::array).toArray();
        this.scalars = new double[scalars];
        this.strides = operands.stream().mapToInt(Operand::stride).toArray();
        this.starts = new int[(blocks + GRAIN - 1) / GRAIN][];
        for (int i = 0; i < starts.length; i++) {
            int block = i * GRAIN;
            starts[i] = operands.stream()
                    .mapToInt(operand -> operand.first + block * operand.stride)
                    .toArray();
        }
    }

    /// Runs with the gradient's summands as the first arrays.
    void run(Object[] gradients) {
        System.arraycopy(gradients, 0, arrays, 0, gradients.length);
        run();
    }

    void run() {
        Parallel.range(blocks, GRAIN, piece);
    }

    private void piece(int from, int to) {
        chain.run(precision, to - from, BLOCK, arrays, starts[from / GRAIN], strides, scalars);
    }
}
