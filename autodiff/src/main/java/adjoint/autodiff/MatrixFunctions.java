package adjoint.autodiff;

import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import adjoint.linalg.Kernels;
import adjoint.linalg.MatrixExponential;
import adjoint.linalg.Transpose;
import java.util.List;
import java.util.function.UnaryOperator;

/// Functions of matrices whose derivatives exist where eigenvalues or singular values are equal, and are worked out so
/// that they come out there as elsewhere.
final class MatrixFunctions {
    private static final Chain SCALE_COLUMNS = Chain.define("scaleColumns", c -> c.out(c.in().mul(c.in())));

    /// `out = in/(x[r] + x[j])`, 0 where the sum is not beyond a limit.
    private static final Chain DIVIDE_BY_SUMS = Chain.define("divideBySums", c -> {
        Expr in = c.in();
        Expr sum = c.in().add(c.perRow());
        c.out(sum.abs().gt(c.scalar()).where(in.div(sum), 0));
    });

    private MatrixFunctions() {}

    static final Op<Void> MATRIX_EXPONENTIAL = new Op<>("matrixExponential", "eᴬ") {
        @Override
        void infer(Call call, Void none) {
            Matrices.declareAlike(this, call);
        }

        @Override
        void compute(Call call, Void none) {
            Tensor out = call.out(0);
            Engine.copy(call.in(0), out.array(), out.offset);
            int n = out.dim(-1);
            Kernels<Object> kernels = Engine.kernels(out.dtype());
            for (int i = 0; n > 0 && i < Matrices.count(out); i++) {
                int at = out.offset + i * n * n;
                if (kernels.allFinite(out.array(), at, n * n)) {
                    MatrixExponential.inPlace(kernels, n, out.array(), at, n);
                } else {
                    kernels.fill(out.array(), at, n * n, Double.NaN);
                }
            }
        }

        @Override
        int reads(int i) {
            return input(0);
        }

        @Override
        void vjp(Call call, Void none, Flow flow) {
            flow.give(0, derivative(Matrices.transpose(call.in(0)), flow.gradient()));
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            return derivative(call.in(0), tangents.of(0));
        }

        /// The derivative along E is the upper right block of the exponential of `[A E; 0 A]`. It is linear in E, which
        /// is brought to size 1 so that it does not decide on the scaling.
        private Tensor derivative(Tensor a, Tensor e) {
            int n = a.dim(-1);
            if (a.size() == 0) {
                return e;
            }
            Tensor largest = e.detach().abs().max(true, -1).max(true, -2);
            Tensor size = largest.add(largest.equal(0));
            Tensor zeros = Tensor.zeros(a.dtype(), a.shape());
            Tensor upper = Tensor.concat(-1, a, e.div(size));
            Tensor block = Tensor.concat(-2, upper, Tensor.concat(-1, zeros, a));
            return Engine.run(this, null, block)
                    .slice(-2, 0, n)
                    .slice(-1, n, 2 * n)
                    .mul(size);
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(30L * call.out(0).size() * call.out(0).dim(-1), Cost.bytes(call));
        }
    };

    /// The eigenvectors and eigenvalues of symmetric matrices.
    record Eigen(Tensor vectors, Tensor values) {
        static void declare(Call call, Tensor a) {
            call.output(a.dtype(), a.shape());
            call.output(a.dtype(), Matrices.shape(Matrices.batch(a.shape()), a.dim(-1)));
        }

        /// The decomposition that is given to a call of LYAPUNOV, or that a call makes behind its result.
        static Eigen of(Call call) {
            return isGiven(call) ? new Eigen(call.in(2), call.in(3)) : new Eigen(call.out(1), call.out(2));
        }

        static boolean isGiven(Call call) {
            return call.inputs() > 2;
        }

        /// Decomposes finite symmetric matrices.
        void fill(Op<?> op, Tensor a) {
            int n = a.dim(-1);
            Engine.copy(a, vectors.array(), vectors.offset);
            for (int i = 0; n > 0 && i < Matrices.count(a); i++) {
                int at = vectors.offset + i * n * n;
                Matrices.requireFinite(op, a, i, vectors.array(), at);
                Spectra.decompose(a.dtype(), n, vectors.array(), at, values.array(), values.offset + i * n);
            }
        }

        /// X with A·X + X·A = C for the A that is decomposed, recorded as an operation on A and C.
        Tensor lyapunov(Tensor a, Tensor c) {
            return Engine.run(LYAPUNOV, null, new Tensor[] {a, c, vectors, values});
        }

        /// What counts as zero among the eigenvalues of an item, by rounding errors.
        double tolerance(int item) {
            int n = values.dim(-1);
            int at = values.offset + item * n;
            double first = Math.abs(Tensor.element(values.array(), at));
            double last = Math.abs(Tensor.element(values.array(), at + n - 1));
            return n * Determinants.epsilon(values.dtype()) * Math.max(first, last);
        }
    }

    /// The positive semidefinite root of symmetric matrices, of which the lower triangle is read.
    static final Op<Void> SQRTM = new Op<>("sqrtm", "A^½ of a symmetric A") {
        @Override
        void infer(Call call, Void none) {
            Matrices.declareAlike(this, call);
            Eigen.declare(call, call.in(0));
        }

        @Override
        void compute(Call call, Void none) {
            Tensor a = call.in(0);
            Tensor out = call.out(0);
            int n = a.dim(-1);
            Eigen eigen = Eigen.of(call);
            eigen.fill(this, a);
            for (int i = 0; n > 0 && i < Matrices.count(a); i++) {
                takeRoots(a, i, eigen);
            }
            Storage scaled = call.engine.takeTemporary(a.dtype(), n * n);
            for (int i = 0; n > 0 && i < Matrices.count(a); i++) {
                int v = eigen.vectors.offset + i * n * n;
                Object vectors = eigen.vectors.array();
                scaleColumns(a.dtype(), n, vectors, v, eigen.values.array(), eigen.values.offset + i * n, scaled.array);
                product(Transpose.NO, Transpose.YES, n, scaled.array, 0, vectors, v, out, out.offset + i * n * n);
            }
            call.engine.dropTemporary(scaled);
        }

        private void takeRoots(Tensor a, int item, Eigen eigen) {
            double tolerance = eigen.tolerance(item);
            int n = a.dim(-1);
            for (int j = 0; j < n; j++) {
                int at = eigen.values.offset + item * n + j;
                double value = Tensor.element(eigen.values.array(), at);
                if (value < -tolerance) {
                    throw new ArithmeticException(this + ": " + Matrices.which(a, item)
                            + " is not positive semidefinite: it has the eigenvalue " + value);
                }
                Tensor.setElement(eigen.values.array(), at, Math.sqrt(Math.max(value, 0)));
            }
        }

        @Override
        int reads(int i) {
            return output(0) | output(1) | output(2);
        }

        /// The root X moves by the solution dX of X·dX + dX·X = dA.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            flow.give(0, Eigen.of(call).lyapunov(call.out(0), flow.gradient()));
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            return Eigen.of(call).lyapunov(call.out(0), tangents.of(0));
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(7L * call.in(0).size() * call.in(0).dim(-1), Cost.bytes(call));
        }
    };

    /// X with A·X + X·A = C for symmetric A, whose lower triangle is read. Further inputs are the decomposition of
    /// A where that is there already. Where two eigenvalues add up to 0, that part of X is 0.
    static final Op<Void> LYAPUNOV = new Op<>("lyapunov", "X with A·X + X·A = C") {
        @Override
        void infer(Call call, Void none) {
            Tensor a = call.in(0);
            Tensor c = call.in(1);
            Matrices.requireSquare(this, a);
            Elementwise.floating(this, a, c);
            if (!a.shape().equals(c.shape())) {
                throw new ShapeError(this + ": A of shape " + a.shape() + " and C of shape " + c.shape()
                        + " must have the same shape");
            }
            call.output(c.dtype(), c.shape());
            if (!Eigen.isGiven(call)) {
                Eigen.declare(call, a);
            }
        }

        @Override
        void compute(Call call, Void none) {
            Tensor out = call.out(0);
            int n = out.dim(-1);
            Eigen eigen = Eigen.of(call);
            if (!Eigen.isGiven(call)) {
                eigen.fill(this, call.in(0));
            }
            Tensor c = call.engine.dense(call.in(1));
            Storage scratch = call.engine.takeTemporary(c.dtype(), n * n);
            Object v = eigen.vectors.array();
            for (int i = 0; n > 0 && i < Matrices.count(out); i++) {
                int at = i * n * n;
                int from = eigen.vectors.offset + at;
                int to = out.offset + at;
                Tensor inner = Tensor.over(scratch.array, 0, Shape.of(n, n));
                product(Transpose.YES, Transpose.NO, n, v, from, c.array(), c.offset + at, inner, 0);
                product(Transpose.NO, Transpose.NO, n, inner.array(), 0, v, from, out, to);
                divideBySums(eigen, i, out, to);
                product(Transpose.NO, Transpose.NO, n, v, from, out.array(), to, inner, 0);
                product(Transpose.NO, Transpose.YES, n, inner.array(), 0, v, from, out, to);
            }
            call.engine.dropTemporary(scratch);
            call.engine.drop(c, call.in(1));
        }

        private void divideBySums(Eigen eigen, int item, Tensor out, int at) {
            int n = out.dim(-1);
            Object values = eigen.values.array();
            int first = eigen.values.offset + item * n;
            DIVIDE_BY_SUMS.run(
                    out.dtype().precision(),
                    n,
                    n,
                    new Object[] {out.array(), values, values, out.array()},
                    new int[] {at, first, first, at},
                    new int[] {n, 0, 1, n},
                    new double[] {2 * eigen.tolerance(item)});
        }

        @Override
        int reads(int i) {
            return input(0) | input(2) | input(3) | output(1) | output(2) | (i == 0 ? output(0) : NO_VALUES);
        }

        /// The map from C to X is symmetric; dA counts as −(dA·X + X·dA) in the place of C.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            Tensor dc = Eigen.of(call).lyapunov(call.in(0), flow.gradient());
            if (flow.wants(0)) {
                Tensor x = Matrices.transpose(call.out(0));
                flow.give(0, dc.matmul(x).add(x.matmul(dc)).neg());
            }
            if (flow.wants(1)) {
                flow.give(1, dc);
            }
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            Tensor x = call.out(0);
            Tensor right =
                    tangents.plus(null, 0, t -> t.matmul(x).add(x.matmul(t)).neg());
            return Eigen.of(call).lyapunov(call.in(0), tangents.plus(right, 1, t -> t));
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(
                    (Eigen.isGiven(call) ? 8L : 13L)
                            * call.out(0).size()
                            * call.out(0).dim(-1),
                    Cost.bytes(call));
        }
    };

    /// An element-wise function of eigenvalues, and its derivative.
    record Function(UnaryOperator<Tensor> f, UnaryOperator<Tensor> derivative) {
        /// (f(λᵢ) − f(λⱼ))/(λᵢ − λⱼ), where that is too inexact the derivative halfway between them.
        Tensor slopes(Tensor values, Tensor results) {
            Tensor rows = values.unsqueeze(-1);
            Tensor columns = values.unsqueeze(-2);
            Tensor gap = rows.sub(columns);
            double epsilon = Determinants.epsilon(values.dtype());
            Tensor size = values.detach().abs();
            Tensor near = size.unsqueeze(-1)
                    .add(size.unsqueeze(-2))
                    .mul(Math.cbrt(epsilon))
                    .add(size.max(true, -1).unsqueeze(-1).mul(Math.pow(epsilon, 0.75)));
            Tensor far = gap.abs().greater(near);
            Tensor quotient = results.unsqueeze(-1).sub(results.unsqueeze(-2)).div(gap.where(far, 1));
            return quotient.where(far, derivative.apply(rows.add(columns).mul(0.5)));
        }
    }

    /// V·diag(f(λ))·Vᵀ of a symmetric A, from A, V, λ and f(λ): a function of A alone, to which all of the gradient
    /// goes.
    static final Op<Function> SYMMETRIC_FUNCTION = new Op<>("symmetricFunction", "V·diag(f(λ))·Vᵀ of a symmetric A") {
        @Override
        void infer(Call call, Function function) {
            call.output(call.in(0).dtype(), call.in(0).shape());
        }

        @Override
        void compute(Call call, Function function) {
            Tensor v = call.engine.dense(call.in(1));
            Tensor f = call.engine.dense(call.in(3));
            Tensor out = call.out(0);
            int n = out.dim(-1);
            Storage scaled = call.engine.takeTemporary(out.dtype(), n * n);
            for (int i = 0; n > 0 && i < Matrices.count(out); i++) {
                int at = v.offset + i * n * n;
                scaleColumns(out.dtype(), n, v.array(), at, f.array(), f.offset + i * n, scaled.array);
                product(Transpose.NO, Transpose.YES, n, scaled.array, 0, v.array(), at, out, out.offset + i * n * n);
            }
            call.engine.dropTemporary(scaled);
            call.engine.drop(f, call.in(3));
            call.engine.drop(v, call.in(1));
        }

        @Override
        int reads(int i) {
            return i == 0 ? input(1) | input(2) | input(3) : NO_VALUES;
        }

        @Override
        void vjp(Call call, Function function, Flow flow) {
            if (flow.wants(0)) {
                flow.give(0, along(call, function, flow.gradient()));
            }
        }

        @Override
        Tensor jvp(Call call, Function function, Tangents tangents) {
            return tangents.has(0) ? along(call, function, tangents.of(0)) : null;
        }

        /// V·(K ∘ Vᵀ·E·V)·Vᵀ with the slopes K.
        private Tensor along(Call call, Function function, Tensor e) {
            if (e.size() == 0) {
                return e;
            }
            Tensor v = call.in(1);
            Tensor transposed = Matrices.transpose(v);
            Tensor inner = transposed.matmul(e).matmul(v);
            return v.matmul(inner.mul(function.slopes(call.in(2), call.in(3)))).matmul(transposed);
        }

        @Override
        Cost cost(Call call, Function function) {
            return new Cost(2L * call.out(0).size() * call.out(0).dim(-1), Cost.bytes(call));
        }
    };

    static final List<Op<?>> ALL = List.of(MATRIX_EXPONENTIAL, SQRTM, LYAPUNOV, SYMMETRIC_FUNCTION);

    /// out = A·diag(x), all contiguous.
    private static void scaleColumns(DType dtype, int n, Object a, int aOff, Object x, int xOff, Object out) {
        SCALE_COLUMNS.run(
                dtype.precision(),
                n,
                n,
                new Object[] {a, x, out},
                new int[] {aOff, xOff, 0},
                new int[] {n, 0, n},
                new double[0]);
    }

    /// A product of square matrices of order n, written to the array of `out` at `to`.
    private static void product(
            Transpose ta, Transpose tb, int n, Object a, int aOff, Object b, int bOff, Tensor out, int to) {
        Engine.kernels(out.dtype()).gemm(ta, tb, n, n, n, 1, a, aOff, n, b, bOff, n, 0, out.array(), to, n);
    }
}
