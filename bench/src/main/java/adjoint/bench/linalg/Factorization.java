package adjoint.bench.linalg;

import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.linalg.Precision;
import java.util.Arrays;

/// A decomposition of a square matrix. The matrix is copied first, as it would be overwritten, and the copy is part of
/// what is measured on both sides.
public record Factorization(Kind kind, Precision precision, int n) implements Operation {
    /// Which decomposition, and what of it is compared.
    public enum Kind {
        /// `A = L·Lᵀ`; L, with zeros or anything above the diagonal.
        CHOLESKY("Cholesky"),
        /// `P·A = L·U`; L and U in one matrix.
        LU("LU"),
        /// `A = Q·R` as R and reflectors; R by magnitude, with anything below the diagonal.
        QR("QR"),
        /// `A = Q·Λ·Qᵀ` with eigenvectors; the eigenvalues.
        SYMMETRIC_EIGEN("symmetric eigen"),
        /// `A = U·Σ·Vᵀ` with singular vectors; the singular values.
        SVD("SVD");

        private final String text;

        Kind(String text) {
            this.text = text;
        }
    }

    @Override
    public String kernel() {
        return kind.text;
    }

    @Override
    public String shape() {
        return n + "×" + n;
    }

    @Override
    public Unit unit() {
        return Unit.MILLISECONDS;
    }

    @Override
    public double work() {
        return 1;
    }

    @Override
    public double tolerance() {
        return precision == Precision.F32 ? 1e-3 : 1e-9;
    }

    /// The row-major matrix: normal draws, their symmetric part, or for Cholesky that plus √8n·I, which is definite.
    public Object matrix() {
        Object a = Inputs.normal(precision, 20, n * n);
        if (kind == Kind.CHOLESKY || kind == Kind.SYMMETRIC_EIGEN) {
            double shift = kind == Kind.CHOLESKY ? Math.sqrt(8.0 * n) : 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j <= i; j++) {
                    average(a, i * n + j, j * n + i, i == j ? shift : 0);
                }
            }
        }
        return a;
    }

    private static void average(Object array, int at, int other, double shift) {
        switch (array) {
            case float[] a -> a[at] = a[other] = (float) ((a[at] + a[other]) / 2 + shift);
            case double[] a -> a[at] = a[other] = (a[at] + a[other]) / 2 + shift;
            default -> throw new IllegalArgumentException("no array of numbers: " + array);
        }
    }

    /// What is the same for everyone: of a triangular factor the triangle, of values their falling order.
    @Override
    public double[] sketch(Object result) {
        double[] values = Operation.doubles(result);
        switch (kind) {
            case CHOLESKY -> {
                for (int i = 0; i < n; i++) {
                    Arrays.fill(values, i * n + i + 1, (i + 1) * n, 0);
                }
            }
            case QR -> {
                for (int i = 0; i < n; i++) {
                    Arrays.fill(values, i * n, i * n + i, 0);
                }
                Arrays.setAll(values, i -> Math.abs(values[i]));
            }
            case SYMMETRIC_EIGEN, SVD -> Arrays.sort(values);
            case LU -> {}
        }
        return Operation.samples(values);
    }
}
