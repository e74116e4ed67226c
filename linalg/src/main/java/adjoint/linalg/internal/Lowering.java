package adjoint.linalg.internal;

import adjoint.linalg.internal.Graph.BinaryOp;
import adjoint.linalg.internal.Graph.BitsOp;
import adjoint.linalg.internal.Graph.Comparison;
import adjoint.linalg.internal.Graph.Store;
import adjoint.linalg.internal.Graph.UnaryOp;
import adjoint.linalg.internal.Graph.Value;

/// Writes the elementary functions of a graph as operations that vectors have; `adjoint.linalg.Functions` states their
/// accuracy. All of these operations are rounded as IEEE 754 says, so interpreted and compiled code give the same
/// bits. (The vector API's own `EXP` does not: compiled code calls a library of the platform.)
///
/// Functions of values that are the same for all columns stay as they are: those are computed once a row, as scalars.
final class Lowering {
    private final Graph source;
    private final Graph target;
    private final FloatFormat format;
    private final Coefficients coefficients;
    /// The positions in the target of the values of the source.
    private final int[] lowered;

    private Lowering(Graph source, ElementType type) {
        this.source = source;
        this.target = new Graph(source);
        this.format = FloatFormat.of(type);
        this.coefficients = Coefficients.of(type);
        this.lowered = new int[source.size()];
    }

    static Graph of(Graph graph, ElementType type) {
        Lowering lowering = new Lowering(graph, type);
        for (int v = 0; v < graph.size(); v++) {
            lowering.lowered[v] = lowering.lower(v);
        }
        for (Store store : graph.stores()) {
            int value = lowering.lowered[store.value()];
            lowering.target.add(
                    switch (store) {
                        case Store.Out s -> new Store.Out(s.array(), value);
                        case Store.Accumulate s -> new Store.Accumulate(s.array(), value);
                        case Store.OutRow s -> new Store.OutRow(s.array(), value);
                    });
        }
        return lowering.target;
    }

    private int lower(int position) {
        Value value = source.value(position);
        if (value instanceof Value.Unary unary && source.isCostly(position) && !source.rowInvariant(position)) {
            int result = function(unary.op(), lowered[unary.x()]);
            target.markCostly(result);
            return result;
        }
        return target.add(
                switch (value) {
                    case Value.Unary v -> new Value.Unary(v.op(), lowered[v.x()]);
                    case Value.Binary v -> new Value.Binary(v.op(), lowered[v.x()], lowered[v.y()]);
                    case Value.Fma v -> new Value.Fma(lowered[v.x()], lowered[v.y()], lowered[v.z()]);
                    case Value.Bits v -> new Value.Bits(v.op(), lowered[v.x()], lowered[v.y()]);
                    case Value.Compare v -> new Value.Compare(v.op(), lowered[v.x()], lowered[v.y()]);
                    case Value.Select v -> new Value.Select(lowered[v.test()], lowered[v.yes()], lowered[v.no()]);
                    case Value.Reduce v -> new Value.Reduce(v.op(), lowered[v.x()]);
                    case Value.Element _,
                            Value.PerRow _,
                            Value.Scalar _,
                            Value.Constant _,
                            Value.Columns _,
                            Value.Column _,
                            Value.Uniform _ -> value;
                });
    }

    private int function(UnaryOp op, int x) {
        return switch (op) {
            case EXP -> exp(x);
            case LOG -> log(x);
            case TANH -> tanh(x);
            case ERF -> erf(x);
            case SIGMOID -> div(constant(1), add(exp(negated(x)), constant(1)));
            case EXPM1 -> minusOne(x);
            case LOG1P -> log1p(x);
            default -> throw new IllegalStateException(op + " has no form on vectors of several operations");
        };
    }

    // ---- functions

    /// `x = n·ln 2 + r`, `eˣ = 2ⁿ·(1 + (eʳ − 1))`; results that are not normal become 0 or ∞.
    private int exp(int x) {
        int infinite = add(x, constant(Double.POSITIVE_INFINITY));
        int finite = select(Comparison.LE, x, constant(coefficients.expMax()), normalExp(x), infinite);
        return select(Comparison.LT, x, constant(coefficients.expMin()), constant(0), finite);
    }

    /// [#exp] where the result is a normal number.
    private int normalExp(int x) {
        int rounded = rounded(x);
        return bits(BitsOp.ADD_EXPONENT, add(expm1(remainder(x, rounded)), constant(1)), rounded);
    }

    /// `n + round` for the integer n next to `x/ln 2`.
    private int rounded(int x) {
        return fma(x, constant(1 / Math.log(2)), constant(format.round()));
    }

    /// `r = x − n·ln 2`, with ln 2 in two parts.
    private int remainder(int x, int rounded) {
        int n = sub(rounded, constant(format.round()));
        int high = fma(n, constant(-coefficients.ln2High()), x);
        return fma(n, constant(-coefficients.ln2Low()), high);
    }

    /// `eʳ − 1 = r + r²·P(r)` for `|r| ≤ ln 2 / 2`.
    private int expm1(int r) {
        return fma(polynomial(coefficients.expm1(), r), mul(r, r), r);
    }

    /// `eˣ − 1 = 2·(2ⁿ⁻¹·(eʳ − 1) + (2ⁿ⁻¹ − ½))`, which overflows where it should.
    private int minusOne(int x) {
        int infinite = constant(coefficients.expMax() + 0.2);
        int bounded = select(Comparison.LT, infinite, x, infinite, x);
        bounded = select(Comparison.LT, bounded, constant(-44), constant(-44), bounded);
        int rounded = rounded(bounded);
        int power = bits(BitsOp.ADD_EXPONENT, constant(0.5), rounded);
        int half = fma(expm1(remainder(bounded, rounded)), power, sub(power, constant(0.5)));
        return bits(BitsOp.COPY_SIGN, abs(add(half, half)), x);
    }

    /// `log u·x/(u − 1)` with `u = 1 + x` rounded: the quotient takes the rounding back.
    private int log1p(int x) {
        int u = add(x, constant(1));
        int corrected = mul(log(u), div(x, sub(u, constant(1))));
        int infinity = constant(Double.POSITIVE_INFINITY);
        int upper = select(Comparison.EQ, x, infinity, infinity, corrected);
        return select(Comparison.EQ, u, constant(1), x, upper);
    }

    /// `tanh |x| = E/(E + 2)` with `E = e^2|x| − 1`, which loses no digits near 0.
    private int tanh(int x) {
        int y = mul(abs(x), constant(2));
        int bounded = select(Comparison.LT, constant(44), y, constant(44), y);
        int rounded = rounded(bounded);
        int power = bits(BitsOp.ADD_EXPONENT, constant(1), rounded);
        int e = fma(expm1(remainder(bounded, rounded)), power, sub(power, constant(1)));
        return bits(BitsOp.COPY_SIGN, div(e, add(e, constant(2))), x);
    }

    private int erf(int x) {
        return coefficients.erfDenominator().length > 0 ? erfQuotient(x) : erfSeries(x);
    }

    /// `x·P(x²)/Q(x²)`, where x is taken to be no further from 0 than where that is 1.
    private int erfQuotient(int x) {
        int end = constant(coefficients.erfEnd());
        int start = constant(-coefficients.erfEnd());
        int below = select(Comparison.LT, end, x, end, x);
        int bounded = select(Comparison.LT, x, start, start, below);
        int square = mul(bounded, bounded);
        int numerator = mul(bounded, polynomial(coefficients.erf(), square));
        return div(numerator, polynomial(coefficients.erfDenominator(), square));
    }

    /// `x·S(x²)` for `|x| < 1`, beyond that `1 − exp L(|x|)`, where L approximates `log erfc`.
    private int erfSeries(int x) {
        int small = mul(x, polynomial(coefficients.erf(), mul(x, x)));
        int y = abs(x);
        int end = constant(coefficients.erfEnd());
        int bounded = select(Comparison.LT, end, y, end, y);
        int large = sub(constant(1), normalExp(polynomial(coefficients.logErfc(), bounded)));
        return select(Comparison.LE, constant(1), y, bits(BitsOp.COPY_SIGN, large, x), small);
    }

    /// `x = 2ᵏ·m` with m in [√½, √2), `f = m − 1`, `s = f/(2 + f)`, and `log m = f − f²/2 + s·(f²/2 + R(s²))`, as in
    /// FDLIBM.
    private int log(int x) {
        int leastNormal = constant(coefficients.leastNormal());
        int lift = 64;
        int normal = select(Comparison.LT, x, leastNormal, mul(x, constant(Math.scalb(1.0, lift))), x);
        int biased = sub(bits(BitsOp.EXPONENT, normal, normal), constant(format.round()));
        int k = select(Comparison.LT, x, leastNormal, sub(biased, constant(lift)), biased);
        int f = sub(bits(BitsOp.SIGNIFICAND, normal, normal), constant(1));
        int s = div(f, add(f, constant(2)));
        int half = mul(mul(f, f), constant(0.5));
        int z = mul(s, s);
        int r = mul(polynomial(coefficients.log(), z), z);
        int low = fma(s, add(half, r), mul(k, constant(coefficients.ln2Low())));
        int finite = fma(k, constant(coefficients.ln2High()), add(sub(low, half), f));
        int infinity = constant(Double.POSITIVE_INFINITY);
        int upper = select(Comparison.EQ, x, infinity, infinity, finite);
        int zero = constant(0);
        int positive = select(Comparison.EQ, x, zero, constant(Double.NEGATIVE_INFINITY), upper);
        return select(Comparison.LE, zero, x, positive, constant(Double.NaN));
    }

    /// `Σ cᵢ xⁱ` by Horner's rule.
    private int polynomial(double[] c, int x) {
        int sum = constant(c[c.length - 1]);
        for (int i = c.length - 2; i >= 0; i--) {
            sum = fma(sum, x, constant(c[i]));
        }
        return sum;
    }

    // ---- operations

    private int constant(double value) {
        return target.add(new Value.Constant(value));
    }

    private int add(int x, int y) {
        return target.add(new Value.Binary(BinaryOp.ADD, x, y));
    }

    private int sub(int x, int y) {
        return target.add(new Value.Binary(BinaryOp.SUB, x, y));
    }

    private int mul(int x, int y) {
        return target.add(new Value.Binary(BinaryOp.MUL, x, y));
    }

    private int div(int x, int y) {
        return target.add(new Value.Binary(BinaryOp.DIV, x, y));
    }

    private int fma(int x, int y, int z) {
        return target.add(new Value.Fma(x, y, z));
    }

    private int abs(int x) {
        return target.add(new Value.Unary(UnaryOp.ABS, x));
    }

    private int negated(int x) {
        return target.add(new Value.Unary(UnaryOp.NEG, x));
    }

    private int bits(BitsOp op, int x, int y) {
        return target.add(new Value.Bits(op, x, y));
    }

    /// `x op y ? yes : no`.
    private int select(Comparison op, int x, int y, int yes, int no) {
        return target.add(new Value.Select(target.add(new Value.Compare(op, x, y)), yes, no));
    }
}
