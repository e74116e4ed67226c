package adjoint.autodiff;

import adjoint.linalg.Chains;
import java.util.List;

/// Loss functions that are one kernel.
final class Losses {
    private Losses() {}

    /// The labels `index[offset …]`, one per row.
    record Labels(int[] index, int offset, Shape shape, int classes) {
        /// Where the logit of row `r`'s label lies among the dense rows.
        int position(int r) {
            return r * classes + index[offset + r];
        }

        void check() {
            for (int i = 0; i < shape.size(); i++) {
                int label = index[offset + i];
                if (label < 0 || label >= classes) {
                    throw new IndexOutOfBoundsException(
                            "crossEntropy: label " + label + " of row " + i + " is outside 0 … " + (classes - 1));
                }
            }
        }
    }

    /// Per row r, log Σⱼ e^x[r, j] − x[r, label r].
    static final FusedOp<Labels> CROSS_ENTROPY = new FusedOp<>("crossEntropy", "ln Σⱼ e^xⱼ − x[label]") {
        @Override
        void infer(Call call, Labels labels) {
            labels.check();
            call.output(Elementwise.floating(this, call.in(0)), labels.shape);
            call.output(call.in(0).dtype(), labels.shape);
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
            for (int r = 0; r < losses.size(); r++) {
                double own = Tensor.element(dense.array(), dense.offset + labels.position(r));
                double loss = Tensor.element(logSums.array(), logSums.offset + r) - own;
                Tensor.setElement(losses.array(), losses.offset + r, loss);
            }
            call.engine.drop(dense, x);
        }

        @Override
        int reads(int i) {
            return input(0) | output(1);
        }

        /// dx = g·(softmax x − onehot label).
        @Override
        void fusedVjp(Call call, Labels labels, Flow flow) {
            Tensor x = call.in(0);
            Tensor logSums = call.out(1);
            Tensor g = flow.engine().dense(flow.gradient());
            flow.into(0, false);
            Sweep sweep = flow.engine().sweep;
            sweep.rows(x.shape());
            sweep.add(x);
            sweep.addPerRow(logSums.array(), logSums.offset);
            sweep.addPerRow(g.array(), g.offset);
            flow.run(0, Chains.LOG_SUM_EXP_BACKWARD);
            for (int r = 0; r < g.size(); r++) {
                int at = flow.offset() + labels.position(r);
                double rest = Tensor.element(flow.array(), at) - Tensor.element(g.array(), g.offset + r);
                Tensor.setElement(flow.array(), at, rest);
            }
            flow.engine().drop(g, flow.gradient());
        }

        @Override
        Tensor plain(Tensor[] in, Labels labels) {
            Tensor chosen = Tensor.zeros(in[0].dtype(), in[0].shape());
            for (int r = 0; r < labels.shape.size(); r++) {
                Tensor.setElement(chosen.array(), labels.position(r), 1);
            }
            return in[0].logSoftmax(-1).mul(chosen).sum(-1).neg();
        }

        @Override
        Cost cost(Call call, Labels labels) {
            return new Cost(4L * call.in(0).size(), Cost.bytes(call));
        }
    };

    static final List<Op<?>> ALL = List.of(CROSS_ENTROPY);
}
