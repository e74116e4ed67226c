package adjoint.linalg;

import adjoint.linalg.internal.AttentionKernels;
import adjoint.linalg.internal.AttentionProblem;

/// Softmax attention of many heads in one pass, forward and backward, without a matrix of queries by keys.
///
/// ```
/// S = scale·Q·Kᵀ + bias        P = softmax(S), row by row        out = drop(P)·V
/// lseᵢ = log Σⱼ exp Sᵢⱼ        drop(P)ᵢⱼ = Pᵢⱼ·mᵢⱼ/(1 − p),   mᵢⱼ = 1 with probability 1 − p, else 0
/// ```
///
/// per item, which is a pair (batch, head): Q is `queries × width`, K `keys × width`, V `keys × valueWidth`. A block of
/// S lives in the cache only. Backward computes it once more, from the `lse` that forward left behind, and draws m once
/// more: time O(queries·keys·(width + valueWidth)) per item, memory O(queries + keys).
///
/// ```
/// var attention = Attention.of(Kernels.f32(), new Attention.Sizes(b, h, n, n, d, d), 1 / Math.sqrt(d)).causal();
/// attention.forward(q, k, v, out, lse, 0);
/// attention.backward(q, k, v, out, lse, 0, dOut, dq, dk, dv);
/// ```
///
/// **What a query sees.** [#causal] hides key j from query i < j. [#keyMask] hides single keys from all queries of a
/// batch entry or head; the rows of K and V of a key hidden so are never used, whatever is in them. [#bias] adds to S;
/// −∞ hides. A query that sees no key gets an output of 0, `lse` −∞ and gradients of 0, and gives none.
///
/// **Dropout.** Element `(item, i, j)` is kept where the draw of [CounterHash#uniform] at the counter
/// `(item·queries + i)·2³² + j` is at least p, with `item = batch·heads + head`: the same for any blocking, number of
/// threads, precision and provider.
///
/// **Numbers.** NaN and infinite scores spread as in the formulas: a row of S with NaN or +∞ in it becomes NaN. A
/// non-finite row of V reaches all queries that see its key, and may reach those from which [#causal] or [#bias] hides
/// it, as `0·∞` does in the formulas. Bits do not depend on the number of threads.
///
/// The online softmax is that of M. Milakov and N. Gimelshein (arXiv 1805.02867), the backward pass that of T. Dao,
/// *FlashAttention-2* (arXiv 2307.08691).
///
/// @param <A> `float[]` or `double[]`
public final class Attention<A> {
    /// How many, and how wide; all may be 0.
    public record Sizes(int batch, int heads, int queries, int keys, int width, int valueWidth) {}

    /// One operand of all items: element c of row r for the pair (b, h) is at
    /// `array[offset + b·batchStride + h·headStride + r·rowStride + c]`. Batch entries or heads may share what is only
    /// read, by strides of 0. Items of what is written must not overlap each other or anything else.
    public record Heads<A>(A array, int offset, int batchStride, int headStride, int rowStride) {}

    private final AttentionKernels<A> kernels;
    private final AttentionProblem<A> problem;

    private Attention(AttentionKernels<A> kernels, AttentionProblem<A> problem) {
        this.kernels = kernels;
        this.problem = problem;
    }

    /// Attention without masks and dropout.
    ///
    /// @throws IllegalArgumentException if a size is negative, there are 2³¹ rows of queries or more, or the scale is
    ///     not finite
    public static <A> Attention<A> of(Kernels<A> kernels, Sizes sizes, double scale) {
        int[] all = {
            sizes.batch, sizes.heads, sizes.queries, sizes.keys, sizes.width, sizes.valueWidth,
        };
        long rows = 1;
        for (int i = 0; i < all.length; i++) {
            if (all[i] < 0) {
                throw new IllegalArgumentException("attention: all sizes must be ≥ 0, got " + sizes);
            }
            rows = i < 3 ? Math.min(rows * all[i], 1L << 31) : rows;
        }
        if (rows > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("attention: batch·heads·queries must be < 2^31, got " + sizes);
        }
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("attention: the scale must be finite, got " + scale);
        }
        return new Attention<>(kernelsOf(kernels), new AttentionProblem<>(sizes, scale, false, null, null, 0, 0, 0));
    }

    @SuppressWarnings("unchecked")
    private static <A> AttentionKernels<A> kernelsOf(Kernels<A> kernels) {
        return (AttentionKernels<A>)
                switch (kernels) {
                    case FloatKernels k -> k.attention();
                    case DoubleKernels k -> k.attention();
                    default -> throw new IllegalArgumentException("attention: no kernels of this module: " + kernels);
                };
    }

    /// The same, where query i sees the keys `0 … i` only.
    public Attention<A> causal() {
        return new Attention<>(kernels, problem.causalOne());
    }

    /// The same, where nobody sees key j if element j of the only row of `mask` is 0; the row stride is not used.
    ///
    /// @throws IndexOutOfBoundsException if the array is too short
    public Attention<A> keyMask(Heads<A> mask) {
        bounds("attention.keyMask").inRow("mask", mask, keys());
        return new Attention<>(kernels, problem.withKeyMask(mask));
    }

    /// The same with `queries × keys` biases that are added to the scaled products. With a row stride of 0, all queries
    /// have the same.
    ///
    /// @throws IllegalArgumentException if a stride is too small
    /// @throws IndexOutOfBoundsException if the array is too short
    public Attention<A> bias(Heads<A> bias) {
        addBias(bounds("attention.bias"), bias);
        return new Attention<>(kernels, problem.withBias(bias));
    }

    /// The same with dropout of P.
    ///
    /// @param p the probability that an element becomes 0, in `[0, 1)`
    /// @param key determines which ones
    /// @throws IllegalArgumentException if p is out of its range
    public Attention<A> dropout(double p, Rng key) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("attention: the dropout must be in [0, 1), got " + p);
        }
        return new Attention<>(kernels, problem.withDropout(p, key.key0(), key.key1()));
    }

    /// Computes `out` `[queries × valueWidth]` per item, and `lse[lseOff + item·queries + i]`.
    ///
    /// @throws IllegalArgumentException if a row stride is smaller than a row, or another stride negative, or what is
    ///     written overlaps anything else
    /// @throws IndexOutOfBoundsException if an array is too short
    public void forward(Heads<A> q, Heads<A> k, Heads<A> v, Heads<A> out, A lse, int lseOff) {
        HeadsBounds bounds = bounds("attention.forward");
        addInputs(bounds, q, k, v);
        bounds.out("out", out, problem.sizes().queries, problem.sizes().valueWidth);
        bounds.vector("lse", lse, lseOff, rows(), true);
        bounds.checkOverlaps();
        kernels.forward(problem, q, k, v, out, lse, lseOff);
    }

    /// Computes the gradients of a loss by q, k and v, from that by `out` and from what forward wrote with the same
    /// settings. What was in `dq`, `dk` and `dv` is replaced. No gradient flows to the bias.
    ///
    /// @throws IllegalArgumentException if a row stride is smaller than a row, or another stride negative, or what is
    ///     written overlaps anything else
    /// @throws IndexOutOfBoundsException if an array is too short
    public void backward(
            Heads<A> q,
            Heads<A> k,
            Heads<A> v,
            Heads<A> out,
            A lse,
            int lseOff,
            Heads<A> dOut,
            Heads<A> dq,
            Heads<A> dk,
            Heads<A> dv) {
        HeadsBounds bounds = bounds("attention.backward");
        addInputs(bounds, q, k, v);
        Sizes s = problem.sizes();
        bounds.in("out", out, s.queries, s.valueWidth);
        bounds.vector("lse", lse, lseOff, rows(), false);
        bounds.in("dOut", dOut, s.queries, s.valueWidth);
        bounds.out("dq", dq, s.queries, s.width);
        bounds.out("dk", dk, s.keys, s.width);
        bounds.out("dv", dv, s.keys, s.valueWidth);
        bounds.checkOverlaps();
        kernels.backward(problem, q, k, v, out, lse, lseOff, dOut, dq, dk, dv);
    }

    private int keys() {
        return problem.sizes().keys;
    }

    /// The queries of all items.
    private int rows() {
        return problem.items() * problem.sizes().queries;
    }

    private void addBias(HeadsBounds bounds, Heads<A> bias) {
        if (bias.rowStride == 0 && problem.sizes().queries > 0) {
            bounds.inRow("bias", bias, keys());
        } else {
            bounds.in("bias", bias, problem.sizes().queries, keys());
        }
    }

    /// Everything that forward and backward read.
    private void addInputs(HeadsBounds bounds, Heads<A> q, Heads<A> k, Heads<A> v) {
        Sizes s = problem.sizes();
        bounds.in("q", q, s.queries, s.width);
        bounds.in("k", k, s.keys, s.width);
        bounds.in("v", v, s.keys, s.valueWidth);
        if (problem.keyMask() != null) {
            bounds.inRow("mask", problem.keyMask(), s.keys);
        }
        if (problem.bias() != null) {
            addBias(bounds, problem.bias());
        }
    }

    private HeadsBounds bounds(String kernel) {
        return HeadsBounds.of(kernel, problem.sizes());
    }
}
