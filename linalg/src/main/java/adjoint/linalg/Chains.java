package adjoint.linalg;

/// Ready fused row kernels. Each names its arrays and scalars in the order in which [Chain#run] takes them; `x[c]`
/// marks a row vector of one entry per column (row stride 0), `x[r]` one entry per row, everything else is a matrix.
/// An output may be the same array as any input of its shape.
///
/// **Reductions over any axis** of an array of `outer × n × inner` elements: over the last axis, the chains that end in
/// `_ROW`; over one before it, those that begin with `COLUMN`, one run on `n × inner` for each of `outer`. A matrix
/// that is given with row stride 0 is broadcast over the rows.
public final class Chains {
    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
    private static final double GELU_SLOPE = 2 * Math.sqrt(2 / Math.PI);
    private static final double GELU_CUBE = 0.044715;

    private Chains() {}

    /// `y = eˣ⁻ᵐ / Σ eˣ⁻ᵐ`, m the row's maximum. Arrays x → y. A row that is all −∞ gives NaN.
    public static final Chain SOFTMAX = Chain.define("softmax", c -> {
        Expr x = c.in();
        Expr e = x.sub(x.maxRow()).exp();
        c.out(e.mul(e.sumRow().reciprocal()));
    });

    /// `dx = y·(dy − Σ y·dy)`. Arrays y, dy → dx.
    public static final Chain SOFTMAX_BACKWARD = Chain.define("softmaxBackward", c -> {
        Expr y = c.in();
        Expr dy = c.in();
        c.out(y.mul(dy.sub(y.mul(dy).sumRow())));
    });

    /// `y = x − m − log Σ eˣ⁻ᵐ`. Arrays x → y.
    public static final Chain LOG_SOFTMAX = Chain.define("logSoftmax", c -> {
        Expr x = c.in();
        Expr shifted = x.sub(x.maxRow());
        c.out(shifted.sub(shifted.exp().sumRow().log()));
    });

    /// `dx = dy − e^y·Σ dy`. Arrays y, dy → dx.
    public static final Chain LOG_SOFTMAX_BACKWARD = Chain.define("logSoftmaxBackward", c -> {
        Expr y = c.in();
        Expr dy = c.in();
        c.out(dy.sub(y.exp().mul(dy.sumRow())));
    });

    /// `l[r] = m + log Σ eˣ⁻ᵐ`; −∞ for a row that is all −∞. Arrays x → l[r].
    public static final Chain LOG_SUM_EXP = Chain.define("logSumExp", c -> {
        Expr x = c.in();
        Expr m = x.maxRow();
        Expr shift = m.abs().eq(Double.POSITIVE_INFINITY).where(0, m);
        c.outRow(shift.add(x.sub(shift).exp().sumRow().log()));
    });

    /// `dx = dl·eˣ⁻ˡ`. Arrays x, l[r], dl[r] → dx.
    public static final Chain LOG_SUM_EXP_BACKWARD = Chain.define("logSumExpBackward", c -> {
        Expr x = c.in();
        Expr l = c.perRow();
        Expr dl = c.perRow();
        c.out(dl.mul(x.sub(l).exp()));
    });

    /// `y = γ·(x − μ)·ρ + β` with the row's mean μ and `ρ = 1/√(mean (x − μ)² + ε)`, in two passes.
    /// Arrays x, γ[c], β[c] → y, μ[r], ρ[r]. Scalar ε.
    public static final Chain LAYER_NORM = Chain.define("layerNorm", c -> {
        Expr x = c.in();
        Expr gamma = c.in();
        Expr beta = c.in();
        Expr epsilon = c.scalar();
        Expr mean = x.sumRow().div(c.columns());
        Expr centred = x.sub(mean);
        Expr variance = centred.square().sumRow().div(c.columns());
        Expr rstd = variance.add(epsilon).sqrt().reciprocal();
        c.out(centred.mul(rstd).fma(gamma, beta));
        c.outRow(mean);
        c.outRow(rstd);
    });

    /// `dx = ρ·(g − mean g − x̂·mean(g·x̂))` with `g = γ·dy`, `x̂ = (x − μ)·ρ`.
    /// Arrays dy, x, γ[c], μ[r], ρ[r] → dx.
    public static final Chain LAYER_NORM_BACKWARD = Chain.define("layerNormBackward", c -> {
        Expr dy = c.in();
        Expr x = c.in();
        Expr gamma = c.in();
        Expr mean = c.perRow();
        Expr rstd = c.perRow();
        Expr g = gamma.mul(dy);
        Expr normal = x.sub(mean).mul(rstd);
        Expr meanG = g.sumRow().div(c.columns());
        Expr meanGx = g.mul(normal).sumRow().div(c.columns());
        c.out(rstd.mul(g.sub(meanG).sub(normal.mul(meanGx))));
    });

    /// `dγ += Σ_r dy·x̂`, `dβ += Σ_r dy` with `x̂ = (x − μ)·ρ`. Arrays dy, x, μ[r], ρ[r] → dγ[c], dβ[c].
    public static final Chain LAYER_NORM_PARAMETERS_BACKWARD = Chain.define("layerNormParametersBackward", c -> {
        Expr dy = c.in();
        Expr x = c.in();
        Expr mean = c.perRow();
        Expr rstd = c.perRow();
        c.accumulate(dy.mul(x.sub(mean).mul(rstd)));
        c.accumulate(dy);
    });

    /// `y = γ·x·ρ` with `ρ = 1/√(mean x² + ε)`. Arrays x, γ[c] → y, ρ[r]. Scalar ε.
    public static final Chain RMS_NORM = Chain.define("rmsNorm", c -> {
        Expr x = c.in();
        Expr gamma = c.in();
        Expr epsilon = c.scalar();
        Expr scale = x.square().sumRow().div(c.columns()).add(epsilon).sqrt().reciprocal();
        c.out(x.mul(scale).mul(gamma));
        c.outRow(scale);
    });

    /// `dx = ρ·(g − x̂·mean(g·x̂))` with `g = γ·dy`, `x̂ = x·ρ`. Arrays dy, x, γ[c], ρ[r] → dx.
    public static final Chain RMS_NORM_BACKWARD = Chain.define("rmsNormBackward", c -> {
        Expr dy = c.in();
        Expr x = c.in();
        Expr gamma = c.in();
        Expr scale = c.perRow();
        Expr g = gamma.mul(dy);
        Expr normal = x.mul(scale);
        Expr along = g.mul(normal).sumRow().div(c.columns());
        c.out(scale.mul(g.sub(normal.mul(along))));
    });

    /// `dγ += Σ_r dy·x·ρ`. Arrays dy, x, ρ[r] → dγ[c].
    public static final Chain RMS_NORM_PARAMETERS_BACKWARD = Chain.define("rmsNormParametersBackward", c -> {
        Expr dy = c.in();
        Expr x = c.in();
        c.accumulate(dy.mul(x.mul(c.perRow())));
    });

    /// Cross-entropy of logits x with labels, loss and gradient in one pass: `l[r] = w·(log Σ eˣ − x[label])`,
    /// `dx = w·(eˣ/Σ eˣ − onehot label)`. A row of weight 0 has loss and gradient 0, whatever it holds; for a mean over
    /// N rows each weight is 1/N. A label is a whole number, in `float` below 2²⁴; one that is no column makes loss and
    /// gradient of its row NaN.
    /// Arrays x, label[r], w[r] → dx, l[r].
    public static final Chain CROSS_ENTROPY = Chain.define("crossEntropy", c -> {
        Expr x = c.in();
        Expr label = c.perRow();
        Expr weight = c.perRow();
        Expr whole = label.lt(c.columns()).where(label.floor().abs(), Double.NaN);
        Expr factor = label.eq(whole).where(weight, Double.NaN);
        Expr.Condition isLabel = c.column().eq(label);
        Expr shifted = x.sub(x.maxRow());
        Expr e = shifted.exp();
        Expr sum = e.sumRow();
        Expr own = isLabel.where(shifted, 0).sumRow();
        Expr.Condition ignored = weight.eq(0);
        c.out(ignored.where(
                0, e.mul(sum.reciprocal()).sub(isLabel.where(1, 0.0)).mul(factor)));
        c.outRow(ignored.where(0, factor.mul(sum.log().sub(own))));
    });

    /// `y = x/max(n, ε)` with the row's Euclidean norm n. Arrays x → y, n[r]. Scalar ε.
    public static final Chain NORMALIZE_ROWS = Chain.define("normalizeRows", c -> {
        Expr x = c.in();
        Expr epsilon = c.scalar();
        Expr norm = x.square().sumRow().sqrt();
        c.out(x.mul(norm.max(epsilon).reciprocal()));
        c.outRow(norm);
    });

    /// `dx = (dy − y·Σ y·dy)/n` where `n ≥ ε`, else `dy/ε`. Arrays dy, y, n[r] → dx. Scalar ε.
    public static final Chain NORMALIZE_ROWS_BACKWARD = Chain.define("normalizeRowsBackward", c -> {
        Expr dy = c.in();
        Expr y = c.in();
        Expr norm = c.perRow();
        Expr epsilon = c.scalar();
        Expr along = norm.ge(epsilon).where(y.mul(dy).sumRow(), 0);
        c.out(dy.sub(y.mul(along)).mul(norm.max(epsilon).reciprocal()));
    });

    /// `s[r] = Σ x`. Arrays x → s[r].
    public static final Chain SUM_ROW = Chain.define("sumRow", c -> c.outRow(c.in().sumRow()));

    /// `m[r] = mean x`, NaN for rows without columns. Arrays x → m[r].
    public static final Chain MEAN_ROW =
            Chain.define("meanRow", c -> c.outRow(c.in().sumRow().div(c.columns())));

    /// `p[r] = Π x`. Arrays x → p[r].
    public static final Chain PRODUCT_ROW = Chain.define("productRow", c -> c.outRow(c.in().productRow()));

    /// `m[r] = max x`, NaN if an element is NaN. Arrays x → m[r].
    public static final Chain MAX_ROW = Chain.define("maxRow", c -> c.outRow(c.in().maxRow()));

    /// `m[r] = min x`, NaN if an element is NaN. Arrays x → m[r].
    public static final Chain MIN_ROW = Chain.define("minRow", c -> c.outRow(c.in().minRow()));

    /// `v[r] = Σ (x − mean x)²/(n − d)` for rows of n elements, in two passes. Arrays x → v[r]. Scalar d: 0 for the
    /// variance of the row, 1 for the unbiased estimate from it.
    public static final Chain VARIANCE_ROW = Chain.define("varianceRow", c -> {
        Expr x = c.in();
        Expr centred = x.sub(x.sumRow().div(c.columns()));
        c.outRow(centred.square().sumRow().div(c.columns().sub(c.scalar())));
    });

    /// `s += Σ_r x`. Arrays x → s[c].
    public static final Chain COLUMN_SUM = Chain.define("columnSum", c -> c.accumulate(c.in()));

    /// `p ← p·Π_r x`, row after row. Arrays x, p[c] → p[c].
    public static final Chain COLUMN_PRODUCT = Chain.define("columnProduct", c -> c.out(c.in().mul(c.in())));

    /// `m ← max(m, max_r x)`. Arrays x, m[c] → m[c].
    public static final Chain COLUMN_MAX = Chain.define("columnMax", c -> c.out(c.in().max(c.in())));

    /// `m ← min(m, min_r x)`. Arrays x, m[c] → m[c].
    public static final Chain COLUMN_MIN = Chain.define("columnMin", c -> c.out(c.in().min(c.in())));

    /// `z = x + y`. Arrays x, y → z.
    public static final Chain ADD = Chain.define("add", c -> c.out(c.in().add(c.in())));

    /// `z = x·y`. Arrays x, y → z.
    public static final Chain MUL = Chain.define("mul", c -> c.out(c.in().mul(c.in())));

    /// `u = x·y + z`, rounded once where there are vectors. Arrays x, y, z → u.
    public static final Chain FMA = Chain.define("fma", c -> c.out(c.in().fma(c.in(), c.in())));

    /// `z = x + a[r]`. Arrays x, a[r] → z.
    public static final Chain ADD_PER_ROW = Chain.define("addPerRow", c -> c.out(c.in().add(c.perRow())));

    /// `z = x·a[r]`. Arrays x, a[r] → z.
    public static final Chain MUL_PER_ROW = Chain.define("mulPerRow", c -> c.out(c.in().mul(c.perRow())));

    /// Arrays x → y.
    public static final Chain EXP = Chain.define("exp", c -> c.out(c.in().exp()));

    /// Arrays x → y.
    public static final Chain LOG = Chain.define("log", c -> c.out(c.in().log()));

    /// Arrays x → y.
    public static final Chain ERF = Chain.define("erf", c -> c.out(c.in().erf()));

    /// `y = x·Φ(x) = x/2·(1 + erf(x/√2))`. Arrays x → y.
    public static final Chain GELU = Chain.define("gelu", c -> c.out(gelu(c.in())));

    /// `dx = dy·(Φ(x) + x·e^(−x²/2)/√(2π))`. Arrays x, dy → dx.
    public static final Chain GELU_BACKWARD = Chain.define("geluBackward", c -> {
        Expr x = c.in();
        Expr dy = c.in();
        Expr cdf = x.mul(SQRT_HALF).erf().mul(0.5).add(0.5);
        Expr density = x.square().mul(-0.5).exp().mul(INVERSE_SQRT_2PI);
        c.out(dy.mul(x.fma(density, cdf)));
    });

    /// `a = x + b`, `y = gelu(a)`. Arrays x, b[c] → a, y; a may be x.
    public static final Chain BIAS_GELU = Chain.define("biasGelu", c -> {
        Expr a = c.in().add(c.in());
        c.out(a);
        c.out(gelu(a));
    });

    /// `y = x/2·(1 + tanh u) = x/(1 + e⁻²ᵘ)`, `u = √(2/π)·(x + 0.044715·x³)`: an approximation of [#GELU]. Arrays x →
    /// y.
    public static final Chain GELU_TANH = Chain.define("geluTanh", c -> {
        Expr x = c.in();
        c.out(x.mul(geluGate(x)));
    });

    /// `dx = dy·(s + x·s·(1 − s)·2u')`, where s is what [#GELU_TANH] multiplies x by. Arrays x, dy → dx.
    public static final Chain GELU_TANH_BACKWARD = Chain.define("geluTanhBackward", c -> {
        Expr x = c.in();
        Expr dy = c.in();
        Expr s = geluGate(x);
        Expr slope = x.square().mul(3 * GELU_CUBE).add(1).mul(GELU_SLOPE);
        c.out(dy.mul(x.mul(s).mul(c.constant(1).sub(s)).fma(slope, s)));
    });

    /// `y = x/(1 + e⁻ˣ)`. Arrays x → y.
    public static final Chain SILU = Chain.define("silu", c -> {
        Expr x = c.in();
        c.out(x.mul(x.sigmoid()));
    });

    /// `dx = dy·s·(1 + x·(1 − s))` with `s = 1/(1 + e⁻ˣ)`. Arrays x, dy → dx.
    public static final Chain SILU_BACKWARD = Chain.define("siluBackward", c -> {
        Expr x = c.in();
        Expr dy = c.in();
        Expr s = x.sigmoid();
        c.out(dy.mul(s).mul(x.mul(c.constant(1).sub(s)).add(1)));
    });

    /// `y = log(1 + eˣ) = max(x, 0) + log1p e^−|x|`, to full relative accuracy. Arrays x → y.
    public static final Chain SOFTPLUS = Chain.define("softplus", c -> {
        Expr x = c.in();
        Expr e = x.abs().neg().exp();
        Expr u = e.add(1);
        Expr log1p = u.eq(1).where(e, u.log().mul(e).div(u.sub(1)));
        c.out(x.max(0).add(log1p));
    });

    /// `dx = dy/(1 + e⁻ˣ)`. Arrays x, dy → dx.
    public static final Chain SOFTPLUS_BACKWARD = Chain.define("softplusBackward", c -> {
        Expr x = c.in();
        Expr dy = c.in();
        c.out(dy.mul(x.sigmoid()));
    });

    /// `y = x` where `x > 0`, else `a·x`. Arrays x → y. Scalar a.
    public static final Chain LEAKY_RELU = Chain.define("leakyRelu", c -> {
        Expr x = c.in();
        c.out(x.gt(0).where(x, x.mul(c.scalar())));
    });

    /// `dx = dy` where `x > 0`, else `a·dy`. Arrays x, dy → dx. Scalar a.
    public static final Chain LEAKY_RELU_BACKWARD = Chain.define("leakyReluBackward", c -> {
        Expr x = c.in();
        Expr dy = c.in();
        c.out(x.gt(0).where(dy, dy.mul(c.scalar())));
    });

    /// `y = s·x` where `x > 0`, else `s·a·(eˣ − 1)`, the difference as `2t/(1 − t)` with `t = tanh(x/2)`. Arrays x → y.
    /// Scalars a, s: ELU has s = 1, SELU `a = 1.6732632423543772`, `s = 1.0507009873554805`.
    public static final Chain ELU = Chain.define("elu", c -> {
        Expr x = c.in();
        Expr a = c.scalar();
        Expr scale = c.scalar();
        Expr t = x.min(0).mul(0.5).tanh();
        Expr negative = t.mul(2).div(c.constant(1).sub(t)).mul(a);
        c.out(x.gt(0).where(x, negative).mul(scale));
    });

    /// `dx = s·dy` where `x > 0`, else `s·a·eˣ·dy`. Arrays x, dy → dx. Scalars a, s.
    public static final Chain ELU_BACKWARD = Chain.define("eluBackward", c -> {
        Expr x = c.in();
        Expr dy = c.in();
        Expr a = c.scalar();
        Expr scale = c.scalar();
        c.out(x.gt(0).where(dy, dy.mul(x.exp().mul(a))).mul(scale));
    });

    /// `y = max(x, 0)`. Arrays x → y.
    public static final Chain RELU = Chain.define("relu", c -> c.out(c.in().max(0)));

    /// `dx = dy` where `y > 0`, else 0; y may be the input as well as the output. Arrays y, dy → dx.
    public static final Chain RELU_BACKWARD = Chain.define("reluBackward", c -> {
        Expr y = c.in();
        Expr dy = c.in();
        c.out(y.le(0).where(0, dy));
    });

    /// Arrays x → y.
    public static final Chain TANH = Chain.define("tanh", c -> c.out(c.in().tanh()));

    /// `dx = dy·(1 − y²)`. Arrays y, dy → dx.
    public static final Chain TANH_BACKWARD = Chain.define("tanhBackward", c -> {
        Expr y = c.in();
        Expr dy = c.in();
        c.out(dy.mul(c.constant(1).sub(y.square())));
    });

    /// `y = 1/(1 + e⁻ˣ)`. Arrays x → y.
    public static final Chain SIGMOID = Chain.define("sigmoid", c -> c.out(c.in().sigmoid()));

    /// `dx = dy·y·(1 − y)`. Arrays y, dy → dx.
    public static final Chain SIGMOID_BACKWARD = Chain.define("sigmoidBackward", c -> {
        Expr y = c.in();
        Expr dy = c.in();
        c.out(dy.mul(y).mul(c.constant(1).sub(y)));
    });

    /// Inverted dropout, `y = u ≥ p ? x/(1 − p) : 0` with one draw u per element. Its own backward pass, on dy with
    /// the same key and counter. Arrays x → y. Scalars p, key0, key1, counter.
    public static final Chain DROPOUT = Chain.define("dropout", c -> {
        Expr x = c.in();
        c.out(dropout(c, x));
    });

    /// `y = x + dropout(b)`: a residual connection in one pass. Arrays x, b → y. Scalars p, key0, key1, counter.
    public static final Chain RESIDUAL_DROPOUT = Chain.define("residualDropout", c -> {
        Expr x = c.in();
        Expr branch = c.in();
        c.out(x.add(dropout(c, branch)));
    });

    /// `p ← p − η·g'` with `g' = s·g + λ·p`. Arrays p, g → p. Scalars s, η, λ: gradient scale (clipping), learning
    /// rate, weight decay.
    public static final Chain SGD = Chain.define("sgd", c -> {
        Expr p = c.in();
        Expr g = c.in();
        Expr scale = c.scalar();
        Expr rate = c.scalar();
        Expr decay = c.scalar();
        c.out(p.sub(rate.mul(g.mul(scale).add(decay.mul(p)))));
    });

    /// `m ← μ·m + g'`, `p ← p − η·m` with `g' = s·g + λ·p`. Arrays p, g, m → p, m. Scalars s, η, λ, μ.
    public static final Chain SGD_MOMENTUM = Chain.define("sgdMomentum", c -> {
        Expr p = c.in();
        Expr g = c.in();
        Expr m = c.in();
        Expr scale = c.scalar();
        Expr rate = c.scalar();
        Expr decay = c.scalar();
        Expr momentum = c.scalar();
        Expr newM = momentum.mul(m).add(g.mul(scale).add(decay.mul(p)));
        c.out(p.sub(rate.mul(newM)));
        c.out(newM);
    });

    /// Adam (Kingma & Ba 2015) with L2 regularisation: `g' = s·g + λ·p`, `m ← β₁m + (1−β₁)g'`,
    /// `v ← β₂v + (1−β₂)g'²`, `p ← p − α·m/(√v·b + ε)`.
    /// Arrays p, g, m, v → p, m, v. Scalars s, λ, β₁, β₂, α = η/(1−β₁ᵗ), b = 1/√(1−β₂ᵗ), ε.
    public static final Chain ADAM = Chain.define("adam", c -> {
        Moments moments = new Moments(c, false);
        Expr step = c.scalar();
        Expr correction = c.scalar();
        Expr epsilon = c.scalar();
        Expr denominator = moments.v.sqrt().mul(correction).add(epsilon);
        moments.update(c, moments.p.sub(step.mul(moments.m).div(denominator)));
    });

    /// AdamW (Loshchilov & Hutter 2019): as [#ADAM] on `g' = s·g`, with `p ← d·p` before the step.
    /// Arrays p, g, m, v → p, m, v. Scalars s, d = 1 − η·λ, β₁, β₂, α, b, ε.
    public static final Chain ADAM_W = Chain.define("adamW", c -> {
        Moments moments = new Moments(c, true);
        Expr step = c.scalar();
        Expr correction = c.scalar();
        Expr epsilon = c.scalar();
        Expr denominator = moments.v.sqrt().mul(correction).add(epsilon);
        moments.update(c, moments.p.sub(step.mul(moments.m).div(denominator)));
    });

    /// RAdam (Liu et al. 2020) while the variance is tractable: moments as in [#ADAM], `p ← p − α·m/(√v + ε)`.
    /// Arrays p, g, m, v → p, m, v. Scalars s, λ, β₁, β₂, α = η·rectification·√(1−β₂ᵗ)/(1−β₁ᵗ), ε.
    public static final Chain RADAM = Chain.define("radam", c -> {
        Moments moments = new Moments(c, false);
        Expr step = c.scalar();
        Expr epsilon = c.scalar();
        moments.update(c, moments.p.sub(step.mul(moments.m).div(moments.v.sqrt().add(epsilon))));
    });

    /// RAdam while the variance is not yet tractable, a momentum step: moments as in [#ADAM], `p ← p − α·m`.
    /// Arrays p, g, m, v → p, m, v. Scalars s, λ, β₁, β₂, α = η/(1−β₁ᵗ).
    public static final Chain RADAM_MOMENTUM_STEP = Chain.define("radamMomentumStep", c -> {
        Moments moments = new Moments(c, false);
        Expr step = c.scalar();
        moments.update(c, moments.p.sub(step.mul(moments.m)));
    });

    /// RAdam while the variance is not yet tractable, in the variant of a plain gradient step: moments as in
    /// [#ADAM], `p ← p − η·g'`. Arrays p, g, m, v → p, m, v. Scalars s, λ, β₁, β₂, η.
    public static final Chain RADAM_SGD_STEP = Chain.define("radamSgdStep", c -> {
        Moments moments = new Moments(c, false);
        Expr step = c.scalar();
        moments.update(c, moments.p.sub(step.mul(moments.g)));
    });

    private static Expr gelu(Expr x) {
        Expr half = x.mul(0.5);
        return x.mul(SQRT_HALF).erf().fma(half, half);
    }

    private static Expr geluGate(Expr x) {
        return x.square().mul(GELU_CUBE).add(1).mul(x).mul(GELU_SLOPE).sigmoid();
    }

    private static Expr dropout(Chain.Builder c, Expr x) {
        Expr p = c.scalar();
        Expr scale = c.constant(1).sub(p).reciprocal();
        return c.uniform().ge(p).where(x.mul(scale), 0);
    }

    /// What the Adam family shares: parameter, scaled gradient and both updated moments, from the arrays p, g, m, v
    /// and the scalars gradient scale, weight decay, β₁, β₂.
    private static final class Moments {
        private final Expr p;
        private final Expr g;
        private final Expr m;
        private final Expr v;

        private Moments(Chain.Builder c, boolean decoupledDecay) {
            Expr parameter = c.in();
            Expr gradient = c.in();
            Expr oldM = c.in();
            Expr oldV = c.in();
            Expr scale = c.scalar();
            Expr decay = c.scalar();
            Expr beta1 = c.scalar();
            Expr beta2 = c.scalar();
            p = decoupledDecay ? parameter.mul(decay) : parameter;
            g = decoupledDecay ? gradient.mul(scale) : gradient.mul(scale).add(decay.mul(parameter));
            m = beta1.mul(oldM).add(c.constant(1).sub(beta1).mul(g));
            v = beta2.mul(oldV).add(c.constant(1).sub(beta2).mul(g.square()));
        }

        private void update(Chain.Builder c, Expr newP) {
            c.out(newP);
            c.out(m);
            c.out(v);
        }
    }
}
