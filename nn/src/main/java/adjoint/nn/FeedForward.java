package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// `y = W₂·drop(act(W₁·x + b₁)) + b₂`, at each position alone: `x` and `y` are `[…, d]`, what is between
/// them `[…, hidden]`.
public final class FeedForward implements Layer {
    private final Linear linear1;
    private final Linear linear2;
    private final Activation activation;
    private final Dropout dropout;

    public FeedForward(int width, int hidden, Activation activation, double dropout, DType dtype, Rng key) {
        this.linear1 = new Linear(width, hidden, dtype, key.child("linear1"));
        this.linear2 = new Linear(hidden, width, dtype, key.child("linear2"));
        this.activation = activation;
        this.dropout = new Dropout(dropout);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Tensor activated = activation.forward(linear1.forward(x));
        Tensor hidden = dropout.forward(activated, pass);
        if (hidden != activated) {
            pass.drop(activated);
        }
        return linear2.forward(hidden);
    }

    @Override
    public void describe(Parts parts) {
        parts.module("linear1", linear1);
        parts.module("linear2", linear2);
    }
}
