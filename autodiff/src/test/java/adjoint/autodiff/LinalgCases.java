package adjoint.autodiff;

import adjoint.autodiff.Case.Domain;
import adjoint.linalg.Diagonal;
import adjoint.linalg.Side;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// The lines of the gradient table for linear algebra. The matrices are made of the inputs so that they are well
/// conditioned, and where it matters have values that differ by more than the steps of the differences change them.
final class LinalgCases {
    private static final List<Case> ALL = new ArrayList<>();

    private LinalgCases() {}

    static List<Case> all() {
        return ALL;
    }

    static {
        systems();
        determinants();
        decompositions();
        functions();
    }

    private static void systems() {
        add(
                "solve",
                LinearSystems.SOLVE,
                x -> Linalg.solve(regular(x.get(0)), x.get(1)),
                "[3, 3] [3, 2]",
                "[5, 5] [5]",
                "[1, 1] [1, 3]",
                "[2, 2, 2] [2, 3]",
                "[3, 3] [2, 3, 1]",
                "[2, 1, 2, 2] [3, 2, 1]",
                "[0, 0] [0, 2]",
                "[3, 3] [3, 0]",
                "[0, 2, 2] [2, 1]");
        add(
                "triangularSolve, lower",
                LinearSystems.TRIANGULAR_SOLVE,
                x -> Linalg.triangularSolve(regular(x.get(0)), x.get(1), Triangle.LOWER),
                "[3, 3] [3, 2]",
                "[5, 5] [5]",
                "[2, 2, 2] [2, 3]",
                "[2, 2] [3, 2, 1]",
                "[0, 0] [0, 2]");
        for (Side side : Side.values()) {
            for (Transpose transpose : Transpose.values()) {
                for (Diagonal diagonal : Diagonal.values()) {
                    add(
                            "triangularSolve, upper, " + side + ", " + transpose + ", " + diagonal,
                            LinearSystems.TRIANGULAR_SOLVE,
                            x -> Linalg.triangularSolve(
                                    regular(x.get(0)), x.get(1), side, Triangle.UPPER, transpose, diagonal),
                            "[3, 3] [3, 3]",
                            "[2, 2, 2] [2, 2]");
                }
            }
        }
        add(
                "choleskySolve",
                LinearSystems.TRIANGULAR_SOLVE,
                x -> Linalg.choleskySolve(Linalg.cholesky(positive(x.get(0))), x.get(1)),
                "[3, 3] [3, 2]",
                "[2, 2, 2] [2]");
        squares("inverse", LinearSystems.INVERSE, x -> Linalg.inverse(regular(x)));
        add(
                "pinv",
                Inverses.PINV,
                x -> Linalg.pinv(distinct(x.get(0))),
                "[3, 3]",
                "[4, 2]",
                "[2, 4]",
                "[2, 3, 2]",
                "[0, 3]",
                "[3, 0]",
                "[0, 2, 3]");
        add(
                "pinv of rank 1",
                Inverses.PINV,
                x -> Linalg.pinv(x.get(0).matmul(x.get(1))),
                "[3, 1] [1, 2]",
                "[2, 1] [1, 4]");
        add(
                "lstsq",
                Inverses.PINV,
                x -> Linalg.lstsq(distinct(x.get(0)), x.get(1)),
                "[4, 2] [4]",
                "[2, 3] [2, 2]",
                "[2, 3, 2] [3, 1]");
    }

    private static void determinants() {
        squares("det", Determinants.DET, x -> Linalg.det(regular(x).mul(0.5)));
        squares(
                "cofactors",
                Determinants.COFACTORS,
                x -> Autodiff.grad(a -> Linalg.det(a).sum()).apply(regular(x).mul(0.5)));
        squares("slogdet", Determinants.SLOGDET, x -> Linalg.slogdet(regular(x)).logAbs());
        squares("logdet", Determinants.SLOGDET, x -> Linalg.logdet(positive(x)));
    }

    private static void decompositions() {
        squares("cholesky", Factorizations.CHOLESKY, x -> Linalg.cholesky(positive(x)));
        rectangles("qr", Factorizations.QR, x -> {
            Linalg.Qr qr = Linalg.qr(distinct(x));
            return pack(qr.q(), qr.r());
        });
        squares("eigenvalues", Spectra.EIGENVALUES, x -> Linalg.eigenvalues(distinct(x)));
        squares("eigh", Spectra.EIGH, x -> {
            Linalg.Eigh eigh = Linalg.eigh(distinct(x));
            return pack(eigh.vectors().square(), eigh.values().unsqueeze(-1));
        });
        rectangles("singularValues", Spectra.SINGULAR_VALUES, x -> Linalg.singularValues(distinct(x)));
        rectangles("svd", Spectra.SVD, x -> {
            Linalg.Svd svd = Linalg.svd(distinct(x));
            Tensor product = svd.u().mul(svd.s().unsqueeze(-2)).matmul(svd.vt());
            return pack(svd.u().square(), svd.s().unsqueeze(-1), svd.vt().square(), product);
        });
        rectangles("polar", Inverses.POLAR, x -> Linalg.polar(distinct(x)), "[4, 2]");
    }

    private static void functions() {
        squares("matrixExponential", MatrixFunctions.MATRIX_EXPONENTIAL, x -> Linalg.matrixExponential(x.mul(0.4)));
        squares("sqrtm", MatrixFunctions.SQRTM, x -> Linalg.sqrtm(positive(x)));
        add(
                "lyapunov",
                MatrixFunctions.LYAPUNOV,
                x -> Linalg.lyapunov(positive(x.get(0)), x.get(1)),
                "[3, 3] [3, 3]",
                "[1, 1] [1, 1]",
                "[2, 2, 2] [2, 2, 2]",
                "[0, 0] [0, 0]");
        squares(
                "symmetricFunction",
                MatrixFunctions.SYMMETRIC_FUNCTION,
                x -> Linalg.symmetricFunction(distinct(x), Tensor::log, Tensor::reciprocal));
        squares("matrixPower", Products.MATMUL, x -> Linalg.matrixPower(x.mul(0.5), 3));
        squares("matrixPower of the inverse", LinearSystems.INVERSE, x -> Linalg.matrixPower(regular(x), -2));
        rectangles("frobenius norm", Elementwise.SQRT, x -> Linalg.matrixNorm(x, Linalg.Norm.FROBENIUS));
        rectangles("nuclear norm", Spectra.SINGULAR_VALUES, x -> Linalg.matrixNorm(distinct(x), Linalg.Norm.NUCLEAR));
        rectangles("spectral norm", Spectra.SINGULAR_VALUES, x -> Linalg.matrixNorm(distinct(x), Linalg.Norm.SPECTRAL));
    }

    private static void squares(String name, Op<?> op, UnaryOperator<Tensor> f) {
        add(
                name,
                op,
                x -> f.apply(x.get(0)),
                "[3, 3]",
                "[5, 5]",
                "[1, 1]",
                "[2, 2, 2]",
                "[2, 1, 3, 3]",
                "[0, 0]",
                "[2, 0, 0]",
                "[0, 2, 2]");
    }

    private static void rectangles(String name, Op<?> op, UnaryOperator<Tensor> f, String... more) {
        List<String> shapes = new ArrayList<>(List.of(
                "[3, 3]", "[4, 2]", "[2, 4]", "[1, 1]", "[3, 1]", "[2, 2, 3]", "[0, 3]", "[3, 0]", "[0, 2, 2]"));
        shapes.addAll(List.of(more));
        add(name, op, x -> f.apply(x.get(0)), shapes.toArray(String[]::new));
    }

    private static void add(String name, Op<?> op, Function<List<Tensor>, Tensor> f, String... shapes) {
        List<Shape[]> parsed = new ArrayList<>();
        for (String text : shapes) {
            parsed.add(Cases.shapes(text));
        }
        ALL.add(new Case(name, op, Domain.SIGNED, f, parsed));
    }

    /// Diagonally dominant, for an order up to 5.
    private static Tensor regular(Tensor x) {
        return x.mul(0.2).add(Tensor.eye(x.dim(-1), x.dtype()).mul(2.5));
    }

    /// Symmetric, with eigenvalues ≥ 1.
    private static Tensor positive(Tensor x) {
        return x.matmul(x.transpose(-2, -1)).mul(0.25).add(Tensor.eye(x.dim(-1), x.dtype()));
    }

    /// Near the matrix with the diagonal 1, 2, 3, …
    private static Tensor distinct(Tensor x) {
        int cols = x.dim(-1);
        Tensor diagonal = Tensor.zeros(x.dtype(), x.dim(-2), cols);
        for (int i = 0; i < Math.min(x.dim(-2), cols); i++) {
            Tensor.setElement(diagonal.array(), i * (cols + 1), i + 1);
        }
        return x.mul(0.08).add(diagonal);
    }

    private static Tensor pack(Tensor... parts) {
        return Matrices.pack(Matrices.batch(parts[0].shape()), parts);
    }
}
