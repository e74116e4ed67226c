package adjoint.nn.optim;

import adjoint.linalg.Kernels;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;

/// The orthogonal factor U·Vᵀ of matrices U·Σ·Vᵀ by a fixed number of products,
///
/// `X ← a·X + b·(XXᵀ)X + c·(XXᵀ)²X`, from `X = A/‖A‖`,
///
/// on buffers that are there from the start. Other than the polar decomposition of `linalg`, which runs until it has
/// converged, it takes any matrix: a singular value of 0 stays 0, so no gradient makes it fail.
public final class NewtonSchulz {
    private final Workspace<?> workspace;

    /// The odd polynomial `a·x + b·x³ + c·x⁵` that is applied `iterations` times to the singular values.
    public record Polynomial(double a, double b, double c, int iterations) {
        /// x ↦ 1.5x − 0.5x³: converges to 1. A singular value of 10⁻³ of the norm takes 25 iterations to become exact.
        public static final Polynomial CUBIC = new Polynomial(1.5, -0.5, 0, 30);

        /// Of greatest slope at 0 (K. Jordan): quickly near 1, never exact.
        public static final Polynomial MUON = new Polynomial(3.4445, -4.7750, 2.0315, 5);
    }

    /// For matrices of up to `elements` elements and a smaller side up to `side`.
    NewtonSchulz(Precision precision, int elements, int side) {
        this.workspace = new Workspace<>(precision.kernels(), precision, elements, side);
    }

    /// U·Vᵀ of a row-major `rows × columns` matrix, in a new array.
    ///
    /// @param a `float[]` or `double[]`
    public static Object orthogonal(Polynomial polynomial, int rows, int columns, Object a) {
        NewtonSchulz iteration =
                new NewtonSchulz(Precision.of(a), Math.multiplyExact(rows, columns), Math.min(rows, columns));
        return iteration.run(polynomial, rows, columns, a, 0);
    }

    /// The factor of the matrix at `offset`, in a buffer that the next call overwrites.
    Object run(Polynomial polynomial, int rows, int columns, Object a, int offset) {
        return workspace.run(polynomial, rows, columns, a, offset);
    }

    private static final class Workspace<A> {
        private final Kernels<A> kernels;
        private A x;
        private A next;
        private final A gram;
        private final A factor;

        @SuppressWarnings("unchecked") // a precision allocates the arrays of its kernels
        Workspace(Kernels<A> kernels, Precision precision, int elements, int side) {
            this.kernels = kernels;
            this.x = (A) precision.allocate(elements);
            this.next = (A) precision.allocate(elements);
            this.gram = (A) precision.allocate(side * side);
            this.factor = (A) precision.allocate(side * side);
        }

        Object run(Polynomial polynomial, int rows, int columns, Object a, int offset) {
            int n = rows * columns;
            System.arraycopy(a, offset, x, 0, n);
            double norm = Math.sqrt(kernels.sumSquares(x, 0, n));
            if (norm > 0) {
                kernels.scale(n, 1 / norm, x, 0);
                for (int i = 0; i < polynomial.iterations; i++) {
                    iterate(polynomial, rows, columns);
                }
            }
            return x;
        }

        private void iterate(Polynomial p, int rows, int columns) {
            int side = Math.min(rows, columns);
            boolean wide = rows <= columns;
            if (wide) {
                multiply(Transpose.NO, Transpose.YES, side, side, columns, 1, x, x, 0, gram);
            } else {
                multiply(Transpose.YES, Transpose.NO, side, side, rows, 1, x, x, 0, gram);
            }
            // b·G + c·G²
            A product = gram;
            double alpha = p.b;
            if (p.c != 0) {
                System.arraycopy(gram, 0, factor, 0, side * side);
                multiply(Transpose.NO, Transpose.NO, side, side, side, p.c, gram, gram, p.b, factor);
                product = factor;
                alpha = 1;
            }
            System.arraycopy(x, 0, next, 0, rows * columns);
            A left = wide ? product : x;
            A right = wide ? x : product;
            multiply(Transpose.NO, Transpose.NO, rows, columns, side, alpha, left, right, p.a, next);
            A swap = x;
            x = next;
            next = swap;
        }

        /// `C = alpha·op(A)·op(B) + beta·C` of matrices without gaps.
        private void multiply(
                Transpose ta, Transpose tb, int m, int n, int k, double alpha, A a, A b, double beta, A c) {
            int lda = ta == Transpose.NO ? k : m;
            int ldb = tb == Transpose.NO ? n : k;
            kernels.gemm(ta, tb, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, n);
        }
    }
}
