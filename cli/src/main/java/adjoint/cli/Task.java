package adjoint.cli;

import adjoint.autodiff.Tensor;
import adjoint.duality.KepSvgpAttention;
import adjoint.linalg.Rng;
import adjoint.nn.Module;
import adjoint.nn.Objective;
import adjoint.nn.Pass;

/// A model, and what it is trained for: the cross-entropy of classes.
///
/// @param <B> what a batch is
interface Task<B> extends Objective<B> {
    Module model();

    /// The logits of the cases `from … to-1` of a batch, `[n, classes]`: a row for each answer.
    Tensor logits(B batch, int from, int to, Pass pass);

    /// The right answers, `I32` `[n]`.
    Tensor labels(B batch, int from, int to);

    /// The same task by predictive probabilities, the mean over draws of Gaussian processes.
    ///
    /// @param key determines the draws, which every part of every batch has in common
    default Objective<B> averaging(int draws, Rng key) {
        Task<B> single = this;
        return new Task<>() {
            @Override
            public Module model() {
                return single.model();
            }

            @Override
            public int size(B batch) {
                return single.size(batch);
            }

            @Override
            public Tensor logits(B batch, int from, int to, Pass pass) {
                return KepSvgpAttention.predictive(own -> single.logits(batch, from, to, own), draws, key);
            }

            @Override
            public Tensor labels(B batch, int from, int to) {
                return single.labels(batch, from, to);
            }
        };
    }

    @Override
    default Tensor loss(B batch, int from, int to, Pass pass) {
        Tensor logits = logits(batch, from, to, pass);
        Tensor labels = labels(batch, from, to);
        pass.observe(logits, labels);
        return logits.crossEntropy(labels);
    }
}
