package adjoint.nn;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;

/// What passes have told of buffers, to be applied after them: statistics of the parts of one batch become their mean,
/// weighted with the number of samples, in the order of the parts. So no bit depends on which thread ran which part.
final class BufferUpdates {
    private final List<Merged> pending = new ArrayList<>();

    /// A module's word in one pass; see [Pass#update].
    record Update(Buffer buffer, Shape shape, double[] statistic, BinaryOperator<Tensor> rule) {}

    /// Collects what was told in passes over the parts of one batch.
    final class Batch {
        private final Map<Key, Merged> merged = new LinkedHashMap<>();

        /// @param samples how much the part counts
        void add(List<Update> part, int samples) {
            Map<Buffer, Integer> told = new LinkedHashMap<>();
            for (Update update : part) {
                int turn = told.merge(update.buffer, 1, Integer::sum);
                merged.computeIfAbsent(new Key(update.buffer, turn), _ -> begin(update))
                        .add(update, samples);
            }
        }

        private Merged begin(Update update) {
            Merged begun = new Merged(update);
            pending.add(begun);
            return begun;
        }
    }

    /// Changes the buffers, in the order in which it was told.
    void apply() {
        pending.forEach(Merged::apply);
        clear();
    }

    void clear() {
        pending.clear();
    }

    /// The how manieth update of a buffer in a pass.
    private record Key(Buffer buffer, int turn) {}

    private static final class Merged {
        private final Update first;
        private final double[] sum;
        private long samples;

        Merged(Update first) {
            this.first = first;
            this.sum = new double[first.statistic.length];
        }

        void add(Update update, int samples) {
            if (!update.shape.equals(first.shape)) {
                throw new IllegalArgumentException("the statistics of a buffer " + first.buffer.shape()
                        + " must have one shape in all parts of a batch, got " + first.shape + " and " + update.shape);
            }
            for (int i = 0; i < sum.length; i++) {
                sum[i] += samples * update.statistic[i];
            }
            this.samples += samples;
        }

        void apply() {
            for (int i = 0; i < sum.length; i++) {
                sum[i] /= samples;
            }
            Buffer buffer = first.buffer;
            Tensor mean = Tensor.wrap(sum, 0, first.shape);
            buffer.set(first.rule.apply(buffer.value(), buffer.dtype().isFloating() ? mean.to(buffer.dtype()) : mean));
        }
    }
}
