package adjoint.data;

/// Some cases of a set, padded to one length, in buffers that the [Loader] uses again for the next batch.
///
/// With B = [#size()], L = [#length()], C = [#channels()], only the first B rows of the buffers count; the last batch
/// of an epoch may be smaller than the buffers.
public final class Batch {
    private final float[] x;
    private final float[] mask;
    private final int[] labels;
    private final int[] cases;
    private final int length;
    private final int channels;
    private int size;
    private int epoch;
    private int index;

    Batch(int capacity, int length, int channels) {
        x = new float[capacity * length * channels];
        mask = new float[capacity * length];
        labels = new int[capacity];
        cases = new int[capacity];
        this.length = length;
        this.channels = channels;
    }

    /// The values, [B, L, C] row-major; zero where padded.
    public float[] x() {
        return x;
    }

    /// [B, L] row-major: 1 for a step of the series, 0 for padding.
    public float[] mask() {
        return mask;
    }

    /// The class of each case, [B].
    public int[] labels() {
        return labels;
    }

    /// Which cases of the set these are, [B].
    public int[] cases() {
        return cases;
    }

    /// The number of cases B.
    public int size() {
        return size;
    }

    /// The common length L.
    public int length() {
        return length;
    }

    /// The number of channels C.
    public int channels() {
        return channels;
    }

    /// The epoch, from 0.
    public int epoch() {
        return epoch;
    }

    /// The number of the batch in its epoch, from 0.
    public int index() {
        return index;
    }

    int capacity() {
        return labels.length;
    }

    /// Takes the cases `order[from … from+count-1]`.
    void fill(TimeSeries data, Padding padding, int[] order, int from, int count, int epochNumber) {
        size = count;
        epoch = epochNumber;
        index = from / capacity();
        for (int b = 0; b < count; b++) {
            int i = order[from + b];
            cases[b] = i;
            labels[b] = data.labels()[i];
            int steps = padding.write(data.cases()[i], x, b * length * channels);
            for (int t = 0; t < length; t++) {
                mask[b * length + t] = t < steps ? 1 : 0;
            }
        }
    }
}
