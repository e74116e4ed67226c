package adjoint.nn;

import java.util.Iterator;

/// Where the batches of an epoch come from.
///
/// ```
/// Batches<Batch> batches = epoch -> loader.epoch(epoch);
/// trainer.train(batches.prefetched(1), StepListener.NONE);
/// ```
///
/// @param <B> what a batch is; one object may be used again for the next batch
@FunctionalInterface
public interface Batches<B> {
    /// The batches of an epoch, counted from 0: the same ones in the same order whenever it is asked for, which is what
    /// lets a training that was stopped go on.
    Iterable<B> epoch(int epoch);

    /// The batches of an epoch from batch `first` on, with which a training goes on. This one passes over the batches
    /// before; override it where they need not be prepared for that.
    ///
    /// @throws IllegalArgumentException from the iterator, if there are fewer than `first` batches
    default Iterable<B> epoch(int epoch, int first) {
        return () -> {
            Iterator<B> all = epoch(epoch).iterator();
            for (int i = 0; i < first; i++) {
                if (!all.hasNext()) {
                    throw new IllegalArgumentException(
                            "epoch " + epoch + " now has " + i + " batches, but " + first + " were already trained on");
                }
                all.next();
            }
            return all;
        };
    }

    /// These batches, prepared on a thread of their own up to `ahead` batches before they are asked for, in the same
    /// order. What preparing a batch throws comes when that batch is asked for.
    ///
    /// Of the batches handed out and prepared, `ahead` + 1 are alive at a time: where objects are used again, that many
    /// must take turns. A [Trainer] ends the thread when it leaves an epoch; who iterates himself closes the iterator,
    /// an [AutoCloseable], unless he reaches the end.
    ///
    /// @throws IllegalArgumentException if `ahead` is not positive
    default Batches<B> prefetched(int ahead) {
        return new Prefetch<>(this, ahead);
    }
}
