package adjoint.autodiff;

import java.util.function.UnaryOperator;

/// The tangents of the inputs of one call, on a tape's way forward.
final class Tangents {
    private final int concern;
    private Call call;

    /// @param concern the number of the differentiation: only entries with this number have a tangent
    Tangents(int concern) {
        this.concern = concern;
    }

    void start(Call call) {
        this.call = call;
    }

    /// Whether input `i` has a tangent; if not, it does not depend on what is differentiated.
    boolean has(int i) {
        Call source = call.source(i);
        return source != null && source.concern == concern && source.tangent != null;
    }

    boolean any() {
        for (int i = 0; i < call.inputs(); i++) {
            if (has(i)) {
                return true;
            }
        }
        return false;
    }

    /// The tangent of input `i`, which must have one.
    Tensor of(int i) {
        return call.source(i).tangent;
    }

    Tensor orZeros(int i) {
        return has(i) ? of(i) : Tensor.zeros(call.in(i).dtype(), call.in(i).shape());
    }

    /// `sum` plus the `term` of input `i`, if that has a tangent; null stands for a sum of nothing.
    Tensor plus(Tensor sum, int i, UnaryOperator<Tensor> term) {
        if (!has(i)) {
            return sum;
        }
        Tensor next = term.apply(of(i));
        return sum == null ? next : sum.add(next);
    }
}
