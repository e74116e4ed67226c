package adjoint.autodiff;

import java.util.ArrayList;
import java.util.List;

/// An operation whose kernels stand for a composition of other operations, its plain decomposition. The decomposition
/// is what is differentiated when gradients are to be differentiated again; a test holds both together.
abstract class FusedOp<P> extends Op<P> {

    FusedOp(String name, String formula) {
        super(name, formula);
    }

    /// The same function of the inputs by other operations.
    abstract Tensor plain(Tensor[] in, P params);

    @Override
    abstract void fusedVjp(Call call, P params, Flow flow);

    @Override
    void vjp(Call call, P params, Flow flow) {
        Tape tape = call.tape;
        Tensor[] in = new Tensor[call.inputs()];
        List<Tensor> wanted = new ArrayList<>();
        for (int i = 0; i < in.length; i++) {
            in[i] = call.in(i);
            if (flow.wants(i)) {
                in[i] = tape.innerLeaf(in[i]);
                wanted.add(in[i]);
            }
        }
        List<Tensor> gradients = tape.gradients(plain(in, params), flow.gradient(), wanted);
        int next = 0;
        for (int i = 0; i < in.length; i++) {
            if (flow.wants(i)) {
                flow.give(i, gradients.get(next++));
            }
        }
    }

    @Override
    Tensor jvp(Call call, P params, Tangents tangents) {
        Tape tape = call.tape;
        Tensor[] in = new Tensor[call.inputs()];
        List<Tensor> moving = new ArrayList<>();
        List<Tensor> along = new ArrayList<>();
        for (int i = 0; i < in.length; i++) {
            in[i] = call.in(i);
            if (tangents.has(i)) {
                in[i] = tape.innerLeaf(in[i]);
                moving.add(in[i]);
                along.add(tangents.of(i));
            }
        }
        return tape.tangent(plain(in, params), moving, along);
    }

    @Override
    public final boolean isFused() {
        return true;
    }
}
