package adjoint.bench.peers;

import adjoint.bench.Task;
import adjoint.bench.linalg.Blas;
import adjoint.linalg.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/// A product with vectors or triangles by OpenBLAS.
final class Cblas implements Task {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;
    private static final int ROW_MAJOR = 101;
    private static final int PLAIN = 111;
    private static final int TRANSPOSED = 112;
    private static final int LOWER = 122;
    private static final int NON_UNIT = 131;
    private static final int LEFT = 141;

    private final Blas of;
    private final boolean single;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment a;
    private final MemorySegment x;
    private final MemorySegment y;
    private final MethodHandle body;
    /// What every second call does instead.
    private final MethodHandle undo;

    private boolean done;

    Cblas(Blas of) {
        this.of = of;
        this.single = of.precision() == Precision.F32;
        this.a = Native.copyOf(of.input(0), arena);
        this.x = Native.copyOf(of.input(1), arena);
        this.y = Native.copyOf(of.input(2), arena);
        this.body = body(1);
        this.undo = of.kind() == Blas.Kind.GER ? body(-1) : body;
    }

    /// The call with all of its arguments.
    private MethodHandle body(int factor) {
        int n = of.n();
        Object alpha = number(factor);
        Object zero = number(0);
        return switch (of.kind()) {
            case GEMV, GEMV_TRANSPOSED ->
                call(
                        "gemv",
                        ROW_MAJOR,
                        of.kind() == Blas.Kind.GEMV ? PLAIN : TRANSPOSED,
                        n,
                        n,
                        alpha,
                        a,
                        n,
                        x,
                        1,
                        zero,
                        y,
                        1);
            case SYMV -> call("symv", ROW_MAJOR, LOWER, n, alpha, a, n, x, 1, zero, y, 1);
            case GER -> call("ger", ROW_MAJOR, n, n, alpha, x, 1, y, 1, a, n);
            case SYRK -> call("syrk", ROW_MAJOR, LOWER, PLAIN, n, n, alpha, a, n, zero, y, n);
            case TRMM -> call("trmm", ROW_MAJOR, LEFT, LOWER, PLAIN, NON_UNIT, n, n, alpha, a, n, y, n);
            case TRSM -> call("trsm", ROW_MAJOR, LEFT, LOWER, PLAIN, NON_UNIT, n, n, alpha, a, n, y, n);
        };
    }

    private Object number(int value) {
        return single ? (Object) (float) value : (Object) (double) value;
    }

    private MethodHandle call(String name, Object... arguments) {
        MemoryLayout[] types = new MemoryLayout[arguments.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = switch (arguments[i]) {
                case Integer _ -> INT;
                case Float _ -> ValueLayout.JAVA_FLOAT;
                case Double _ -> ValueLayout.JAVA_DOUBLE;
                default -> POINTER;
            };
        }
        MethodHandle function =
                OpenBlas.function("cblas_" + (single ? "s" : "d") + name, FunctionDescriptor.ofVoid(types));
        return MethodHandles.insertArguments(function, 0, arguments);
    }

    @Override
    public void call() {
        try {
            if (of.kind() == Blas.Kind.TRMM || of.kind() == Blas.Kind.TRSM) {
                y.copyFrom(x);
            }
            if (done) {
                undo.invokeExact();
            } else {
                body.invokeExact();
            }
            done = !done;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Object result() {
        MemorySegment written = of.kind() == Blas.Kind.GER ? a : y;
        return single ? Native.floats(written) : Native.doubles(written);
    }

    @Override
    public void close() {
        arena.close();
    }
}
