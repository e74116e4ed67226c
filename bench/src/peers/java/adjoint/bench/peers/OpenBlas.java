package adjoint.bench.peers;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.linalg.Blas;
import adjoint.bench.linalg.Factorization;
import adjoint.bench.linalg.Gemm;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;

/// OpenBLAS and its LAPACK. Threads and kernels are what the environment of the process says (`OPENBLAS_NUM_THREADS`,
/// `OPENBLAS_CORETYPE`).
public final class OpenBlas implements Contender {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

    private static final int ROW_MAJOR = 101;
    private static final int PLAIN = 111;
    private static final int TRANSPOSED = 112;

    private final String version;

    public OpenBlas() {
        Loader.load(openblas.class);
        version = text("openblas_get_config") + ", running " + text("openblas_get_corename") + " kernels";
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return switch (operation) {
            case Gemm g when g.precision() == Precision.F32 -> Optional.of(new SingleProduct(g));
            case Gemm g -> Optional.of(new DoubleProduct(g));
            case Blas of -> Optional.of(new Cblas(of));
            case Factorization of -> Optional.of(new Lapack(of));
            default -> Optional.empty();
        };
    }

    /// What a function without parameters says in text.
    private static String text(String function) {
        try {
            MethodHandle handle = function(function, FunctionDescriptor.of(ValueLayout.ADDRESS));
            MemorySegment text = (MemorySegment) handle.invokeExact();
            return text.reinterpret(Long.MAX_VALUE).getString(0).strip();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static int cblas(Transpose t) {
        return t == Transpose.YES ? TRANSPOSED : PLAIN;
    }

    /// A function of the loaded library.
    static MethodHandle function(String name, FunctionDescriptor type) {
        SymbolLookup symbols = SymbolLookup.loaderLookup();
        return Linker.nativeLinker()
                .downcallHandle(
                        symbols.find(name).orElseThrow(() -> new IllegalStateException("OpenBLAS has no " + name)),
                        type);
    }

    /// The functions, linked when the library has been loaded: as constants, which costs a call the least.
    private static final class Functions {
        static final MethodHandle SGEMM = product("cblas_sgemm", FLOAT);
        static final MethodHandle DGEMM = product("cblas_dgemm", DOUBLE);

        private static MethodHandle product(String name, MemoryLayout scalar) {
            return function(
                    name,
                    FunctionDescriptor.ofVoid(
                            INT, INT, INT, INT, INT, INT, scalar, POINTER, INT, POINTER, INT, scalar, POINTER, INT));
        }
    }

    /// What the products of both precisions share. A batch is a loop of calls: the function for batches of this version
    /// (`cblas_sgemm_batch_strided`) makes the process abort.
    private abstract static class Product implements Task {
        final Gemm g;
        final Arena arena = Arena.ofShared();
        final MemorySegment[] a;
        final MemorySegment[] b;
        final MemorySegment[] c;
        final int ta;
        final int tb;
        private final MemorySegment results;

        Product(Gemm g) {
            this.g = g;
            this.results = Native.copyOf(g.c(), arena);
            this.a = items(Native.copyOf(g.a(), arena));
            this.b = items(Native.copyOf(g.b(), arena));
            this.c = items(results);
            this.ta = cblas(g.ta());
            this.tb = cblas(g.tb());
        }

        private MemorySegment[] items(MemorySegment matrices) {
            MemorySegment[] items = new MemorySegment[g.batch()];
            long size = matrices.byteSize() / g.batch();
            Arrays.setAll(items, i -> matrices.asSlice(i * size, size));
            return items;
        }

        @Override
        public void call() {
            try {
                for (int i = 0; i < a.length; i++) {
                    multiply(a[i], b[i], c[i]);
                }
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        abstract void multiply(MemorySegment a, MemorySegment b, MemorySegment c) throws Throwable;

        @Override
        public Object result() {
            return g.precision() == Precision.F32 ? Native.floats(results) : Native.doubles(results);
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    private static final class SingleProduct extends Product {
        SingleProduct(Gemm g) {
            super(g);
        }

        @Override
        void multiply(MemorySegment a, MemorySegment b, MemorySegment c) throws Throwable {
            Functions.SGEMM.invokeExact(
                    ROW_MAJOR, ta, tb, g.m(), g.n(), g.k(), 1f, a, g.lda(), b, g.ldb(), 0f, c, g.n());
        }
    }

    private static final class DoubleProduct extends Product {
        DoubleProduct(Gemm g) {
            super(g);
        }

        @Override
        void multiply(MemorySegment a, MemorySegment b, MemorySegment c) throws Throwable {
            Functions.DGEMM.invokeExact(
                    ROW_MAJOR, ta, tb, g.m(), g.n(), g.k(), 1d, a, g.lda(), b, g.ldb(), 0d, c, g.n());
        }
    }
}
