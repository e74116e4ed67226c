package adjoint.data;

/// Some windows of a sequence of tokens, in buffers that the [Windows] use again for the next batch; only the first
/// [#size()] rows count.
public final class TokenBatch {
    private final int[] inputs;
    private final int[] targets;
    private final int length;
    private int size;

    TokenBatch(int capacity, int length) {
        this.inputs = new int[Math.multiplyExact(capacity, length)];
        this.targets = new int[inputs.length];
        this.length = length;
    }

    /// `[B, N]` row-major.
    public int[] inputs() {
        return inputs;
    }

    /// The token that follows each input, `[B, N]` row-major.
    public int[] targets() {
        return targets;
    }

    /// The number of windows B.
    public int size() {
        return size;
    }

    /// The length of a window N.
    public int length() {
        return length;
    }

    void begin() {
        size = 0;
    }

    /// Appends the window that begins at token `from`.
    void add(int[] tokens, int from) {
        System.arraycopy(tokens, from, inputs, size * length, length);
        System.arraycopy(tokens, from + 1, targets, size * length, length);
        size++;
    }
}
