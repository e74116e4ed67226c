package adjoint.data;

/// Some images of a set, in buffers that the [ImageLoader] uses again for the next batch; only the first
/// [#size()] rows count.
public final class ImageBatch {
    private final float[] x;
    private final int[] labels;
    private int size;

    ImageBatch(int capacity, int pixels) {
        this.x = new float[Math.multiplyExact(capacity, pixels)];
        this.labels = new int[capacity];
    }

    /// The standardised pixels, `[B, 1, height, width]` row-major.
    public float[] x() {
        return x;
    }

    /// The class of each image, `[B]`.
    public int[] labels() {
        return labels;
    }

    /// The number of images B.
    public int size() {
        return size;
    }

    void begin() {
        size = 0;
    }

    /// Appends an image, moved by so many pixels down and to the right; what comes in is black.
    ///
    /// @param values the standardised value of each of the 256 greys
    void add(Images images, int index, int down, int right, float[] values) {
        int height = images.height();
        int width = images.width();
        int from = index * height * width;
        int to = size * height * width;
        for (int i = 0; i < height; i++) {
            for (int j = 0; j < width; j++) {
                int row = i - down;
                int column = j - right;
                boolean inside = row >= 0 && row < height && column >= 0 && column < width;
                int pixel = inside ? images.pixels()[from + row * width + column] & 0xff : 0;
                x[to + i * width + j] = values[pixel];
            }
        }
        labels[size++] = images.labels()[index];
    }
}
