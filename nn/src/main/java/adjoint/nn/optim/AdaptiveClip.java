package adjoint.nn.optim;

import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import adjoint.linalg.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The sum of gradients, clipped by [Clipping.Adaptive], in an array of its own.
final class AdaptiveClip {
    private static final Map<Integer, Chain> CHAINS = new ConcurrentHashMap<>();

    /// The clipped sum, as the only summand of what follows.
    final Object[] clipped;

    private final Precision precision;
    private final Chain chain;
    private final List<Slice.Member> members;
    private final Object[] arrays;
    private final int[] offsets;
    private final int[] strides;
    private final double[] scalars;

    AdaptiveClip(
            Clipping.Adaptive settings,
            Precision precision,
            List<Slice.Member> members,
            Object values,
            Object sum,
            int summands) {
        this.clipped = new Object[] {sum};
        this.precision = precision;
        this.members = members;
        this.chain = CHAINS.computeIfAbsent(summands, AdaptiveClip::define);
        this.arrays = new Object[summands + 2];
        this.offsets = new int[summands + 2];
        this.strides = new int[summands + 2];
        this.scalars = new double[] {0, settings.ratio(), settings.epsilon()};
        arrays[summands] = values;
        arrays[summands + 1] = sum;
    }

    /// Summands, w → clipped sum; a row per unit.
    private static Chain define(int summands) {
        return Chain.define("adaptive clipping of " + summands + " gradients", c -> {
            Expr sum = StepRule.sum(c, summands);
            Expr w = c.in();
            Expr g = sum.mul(c.scalar());
            Expr ratio = c.scalar();
            Expr allowed = w.square().sumRow().sqrt().max(c.scalar()).mul(ratio);
            Expr length = g.square().sumRow().sqrt();
            c.out(g.mul(length.gt(allowed).where(allowed.div(length), 1)));
        });
    }

    /// Sums up `scale`·Σ `gradients`.
    void run(Object[] gradients, double scale) {
        System.arraycopy(gradients, 0, arrays, 0, gradients.length);
        scalars[0] = scale;
        for (int i = 0; i < members.size(); i++) {
            Slice.Member member = members.get(i);
            Arrays.fill(offsets, member.offset());
            Arrays.fill(strides, member.columns());
            chain.run(precision, member.rows(), member.columns(), arrays, offsets, strides, scalars);
        }
    }
}
