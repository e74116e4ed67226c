package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import adjoint.nn.optim.AdamW;
import adjoint.nn.optim.Schedule;
import java.util.List;

/// A training that is over at once: a linear layer, dropout, rows of noise.
final class LeastSquares {
    record Rows(int from, int to) {}

    static final Batches<Rows> BATCHES = epoch -> List.of(
            new Rows(0, 10 + epoch % 5),
            new Rows(10 + epoch % 5, 21),
            new Rows(21, 22),
            new Rows(22, 31),
            new Rows(31, 40));

    private static final Tensor X = Tensor.normal(Rng.of(1), 0, 1, DType.F64, 40, 3);
    private static final Tensor Y = Tensor.normal(Rng.of(2), 0, 1, DType.F64, 40, 2);

    final Linear linear = new Linear(3, 2, DType.F64, Rng.of(3));
    final Trainer<Rows> trainer;

    LeastSquares() {
        this(new Trainer.Config(new AdamW(0.05), 1, 2, 7).with(new Schedule.Cosine(40, 0.1).warmedUp(3)));
    }

    LeastSquares(Trainer.Config config) {
        trainer = new Trainer<>(linear, objective(linear), config);
    }

    static Objective<Rows> objective(Linear linear) {
        return new Objective<>() {
            @Override
            public int size(Rows rows) {
                return rows.to - rows.from;
            }

            @Override
            public Tensor loss(Rows rows, int from, int to, Pass pass) {
                Tensor x = X.slice(0, rows.from + from, rows.from + to);
                Tensor y = Y.slice(0, rows.from + from, rows.from + to);
                Tensor out = linear.forward(x);
                Tensor kept = pass.training() ? out.dropout(0.1, pass.nextKey()) : out;
                return kept.sub(y).square().mean();
            }
        };
    }

    double[] weights() {
        return linear.weight().value().toDoubles();
    }
}
