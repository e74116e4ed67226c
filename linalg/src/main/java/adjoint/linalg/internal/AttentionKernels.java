package adjoint.linalg.internal;

import adjoint.linalg.Attention.Heads;

/// Attention of one provider and precision; arguments have been checked.
///
/// @param <A> `float[]` or `double[]`
public interface AttentionKernels<A> {
    void forward(AttentionProblem<A> problem, Heads<A> q, Heads<A> k, Heads<A> v, Heads<A> out, A lse, int lseOff);

    void backward(
            AttentionProblem<A> problem,
            Heads<A> q,
            Heads<A> k,
            Heads<A> v,
            Heads<A> out,
            A lse,
            int lseOff,
            Heads<A> dOut,
            Heads<A> dq,
            Heads<A> dk,
            Heads<A> dv);
}
