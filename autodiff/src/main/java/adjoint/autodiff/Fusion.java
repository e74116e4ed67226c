package adjoint.autodiff;

import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// An element-wise formula as one kernel: a [Chain] for each pattern of operands that repeat along the columns, made
/// when first needed.
final class Fusion {
    /// Stands for an operand that the formula does not mention.
    private static final int UNUSED = -1;

    private final String name;
    private final int operands;
    private final int parameters;
    private final Function<Fused[], Fused> formula;

    /// Made when first needed; two threads that make it at once make the same.
    private Kernel kernel;

    /// What is known of the formula once it has been written out.
    ///
    /// @param order the operand number of each array of the chains, in their order
    /// @param read bit k is set if operand k is among them
    /// @param passed the operand that the formula returns as it is, or -1
    /// @param variants by 2·(mask of repeating arrays) + (1 if the result is added to the output)
    private record Kernel(int[] order, int read, int passed, Chain[] variants) {}

    /// @param formula from `operands` tensors and then `parameters` scalars
    Fusion(String name, int operands, int parameters, Function<Fused[], Fused> formula) {
        this.name = name;
        this.operands = operands;
        this.parameters = parameters;
        this.formula = formula;
    }

    private Kernel kernel() {
        Kernel known = kernel;
        return known == null ? kernel = write() : known;
    }

    private Kernel write() {
        int[] order = new int[operands];
        int[] passed = new int[1];
        Chain plain = Chain.define(name, c -> passed[0] = define(c, 0, false, order));
        int used = 0;
        while (used < operands && order[used] != UNUSED) {
            used++;
        }
        int read = 0;
        for (int k = 0; k < used; k++) {
            read |= 1 << order[k];
        }
        Chain[] variants = new Chain[2 << used];
        variants[0] = plain;
        return new Kernel(Arrays.copyOf(order, used), read, passed[0], variants);
    }

    /// The operand that the formula returns unchanged, or -1 if it computes anything.
    int passed() {
        return kernel().passed;
    }

    /// Bit `k` is set if the values of operand `k` enter the result.
    int reads() {
        return kernel().read;
    }

    /// Computes the formula into a dense array of `shape`, adding to what is there if `beta` is 1.
    void run(Engine engine, Shape shape, Tensor[] operand, double[] parameter, Object to, int offset, double beta) {
        Kernel kernel = kernel();
        int[] order = kernel.order;
        Sweep sweep = engine.sweep;
        sweep.broadcast(shape);
        for (int k : order) {
            sweep.add(operand[k]);
        }
        sweep.addDense(to, offset);
        for (int p = 0; p < parameters; p++) {
            sweep.scalar(parameter[p]);
        }
        int repeating = sweep.plan() & (1 << order.length) - 1;
        int variant = 2 * repeating + (beta == 0 ? 0 : 1);
        Chain chain = kernel.variants[variant];
        if (chain == null) {
            chain = Chain.define(name, c -> define(c, repeating, beta != 0, new int[operands]));
            kernel.variants[variant] = chain;
        }
        sweep.run(DType.of(to).precision(), chain);
    }

    /// Writes the formula to a chain; `order` receives the operands in the order in which they are declared.
    private int define(Chain.Builder c, int repeating, boolean adds, int[] order) {
        Fused[] leaves = new Fused[operands + parameters];
        Leaves declared = new Leaves(c, repeating, order);
        Arrays.fill(order, UNUSED);
        for (int k = 0; k < operands; k++) {
            leaves[k] = new Fused(declared, k);
        }
        for (int p = 0; p < parameters; p++) {
            leaves[operands + p] = new Fused(declared, c.scalar());
        }
        Fused result = formula.apply(leaves);
        if (adds) {
            c.accumulate(result.expr());
        } else {
            c.out(result.expr());
        }
        return result.operand;
    }

    /// Declares operands on a chain when the formula first mentions them.
    private static final class Leaves {
        private final Chain.Builder chain;
        private final int repeating;
        private final int[] order;
        private int declared;

        Leaves(Chain.Builder chain, int repeating, int[] order) {
            this.chain = chain;
            this.repeating = repeating;
            this.order = order;
        }

        Expr declare(int operand) {
            boolean perRow = (repeating >>> declared & 1) == 1;
            order[declared++] = operand;
            return perRow ? chain.perRow() : chain.in();
        }
    }

    /// A value in a kernel.
    static final class Fused implements Algebra<Fused> {
        private final Leaves leaves;
        private final int operand;
        private Expr expr;

        private Fused(Leaves leaves, int operand) {
            this.leaves = leaves;
            this.operand = operand;
        }

        private Fused(Leaves leaves, Expr expr) {
            this(leaves, UNUSED);
            this.expr = expr;
        }

        private Expr expr() {
            if (expr == null) {
                expr = leaves.declare(operand);
            }
            return expr;
        }

        private Fused of(Expr value) {
            return new Fused(leaves, value);
        }

        @Override
        public Fused add(Fused y) {
            return of(expr().add(y.expr()));
        }

        @Override
        public Fused add(double y) {
            return of(expr().add(y));
        }

        @Override
        public Fused sub(Fused y) {
            return of(expr().sub(y.expr()));
        }

        @Override
        public Fused mul(Fused y) {
            return of(expr().mul(y.expr()));
        }

        @Override
        public Fused mul(double y) {
            return of(expr().mul(y));
        }

        @Override
        public Fused div(Fused y) {
            return of(expr().div(y.expr()));
        }

        @Override
        public Fused neg() {
            return of(expr().neg());
        }

        @Override
        public Fused reciprocal() {
            return of(expr().reciprocal());
        }

        @Override
        public Fused exp() {
            return of(expr().exp());
        }

        @Override
        public Fused expm1() {
            return of(expr().expm1());
        }

        @Override
        public Fused log() {
            return of(expr().log());
        }

        @Override
        public Fused sqrt() {
            return of(expr().sqrt());
        }

        @Override
        public Fused square() {
            return of(expr().square());
        }

        @Override
        public Fused abs() {
            return of(expr().abs());
        }

        @Override
        public Fused sign() {
            return of(expr().gt(0).where(leaves.chain.constant(1), expr().lt(0).where(-1, expr())));
        }

        @Override
        public Fused log1p() {
            return of(expr().log1p());
        }

        @Override
        public Fused sin() {
            return of(expr().sin());
        }

        @Override
        public Fused cos() {
            return of(expr().cos());
        }

        @Override
        public Fused sinh() {
            return of(expr().sinh());
        }

        @Override
        public Fused cosh() {
            return of(expr().cosh());
        }

        @Override
        public Fused tanh() {
            return of(expr().tanh());
        }

        @Override
        public Fused erf() {
            return of(expr().erf());
        }

        @Override
        public Fused sigmoid() {
            return of(expr().sigmoid());
        }

        /// A function that kernels know.
        Fused apply(UnaryOperator<Expr> function) {
            return of(function.apply(expr()));
        }

        @Override
        public Fused pow(Fused y) {
            return of(expr().pow(y.expr()));
        }

        @Override
        public Fused atan2(Fused y) {
            return of(expr().atan2(y.expr()));
        }

        @Override
        public Fused fmod(Fused y) {
            return of(expr().fmod(y.expr()));
        }

        @Override
        public Fused round() {
            return of(expr().rint());
        }

        @Override
        public Fused maximum(Fused y) {
            return of(expr().max(y.expr()));
        }

        @Override
        public Fused maximum(double y) {
            return of(expr().max(y));
        }

        @Override
        public Fused minimum(Fused y) {
            return of(expr().min(y.expr()));
        }

        @Override
        public Fused greater(Fused y) {
            return of(expr().gt(y.expr()).where(leaves.chain.constant(1), 0));
        }

        @Override
        public Fused greater(double y) {
            return of(expr().gt(y).where(leaves.chain.constant(1), 0));
        }

        @Override
        public Fused greaterEqual(Fused y) {
            return of(expr().ge(y.expr()).where(leaves.chain.constant(1), 0));
        }

        @Override
        public Fused greaterEqual(double y) {
            return of(expr().ge(y).where(leaves.chain.constant(1), 0));
        }

        @Override
        public Fused equal(Fused y) {
            return of(expr().eq(y.expr()).where(leaves.chain.constant(1), 0));
        }

        @Override
        public Fused equal(double y) {
            return of(expr().eq(y).where(leaves.chain.constant(1), 0));
        }

        @Override
        public Fused where(Fused mask, Fused other) {
            return of(mask.expr().eq(0).where(other.expr(), expr()));
        }

        @Override
        public Fused where(Fused mask, double other) {
            return of(mask.expr().eq(0).where(other, expr()));
        }
    }
}
