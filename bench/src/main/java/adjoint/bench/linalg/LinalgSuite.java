package adjoint.bench.linalg;

import static adjoint.linalg.Transpose.NO;
import static adjoint.linalg.Transpose.YES;

import adjoint.bench.Case;
import adjoint.bench.Case.Vectors;
import adjoint.bench.Group;
import adjoint.bench.Operation;
import adjoint.bench.Peer;
import adjoint.bench.Suite;
import adjoint.bench.linalg.Factorization.Kind;
import adjoint.bench.linalg.RowWise.Function;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What `adjoint bench linalg` measures: the kernels of `linalg`, each beside who is best at it. Of the chains it has
/// those
/// that networks spend their time in; what only checks, fills or scans has no case.
public final class LinalgSuite implements Suite.Source {
    private static final String OURS = Adjoint.class.getName();
    private static final String PEERS = "adjoint.bench.peers.";

    private static final Peer ADJOINT = new Peer("adjoint", "Adjoint", OURS);
    private static final Peer ONE_THREAD = new Peer("one-thread", "Adjoint, 1 thread", OURS, 1, Map.of());
    private static final Peer PEAK = new Peer("peak", "FMA peak", Peak.class.getName());
    private static final Peer TRIAD = new Peer("triad", "triad", Triad.class.getName());
    private static final Peer OPENBLAS = new Peer("openblas", "OpenBLAS", PEERS + "OpenBlas");
    private static final Peer VECTORBLAS = new Peer("vectorblas", "VectorBLAS", PEERS + "VectorBlas");
    private static final Peer OJALGO = new Peer("ojalgo", "ojAlgo", PEERS + "OjAlgo");
    private static final Peer EJML = new Peer("ejml", "EJML", PEERS + "Ejml");

    private static final Peer COMMONS_MATH = new Peer("commons-math", "Commons Math", PEERS + "CommonsMath");
    /// With its own pool of threads alone: that of its OpenBLAS would spin against it, and is slower.
    private static final Peer LIBTORCH =
            new Peer("libtorch", "libtorch", PEERS + "LibTorch", 0, Map.of("OPENBLAS_NUM_THREADS", "1"));
    private static final Peer PASSES = new Peer("passes", "separate passes", Passes.class.getName());

    private static final double NONE = Double.NaN;
    private static final List<Precision> BOTH = List.of(Precision.F32, Precision.F64);

    @Override
    public String name() {
        return "linalg";
    }

    @Override
    public Suite create() {
        List<Group> groups = new ArrayList<>();
        products(groups);
        threads(groups);
        vectorsAndTriangles(groups);
        rows(groups);
        moreRows(groups);
        attention(groups);
        decompositions(groups);
        return new Suite(name(), ADJOINT, List.copyOf(groups));
    }

    private static void products(List<Group> groups) {
        Cases square = new Cases(OPENBLAS);
        for (Precision precision : BOTH) {
            for (int n : new int[] {128, 256, 512, 1024, 2048}) {
                boolean single = precision == Precision.F32;
                square.quick(single ? n < 2048 : n == 512).add(gemm(precision, NO, NO, n, n, n, 1));
                square.quick(single && n == 512).add(gemm(precision, NO, YES, n, n, n, 1));
                square.add(gemm(precision, YES, NO, n, n, n, 1));
            }
            square.quick(precision == Precision.F32);
            for (Transpose[] t : new Transpose[][] {{NO, NO}, {NO, YES}, {YES, NO}}) {
                square.add(gemm(precision, t[0], t[1], 2048, 256, 256, 1));
                square.quick(false);
                square.add(gemm(precision, t[0], t[1], 2048, 1024, 256, 1));
                square.add(gemm(precision, t[0], t[1], 2048, 256, 1024, 1));
                square.add(gemm(precision, t[0], t[1], 128, 64, 128, 64));
                square.add(gemm(precision, t[0], t[1], 128, 128, 64, 64));
                square.add(gemm(precision, t[0], t[1], 64, 128, 128, 64));
            }
        }
        groups.add(square.group("products, 1 thread, beside OpenBLAS", 0.93, 1.0));

        Cases small = new Cases(OPENBLAS);
        Cases ragged = new Cases(OPENBLAS);
        Cases hundred = new Cases(OPENBLAS);
        for (Precision precision : BOTH) {
            for (int n : new int[] {16, 24, 32, 48, 64}) {
                small.quick(precision == Precision.F32 ? n == 16 : n == 64)
                        .add(gemm(precision, NO, NO, n, n, n, 16384 / (n * n) * 16));
            }
            ragged.quick(precision == Precision.F32);
            ragged.add(gemm(precision, NO, NO, 37, 53, 71, 1));
            ragged.quick(false);
            ragged.add(gemm(precision, NO, NO, 29, 29, 64, 1));
            ragged.add(gemm(precision, NO, NO, 127, 129, 65, 1));
            ragged.add(gemm(precision, NO, NO, 1000, 1000, 1000, 1));
            ragged.quick(precision == Precision.F32);
            ragged.add(gemm(precision, NO, NO, 1, 1024, 1024, 1));
            ragged.add(gemm(precision, NO, NO, 1024, 1, 1024, 1));
            hundred.quick(precision == Precision.F32).add(gemm(precision, NO, NO, 100, 100, 100, 1));
        }
        groups.add(small.group("small products in batches, beside OpenBLAS", 0.9, NONE));
        groups.add(ragged.group("ragged products, beside OpenBLAS", 0.95, NONE));
        groups.add(hundred.group("products of 100, beside OpenBLAS", 0.85, NONE));

        Cases peak = new Cases(PEAK);
        for (Precision precision : BOTH) {
            for (int n : new int[] {512, 1024, 2048}) {
                peak.quick(n == 1024 && precision == Precision.F32).add(gemm(precision, NO, NO, n, n, n, 1));
            }
        }
        groups.add(peak.group("products, share of the FMA peak", 0.85, NONE));

        groups.add(javaPeer(VECTORBLAS).group("products, beside VectorBLAS", 3, NONE));
        groups.add(javaPeer(OJALGO).group("products, beside ojAlgo", 10, NONE));
        groups.add(javaPeer(EJML).group("products, beside EJML", 20, NONE));

        Cases narrow = new Cases(OPENBLAS).vectors(Vectors.AVX2);
        for (Precision precision : BOTH) {
            for (int n : new int[] {64, 128, 256, 512, 1024}) {
                narrow.quick(n == 512 && precision == Precision.F32)
                        .add(gemm(precision, NO, NO, n, n, n, n == 64 ? 16 : 1));
            }
            narrow.quick(false).add(gemm(precision, NO, YES, 512, 512, 512, 1));
            narrow.add(gemm(precision, YES, NO, 512, 512, 512, 1));
            narrow.add(gemm(precision, NO, NO, 2048, 256, 256, 1));
            narrow.add(gemm(precision, NO, NO, 100, 100, 100, 1));
        }
        groups.add(narrow.group("products with AVX2, beside OpenBLAS with AVX2", 0.9, NONE));
    }

    private static Cases javaPeer(Peer peer) {
        Cases cases = new Cases(peer);
        cases.quick(true).add(gemm(Precision.F32, NO, NO, 1024, 1024, 1024, 1));
        return cases.quick(false).add(gemm(Precision.F64, NO, NO, 1024, 1024, 1024, 1));
    }

    private static void threads(List<Group> groups) {
        Cases native2 = new Cases(OPENBLAS).threads(2);
        Cases alone = new Cases(ONE_THREAD).threads(2);
        for (Precision precision : BOTH) {
            for (int n : new int[] {64, 128, 256, 512, 1024, 2048}) {
                Operation product = gemm(precision, NO, NO, n, n, n, 1);
                if (n >= 256) {
                    native2.quick(n == 512 && precision == Precision.F32).add(product);
                }
                alone.quick(n == 128 && precision == Precision.F32).add(product);
            }
            native2.quick(false).add(gemm(precision, NO, YES, 2048, 1024, 256, 1));
            native2.add(gemm(precision, YES, NO, 256, 1024, 2048, 1));
            native2.add(gemm(precision, NO, NO, 128, 64, 128, 64));
        }
        groups.add(native2.group("products, 2 threads, beside OpenBLAS", 0.9, NONE));
        groups.add(alone.group("products, 2 threads, beside 1", 1.0, NONE));
    }

    private static void rows(List<Group> groups) {
        Cases rows = new Cases(LIBTORCH).quick(true);
        for (Function function : List.of(
                Function.SOFTMAX,
                Function.LAYER_NORM,
                Function.LAYER_NORM_BACKWARD,
                Function.GELU,
                Function.GELU_BACKWARD,
                Function.EXP,
                Function.CROSS_ENTROPY)) {
            rows.add(new RowWise(function, Precision.F32, 512, 512));
        }
        groups.add(rows.group("row kernels, 1 thread, beside libtorch", 1.0, NONE));
        groups.add(new Cases(LIBTORCH)
                .quick(true)
                .add(new RowWise(Function.DROPOUT, Precision.F32, 512, 512))
                .group("dropout, beside libtorch", 8, NONE));
        groups.add(new Cases(PASSES)
                .quick(true)
                .add(new RowWise(Function.MASKED_BIAS_GELU, Precision.F32, 4096, 1024))
                .group("a fused chain, beside separate passes", 2, NONE));
        groups.add(new Cases(TRIAD)
                .quick(true)
                .add(new RowWise(Function.MASKED_BIAS_GELU, Precision.F32, 4096, 1024))
                .group("a fused chain, share of the memory's speed", NONE, NONE));
        Cases draws = new Cases(LIBTORCH);
        for (Precision precision : BOTH) {
            draws.quick(precision == Precision.F32);
            draws.add(new Draws(Draws.Distribution.UNIFORM, precision, 1 << 20));
            draws.add(new Draws(Draws.Distribution.NORMAL, precision, 1 << 20));
        }
        groups.add(draws.group("random numbers, beside libtorch", NONE, NONE));
    }

    /// Without targets: what these do is bound by memory, or is made of what has one.
    private static void vectorsAndTriangles(List<Group> groups) {
        Cases vectors = new Cases(OPENBLAS);
        Cases triangles = new Cases(OPENBLAS);
        for (Precision precision : BOTH) {
            for (Blas.Kind kind : List.of(Blas.Kind.GEMV, Blas.Kind.GEMV_TRANSPOSED, Blas.Kind.SYMV, Blas.Kind.GER)) {
                vectors.quick(kind == Blas.Kind.GEMV && precision == Precision.F32);
                vectors.add(new Blas(kind, precision, 1024));
            }
            for (Blas.Kind kind : List.of(Blas.Kind.SYRK, Blas.Kind.TRMM, Blas.Kind.TRSM)) {
                triangles.quick(false).add(new Blas(kind, precision, 256));
                triangles.quick(kind == Blas.Kind.TRSM && precision == Precision.F64);
                triangles.add(new Blas(kind, precision, 1024));
            }
        }
        groups.add(vectors.group("products with vectors, beside OpenBLAS", NONE, NONE));
        groups.add(triangles.group("products and systems with triangles, beside OpenBLAS", NONE, NONE));
    }

    private static void moreRows(List<Group> groups) {
        Cases rows = new Cases(LIBTORCH);
        for (Function function : List.of(
                Function.TANH,
                Function.SIGMOID,
                Function.LOG_SOFTMAX,
                Function.RMS_NORM,
                Function.SUM,
                Function.COLUMN_SUM,
                Function.ROW_MAX,
                Function.TRANSPOSE,
                Function.GATHER,
                Function.ADAM_W)) {
            rows.quick(function == Function.ADAM_W).add(new RowWise(function, Precision.F32, 512, 512));
        }
        groups.add(rows.group("further row kernels, reductions, moves and a step, beside libtorch", NONE, NONE));
        Cases memory = new Cases(TRIAD).quick(false);
        for (Function function : List.of(Function.SUM, Function.TRANSPOSE, Function.ADAM_W)) {
            memory.add(new RowWise(function, Precision.F32, 4096, 1024));
        }
        groups.add(memory.group("large arrays, share of the memory's speed", NONE, NONE));
    }

    private static void attention(List<Group> groups) {
        for (double dropout : new double[] {0, 0.1}) {
            for (int threads : new int[] {1, 2}) {
                Cases cases = new Cases(LIBTORCH).threads(threads).quick(threads == 1);
                cases.add(new Attention(Precision.F32, 4, 1024, 64, dropout)).quick(false);
                for (int width : new int[] {32, 64}) {
                    for (int length : new int[] {1024, 2048, 4096, 8192}) {
                        int heads = 16 * 1024 / length;
                        cases.add(new Attention(Precision.F32, heads, length, width, dropout));
                    }
                }
                String title = (dropout == 0 ? "attention, " : "attention with dropout, ")
                        + (threads == 1 ? "1 thread" : threads + " threads") + ", beside libtorch";
                groups.add(cases.group(title, dropout > 0 ? 6 : threads == 1 ? 1.0 : 0.95, NONE));
            }
        }
    }

    private static void decompositions(List<Group> groups) {
        Cases direct = new Cases(OPENBLAS).quick(true);
        Cases others = new Cases(OPENBLAS).quick(false);
        for (Kind kind : List.of(Kind.CHOLESKY, Kind.LU, Kind.QR)) {
            direct.add(new Factorization(kind, Precision.F64, 1024));
            others.add(new Factorization(kind, Precision.F64, 256));
            others.add(new Factorization(kind, Precision.F64, 2048));
            others.add(new Factorization(kind, Precision.F32, 1024));
        }
        Cases iterative = new Cases(OPENBLAS).quick(true);
        Cases java = new Cases(COMMONS_MATH).quick(false);
        for (Kind kind : List.of(Kind.SYMMETRIC_EIGEN, Kind.SVD)) {
            iterative.add(new Factorization(kind, Precision.F64, 512));
            java.add(new Factorization(kind, Precision.F64, 512));
            others.add(new Factorization(kind, Precision.F64, 128));
            others.add(new Factorization(kind, Precision.F32, 512));
        }
        groups.add(direct.group("Cholesky, LU, QR, beside LAPACK", 0.7, NONE));
        groups.add(iterative.group("eigenvalues, SVD, beside LAPACK", 0.5, NONE));
        groups.add(java.group("eigenvalues, SVD, beside Commons Math", 10, NONE));
        groups.add(others.group("decompositions of other sizes, beside LAPACK", NONE, NONE));
    }

    private static Gemm gemm(Precision precision, Transpose ta, Transpose tb, int m, int n, int k, int batch) {
        return new Gemm(precision, ta, tb, m, n, k, batch);
    }

    /// Collects the cases of a group beside one peer.
    private static final class Cases {
        private final Peer peer;
        private final List<Case> cases = new ArrayList<>();
        private int threads = 1;
        private Vectors vectors = Vectors.WIDEST;
        private boolean quick;

        Cases(Peer peer) {
            this.peer = peer;
        }

        Cases threads(int threads) {
            this.threads = threads;
            return this;
        }

        Cases vectors(Vectors vectors) {
            this.vectors = vectors;
            return this;
        }

        /// Whether a short run has the cases that are added from now on.
        Cases quick(boolean quick) {
            this.quick = quick;
            return this;
        }

        Cases add(Operation operation) {
            cases.add(new Case(operation, peer, threads, vectors, quick));
            return this;
        }

        Group group(String title, double each, double mean) {
            return new Group(title, each, mean, List.copyOf(cases));
        }
    }
}
