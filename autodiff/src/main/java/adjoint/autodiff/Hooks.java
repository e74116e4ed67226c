package adjoint.autodiff;

import adjoint.autodiff.OperationHook.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The hooks on the operations of a tape.
final class Hooks {
    private final List<OperationHook> hooks = new ArrayList<>();

    void add(OperationHook hook) {
        hooks.add(hook);
    }

    void beforeForward(Engine engine, Call call, int number, String scope) {
        Operation operation = operation(call, number, scope, null, null);
        outside(engine, hook -> hook.beforeForward(operation));
    }

    void afterForward(Engine engine, Call call) {
        Operation operation = operation(call, call.index, call.scope, call.out(0), null);
        outside(engine, hook -> hook.afterForward(operation));
    }

    void afterBackward(Engine engine, Call call, Tensor gradient) {
        Operation operation = operation(call, call.index, call.scope, call.out(0), gradient);
        outside(engine, hook -> hook.afterBackward(operation));
    }

    /// What the hook on a tensor makes of its gradient.
    static Tensor gradient(Call call, Tensor gradient) {
        Tensor replaced = call.hook.apply(gradient);
        if (replaced == null
                || replaced.dtype() != gradient.dtype()
                || !replaced.shape().equals(gradient.shape())) {
            throw new ShapeError("onGradient: a hook must return a gradient like the one it was given, "
                    + gradient.dtype() + gradient.shape() + ", got "
                    + (replaced == null
                            ? "null"
                            : replaced.dtype() + replaced.shape().toString()));
        }
        return replaced;
    }

    private static Operation operation(Call call, int number, String scope, Tensor output, Tensor gradient) {
        List<Tensor> inputs = new ArrayList<>();
        for (int i = 0; i < call.inputs(); i++) {
            inputs.add(call.in(i));
        }
        return new Operation(number, call.op, scope, List.copyOf(inputs), output, gradient);
    }

    /// Calls the hooks with no tape open, the present one being in the middle of an operation.
    private void outside(Engine engine, Consumer<OperationHook> body) {
        Tape tape = engine.tape;
        engine.tape = null;
        try {
            hooks.forEach(body);
        } finally {
            engine.tape = tape;
        }
    }
}
