package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Linalg.Norm;
import adjoint.linalg.Rng;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.QRDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Linear algebra against an independent implementation, gradients against closed forms, and what is singular, equal,
/// empty or not a number.
class LinalgTest {
    private static final Tensor A = Tensor.of(new double[] {2, -1, 0.5, 1, 3, -2, 0.25, 1, 4}, 3, 3);
    private static final Tensor POSITIVE = Tensor.of(new double[] {4, 1, -0.5, 1, 3, 0.75, -0.5, 0.75, 5}, 3, 3);
    private static final Tensor TALL = Tensor.of(new double[] {1, 2, -1, 0.5, 3, 1, 0, 2}, 4, 2);
    private static final Tensor W = Tensor.of(new double[] {0.3, -1, 2, 0.7, 1.1, -0.4, 0.9, 0.2, -1.5}, 3, 3);

    // ---- values

    @Test
    void valuesAreThoseOfCommonsMath() {
        RealMatrix a = matrix(A);
        LUDecomposition lu = new LUDecomposition(a);
        assertClose(lu.getSolver().getInverse(), Linalg.inverse(A));
        assertClose(lu.getSolver().solve(matrix(W)), Linalg.solve(A, W));
        assertEquals(lu.getDeterminant(), Linalg.det(A).item(), 1e-13);
        assertEquals(Math.log(lu.getDeterminant()), Linalg.logdet(A).item(), 1e-14);
        assertClose(new CholeskyDecomposition(matrix(POSITIVE)).getL(), Linalg.cholesky(POSITIVE));
        assertClose(new EigenDecomposition(matrix(POSITIVE)).getSquareRoot(), Linalg.sqrtm(POSITIVE));
        assertClose(a.multiply(a).multiply(a), Linalg.matrixPower(A, 3));
        assertEquals(a.getTrace(), A.trace().item());
        for (Tensor x : List.of(A, TALL)) {
            SingularValueDecomposition svd = new SingularValueDecomposition(matrix(x));
            Close.assertClose("s", Tensor.of(svd.getSingularValues()), Linalg.singularValues(x), 1e-13);
            assertClose(svd.getSolver().getInverse(), Linalg.pinv(x));
            assertClose(svd.getU().multiply(svd.getVT()), Linalg.polar(x));
            assertEquals(svd.getNorm(), Linalg.matrixNorm(x, Norm.SPECTRAL).item(), 1e-13);
            assertEquals(
                    matrix(x).getFrobeniusNorm(),
                    Linalg.matrixNorm(x, Norm.FROBENIUS).item(),
                    1e-13);
            QRDecomposition qr = new QRDecomposition(matrix(x));
            assertClose(gram(qr.getR()), product(Linalg.qr(x).r()));
        }
        QRDecomposition least = new QRDecomposition(matrix(TALL));
        Tensor b = Tensor.of(new double[] {1, -2, 0.5, 3}, 4);
        double[] x = least.getSolver().solve(matrix(b.unsqueeze(1))).getColumn(0);
        Close.assertClose("lstsq", Tensor.of(x), Linalg.lstsq(TALL, b), 1e-13);
    }

    /// The values of R are those of the Cholesky factor of AᵀA up to signs, which RᵀR does not have.
    private static RealMatrix gram(RealMatrix r) {
        return r.transpose().multiply(r);
    }

    private static Tensor product(Tensor r) {
        return r.transpose(0, 1).matmul(r);
    }

    @Test
    void theExponentialIsThatOfTheEigenvalues() {
        EigenDecomposition eigen = new EigenDecomposition(matrix(POSITIVE));
        RealMatrix powers = eigen.getD().copy();
        for (int i = 0; i < 3; i++) {
            powers.setEntry(i, i, Math.exp(powers.getEntry(i, i)));
        }
        RealMatrix expected = eigen.getV().multiply(powers).multiply(eigen.getVT());
        Close.assertClose("exp", tensor(expected), Linalg.matrixExponential(POSITIVE), 1e-12);
        Close.assertClose(
                "exp of λ", tensor(expected), Linalg.symmetricFunction(POSITIVE, Tensor::exp, Tensor::exp), 1e-12);
    }

    @Test
    void valuesDoNotDependOnWhetherTheyAreRecorded() {
        for (UnaryOperator<Tensor> f : List.<UnaryOperator<Tensor>>of(Linalg::eigenvalues, Linalg::singularValues)) {
            try (Tape tape = Tape.open()) {
                tape.watch(POSITIVE);
                Close.assertClose("values", f.apply(POSITIVE.detach()), f.apply(POSITIVE), 1e-14);
            }
        }
    }

    @Test
    void onlyTheSymmetricPartCounts() {
        Tensor skewed = POSITIVE.add(Matrices.skew(W));
        Close.assertClose("cholesky", Linalg.cholesky(POSITIVE), Linalg.cholesky(skewed), 1e-14);
        Close.assertClose("eigenvalues", Linalg.eigenvalues(POSITIVE), Linalg.eigenvalues(skewed), 1e-14);
    }

    // ---- gradients in closed form

    @Test
    void gradientsOfNumbersHaveClosedForms() {
        Tensor inverse = Linalg.inverse(A).transpose(0, 1);
        assertGradient("log det", inverse, Linalg::logdet, A);
        assertGradient("det", inverse.mul(Linalg.det(A)), Linalg::det, A);
        Linalg.Svd svd = Linalg.svd(A);
        assertGradient("nuclear", svd.u().matmul(svd.vt()), x -> Linalg.matrixNorm(x, Norm.NUCLEAR), A);
        Tensor first = svd.u().slice(1, 0, 1).matmul(svd.vt().slice(0, 0, 1));
        assertGradient("spectral", first, x -> Linalg.matrixNorm(x, Norm.SPECTRAL), A);
        assertGradient("trace", identity(3), Tensor::trace, A);
        assertGradient(
                "trace exp",
                Linalg.matrixExponential(A).transpose(0, 1),
                x -> Linalg.matrixExponential(x).trace(),
                A);
        assertGradient(
                "Σλ²", POSITIVE.mul(2), x -> Linalg.eigenvalues(x).square().sum(), POSITIVE);
        assertGradient(
                "frobenius at 0",
                Tensor.zeros(DType.F64, 2, 3),
                x -> Linalg.matrixNorm(x, Norm.FROBENIUS),
                Tensor.zeros(DType.F64, 2, 3));
    }

    /// The gradient of b is solved for with the decomposition that x has made, which must outlast x.
    @Test
    void aDecompositionLastsAsLongAsAGradientReadsIt() {
        Tensor b = Tensor.of(new double[] {1, 2, 3}, 3, 1);
        Tensor ones = Tensor.ones(DType.F64, 3, 1);
        try (Tape tape = Tape.open()) {
            tape.watch(A, b);
            Tensor x = Linalg.solve(A, b);
            Tensor slope = tape.gradients(x.sum(), List.of(b)).getFirst();
            Tensor loss = slope.square().sum();
            tape.drop(x);
            A.mul(Double.NaN);
            Tensor expected = Autodiff.grad(a -> Linalg.inverse(a)
                            .transpose(0, 1)
                            .matmul(ones)
                            .square()
                            .sum())
                    .apply(A.detach());
            Close.assertClose("∇‖A⁻ᵀ·1‖²", expected, tape.backward(loss).of(A), 1e-13);
        }
    }

    static Stream<Arguments> singular() {
        return Stream.of(
                Arguments.of("rank 2", new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 3),
                Arguments.of("a zero row", new double[] {1, 2, -1, 0, 0, 0, 3, 1, 2}, 3),
                Arguments.of("rank 1", new double[] {1, 2, 3, 2, 4, 6, -1, -2, -3}, 3),
                Arguments.of("nilpotent", new double[] {0, 1, 0, 0}, 2),
                Arguments.of("zero", new double[4], 2),
                Arguments.of("the number 0", new double[1], 1));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("singular")
    void determinantsOfSingularMatricesHaveTheirCofactorsAsGradient(String name, double[] values, int n) {
        Tensor a = Tensor.of(values, n, n);
        assertEquals(0, Linalg.det(a).item(), 1e-14);
        Tensor expected = Tensor.zeros(DType.F64, n, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                Tensor.setElement(expected.array(), i * n + j, cofactor(values, n, i, j));
            }
        }
        assertGradient(name, expected, Linalg::det, a);
    }

    private static double cofactor(double[] a, int n, int row, int column) {
        double[] minor = new double[4];
        int k = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                if (i != row && j != column) {
                    minor[k++] = a[i * n + j];
                }
            }
        }
        double det = n == 1 ? 1 : n == 2 ? minor[0] : minor[0] * minor[3] - minor[1] * minor[2];
        return (row + column & 1) == 0 ? det : -det;
    }

    // ---- equal values

    /// Functions that are smooth where all values are equal: differences go through matrices whose values are not.
    static Stream<Arguments> smoothAtEqualValues() {
        return Stream.of(
                Arguments.of("nuclear norm", fun(x -> Linalg.matrixNorm(x, Norm.NUCLEAR)), 2),
                Arguments.of("polar", fun(Linalg::polar), 2),
                Arguments.of("sqrtm", fun(Linalg::sqrtm), 2),
                Arguments.of("exponential", fun(Linalg::matrixExponential), 2),
                Arguments.of("pinv", fun(Linalg::pinv), 2),
                Arguments.of("lyapunov", fun(x -> Linalg.lyapunov(x, W)), 2),
                Arguments.of(
                        "U·Vᵀ", fun(x -> Linalg.svd(x).u().matmul(Linalg.svd(x).vt())), 1),
                Arguments.of("Σ s³", fun(x -> power(Linalg.singularValues(x)).sum()), 1),
                Arguments.of("Σ s³ of svd", fun(x -> power(Linalg.svd(x).s()).sum()), 1),
                Arguments.of("Σ λ³", fun(x -> power(Linalg.eigenvalues(x)).sum()), 1),
                Arguments.of(
                        "Σ λ³ of eigh", fun(x -> power(Linalg.eigh(x).values()).sum()), 1),
                Arguments.of("V·Vᵀ", fun(x -> outer(Linalg.eigh(x).vectors())), 1),
                Arguments.of(
                        "λ^1.5",
                        fun(x -> Linalg.symmetricFunction(
                                x, l -> l.sqrt().mul(l), l -> l.sqrt().mul(1.5))),
                        1));
    }

    private static Function<Tensor, Tensor> fun(Function<Tensor, Tensor> f) {
        return f;
    }

    private static Tensor power(Tensor x) {
        return x.square().mul(x);
    }

    private static Tensor outer(Tensor v) {
        return v.matmul(v.transpose(-1, -2));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("smoothAtEqualValues")
    void gradientsAreRightWhereValuesAreEqual(String name, Function<Tensor, Tensor> f, int order) {
        Tensor partly = Tensor.of(new double[] {2, 0, 0, 0, 3, 0, 0, 0, 2}, 3, 3);
        for (Tensor x : List.of(identity(3), identity(3).mul(0.5), partly, partly.mul(4))) {
            GradCheck.check(name, in -> f.apply(in.getFirst()), x);
            if (order == 2) {
                GradCheck.checkSecondOrder(name, in -> f.apply(in.getFirst()), x);
            }
        }
    }

    @Test
    void rectangularMatricesWithEqualValuesHaveGradients() {
        Tensor tall = identity(3).slice(1, 0, 2).mul(1.5);
        for (Tensor x : List.of(tall, tall.transpose(0, 1))) {
            for (Function<Tensor, Tensor> f :
                    List.of(fun(a -> Linalg.matrixNorm(a, Norm.NUCLEAR)), fun(Linalg::polar), fun(Linalg::pinv))) {
                GradCheck.check("rectangular", in -> f.apply(in.getFirst()), x);
                GradCheck.checkSecondOrder("rectangular", in -> f.apply(in.getFirst()), x);
            }
            GradCheck.check(
                    "U·Vᵀ",
                    in -> Linalg.svd(in.getFirst())
                            .u()
                            .matmul(Linalg.svd(in.getFirst()).vt()),
                    x);
        }
    }

    @Test
    void theDerivativeOfThePolarFactorOfAnOrthogonalMatrix() {
        Tensor q = Linalg.qr(A).q();
        Tensor expected = W.sub(q.matmul(W.transpose(0, 1)).matmul(q)).mul(0.5);
        assertGradient("polar", expected, x -> Linalg.polar(x).mul(W).sum(), q);
        assertGradient(
                "U·Vᵀ",
                expected,
                x -> Linalg.svd(x).u().matmul(Linalg.svd(x).vt()).mul(W).sum(),
                q);
    }

    /// P projects to the eigenspace of 1; dP = Σ (vᵢ·vᵢᵀ·dA·vⱼ·vⱼᵀ + its transpose)/(1 − λⱼ).
    @Test
    void theProjectionToAWholeEigenspaceHasItsDerivative() {
        Tensor a = Tensor.of(new double[] {1, 0, 0, 0, 1, 0, 0, 0, 3}, 3, 3);
        Tensor sum = W.add(W.transpose(0, 1)).mul(-0.25);
        Tensor mask = Tensor.of(new double[] {0, 0, 1, 0, 0, 1, 1, 1, 0}, 3, 3);
        Function<Tensor, Tensor> f =
                x -> outer(Linalg.eigh(x).vectors().slice(1, 0, 2)).mul(W).sum();
        assertGradient("projection", sum.mul(mask), f, a);
    }

    /// Equal values that rounding errors have parted.
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void gradientsAtClustersOfManyValues(DType dtype) {
        int n = 40;
        double tolerance = 4 * n * Determinants.epsilon(dtype);
        Tensor q = Linalg.qr(Tensor.normal(Rng.of(1), 0, 1, dtype, n, n)).q();
        Tensor w = Tensor.normal(Rng.of(2), 0, 1, dtype, n, n);
        Tensor expected = w.sub(q.matmul(w.transpose(0, 1)).matmul(q)).mul(0.5);
        Tensor gradient = Autodiff.grad(
                        x -> Linalg.svd(x).u().matmul(Linalg.svd(x).vt()).mul(w).sum())
                .apply(q);
        Close.assertClose("U·Vᵀ", expected, gradient, tolerance);
        Tensor low = q.slice(1, 0, n / 2);
        Tensor high = q.slice(1, n / 2, n);
        Tensor a = outer(low).add(outer(high).mul(3));
        Tensor between = outer(low).matmul(Matrices.symmetric(w)).matmul(outer(high));
        Tensor slope = Autodiff.grad(x -> outer(Linalg.eigh(x).vectors().slice(1, 0, n / 2))
                        .mul(w)
                        .sum())
                .apply(a);
        Close.assertClose("projection", Matrices.symmetric(between).neg(), slope, tolerance);
    }

    static Stream<Arguments> degenerate() {
        Tensor rank1 = Tensor.of(new double[] {0.25, 0.5, 0.5, 1, 0.75, 1.5}, 3, 2);
        return Stream.of(
                        identity(3),
                        Tensor.zeros(DType.F64, 3, 3),
                        rank1,
                        rank1.transpose(0, 1),
                        rank1.matmul(rank1.transpose(0, 1)),
                        Tensor.zeros(DType.F64, 2, 4))
                .flatMap(x -> Stream.of(DType.F32, DType.F64).map(dtype -> Arguments.of(x.to(dtype))));
    }

    @ParameterizedTest
    @MethodSource("degenerate")
    void gradientsStayFinite(Tensor a) {
        assertFinite(
                "svd",
                x -> all(Linalg.svd(x).u(), Linalg.svd(x).s(), Linalg.svd(x).vt()),
                a);
        assertFinite("pinv", Linalg::pinv, a);
        assertFinite("polar", Linalg::polar, a);
        assertFinite("singularValues", Linalg::singularValues, a);
        assertFinite("frobenius", x -> Linalg.matrixNorm(x, Norm.FROBENIUS), a);
        if (a.dim(0) == a.dim(1)) {
            assertFinite(
                    "eigh", x -> all(Linalg.eigh(x).values(), Linalg.eigh(x).vectors()), a);
            assertFinite("sqrtm", Linalg::sqrtm, a);
            assertFinite("det", Linalg::det, a);
            assertFinite("exponential", Linalg::matrixExponential, a);
            assertFinite("function", x -> Linalg.symmetricFunction(x, Tensor::exp, Tensor::exp), a);
        }
    }

    private static Tensor all(Tensor... parts) {
        Tensor sum = Tensor.scalar(0, parts[0].dtype());
        for (Tensor part : parts) {
            Tensor weights =
                    Tensor.normal(Rng.of(3), 0, 1, part.dtype(), part.shape().dims());
            sum = sum.add(part.mul(weights).sum());
        }
        return sum;
    }

    /// A subgradient of the norm: ⟨G, A⟩ = ‖A‖, and no singular value of G beyond 1.
    @Test
    void theNuclearNormOfAMatrixWithoutFullRankHasASubgradient() {
        Tensor a = Tensor.of(new double[] {1, 2, 3, 2, 4, 6, -1, -2, -3}, 3, 3);
        Tensor g = Autodiff.grad(x -> Linalg.matrixNorm(x, Norm.NUCLEAR)).apply(a);
        assertEquals(Linalg.matrixNorm(a, Norm.NUCLEAR).item(), g.mul(a).sum().item(), 1e-13);
        assertTrue(Linalg.matrixNorm(g, Norm.SPECTRAL).item() <= 1 + 1e-14);
    }

    /// A⁺ along a direction that keeps the rank, by differences.
    @Test
    void thePseudoinverseMovesWithinItsRank() {
        Tensor left = Tensor.of(new double[] {1, 2, -1, 0.5, 0.3, 2, 1, 1}, 4, 2);
        Tensor right = Tensor.of(new double[] {1, 0, 2, -1, 1, 1, 0, 2, 0.5, 1}, 2, 5);
        GradCheck.check("pinv", x -> Linalg.pinv(x.get(0).matmul(x.get(1))), left, right);
        GradCheck.checkSecondOrder("pinv", x -> Linalg.pinv(x.get(0).matmul(x.get(1))), left, right);
    }

    // ---- edges

    @Test
    void emptyMatrices() {
        Tensor none = Tensor.zeros(DType.F64, 0, 0);
        assertEquals(1, Linalg.det(none).item());
        assertEquals(1, Linalg.slogdet(none).sign().item());
        assertEquals(0, Linalg.slogdet(none).logAbs().item());
        assertEquals(0, none.trace().item());
        for (Norm norm : Norm.values()) {
            assertEquals(0, Linalg.matrixNorm(none, norm).item());
            assertEquals(
                    Shape.of(0),
                    Linalg.matrixNorm(Tensor.zeros(DType.F64, 0, 2, 3), norm).shape());
        }
        assertEquals(Shape.of(0, 3), Linalg.pinv(Tensor.zeros(DType.F64, 3, 0)).shape());
        assertEquals(
                Shape.of(2, 1),
                Linalg.lstsq(Tensor.zeros(DType.F64, 0, 2), Tensor.zeros(DType.F64, 0, 1))
                        .shape());
        assertEquals(
                Shape.of(4, 0, 0),
                Linalg.eigh(Tensor.zeros(DType.F64, 4, 0, 0)).vectors().shape());
        assertEquals(
                Shape.of(0, 2, 2),
                Linalg.svd(Tensor.zeros(DType.F64, 0, 3, 2)).vt().shape());
        Close.assertClose("A⁰", identity(3), Linalg.matrixPower(A, 0), 0);
    }

    @Test
    void determinantsOfSingularMatrices() {
        Tensor a = Tensor.of(new double[] {1, 2, 2, 4, 0, 1, 1, 0}, 2, 2, 2);
        Close.assertClose("det", Tensor.of(new double[] {0, -1}), Linalg.det(a), 0);
        Linalg.SlogDet both = Linalg.slogdet(a);
        Close.assertClose("sign", Tensor.of(new double[] {0, -1}), both.sign(), 0);
        Close.assertClose("log", Tensor.of(new double[] {Double.NEGATIVE_INFINITY, 0}), both.logAbs(), 0);
        Tensor log = Linalg.logdet(a);
        assertEquals(Double.NEGATIVE_INFINITY, log.get(0));
        assertTrue(Double.isNaN(log.get(1)));
    }

    @Test
    void determinantsBeyondTheRangeOfNumbers() {
        Tensor a = identity(50).mul(1e10);
        assertEquals(Double.POSITIVE_INFINITY, Linalg.det(a).item());
        assertEquals(500 * Math.log(10), Linalg.logdet(a).item(), 1e-10);
        Close.assertClose(
                "gradient",
                identity(50).mul(1e-10),
                Autodiff.grad(Linalg::logdet).apply(a),
                1e-24);
    }

    @Test
    void notANumberSpreads() {
        Tensor a = A.where(Tensor.of(new double[] {1, 1, 1, 1, 0, 1, 1, 1, 1}, 3, 3), Double.NaN);
        for (UnaryOperator<Tensor> f : List.<UnaryOperator<Tensor>>of(
                Linalg::inverse, Linalg::det, Linalg::logdet, Linalg::matrixExponential, x -> Linalg.solve(x, W))) {
            for (double value : f.apply(a).toDoubles()) {
                assertTrue(Double.isNaN(value));
            }
        }
        assertTrue(Double.isNaN(Linalg.qr(a).r().get(2, 2)));
    }

    @Test
    void oneNumber() {
        Tensor x = Tensor.of(new double[] {4}, 1, 1);
        assertEquals(0.25, Linalg.inverse(x).item());
        assertEquals(2, Linalg.cholesky(x).item());
        assertEquals(2, Linalg.sqrtm(x).item());
        assertEquals(4, Linalg.singularValues(x.neg()).item());
        assertEquals(-1, Linalg.polar(x.neg()).item());
        assertEquals(-4, Linalg.eigenvalues(x.neg()).item());
        assertEquals(-1, Linalg.qr(x.neg()).q().item());
        assertEquals(Math.exp(4), Linalg.matrixExponential(x).item(), 1e-13);
    }

    private static Tensor identity(int n) {
        return Tensor.eye(n, DType.F64);
    }

    private static void assertGradient(String name, Tensor expected, Function<Tensor, Tensor> f, Tensor at) {
        Close.assertClose(name, expected, Autodiff.grad(f).apply(at), 1e-12);
    }

    private static void assertFinite(String name, Function<Tensor, Tensor> f, Tensor at) {
        for (double value :
                Autodiff.grad(x -> f.apply(x).square().sum()).apply(at).toDoubles()) {
            assertTrue(Double.isFinite(value), name + " at " + at);
        }
    }

    private static void assertClose(RealMatrix expected, Tensor actual) {
        Close.assertClose("Commons Math", tensor(expected), actual, 1e-12);
    }

    private static Tensor tensor(RealMatrix a) {
        Tensor[] rows = Stream.of(a.getData()).map(Tensor::of).toArray(Tensor[]::new);
        return Tensor.stack(0, rows);
    }

    private static RealMatrix matrix(Tensor a) {
        double[][] rows = new double[a.dim(0)][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = a.select(0, i).toDoubles();
        }
        return new Array2DRowRealMatrix(rows, false);
    }
}
