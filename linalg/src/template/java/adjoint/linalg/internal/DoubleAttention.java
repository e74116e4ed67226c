package adjoint.linalg.internal;

import adjoint.linalg.Attention.Heads;
import adjoint.linalg.Kernels;

/// Attention of one precision: see [DoubleAttentionForward] and [DoubleAttentionBackward]. Each thread keeps one of
/// both for the calls it makes.
public final class DoubleAttention implements AttentionKernels<double[]> {
    private final ThreadLocal<DoubleAttentionForward> forward;
    private final ThreadLocal<DoubleAttentionBackward> backward;

    private DoubleAttention(Kernels<double[]> kernels, DoubleAttentionBlocks blocks) {
        forward = ThreadLocal.withInitial(() -> new DoubleAttentionForward(kernels, blocks));
        backward = ThreadLocal.withInitial(() -> new DoubleAttentionBackward(kernels, blocks));
    }

    /// In plain Java.
    public static DoubleAttention scalar(Kernels<double[]> kernels) {
        return new DoubleAttention(kernels, new DoubleAttentionBlocks());
    }

    /// With vectors; links `jdk.incubator.vector`.
    public static DoubleAttention simd(Kernels<double[]> kernels) {
        return new DoubleAttention(kernels, new DoubleSimdAttentionBlocks());
    }

    @Override
    public void forward(
            AttentionProblem<double[]> problem,
            Heads<double[]> q,
            Heads<double[]> k,
            Heads<double[]> v,
            Heads<double[]> out,
            double[] lse,
            int lseOff) {
        DoubleAttentionForward call = forward.get();
        call.set(problem, q, k, v, out, lse, lseOff);
        try {
            call.run();
        } finally {
            call.clear();
        }
    }

    @Override
    public void backward(
            AttentionProblem<double[]> problem,
            Heads<double[]> q,
            Heads<double[]> k,
            Heads<double[]> v,
            Heads<double[]> out,
            double[] lse,
            int lseOff,
            Heads<double[]> dOut,
            Heads<double[]> dq,
            Heads<double[]> dk,
            Heads<double[]> dv) {
        DoubleAttentionBackward call = backward.get();
        call.set(problem, q, k, v, out, lse, lseOff, dOut, dq, dk, dv);
        try {
            call.run();
        } finally {
            call.clear();
        }
    }
}
