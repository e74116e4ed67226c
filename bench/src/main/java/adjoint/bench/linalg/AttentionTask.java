package adjoint.bench.linalg;

import adjoint.bench.Task;
import adjoint.linalg.Attention.Heads;
import adjoint.linalg.Attention.Sizes;
import adjoint.linalg.Kernels;
import adjoint.linalg.Rng;

/// Our fused attention, forward and backward.
final class AttentionTask<A> implements Task {
    private final Attention of;
    private final adjoint.linalg.Attention<A> attention;
    private final Heads<A> q;
    private final Heads<A> k;
    private final Heads<A> v;
    private final Heads<A> outGradient;
    private final Heads<A> out;
    private final A logSums;
    /// Those by Q, K and V, one behind the other.
    private final A gradients;

    private final Heads<A> qGradient;
    private final Heads<A> kGradient;
    private final Heads<A> vGradient;

    AttentionTask(Kernels<A> kernels, Attention of) {
        this.of = of;
        int length = of.length();
        Sizes sizes = new Sizes(1, of.heads(), length, length, of.width(), of.width());
        adjoint.linalg.Attention<A> plain = adjoint.linalg.Attention.of(kernels, sizes, 1 / Math.sqrt(of.width()));
        this.attention = of.dropout() == 0 ? plain : plain.dropout(of.dropout(), Rng.of(7));
        this.q = heads(of.input(0), 0);
        this.k = heads(of.input(1), 0);
        this.v = heads(of.input(2), 0);
        this.outGradient = heads(of.input(3), 0);
        this.out = heads(of.precision().allocate(of.size()), 0);
        this.logSums = array(of.precision().allocate(of.heads() * length));
        this.gradients = array(of.precision().allocate(3 * of.size()));
        this.qGradient = heads(gradients, 0);
        this.kGradient = heads(gradients, of.size());
        this.vGradient = heads(gradients, 2 * of.size());
    }

    @SuppressWarnings("unchecked")
    private A array(Object array) {
        return (A) array;
    }

    private Heads<A> heads(Object array, int offset) {
        return new Heads<>(array(array), offset, of.size(), of.length() * of.width(), of.width());
    }

    @Override
    public void call() {
        attention.forward(q, k, v, out, logSums, 0);
        attention.backward(q, k, v, out, logSums, 0, outGradient, qGradient, kGradient, vGradient);
    }

    @Override
    public Object result() {
        return gradients;
    }
}
