package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// `y = down_proj(drop(gate(gate_proj(x))·up_proj(x)))`, at each position alone (Shazeer, *GLU variants improve
/// transformer*, 2020): `x` and `y` are `[…, width]`, what is between them `[…, hidden]`. Parts are called as in LLaMA.
///
/// | gate | name |
/// |---|---|
/// | SIGMOID | GLU |
/// | GELU | GEGLU |
/// | SILU | SwiGLU |
/// | RELU | ReGLU |
public final class GatedFeedForward implements Layer {
    private final Linear gateProjection;
    private final Linear up;
    private final Linear down;
    private final Activation gate;
    private final Dropout dropout;

    /// @param bias whether the three projections have one
    public GatedFeedForward(
            int width, int hidden, Activation gate, boolean bias, double dropout, DType dtype, Rng key) {
        this.gateProjection = new Linear(width, hidden, bias, dtype, key.child("gate_proj"));
        this.up = new Linear(width, hidden, bias, dtype, key.child("up_proj"));
        this.down = new Linear(hidden, width, bias, dtype, key.child("down_proj"));
        this.gate = gate;
        this.dropout = new Dropout(dropout);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Tensor hidden = gate.forward(gateProjection.forward(x)).mul(up.forward(x));
        return down.forward(dropout.forward(hidden, pass));
    }

    @Override
    public void describe(Parts parts) {
        parts.module("gate_proj", gateProjection);
        parts.module("up_proj", up);
        parts.module("down_proj", down);
    }
}
