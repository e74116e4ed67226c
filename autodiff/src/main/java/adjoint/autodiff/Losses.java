package adjoint.autodiff;

import adjoint.linalg.Chains;
import adjoint.linalg.Transpose;
import java.util.List;

/// Loss functions that are one kernel.
final class Losses {
    private Losses() {}

    /// The labels `index[offset …]`, one per row, and what is known of the classes.
    record Labels(int[] index, int offset, Shape shape, int classes, Loss.Classes known) {
        /// Those of logits `[…, classes]`.
        static Labels of(String op, Tensor logits, Tensor labels, Loss.Classes known) {
            int classes = logits.dim(-1);
            Shape rows = Shape.of(logits.shape().array(), logits.rank() - 1);
            if (labels.dtype() != DType.I32 || !labels.shape().equals(rows)) {
                throw new ShapeError(op + ": logits of shape " + logits.shape() + " need I32 labels of shape " + rows
                        + ", got " + labels.dtype() + " of shape " + labels.shape());
            }
            known.check(op, classes);
            Tensor dense = labels.contiguous();
            Labels made = new Labels((int[]) dense.array(), dense.offset, rows, classes, known);
            made.check(op);
            return made;
        }

        /// The same labels for each of `n` examples.
        Labels repeated(int n) {
            int[] all = new int[n * shape.size()];
            for (int i = 0; i < n; i++) {
                System.arraycopy(index, offset, all, i * shape.size(), shape.size());
            }
            return new Labels(all, 0, shape.prepend(n), classes, known);
        }

        private void check(String op) {
            for (int i = 0; i < shape.size(); i++) {
                int label = index[offset + i];
                if ((label < 0 || label >= classes) && !isIgnored(i)) {
                    throw new IndexOutOfBoundsException(
                            op + ": label " + label + " of row " + i + " is outside 0 … " + (classes - 1));
                }
            }
        }

        boolean isIgnored(int r) {
            return index[offset + r] == known.ignored();
        }

        /// Where the logit of row `r`'s label lies among the dense rows.
        int position(int r) {
            return r * classes + index[offset + r];
        }

        /// The weight of row `r`'s class, 0 where the row is ignored.
        double weight(int r) {
            return isIgnored(r) ? 0 : known.weight(index[offset + r]);
        }

        /// What the label of row `r` itself counts.
        double own(int r) {
            return (1 - known.smoothing()) * weight(r);
        }

        /// What each class counts in all rows that are not ignored, times its weight.
        double spread() {
            return known.smoothing() / classes;
        }

        /// Σ of the weights of all rows.
        double total() {
            double total = 0;
            for (int r = 0; r < shape.size(); r++) {
                total += weight(r);
            }
            return total;
        }
    }

    /// Per row r, Σₖ t[r, k]·(log Σⱼ e^x[r, j] − x[r, k]) with the targets t = own at the label + spread·weight.
    static final FusedOp<Labels> CROSS_ENTROPY = new FusedOp<>("crossEntropy", "ln Σⱼ e^xⱼ − x[label]") {
        @Override
        void infer(Call call, Labels labels) {
            call.output(Elementwise.floating(this, call.in(0)), labels.shape);
            call.output(call.in(0).dtype(), labels.shape);
        }

        @Override
        Tensor batch(Batch batch, Labels labels) {
            return Engine.run(this, labels.repeated(batch.size()), batch.in(0));
        }

        @Override
        void compute(Call call, Labels labels) {
            Tensor x = call.in(0);
            Tensor losses = call.out(0);
            Tensor logSums = call.out(1);
            Sweep sweep = call.engine.sweep;
            sweep.rows(x.shape());
            sweep.add(x);
            sweep.addPerRow(logSums.array(), logSums.offset);
            sweep.plan();
            sweep.run(x.dtype().precision(), Chains.LOG_SUM_EXP);
            Tensor dense = call.engine.dense(x);
            Storage sums = weightedSums(call.engine, dense, labels);
            double all = labels.known.total(labels.classes);
            for (int r = 0; r < losses.size(); r++) {
                double loss = 0;
                if (!labels.isIgnored(r)) {
                    double own = Tensor.element(dense.array(), dense.offset + labels.position(r));
                    double logSum = Tensor.element(logSums.array(), logSums.offset + r);
                    loss = labels.own(r) * (logSum - own);
                    if (sums != null) {
                        loss += labels.spread() * (all * logSum - Tensor.element(sums.array, r));
                    }
                }
                Tensor.setElement(losses.array(), losses.offset + r, loss);
            }
            if (sums != null) {
                call.engine.dropTemporary(sums);
            }
            call.engine.drop(dense, x);
        }

        @Override
        int reads(int i) {
            return input(0) | output(1);
        }

        /// Per row Σₖ wₖ·xₖ, or null without smoothing.
        private Storage weightedSums(Engine engine, Tensor x, Labels labels) {
            if (labels.known.smoothing() == 0) {
                return null;
            }
            int rows = labels.shape.size();
            int classes = labels.classes;
            Storage sums = engine.takeTemporary(x.dtype(), rows);
            Object weights = labels.known.array(x.dtype(), classes);
            Engine.kernels(x.dtype())
                    .gemv(
                            Transpose.NO,
                            rows,
                            classes,
                            1,
                            x.array(),
                            x.offset,
                            classes,
                            weights,
                            0,
                            1,
                            0,
                            sums.array,
                            0,
                            1);
            return sums;
        }

        /// dx = g·(Σ t·softmax x − t).
        @Override
        void fusedVjp(Call call, Labels labels, Flow flow) {
            Tensor x = call.in(0);
            Tensor logSums = call.out(1);
            Tensor g = flow.engine().dense(flow.gradient());
            int rows = g.size();
            double spread = labels.spread();
            double all = labels.known.total(labels.classes);
            Storage each = flow.engine().takeTemporary(x.dtype(), rows);
            for (int r = 0; r < rows; r++) {
                double counts = labels.isIgnored(r) ? 0 : labels.own(r) + spread * all;
                Tensor.setElement(each.array, r, counts * Tensor.element(g.array(), g.offset + r));
            }
            flow.into(0, false);
            Sweep sweep = flow.engine().sweep;
            sweep.rows(x.shape());
            sweep.add(x);
            sweep.addPerRow(logSums.array(), logSums.offset);
            sweep.addPerRow(each.array, 0);
            flow.run(0, Chains.LOG_SUM_EXP_BACKWARD);
            for (int r = 0; r < rows; r++) {
                if (!labels.isIgnored(r)) {
                    double gradient = Tensor.element(g.array(), g.offset + r);
                    int at = flow.offset() + labels.position(r);
                    double rest = Tensor.element(flow.array(), at) - labels.own(r) * gradient;
                    Tensor.setElement(flow.array(), at, rest);
                }
                double counts = labels.isIgnored(r) ? 0 : Tensor.element(g.array(), g.offset + r);
                Tensor.setElement(each.array, r, counts);
            }
            if (spread > 0) {
                Object weights = labels.known.array(x.dtype(), labels.classes);
                Engine.kernels(x.dtype())
                        .ger(
                                rows,
                                labels.classes,
                                -spread,
                                each.array,
                                0,
                                1,
                                weights,
                                0,
                                1,
                                flow.array(),
                                flow.offset(),
                                labels.classes);
            }
            flow.engine().dropTemporary(each);
            flow.engine().drop(g, flow.gradient());
        }

        @Override
        Tensor plain(Tensor[] in, Labels labels) {
            Tensor targets = Tensor.zeros(in[0].dtype(), in[0].shape());
            for (int r = 0; r < labels.shape.size(); r++) {
                if (!labels.isIgnored(r)) {
                    for (int k = 0; k < labels.classes; k++) {
                        double spread = labels.spread() * labels.known.weight(k);
                        Tensor.setElement(targets.array(), r * labels.classes + k, spread);
                    }
                    double own = Tensor.element(targets.array(), labels.position(r)) + labels.own(r);
                    Tensor.setElement(targets.array(), labels.position(r), own);
                }
            }
            return in[0].logSoftmax(-1).where(targets, 0).mul(targets).sum(-1).neg();
        }

        @Override
        Cost cost(Call call, Labels labels) {
            return new Cost(4L * call.in(0).size(), Cost.bytes(call));
        }
    };

    /// −t·ln p − (1 − t)·ln (1 − p), each logarithm at least −100.
    static final Formula.Binary BINARY_CROSS_ENTROPY =
            new Formula.Binary("binaryCrossEntropy", "−t·ln p − (1 − t)·ln (1 − p)") {
                private static <T extends Algebra<T>> T log(T x) {
                    return x.log().maximum(-100);
                }

                @Override
                <T extends Algebra<T>> T value(T p, T t) {
                    T rest = t.neg().add(1);
                    return t.mul(log(p)).add(rest.mul(log(p.neg().add(1)))).neg();
                }

                @Override
                <T extends Algebra<T>> T vjpLeft(T p, T t, T y, T g) {
                    return g.mul(p.sub(t)).div(p.mul(p.neg().add(1)).maximum(1e-12));
                }

                @Override
                <T extends Algebra<T>> T vjpRight(T p, T t, T y, T g) {
                    return g.mul(log(p.neg().add(1)).sub(log(p)));
                }
            };

    /// The same with p = 1/(1 + e⁻ˣ), as a sum of terms that are not negative: ln (1 + e^−|x|) + t·max(−x, 0) +
    /// (1 − t)·max(x, 0).
    static final Formula.Binary LOGISTIC =
            new Formula.Binary("binaryCrossEntropyWithLogits", "t·ln (1 + e⁻ˣ) + (1 − t)·ln (1 + eˣ)") {
                @Override
                <T extends Algebra<T>> T value(T x, T t) {
                    T e = x.abs().neg().exp();
                    T u = e.add(1);
                    T log1p = e.where(u.equal(1), u.log().mul(e).div(u.add(-1)));
                    T missed = t.mul(x.neg().maximum(0));
                    return log1p.add(missed).add(t.neg().add(1).mul(x.maximum(0)));
                }

                @Override
                <T extends Algebra<T>> T vjpLeft(T x, T t, T y, T g) {
                    return g.mul(x.sigmoid().sub(t));
                }

                @Override
                <T extends Algebra<T>> T vjpRight(T x, T t, T y, T g) {
                    return g.mul(x).neg();
                }
            };

    /// t·(ln t − x), 0·ln 0 being 0.
    static final Formula.Binary KL_DIVERGENCE = new Formula.Binary("klDivergence", "t·(ln t − x)") {
        @Override
        <T extends Algebra<T>> T value(T x, T t) {
            return t.where(t.equal(0), t.mul(t.log())).sub(t.mul(x));
        }

        @Override
        <T extends Algebra<T>> T vjpLeft(T x, T t, T y, T g) {
            return g.mul(t).neg();
        }

        @Override
        <T extends Algebra<T>> T vjpRight(T x, T t, T y, T g) {
            return g.mul(t.log().add(1).sub(x));
        }
    };

    static final List<Op<?>> ALL = List.of(CROSS_ENTROPY, BINARY_CROSS_ENTROPY, LOGISTIC, KL_DIVERGENCE);
}
