package adjoint.nn.optim;

import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Two passes: the moments, u and the norms; then the parameters. Each parameter has blocks of its own, so that the
/// norms of its blocks are the parts of its norm.
final class LambStep extends GroupStep {
    private static final Map<Integer, Chain> DIRECTION = new ConcurrentHashMap<>();

    /// p, u, rate of the block → p.
    private static final Chain MOVE = Chain.define("lamb, move", c -> {
        Expr p = c.in();
        Expr u = c.in();
        c.out(p.sub(u.mul(c.perRow())));
    });

    private final Lamb lamb;
    private final Object squaresOfU;
    private final Object squaresOfP;
    private final Object rates;
    private final BlockPass direction;
    private final BlockPass move;

    LambStep(Lamb lamb, Slice slice) {
        super(slice, List.of("exp_avg", "exp_avg_sq"));
        this.lamb = lamb;
        Object u = slice.state();
        this.squaresOfU = slice.dtype().allocate(slice.blocks());
        this.squaresOfP = slice.dtype().allocate(slice.blocks());
        this.rates = slice.dtype().allocate(slice.blocks());
        BlockPass.Operand p = slice.flat(slice.values());
        BlockPass.Operand m = slice.own(states[0]);
        BlockPass.Operand v = slice.own(states[1]);
        this.direction = slice.passOverGradients(
                DIRECTION.computeIfAbsent(slice.summands(), LambStep::direction),
                9,
                List.of(
                        p,
                        m,
                        v,
                        m,
                        v,
                        slice.own(u),
                        BlockPass.Operand.perBlock(squaresOfU),
                        BlockPass.Operand.perBlock(squaresOfP)));
        this.move = slice.pass(MOVE, 0, List.of(p, slice.own(u), BlockPass.Operand.perBlock(rates), p));
    }

    /// Summands, p, m, v → m, v, u, ‖u‖² and ‖p‖² of the block.
    private static Chain direction(int summands) {
        return Chain.define("lamb of " + summands + " gradients", c -> {
            Expr sum = StepRule.sum(c, summands);
            Expr p = c.in();
            Expr m0 = c.in();
            Expr v0 = c.in();
            Expr g = StepRule.clipped(sum, c.scalar(), c.scalar());
            Expr m = m0.mul(c.scalar()).add(g.mul(c.scalar()));
            Expr v = v0.mul(c.scalar()).add(g.square().mul(c.scalar()));
            Expr scale = v.sqrt().mul(c.scalar()).add(c.scalar());
            Expr u = m.div(scale).add(p.mul(c.scalar()));
            c.out(m);
            c.out(v);
            c.out(u);
            c.outRow(u.square().sumRow());
            c.outRow(p.square().sumRow());
        });
    }

    @Override
    void step(Object[] gradients, double scale, double limit, long step, double factor) {
        double correction = 1 - Math.pow(lamb.beta1(), step);
        double[] s = direction.scalars;
        s[0] = scale;
        s[1] = limit;
        s[2] = lamb.beta1();
        s[3] = 1 - lamb.beta1();
        s[4] = lamb.beta2();
        s[5] = 1 - lamb.beta2();
        // The correction of m stands in the divisor.
        s[6] = correction / Math.sqrt(1 - Math.pow(lamb.beta2(), step));
        s[7] = correction * lamb.epsilon();
        s[8] = lamb.weightDecay();
        direction.run(gradients);
        double rate = lamb.learningRate() * factor;
        for (int i = 0; i < slice.members().size(); i++) {
            Slice.Member member = slice.members().get(i);
            int from = (member.offset() - slice.first()) / BlockPass.BLOCK;
            int to = from + (member.shape().size() + BlockPass.BLOCK - 1) / BlockPass.BLOCK;
            double u = Math.sqrt(FlatArrays.sum(squaresOfU, from, to));
            double p = Math.sqrt(FlatArrays.sum(squaresOfP, from, to));
            FlatArrays.fill(rates, from, to, u > 0 && p > 0 ? rate * p / u : rate);
        }
        move.run();
    }
}
