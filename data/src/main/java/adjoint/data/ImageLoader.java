package adjoint.data;

import adjoint.linalg.Rng;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;

/// The batches of a set of images, epoch after epoch; order and shifts of an epoch are a pure function of key and
/// epoch. The last batch of an epoch may be smaller. All batches share one set of buffers: a batch is valid until the
/// next one is asked for.
///
/// ```java
/// Images.Split mnist = Images.mnist(folder);
/// Images.Scale scale = mnist.train().scale();
/// ImageLoader train = ImageLoader.shuffled(mnist.train(), scale, 64, 2, Rng.of(1));
/// ImageLoader test = ImageLoader.inOrder(mnist.test(), scale, 64);
/// ```
public final class ImageLoader {
    private final Images images;
    private final int batchSize;
    private final int shift;
    private final Rng key;
    private final float[] values = new float[256];
    private final ImageBatch batch;
    private Object current;

    private ImageLoader(Images images, Images.Scale scale, int batchSize, int shift, Rng key) {
        if (batchSize < 1 || shift < 0) {
            throw new IllegalArgumentException(
                    "the batch size must be ≥ 1 and the shift ≥ 0, got " + batchSize + " and " + shift);
        }
        this.images = images;
        this.batchSize = batchSize;
        this.shift = shift;
        this.key = key;
        this.batch = new ImageBatch(batchSize, images.height() * images.width());
        for (int i = 0; i < values.length; i++) {
            values[i] = scale.of(i);
        }
    }

    /// Batches in an order drawn anew for each epoch, each image moved by up to `shift` pixels along both axes.
    public static ImageLoader shuffled(Images images, Images.Scale scale, int batchSize, int shift, Rng key) {
        return new ImageLoader(images, scale, batchSize, shift, key);
    }

    /// Batches in the order of the set, as they are.
    public static ImageLoader inOrder(Images images, Images.Scale scale, int batchSize) {
        return new ImageLoader(images, scale, batchSize, 0, null);
    }

    /// The number of batches of an epoch, ⌈n / B⌉.
    public int batches() {
        return Math.ceilDiv(images.size(), batchSize);
    }

    /// The batches of that epoch.
    public Iterable<ImageBatch> epoch(int epoch) {
        int[] order = key == null
                ? IntStream.range(0, images.size()).toArray()
                : key.child("shuffle").child(epoch).permutation(images.size());
        Rng shifts = key == null ? null : key.child("shift").child(epoch);
        return () -> {
            Cursor cursor = new Cursor(order, shifts);
            current = cursor;
            return cursor;
        };
    }

    private final class Cursor implements Iterator<ImageBatch> {
        private final int[] order;
        private final Rng shifts;
        private int next;

        Cursor(int[] order, Rng shifts) {
            this.order = order;
            this.shifts = shifts;
        }

        @Override
        public boolean hasNext() {
            return next < order.length;
        }

        @Override
        public ImageBatch next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the epoch has " + batches() + " batches");
            }
            if (current != this) {
                throw new IllegalStateException("another pass over this loader has begun; its buffers serve one at a"
                        + " time, so take a second loader");
            }
            batch.begin();
            int end = Math.min(order.length, next + batchSize);
            for (; next < end; next++) {
                int image = order[next];
                batch.add(images, image, shift(2L * image), shift(2L * image + 1), values);
            }
            return batch;
        }

        private int shift(long counter) {
            return shift == 0 ? 0 : shifts.below(counter, 2 * shift + 1) - shift;
        }
    }
}
