package adjoint.linalg;

import adjoint.linalg.internal.Graph;
import adjoint.linalg.internal.Graph.BinaryOp;
import adjoint.linalg.internal.Graph.Comparison;
import adjoint.linalg.internal.Graph.Reduction;
import adjoint.linalg.internal.Graph.UnaryOp;
import adjoint.linalg.internal.Graph.Value;

/// A value in the definition of a [Chain]: one number per element `[r, j]`, or one per row.
///
/// Expressions are made by the chain's [Chain.Builder] and combined with the methods here. They follow IEEE 754 in the
/// precision the chain runs in: NaN and infinities propagate, `max` and `min` of a NaN are NaN, a comparison with a
/// NaN is false. Writing the same sub-expression twice costs nothing: it is computed once.
public final class Expr {
    final Graph graph;
    final int position;

    Expr(Graph graph, int position) {
        this.graph = graph;
        this.position = position;
    }

    public Expr add(Expr y) {
        return binary(BinaryOp.ADD, y);
    }

    public Expr add(double y) {
        return add(constant(y));
    }

    public Expr sub(Expr y) {
        return binary(BinaryOp.SUB, y);
    }

    public Expr sub(double y) {
        return sub(constant(y));
    }

    public Expr mul(Expr y) {
        return binary(BinaryOp.MUL, y);
    }

    public Expr mul(double y) {
        return mul(constant(y));
    }

    public Expr div(Expr y) {
        return binary(BinaryOp.DIV, y);
    }

    public Expr div(double y) {
        return div(constant(y));
    }

    /// `this·y + z`, rounded once where there are vectors.
    public Expr fma(Expr y, Expr z) {
        return of(new Value.Fma(position, same(y), same(z)));
    }

    public Expr neg() {
        return unary(UnaryOp.NEG);
    }

    public Expr abs() {
        return unary(UnaryOp.ABS);
    }

    public Expr sqrt() {
        return unary(UnaryOp.SQRT);
    }

    public Expr square() {
        return mul(this);
    }

    /// `1/this`.
    public Expr reciprocal() {
        return constant(1).div(this);
    }

    public Expr min(Expr y) {
        return binary(BinaryOp.MIN, y);
    }

    public Expr min(double y) {
        return min(constant(y));
    }

    public Expr max(Expr y) {
        return binary(BinaryOp.MAX, y);
    }

    public Expr max(double y) {
        return max(constant(y));
    }

    /// eˣ; see [Functions] for the accuracy of this and the next four.
    public Expr exp() {
        return unary(UnaryOp.EXP);
    }

    /// Natural logarithm: −∞ at 0, NaN below.
    public Expr log() {
        return unary(UnaryOp.LOG);
    }

    public Expr tanh() {
        return unary(UnaryOp.TANH);
    }

    /// The error function 2/√π ∫₀ˣ e^(−t²) dt.
    public Expr erf() {
        return unary(UnaryOp.ERF);
    }

    /// `1/(1 + e⁻ˣ)`.
    public Expr sigmoid() {
        return unary(UnaryOp.SIGMOID);
    }

    /// eˣ − 1, without loss of digits near 0.
    public Expr expm1() {
        return unary(UnaryOp.EXPM1);
    }

    /// ln(1 + x), without loss of digits near 0: −∞ at −1, NaN below.
    public Expr log1p() {
        return unary(UnaryOp.LOG1P);
    }

    /// 2ˣ. This and all that follow are computed one element at a time: a chain with one of them uses no vectors.
    public Expr exp2() {
        return unary(UnaryOp.EXP2);
    }

    /// The logarithm to base 2, exact for powers of 2.
    public Expr log2() {
        return unary(UnaryOp.LOG2);
    }

    /// The logarithm to base 10.
    public Expr log10() {
        return unary(UnaryOp.LOG10);
    }

    public Expr sin() {
        return unary(UnaryOp.SIN);
    }

    public Expr cos() {
        return unary(UnaryOp.COS);
    }

    public Expr tan() {
        return unary(UnaryOp.TAN);
    }

    public Expr asin() {
        return unary(UnaryOp.ASIN);
    }

    public Expr acos() {
        return unary(UnaryOp.ACOS);
    }

    public Expr atan() {
        return unary(UnaryOp.ATAN);
    }

    public Expr sinh() {
        return unary(UnaryOp.SINH);
    }

    public Expr cosh() {
        return unary(UnaryOp.COSH);
    }

    public Expr asinh() {
        return unary(UnaryOp.ASINH);
    }

    public Expr acosh() {
        return unary(UnaryOp.ACOSH);
    }

    public Expr atanh() {
        return unary(UnaryOp.ATANH);
    }

    /// 1 − erf x, without loss of digits where that is small.
    public Expr erfc() {
        return unary(UnaryOp.ERFC);
    }

    /// The inverse of [#erf].
    public Expr erfinv() {
        return unary(UnaryOp.ERFINV);
    }

    /// ln |Γ(x)|.
    public Expr lgamma() {
        return unary(UnaryOp.LGAMMA);
    }

    public Expr floor() {
        return unary(UnaryOp.FLOOR);
    }

    public Expr ceil() {
        return unary(UnaryOp.CEIL);
    }

    /// The nearest integer, the even one of two.
    public Expr rint() {
        return unary(UnaryOp.RINT);
    }

    /// The nearest integer towards 0.
    public Expr trunc() {
        return unary(UnaryOp.TRUNC);
    }

    /// xʸ as `Math.pow` says.
    public Expr pow(Expr y) {
        return binary(BinaryOp.POW, y);
    }

    /// The angle of the point (y, this), as `Math.atan2` says.
    public Expr atan2(Expr y) {
        return binary(BinaryOp.ATAN2, y);
    }

    /// The remainder of this/y with the sign of this, exactly: Java's `%`.
    public Expr fmod(Expr y) {
        return binary(BinaryOp.FMOD, y);
    }

    /// The polygamma function of order `n`, an integer, at this, see [Functions#polygamma].
    public Expr polygamma(Expr n) {
        return n.binary(BinaryOp.POLYGAMMA, this);
    }

    public Condition lt(Expr y) {
        return compare(Comparison.LT, position, same(y));
    }

    public Condition lt(double y) {
        return lt(constant(y));
    }

    public Condition le(Expr y) {
        return compare(Comparison.LE, position, same(y));
    }

    public Condition le(double y) {
        return le(constant(y));
    }

    public Condition gt(Expr y) {
        return compare(Comparison.LT, same(y), position);
    }

    public Condition gt(double y) {
        return gt(constant(y));
    }

    public Condition ge(Expr y) {
        return compare(Comparison.LE, same(y), position);
    }

    public Condition ge(double y) {
        return ge(constant(y));
    }

    public Condition eq(Expr y) {
        return compare(Comparison.EQ, position, same(y));
    }

    public Condition eq(double y) {
        return eq(constant(y));
    }

    /// True where the value is NaN.
    public Condition isNaN() {
        return compare(Comparison.NE, position, position);
    }

    /// The sum over the columns of each row, in an order that depends on nothing but the number of columns.
    /// The sum of no columns is 0.
    public Expr sumRow() {
        return of(new Value.Reduce(Reduction.SUM, position));
    }

    /// The product over the columns of each row, in an order like that of [#sumRow]. The product of no columns is 1.
    public Expr productRow() {
        return of(new Value.Reduce(Reduction.PRODUCT, position));
    }

    /// The maximum over the columns of each row, NaN if one of them is. The maximum of no columns is −∞.
    public Expr maxRow() {
        return of(new Value.Reduce(Reduction.MAX, position));
    }

    /// The minimum over the columns of each row, NaN if one of them is. The minimum of no columns is ∞.
    public Expr minRow() {
        return of(new Value.Reduce(Reduction.MIN, position));
    }

    /// A truth value per element, which chooses between two expressions.
    public static final class Condition {
        private final Graph graph;
        private final int position;

        private Condition(Graph graph, int position) {
            this.graph = graph;
            this.position = position;
        }

        /// `yes` where the condition holds, else `no`. Both are computed; the one not chosen leaves no trace, NaN or
        /// infinity included.
        public Expr where(Expr yes, Expr no) {
            if (yes.graph != graph || no.graph != graph) {
                throw foreign();
            }
            return new Expr(graph, graph.add(new Value.Select(position, yes.position, no.position)));
        }

        public Expr where(Expr yes, double no) {
            return where(yes, new Expr(graph, graph.add(new Value.Constant(no))));
        }

        public Expr where(double yes, Expr no) {
            return where(new Expr(graph, graph.add(new Value.Constant(yes))), no);
        }

        public Expr where(double yes, double no) {
            return where(new Expr(graph, graph.add(new Value.Constant(yes))), no);
        }
    }

    private Expr unary(UnaryOp op) {
        return of(new Value.Unary(op, position));
    }

    private Expr binary(BinaryOp op, Expr y) {
        return of(new Value.Binary(op, position, same(y)));
    }

    private Condition compare(Comparison op, int x, int y) {
        return new Condition(graph, graph.add(new Value.Compare(op, x, y)));
    }

    private Expr constant(double value) {
        return of(new Value.Constant(value));
    }

    private Expr of(Value value) {
        return new Expr(graph, graph.add(value));
    }

    private int same(Expr y) {
        if (y.graph != graph) {
            throw foreign();
        }
        return y.position;
    }

    private static IllegalArgumentException foreign() {
        return new IllegalArgumentException("an expression of one chain was used in the definition of another");
    }
}
