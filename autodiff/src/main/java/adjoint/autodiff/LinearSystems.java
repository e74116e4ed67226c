package adjoint.autodiff;

import adjoint.linalg.Diagonal;
import adjoint.linalg.Kernels;
import adjoint.linalg.Lu;
import adjoint.linalg.Side;
import adjoint.linalg.Transpose;
import adjoint.linalg.Triangle;
import java.util.Arrays;
import java.util.List;

/// Systems of linear equations and the inverse.
final class LinearSystems {
    private LinearSystems() {}

    /// The LU decomposition of matrices, from which values, gradients and tangents of all orders are worked out.
    ///
    /// @param lu L and U, as [Lu#factor] leaves them
    /// @param pivots the rows exchanged, `I32`
    record Factors(Tensor lu, Tensor pivots) {
        /// Declares what [#of] fills, as the outputs `first` and `first + 1`.
        static void declare(Call call, Tensor a) {
            call.output(a.dtype(), a.shape());
            call.output(DType.I32, Matrices.shape(Matrices.batch(a.shape()), a.dim(-1)));
        }

        /// What gradients read of what [#of(Call, int)] says.
        static int reads(int inputs) {
            return Op.input(inputs) | Op.input(inputs + 1) | Op.output(1) | Op.output(2);
        }

        /// The decomposition that a call was given behind its other inputs, or else, that it makes behind its result.
        static Factors of(Call call, int inputs) {
            return isGiven(call, inputs)
                    ? new Factors(call.in(inputs), call.in(inputs + 1))
                    : new Factors(call.out(1), call.out(2));
        }

        static boolean isGiven(Call call, int inputs) {
            return call.inputs() > inputs;
        }

        /// Decomposes the matrices; the first one that is singular is an error, or not, as `singular` says.
        void fill(Op<?> op, Tensor a, boolean singular) {
            Engine.copy(a, lu.array(), lu.offset);
            int n = a.dim(-1);
            Kernels<Object> kernels = Engine.kernels(a.dtype());
            for (int i = 0; n > 0 && i < Matrices.count(a); i++) {
                int zero = Lu.factor(kernels, n, n, lu.array(), at(i), n, rows(), first(i));
                if (zero >= 0 && !singular) {
                    throw Matrices.singular(op, a, i, zero);
                }
            }
        }

        /// op(A)⁻¹·B, recorded as an operation on A and B.
        Tensor solve(Transpose transpose, Tensor a, Tensor b) {
            return Engine.run(SOLVE, transpose, new Tensor[] {a, b, lu, pivots});
        }

        int[] rows() {
            return (int[]) pivots.array();
        }

        /// Where the pivots of an item start.
        int first(int item) {
            return pivots.offset + item * lu.dim(-1);
        }

        /// Where the factors of an item start.
        int at(int item) {
            return lu.offset + item * lu.dim(-1) * lu.dim(-1);
        }
    }

    /// X with op(A)·X = B for A `[…, n, n]` and B `[…, n, k]`, whose batch is that of the result. Further inputs are
    /// the decomposition of A where that is there already.
    static final Op<Transpose> SOLVE = new Op<>("solve", "A⁻¹·B") {
        @Override
        void infer(Call call, Transpose transpose) {
            Tensor a = call.in(0);
            Tensor b = call.in(1);
            Matrices.requireFits(this, a, Matrices.requireSquare(this, a), b, -2);
            call.output(b.dtype(), b.shape());
            if (!Factors.isGiven(call, 2)) {
                Factors.declare(call, a);
            }
        }

        @Override
        void compute(Call call, Transpose transpose) {
            Tensor a = call.in(0);
            Tensor x = call.out(0);
            Factors factors = Factors.of(call, 2);
            if (!Factors.isGiven(call, 2)) {
                factors.fill(this, a, false);
            }
            Engine.copy(call.in(1), x.array(), x.offset);
            int n = x.dim(-2);
            int k = x.dim(-1);
            int[] items = Matrices.items(Matrices.batch(a.shape()), Matrices.batch(x.shape()));
            for (int i = 0; x.size() > 0 && i < Matrices.count(x); i++) {
                int item = Matrices.item(items, i);
                Lu.solve(
                        Engine.kernels(x.dtype()),
                        transpose,
                        n,
                        k,
                        factors.lu.array(),
                        factors.at(item),
                        n,
                        factors.rows(),
                        factors.first(item),
                        x.array(),
                        x.offset + i * n * k,
                        k);
            }
        }

        @Override
        int reads(int i) {
            return input(0) | (i == 0 ? output(0) : NO_VALUES) | Factors.reads(2);
        }

        /// dB = op(A)⁻ᵀ·G and d op(A) = −dB·Xᵀ.
        @Override
        void vjp(Call call, Transpose transpose, Flow flow) {
            Transpose flipped = transpose == Transpose.NO ? Transpose.YES : Transpose.NO;
            Tensor db = again(call, flipped, flow.gradient());
            if (flow.wants(0)) {
                Tensor x = call.out(0);
                Tensor da =
                        transpose == Transpose.NO ? db.matmul(Matrices.transpose(x)) : x.matmul(Matrices.transpose(db));
                flow.give(0, da.neg());
            }
            if (flow.wants(1)) {
                flow.give(1, db);
            }
        }

        @Override
        Tensor jvp(Call call, Transpose transpose, Tangents tangents) {
            Tensor right = tangents.plus(null, 0, t -> {
                Tensor op = transpose == Transpose.NO ? t : Matrices.transpose(t);
                return op.matmul(call.out(0)).neg();
            });
            return again(call, transpose, tangents.plus(right, 1, t -> t));
        }

        private Tensor again(Call call, Transpose transpose, Tensor right) {
            return Factors.of(call, 2).solve(transpose, call.in(0), right);
        }

        @Override
        Cost cost(Call call, Transpose transpose) {
            long n = call.in(0).dim(-1);
            long factoring = Factors.isGiven(call, 2) ? 0 : 2 * n * call.in(0).size() / 3;
            return new Cost(factoring + 2 * n * call.out(0).size(), Cost.bytes(call));
        }
    };

    /// op(A)·X = B or X·op(A) = B for a triangular A.
    record Triangular(Side side, Triangle triangle, Transpose transpose, Diagonal diagonal) {
        Triangular flipped() {
            Transpose flipped = transpose == Transpose.NO ? Transpose.YES : Transpose.NO;
            return new Triangular(side, triangle, flipped, diagonal);
        }

        /// op(A).
        Tensor op(Tensor a) {
            return transpose == Transpose.NO ? a : Matrices.transpose(a);
        }

        /// The part of a matrix that the system reads, 0 elsewhere.
        Tensor part(Tensor a) {
            int skipped = diagonal == Diagonal.UNIT ? 1 : 0;
            return triangle == Triangle.LOWER ? a.tril(-skipped) : a.triu(skipped);
        }
    }

    /// As [#SOLVE], for one triangle of A; the other one is not read.
    static final Op<Triangular> TRIANGULAR_SOLVE = new Op<>("triangularSolve", "A⁻¹·B, A triangular") {
        @Override
        void infer(Call call, Triangular system) {
            Tensor a = call.in(0);
            Tensor b = call.in(1);
            int axis = system.side == Side.LEFT ? -2 : -1;
            Matrices.requireFits(this, a, Matrices.requireSquare(this, a), b, axis);
            call.output(b.dtype(), b.shape());
        }

        @Override
        void compute(Call call, Triangular system) {
            if (system.diagonal == Diagonal.NON_UNIT) {
                requireNoZero(call.in(0));
            }
            Tensor a = call.engine.dense(call.in(0));
            Tensor x = call.out(0);
            Engine.copy(call.in(1), x.array(), x.offset);
            int n = a.dim(-1);
            int m = x.dim(-2);
            int k = x.dim(-1);
            int[] items = Matrices.items(Matrices.batch(a.shape()), Matrices.batch(x.shape()));
            for (int i = 0; x.size() > 0 && i < Matrices.count(x); i++) {
                Engine.kernels(x.dtype())
                        .trsm(
                                system.side,
                                system.triangle,
                                system.transpose,
                                system.diagonal,
                                m,
                                k,
                                1,
                                a.array(),
                                a.offset + Matrices.item(items, i) * n * n,
                                n,
                                x.array(),
                                x.offset + i * m * k,
                                k);
            }
            call.engine.drop(a, call.in(0));
        }

        private void requireNoZero(Tensor a) {
            int n = a.dim(-1);
            Shape shape = Shape.of(a.shape().array(), a.rank() - 1);
            int[] strides = a.strides == null ? Layout.dense(a.shape()) : a.strides;
            int[] along = Arrays.copyOf(strides, shape.rank());
            along[shape.rank() - 1] += strides[shape.rank()];
            Object diagonal = a.dtype().allocate(shape.size());
            Engine.copy(Tensor.view(a, a.offset, shape, along), diagonal, 0);
            for (int i = 0; i < shape.size(); i++) {
                if (Tensor.element(diagonal, i) == 0) {
                    throw new ArithmeticException(this + ": " + Matrices.which(a, i / n) + " is singular: element ["
                            + i % n + ", " + i % n + "] of its diagonal is 0");
                }
            }
        }

        @Override
        int reads(int i) {
            return input(0) | (i == 0 ? output(0) : NO_VALUES);
        }

        /// dB = op(A)⁻ᵀ·G and d op(A) = −dB·Xᵀ; on the right, dB = G·op(A)⁻ᵀ and d op(A) = −Xᵀ·dB.
        @Override
        void vjp(Call call, Triangular system, Flow flow) {
            Tensor db = Engine.run(this, system.flipped(), call.in(0), flow.gradient());
            if (flow.wants(0)) {
                Tensor x = call.out(0);
                Tensor op = system.side == Side.LEFT
                        ? db.matmul(Matrices.transpose(x))
                        : Matrices.transpose(x).matmul(db);
                flow.give(0, system.part(system.op(op).neg()));
            }
            if (flow.wants(1)) {
                flow.give(1, db);
            }
        }

        @Override
        Tensor jvp(Call call, Triangular system, Tangents tangents) {
            Tensor x = call.out(0);
            Tensor right = tangents.plus(null, 0, t -> {
                Tensor op = system.op(system.part(t));
                return (system.side == Side.LEFT ? op.matmul(x) : x.matmul(op)).neg();
            });
            return Engine.run(this, system, call.in(0), tangents.plus(right, 1, t -> t));
        }

        @Override
        Cost cost(Call call, Triangular system) {
            return new Cost((long) call.in(0).dim(-1) * call.out(0).size(), Cost.bytes(call));
        }
    };

    static final Op<Void> INVERSE = new Op<>("inverse", "A⁻¹") {
        @Override
        void infer(Call call, Void none) {
            Matrices.declareAlike(this, call);
            Factors.declare(call, call.in(0));
        }

        @Override
        void compute(Call call, Void none) {
            Factors factors = Factors.of(call, 1);
            factors.fill(this, call.in(0), false);
            fillInverse(factors, Transpose.NO, call.out(0));
        }

        @Override
        int reads(int i) {
            return output(0);
        }

        /// −A⁻ᵀ·G·A⁻ᵀ.
        @Override
        void vjp(Call call, Void none, Flow flow) {
            Tensor transposed = Matrices.transpose(call.out(0));
            flow.give(0, transposed.matmul(flow.gradient()).matmul(transposed).neg());
        }

        @Override
        Tensor jvp(Call call, Void none, Tangents tangents) {
            Tensor inverse = call.out(0);
            return inverse.matmul(tangents.of(0)).matmul(inverse).neg();
        }

        @Override
        Cost cost(Call call, Void none) {
            return new Cost(8L * call.out(0).size() * call.out(0).dim(-1) / 3, Cost.bytes(call));
        }
    };

    /// Writes op(A)⁻¹ of each matrix.
    static void fillInverse(Factors factors, Transpose transpose, Tensor out) {
        int n = out.dim(-1);
        Kernels<Object> kernels = Engine.kernels(out.dtype());
        kernels.fill(out.array(), out.offset, out.size(), 0);
        for (int i = 0; n > 0 && i < Matrices.count(out); i++) {
            int at = out.offset + i * n * n;
            for (int j = 0; j < n; j++) {
                Tensor.setElement(out.array(), at + j * (n + 1), 1);
            }
            Lu.solve(
                    kernels,
                    transpose,
                    n,
                    n,
                    factors.lu.array(),
                    factors.at(i),
                    n,
                    factors.rows(),
                    factors.first(i),
                    out.array(),
                    at,
                    n);
        }
    }

    static final List<Op<?>> ALL = List.of(SOLVE, TRIANGULAR_SOLVE, INVERSE);
}
