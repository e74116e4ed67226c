package adjoint.autodiff;

import adjoint.linalg.Kernels;
import java.util.Set;

/// Where NaN or infinity came up first.
final class Findings {
    private static final StackWalker STACK = StackWalker.getInstance();
    /// Packages of the library, whose frames are not the user's.
    private static final Set<String> OWN = Set.of("adjoint.autodiff", "adjoint.nn", "adjoint.duality");

    private Findings() {}

    /// The first line of the user's on the stack, `Model.forward(Model.java:42)`, or null.
    static String callSite() {
        return STACK.walk(frames -> frames.filter(frame -> !OWN.contains(packageOf(frame.getClassName())))
                .findFirst()
                .map(frame -> {
                    String name = frame.getClassName();
                    return name.substring(name.lastIndexOf('.') + 1) + "." + frame.getMethodName() + "("
                            + frame.getFileName() + ":" + frame.getLineNumber() + ")";
                })
                .orElse(null));
    }

    private static String packageOf(String className) {
        int dot = className.lastIndexOf('.');
        return dot < 0 ? "" : className.substring(0, dot);
    }

    static boolean isFinite(Engine engine, Tensor tensor) {
        if (!tensor.dtype().isFloating()) {
            return true;
        }
        Kernels<Object> kernels = Engine.kernels(tensor.dtype());
        if (tensor.strides == null) {
            return kernels.allFinite(tensor.array(), tensor.offset, tensor.size());
        }
        Storage copy = engine.takeTemporary(tensor.dtype(), tensor.size());
        Engine.copy(tensor, copy.array, 0);
        boolean finite = kernels.allFinite(copy.array, 0, tensor.size());
        engine.dropTemporary(copy);
        return finite;
    }

    /// ``op #17 `gelu` [16, 29, 2048] of [16, 29, 2048] in encoder.layers.0.linear1 at Model.forward(Model.java:42)``.
    static String describe(Call call) {
        StringBuilder text = new StringBuilder();
        if (call.op == null) {
            text.append("the watched tensor #")
                    .append(call.index)
                    .append(' ')
                    .append(call.out(0).shape());
        } else {
            text.append("op #").append(call.index).append(" `").append(call.op).append("` ");
            text.append(call.out(0).shape()).append(" of");
            for (int i = 0; i < call.inputs(); i++) {
                Tensor input = call.in(i);
                text.append(i == 0 ? " " : ", ").append(input.shape());
                if (input.isAlive() && !isFinite(call.engine, input)) {
                    text.append(" (not finite)");
                }
            }
        }
        if (call.scope != null) {
            text.append(" in ").append(call.scope);
        }
        if (call.site != null) {
            text.append(" at ").append(call.site);
        }
        return text.toString();
    }

    /// @throws ArithmeticException if the result of an operation is not finite
    static void requireFiniteResult(Call call) {
        if (!isFinite(call.engine, call.out(0))) {
            throw new ArithmeticException("NaN or infinity in " + describe(call));
        }
    }

    /// @throws ArithmeticException if a gradient that an operation has just contributed to is not finite
    static void requireFiniteGradients(Call call) {
        for (int i = 0; i < call.inputs(); i++) {
            Call source = call.source(i);
            Tensor gradient = source == null ? null : source.target != null ? source.target : source.gradient;
            if (gradient != null && !isFinite(call.engine, gradient)) {
                throw new ArithmeticException(
                        "NaN or infinity in the gradient of input " + i + " of " + describe(call));
            }
        }
    }
}
