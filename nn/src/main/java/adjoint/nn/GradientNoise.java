package adjoint.nn;

import adjoint.autodiff.Gradients;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.List;

/// How much the gradients of single samples differ, which says how large a batch is worth its work (McCandlish, Kaplan,
/// Amodei, *An empirical model of large-batch training*, 2018, appendix A).
///
/// ```
/// double worthwhile = GradientNoise.of(model, objective, batches, 4, Rng.of(1)).scale();
/// ```
///
/// With G the gradient of the loss over all data and Σ the covariance of those of single samples, the gradient of b
/// samples has the expected squared norm |G|² + tr Σ/b. A batch of B samples is cut into parts of b₁, b₂, … samples,
/// with the gradients g₁, g₂, …, whose mean is g:
///
/// ```text
/// tr Σ ≈ (mean |gᵢ|² − |g|²)/(mean 1/bᵢ − 1/B)        |G|² ≈ |g|² − tr Σ/B
/// ```
///
/// Both are unbiased, and averaged over the batches.
///
/// @param squaredNorm |G|²; noise can make it negative
/// @param variance tr Σ
/// @param batches that were measured
public record GradientNoise(double squaredNorm, double variance, int batches) {
    /// The simple noise scale tr Σ/|G|²: the batch size up to which twice as large batches need nearly half as many
    /// steps. Infinite where the noise hides the gradient, and more batches are needed to tell.
    public double scale() {
        return squaredNorm > 0 ? variance / squaredNorm : Double.POSITIVE_INFINITY;
    }

    /// Measures the noise at the model's present weights, which are not changed, in passes that train.
    ///
    /// @param parts into how many a batch is cut, or into single samples if it has fewer
    /// @param key of the randomness of dropout
    /// @throws IllegalArgumentException if no batch has two samples, `parts` is less than 2, or a gradient is not
    /// finite
    public static <B> GradientNoise of(Module model, Objective<B> objective, Iterable<B> batches, int parts, Rng key) {
        if (parts < 2) {
            throw new IllegalArgumentException("a batch must be cut into at least 2 parts, got " + parts);
        }
        List<Tensor> leaves =
                Parameters.of(model).all().stream().map(Parameter::value).toList();
        Measurement<B> measurement = new Measurement<>(objective, leaves, parts);
        long batch = 0;
        for (B next : batches) {
            measurement.add(next, key.child(batch++));
        }
        return measurement.result();
    }

    private static final class Measurement<B> {
        private final Objective<B> objective;
        private final List<Tensor> leaves;
        private final int parts;
        private double squaredNorms;
        private double variances;
        private int batches;

        Measurement(Objective<B> objective, List<Tensor> leaves, int parts) {
            this.objective = objective;
            this.leaves = leaves;
            this.parts = parts;
        }

        void add(B batch, Rng key) {
            int size = objective.size(batch);
            int count = Math.min(parts, size);
            if (count < 2) {
                return;
            }
            double[] mean = new double[length()];
            double squares = 0;
            double inverses = 0;
            for (int i = 0; i < count; i++) {
                int from = (int) ((long) i * size / count);
                int to = (int) ((long) (i + 1) * size / count);
                squares += addGradient(batch, from, to, key.child(i), (double) (to - from) / size, mean) / count;
                inverses += 1.0 / (to - from) / count;
            }
            double whole = 0;
            for (double g : mean) {
                whole += g * g;
            }
            if (!Double.isFinite(squares)) {
                throw new IllegalArgumentException("the gradients of batch " + batches + " are not finite");
            }
            double variance = (squares - whole) / (inverses - 1.0 / size);
            variances += variance;
            squaredNorms += whole - variance / size;
            batches++;
        }

        /// Adds `weight` times the gradient of a part to `mean`.
        ///
        /// @return its squared norm
        private double addGradient(B batch, int from, int to, Rng key, double weight, double[] mean) {
            try (Tape tape = Tape.open()) {
                tape.watch(leaves);
                Pass pass = Pass.training(key, tape);
                Gradients gradients = tape.backward(pass.total(objective.loss(batch, from, to, pass)));
                double square = 0;
                int i = 0;
                for (Tensor leaf : leaves) {
                    for (double g : gradients.of(leaf).toDoubles()) {
                        square += g * g;
                        mean[i++] += weight * g;
                    }
                }
                return square;
            }
        }

        private int length() {
            return Math.toIntExact(leaves.stream().mapToLong(Tensor::size).sum());
        }

        GradientNoise result() {
            if (batches == 0) {
                throw new IllegalArgumentException("no batch has two samples whose gradients could differ");
            }
            return new GradientNoise(squaredNorms / batches, variances / batches, batches);
        }
    }
}
