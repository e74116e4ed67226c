package adjoint.autodiff;

/// An operation that is linear in all of its inputs together: what it does to values it does to their tangents.
abstract class LinearOp<P> extends Op<P> {

    LinearOp(String name, String formula) {
        super(name, formula);
    }

    @Override
    final int reads(int i) {
        return NO_VALUES;
    }

    @Override
    final Tensor jvp(Call call, P params, Tangents tangents) {
        Tensor[] in = new Tensor[call.inputs()];
        for (int i = 0; i < in.length; i++) {
            in[i] = tangents.orZeros(i);
        }
        return Engine.run(this, params, in);
    }
}
