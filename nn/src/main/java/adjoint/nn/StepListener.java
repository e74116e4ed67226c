package adjoint.nn;

/// Hears of every step of a [Trainer], on the thread that trains.
@FunctionalInterface
public interface StepListener {
    /// Hears nothing.
    StepListener NONE = (_, _, _, _, _, _) -> {};

    /// @param step the number of steps taken, this one included
    /// @param epoch counted from 0
    /// @param batch the number of batches of the epoch done, this one included
    /// @param samples in the batch
    /// @param loss the mean over the batch of the objective's loss, without auxiliary losses
    /// @param gradientNorm before clipping
    void step(long step, int epoch, int batch, int samples, double loss, double gradientNorm);
}
