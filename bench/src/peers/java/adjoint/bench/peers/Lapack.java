package adjoint.bench.peers;

import adjoint.bench.Task;
import adjoint.bench.linalg.Factorization;
import adjoint.bench.linalg.Factorization.Kind;
import adjoint.linalg.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/// A decomposition by the LAPACK in OpenBLAS, on column-major matrices, as LAPACK wants them.
final class Lapack implements Task {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfByte CHAR = ValueLayout.JAVA_BYTE;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;
    private static final int COLUMN_MAJOR = 102;

    private final Factorization of;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment matrix;
    private final MemorySegment copy;
    /// What the function leaves beside the matrix: pivots, τ, or eigenvalues or singular values.
    private final MemorySegment vector;

    private final MethodHandle body;

    Lapack(Factorization of) {
        this.of = of;
        this.matrix = Native.copyOf(transposed(of.matrix(), of.n()), arena);
        this.copy = room(of.n() * of.n());
        this.vector = room(of.n());
        this.body = body();
    }

    private MemorySegment room(int elements) {
        return arena.allocate((long) elements * of.precision().bytes(), 64);
    }

    /// The call with all of its arguments.
    private MethodHandle body() {
        int n = of.n();
        byte vectors = 'V';
        byte thin = 'S';
        byte lower = 'L';
        return switch (of.kind()) {
            case CHOLESKY ->
                MethodHandles.insertArguments(
                        function("potrf", INT, CHAR, INT, POINTER, INT), 0, COLUMN_MAJOR, lower, n, copy, n);
            case LU ->
                MethodHandles.insertArguments(
                        function("getrf", INT, INT, INT, POINTER, INT, POINTER),
                        0,
                        COLUMN_MAJOR,
                        n,
                        n,
                        copy,
                        n,
                        vector);
            case QR ->
                MethodHandles.insertArguments(
                        function("geqrf", INT, INT, INT, POINTER, INT, POINTER),
                        0,
                        COLUMN_MAJOR,
                        n,
                        n,
                        copy,
                        n,
                        vector);
            case SYMMETRIC_EIGEN ->
                MethodHandles.insertArguments(
                        function("syevd", INT, CHAR, CHAR, INT, POINTER, INT, POINTER),
                        0,
                        COLUMN_MAJOR,
                        vectors,
                        lower,
                        n,
                        copy,
                        n,
                        vector);
            case SVD ->
                MethodHandles.insertArguments(
                        function("gesdd", INT, CHAR, INT, INT, POINTER, INT, POINTER, POINTER, INT, POINTER, INT),
                        0,
                        COLUMN_MAJOR,
                        thin,
                        n,
                        n,
                        copy,
                        n,
                        vector,
                        room(n * n),
                        n,
                        room(n * n),
                        n);
        };
    }

    private MethodHandle function(String name, MemoryLayout... parameters) {
        String letter = of.precision() == Precision.F32 ? "s" : "d";
        return OpenBlas.function("LAPACKE_" + letter + name, FunctionDescriptor.of(INT, parameters));
    }

    @Override
    public void call() {
        copy.copyFrom(matrix);
        int status;
        try {
            status = (int) body.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (status != 0) {
            throw new IllegalStateException("LAPACK's " + of.kernel() + " says " + status);
        }
    }

    @Override
    public Object result() {
        if (of.kind() == Kind.SYMMETRIC_EIGEN || of.kind() == Kind.SVD) {
            return array(vector);
        }
        return transposed(array(copy), of.n());
    }

    private Object array(MemorySegment segment) {
        return of.precision() == Precision.F32 ? Native.floats(segment) : Native.doubles(segment);
    }

    private static Object transposed(Object square, int n) {
        return switch (Precision.of(square)) {
            case F32 -> {
                float[] from = (float[]) square;
                float[] to = new float[n * n];
                for (int i = 0; i < n * n; i++) {
                    to[i] = from[i % n * n + i / n];
                }
                yield to;
            }
            case F64 -> {
                double[] from = (double[]) square;
                double[] to = new double[n * n];
                for (int i = 0; i < n * n; i++) {
                    to[i] = from[i % n * n + i / n];
                }
                yield to;
            }
        };
    }

    @Override
    public void close() {
        arena.close();
    }
}
