package adjoint.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// A warm kernel allocates nothing: neither packing buffers nor, above all, vectors, which become objects when the JIT
/// compiler gives up on a method.
class AllocationTest {
    private static void assertAllocatesNothing(String what, Runnable call) {
        assertEquals(0, Allocated.least(call), () -> "bytes of the calls of " + what);
    }

    @Test
    void products() {
        int[][] shapes = {{29, 64, 40}, {64, 29, 33}, {100, 37, 50}, {3, 40, 20}, {1, 64, 40}, {64, 1, 40}};
        try (Parallel.Scope _ = Parallel.with(1)) {
            for (Provided<?> p : Provided.all()) {
                for (int[] shape : shapes) {
                    for (Transpose t : Transpose.values()) {
                        product(p, t, shape[0], shape[1], shape[2]);
                    }
                }
            }
        }
    }

    @Test
    void productsWithAnEpilogue() {
        try (Parallel.Scope _ = Parallel.with(1)) {
            Provided.all().forEach(AllocationTest::productsWithAnEpilogue);
        }
    }

    private static <A> void productsWithAnEpilogue(Provided<A> p) {
        int n = 40;
        A x = p.array(new double[n * n]);
        A c = p.array(new double[n * n]);
        PackedMatrix<A> packed = p.kernels().pack(Transpose.NO, n, n, x, 0, n);
        Epilogue<A> e = new Epilogue<>(x, 0, x, n, x, 0, n, Epilogue.Activation.GELU);
        assertAllocatesNothing(
                p + " gemm with an epilogue",
                () -> p.kernels().gemm(Transpose.NO, Transpose.NO, n, n, n, 1, x, 0, n, x, 0, n, 0, c, 0, n, e));
        assertAllocatesNothing(
                p + " gemm with a packed operand",
                () -> p.kernels().gemm(Transpose.NO, n, 1, x, 0, n, packed, 0, c, 0, n, Epilogue.none()));
    }

    /// Also of items that lie side by side, in one array with their factors or not: what is checked of them then must
    /// not cost anything either.
    @Test
    void batchedProductsAndProductsWithABias() {
        try (Parallel.Scope _ = Parallel.with(1)) {
            Provided.all().forEach(AllocationTest::batchedProducts);
        }
    }

    private static <A> void batchedProducts(Provided<A> p) {
        Kernels<A> k = p.kernels();
        Transpose no = Transpose.NO;
        int n = 16;
        int batch = 4;
        int size = n * n;
        A a = p.array(new double[batch * size]);
        A c = p.array(new double[batch * size]);
        A all = p.array(new double[3 * batch * size]);
        int wide = batch * n;
        assertAllocatesNothing(
                p + " gemmBatched",
                () -> k.gemmBatched(no, no, n, n, n, 1, a, 0, n, size, a, 0, n, 0, 0, c, 0, n, size, batch));
        assertAllocatesNothing(
                p + " gemmBatched side by side",
                () -> k.gemmBatched(no, no, n, n, n, 1, a, 0, n, size, a, 0, n, size, 0, c, 0, wide, n, batch));
        assertAllocatesNothing(
                p + " gemmBatched side by side in one array",
                () -> k.gemmBatched(
                        no, no, n, n, n, 1, all, 0, 3 * wide, n, all, wide, 3 * wide, n, 0, all, 2 * wide, 3 * wide, n,
                        batch));
        assertAllocatesNothing(p + " gemmBias", () -> k.gemmBias(no, no, n, n, n, 1, a, 0, n, a, 0, n, c, 0, n, a, 0));
    }

    private static <A> void product(Provided<A> p, Transpose t, int m, int n, int k) {
        A a = p.array(new double[m * k]);
        A b = p.array(new double[k * n]);
        A c = p.array(new double[m * n]);
        int lda = t == Transpose.NO ? k : m;
        int ldb = t == Transpose.NO ? n : k;
        assertAllocatesNothing(
                p + " " + t + " " + m + " x " + n + " x " + k,
                () -> p.kernels().gemm(t, t, m, n, k, 1, a, 0, lda, b, 0, ldb, 1, c, 0, n));
    }

    @Test
    void vectorAndTriangularProducts() {
        try (Parallel.Scope _ = Parallel.with(1)) {
            for (Provided<?> p : Provided.all()) {
                for (Transpose t : Transpose.values()) {
                    vectorProducts(p, t);
                    triangularProducts(p, t);
                }
            }
        }
    }

    private static <A> void vectorProducts(Provided<A> p, Transpose t) {
        Kernels<A> kernels = p.kernels();
        int n = 45;
        A a = p.array(new double[n * n]);
        A x = p.array(new double[n]);
        A y = p.array(new double[2 * n]);
        assertAllocatesNothing(p + " gemv " + t, () -> kernels.gemv(t, n, n, 0.5, a, 0, n, x, 0, 1, 0, y, 0, 1));
        assertAllocatesNothing(
                p + " gemv, increments " + t, () -> kernels.gemv(t, n, n, 0.5, a, 0, n, y, 0, 2, 1, x, 0, 1));
        assertAllocatesNothing(p + " ger", () -> kernels.ger(n, n, 0.5, x, 0, 1, y, 0, 2, a, 0, n));
        for (Triangle triangle : Triangle.values()) {
            assertAllocatesNothing(
                    p + " symv " + triangle, () -> kernels.symv(triangle, n, 0.5, a, 0, n, x, 0, 1, 0, y, 0, 2));
        }
    }

    private static <A> void triangularProducts(Provided<A> p, Transpose t) {
        Kernels<A> kernels = p.kernels();
        int n = 75;
        Triangle lower = Triangle.LOWER;
        A a = p.array(new double[n * n]);
        A b = p.array(new double[n * n]);
        for (Side side : Side.values()) {
            assertAllocatesNothing(
                    p + " trmm " + side + " " + t,
                    () -> kernels.trmm(side, lower, t, Diagonal.UNIT, n, n, 1, a, 0, n, b, 0, n));
            assertAllocatesNothing(
                    p + " trsm " + side + " " + t,
                    () -> kernels.trsm(side, lower, t, Diagonal.UNIT, n, n, 1, a, 0, n, b, 0, n));
        }
        assertAllocatesNothing(p + " syrk " + t, () -> kernels.syrk(lower, t, n, n, 1, a, 0, n, 0, b, 0, n));
    }

    @Test
    void orthogonalDecompositions() {
        try (Parallel.Scope _ = Parallel.with(1)) {
            Provided.all().forEach(AllocationTest::orthogonalDecompositions);
        }
    }

    private static <A> void orthogonalDecompositions(Provided<A> p) {
        Kernels<A> kernels = p.kernels();
        int m = 20;
        int n = 13;
        double[] values = Matrices.random(m, n, 0, 1);
        A a = p.array(values);
        A tau = p.array(new double[n]);
        A q = p.array(new double[m * n]);
        assertAllocatesNothing(p + " Qr.factor", () -> Qr.factor(kernels, m, n, a, 0, n, tau, 0));
        assertAllocatesNothing(p + " Qr.form", () -> Qr.form(kernels, m, n, n, a, 0, n, tau, 0, q, 0, n));
        assertAllocatesNothing(
                p + " Qr.apply", () -> Qr.apply(kernels, Transpose.YES, m, n, n, a, 0, n, tau, 0, q, 0, n));
        A x = p.array(values);
        A vt = p.array(new double[n * n]);
        int[] pivots = new int[n];
        assertAllocatesNothing(
                p + " PivotedQr.factor", () -> PivotedQr.factor(kernels, m, n, a, 0, n, pivots, 0, tau, 0));
        assertAllocatesNothing(
                p + " Svd.compute", () -> Svd.compute(kernels, m, n, x, 0, n, q, 0, n, tau, 0, vt, 0, n));
        assertAllocatesNothing(p + " Svd.computeValues", () -> Svd.computeValues(kernels, m, n, x, 0, n, tau, 0));
    }

    @Test
    void eliminations() {
        try (Parallel.Scope _ = Parallel.with(1)) {
            for (Provided<?> p : Provided.all()) {
                eliminations(p);
            }
        }
    }

    private static <A> void eliminations(Provided<A> p) {
        Kernels<A> kernels = p.kernels();
        int n = 70;
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++) {
            identity[i * (n + 1)] = 1;
        }
        A a = p.array(identity);
        A b = p.array(new double[n * n]);
        int[] pivots = new int[n];
        assertAllocatesNothing(p + " Cholesky and Lu", () -> {
            Cholesky.factor(kernels, n, a, 0, n);
            Cholesky.solve(kernels, n, 3, a, 0, n, b, 0, 3);
            Lu.factor(kernels, n, n, a, 0, n, pivots, 0);
            Lu.solve(kernels, Transpose.NO, n, 3, a, 0, n, pivots, 0, b, 0, 3);
        });
    }

    @Test
    void eigenproblems() {
        try (Parallel.Scope _ = Parallel.with(1)) {
            Provided.all().forEach(AllocationTest::eigenproblems);
        }
    }

    private static <A> void eigenproblems(Provided<A> p) {
        int n = 40;
        A source = p.array(SymmetricMatrices.of(n, 0, 1));
        A a = p.array(new double[n * n]);
        A values = p.array(new double[n]);
        assertAllocatesNothing(p + " SymmetricEigen.decompose", () -> {
            System.arraycopy(source, 0, a, 0, n * n);
            SymmetricEigen.decompose(p.kernels(), n, a, 0, n, values, 0);
        });
        assertAllocatesNothing(p + " SymmetricEigen.values", () -> {
            System.arraycopy(source, 0, a, 0, n * n);
            SymmetricEigen.values(p.kernels(), n, a, 0, n, values, 0);
        });
        A factor = p.array(new double[n * n]);
        A positive = p.array(SymmetricMatrices.withEigenvalues(n, i -> 1 + i, 2));
        assertAllocatesNothing(p + " GeneralizedEigen.decompose", () -> {
            System.arraycopy(source, 0, a, 0, n * n);
            System.arraycopy(positive, 0, factor, 0, n * n);
            GeneralizedEigen.decompose(p.kernels(), n, a, 0, n, factor, 0, n, values, 0);
        });
    }

    @Test
    void matrixFunctions() {
        try (Parallel.Scope _ = Parallel.with(1)) {
            Provided.all().forEach(AllocationTest::matrixFunctions);
        }
    }

    private static <A> void matrixFunctions(Provided<A> p) {
        int n = 20;
        A source = p.array(SymmetricMatrices.withEigenvalues(n, i -> 1 + i, 3));
        A a = p.array(new double[n * n]);
        assertAllocatesNothing(p + " MatrixExponential.inPlace", () -> {
            System.arraycopy(source, 0, a, 0, n * n);
            MatrixExponential.inPlace(p.kernels(), n, a, 0, n);
        });
        assertAllocatesNothing(p + " MatrixSquareRoot.symmetricInPlace", () -> {
            System.arraycopy(source, 0, a, 0, n * n);
            MatrixSquareRoot.symmetricInPlace(p.kernels(), true, n, a, 0, n);
        });
        assertAllocatesNothing(p + " MatrixSquareRoot.inPlace", () -> {
            System.arraycopy(source, 0, a, 0, n * n);
            MatrixSquareRoot.inPlace(p.kernels(), false, n, a, 0, n);
        });
        assertAllocatesNothing(p + " Polar.orthogonalInPlace", () -> {
            System.arraycopy(source, 0, a, 0, n * n);
            Polar.orthogonalInPlace(p.kernels(), n, n - 9, a, 0, n);
        });
    }

    @Test
    void attention() {
        try (Parallel.Scope _ = Parallel.with(1)) {
            for (Provided<?> p : Provided.all()) {
                attention(p, 0);
                attention(p, 0.1);
            }
        }
    }

    private static <A> void attention(Provided<A> p, double dropout) {
        int n = 33;
        int d = 18;
        Attention.Heads<A> bias = new Attention.Heads<>(p.array(new double[n * n]), 0, 0, 0, n);
        Attention<A> attention = Attention.of(p.kernels(), new Attention.Sizes(1, 2, n, n, d, d), 1)
                .causal()
                .keyMask(bias)
                .bias(bias);
        Attention<A> dropping = dropout == 0 ? attention : attention.dropout(dropout, Rng.of(1));
        Attention.Heads<A> x = new Attention.Heads<>(p.array(new double[2 * n * d]), 0, 0, n * d, d);
        A written = p.array(new double[6 * n * d]);
        Attention.Heads<A> y = new Attention.Heads<>(written, 0, 0, n * d, d);
        Attention.Heads<A> z = new Attention.Heads<>(written, 2 * n * d, 0, n * d, d);
        Attention.Heads<A> w = new Attention.Heads<>(written, 4 * n * d, 0, n * d, d);
        A lse = p.array(new double[2 * n]);
        assertAllocatesNothing(p + " attention forward", () -> dropping.forward(x, x, x, y, lse, 0));
        assertAllocatesNothing(p + " attention backward", () -> dropping.backward(x, x, x, x, lse, 0, x, y, z, w));
    }

    @Test
    void reductionsAndScans() {
        for (Provided<?> p : Provided.all()) {
            reductionsAndScans(p);
        }
    }

    private static <A> void reductionsAndScans(Provided<A> p) {
        A x = p.array(new double[4 * 5 * 37]);
        A out = p.array(new double[4 * 5 * 37]);
        int[] positions = new int[20];
        Kernels<A> k = p.kernels();
        for (Reduction reduction : Reduction.values()) {
            assertAllocatesNothing(p + " " + reduction, () -> {
                k.reduce(reduction, 4, 5, 37, x, 0, out, 0);
                k.reduce(reduction, 20, 37, 1, x, 0, out, 0);
            });
        }
        assertAllocatesNothing(p + " scans", () -> {
            k.cumulativeSum(20, 37, false, x, 0, 37, out, 0, 37);
            k.cumulativeSumRows(20, 37, true, x, 0, 37, out, 0, 37);
            k.argMax(20, 37, x, 0, 37, positions, 0);
        });
    }

    @Test
    void vectors() {
        Provided.all().forEach(AllocationTest::vectors);
    }

    private static <A> void vectors(Provided<A> p) {
        Kernels<A> k = p.kernels();
        int n = 300;
        A x = p.array(new double[n]);
        A y = p.array(new double[n]);
        double[] sums = new double[3];
        assertAllocatesNothing(p + " sums", () -> {
            sums[0] = k.sum(x, 0, n);
            sums[1] = k.dot(x, 0, y, 0, n);
            sums[2] = k.sumSquares(x, 0, n) + k.firstNonFinite(x, 0, n);
        });
        assertAllocatesNothing(p + " sumRows", () -> k.sumRows(10, 30, x, 0, 30, 0, y, 0));
        assertAllocatesNothing(p + " axpy, rot, scale, fill", () -> {
            k.axpy(n, 0.5, x, 0, y, 0);
            k.rot(n, x, 0, y, 0, 0.6, 0.8);
            k.scale(n, 0.5, x, 0);
            k.fill(y, 0, n, 0);
        });
    }

    @Test
    void layouts() {
        Provided.all().forEach(AllocationTest::layouts);
    }

    private static <A> void layouts(Provided<A> p) {
        Kernels<A> k = p.kernels();
        int n = 37;
        A x = p.array(new double[n * n]);
        A y = p.array(new double[n * n]);
        assertAllocatesNothing(p + " transpose", () -> k.transpose(n, n, x, 0, n, y, 0, n));
        int[] shape = {4, 5, 6};
        int[] in = {30, -6, 1};
        int[] out = {1, 4, 20};
        assertAllocatesNothing(p + " copyStrided", () -> k.copyStrided(shape, x, 24, in, y, 0, out));
        int[] index = {3, 0, 3, 2};
        assertAllocatesNothing(p + " gatherRows, scatterAddRows", () -> {
            k.gatherRows(4, n, x, 0, n, index, 0, y, 0, n);
            k.scatterAddRows(4, n, x, 0, n, index, 0, y, 0, n);
        });
        assertAllocatesNothing(p + " gatherRows, scatterAddRows in one array", () -> {
            k.gatherRows(4, n, x, 0, n, index, 0, x, 8 * n, n);
            k.scatterAddRows(4, n, x, 8 * n, n, index, 0, x, 0, n);
        });
    }

    /// Also where the arrays are parts of one.
    @Test
    void chainsWithinOneArray() {
        int n = 40;
        float[] all = new float[3 * n * n];
        Object[] arrays = {all, all, all};
        int[] offsets = {0, n, 2 * n};
        int[] strides = {3 * n, 3 * n, 3 * n};
        double[] none = {};
        assertAllocatesNothing(
                "a chain within one array",
                () -> Chains.GELU_BACKWARD.run(Precision.F32, n, n, arrays, offsets, strides, none));
    }

    @Test
    void chains() {
        int rows = 2;
        int cols = 67;
        Chain[] chains = {
            Chains.SOFTMAX,
            Chains.SOFTMAX_BACKWARD,
            Chains.LOG_SOFTMAX,
            Chains.LAYER_NORM,
            Chains.LAYER_NORM_BACKWARD,
            Chains.GELU,
            Chains.GELU_BACKWARD,
            Chains.RESIDUAL_DROPOUT,
            Chains.NORMALIZE_ROWS_BACKWARD,
            Chains.ADAM_W,
            Chain.define("vector functions", c -> c.out(c.in().expm1().add(c.in().log1p()))),
            Chain.define(
                    "scalar functions",
                    c -> c.out(c.in().lgamma().add(c.in().sin().pow(c.in()))))
        };
        for (Precision precision : Precision.values()) {
            for (Chain chain : chains) {
                int n = chain.graph().arrays();
                Object[] arrays = new Object[n];
                int[] strides = new int[n];
                for (int i = 0; i < n; i++) {
                    arrays[i] = precision.allocate(rows * cols);
                    strides[i] = chain.graph().isPerRow(i) ? 1 : cols;
                }
                int[] offsets = new int[n];
                double[] scalars = new double[chain.graph().scalars()];
                assertAllocatesNothing(
                        chain + " " + precision,
                        () -> chain.run(precision, rows, cols, arrays, offsets, strides, scalars));
            }
        }
    }

    @Test
    void randomDraws() {
        Distribution[] distributions = {
            new Distribution.Uniform(-1, 1),
            new Distribution.Normal(0, 1),
            new Distribution.Rademacher(),
            new Distribution.Exponential(1),
            new Distribution.TruncatedNormal(0, 1, -2, 2),
            new Distribution.Gamma(0.5, 1),
            new Distribution.Beta(2, 0.5)
        };
        for (Provided<?> p : Provided.all()) {
            for (Distribution distribution : distributions) {
                draw(p, distribution);
            }
        }
    }

    private static <A> void draw(Provided<A> p, Distribution distribution) {
        A x = p.array(new double[100]);
        assertAllocatesNothing(p + " " + distribution, () -> p.kernels().draw(distribution, 1, 2, 3, x, 1, 99));
    }
}
