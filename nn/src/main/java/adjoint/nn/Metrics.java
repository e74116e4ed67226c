package adjoint.nn;

import adjoint.nn.metrics.Confusion;
import adjoint.nn.metrics.Mean;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/// What came out of many batches: the means of the losses, and a classifier's confusion. Streaming and mergeable.
public final class Metrics {
    private final Mean loss = new Mean();
    private final SortedMap<String, Mean> auxiliary = new TreeMap<>();
    private Confusion confusion;

    /// The metrics of no samples.
    public Metrics() {}

    /// The mean over all samples of the objective's loss, without auxiliary losses.
    public Mean loss() {
        return loss;
    }

    /// The mean of each auxiliary loss over all samples, without its weight, by name.
    public SortedMap<String, Mean> auxiliary() {
        return Collections.unmodifiableSortedMap(auxiliary);
    }

    /// Null if nothing was classified.
    public Confusion confusion() {
        return confusion;
    }

    /// The number of samples.
    public long samples() {
        return Math.round(loss.weight());
    }

    /// The share of samples classified right, NaN if nothing was classified.
    public double accuracy() {
        return confusion == null ? Double.NaN : confusion.accuracy();
    }

    public void merge(Metrics other) {
        loss.merge(other.loss);
        other.auxiliary.forEach((name, mean) -> auxiliary(name).merge(mean));
        if (other.confusion != null) {
            confusion(other.confusion.classes()).merge(other.confusion);
        }
    }

    Mean auxiliary(String name) {
        return auxiliary.computeIfAbsent(name, _ -> new Mean());
    }

    Confusion confusion(int classes) {
        if (confusion == null) {
            confusion = new Confusion(classes);
        }
        return confusion;
    }

    /// Adds what one pass over `samples` samples came to.
    void add(double task, Pass pass, int samples) {
        loss.add(task, samples);
        for (Pass.AuxiliaryLoss part : pass.losses()) {
            auxiliary(part.name()).add(part.value().item(), (double) samples / pass.count(part.name()));
        }
        if (pass.confusion() != null) {
            confusion(pass.confusion().classes()).merge(pass.confusion());
        }
    }

    @Override
    public String toString() {
        return "Metrics[loss " + loss.value() + ", auxiliary " + auxiliary + ", accuracy " + accuracy() + ", samples "
                + samples() + "]";
    }
}
