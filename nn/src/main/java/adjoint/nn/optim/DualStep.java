package adjoint.nn.optim;

import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import adjoint.nn.optim.DualPreconditionedSgd.Geometry;
import adjoint.nn.optim.DualPreconditionedSgd.Reference;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// One pass where the coordinates are separate; with a norm over all of them two, the mean first.
final class DualStep extends GroupStep {
    private record Key(Reference reference, int summands) {}

    private static final Map<Key, Chain> SEPARABLE = new ConcurrentHashMap<>();
    private static final Map<Integer, Chain> AVERAGE = new ConcurrentHashMap<>();

    /// p, m → p.
    private static final Chain MOVE = Chain.define("isotropic move", c -> {
        Expr p = c.in();
        c.out(p.sub(c.in().mul(c.scalar())));
    });

    private final DualPreconditionedSgd settings;
    private final Object squares;
    private final BlockPass first;
    private final BlockPass move;

    DualStep(DualPreconditionedSgd settings, Slice slice) {
        super(slice, List.of("exp_avg"));
        this.settings = settings;
        int summands = slice.summands();
        BlockPass.Operand p = slice.flat(slice.values());
        BlockPass.Operand m = slice.own(states[0]);
        this.squares = slice.dtype().allocate(slice.blocks());
        if (settings.geometry() == Geometry.SEPARABLE) {
            Chain chain = SEPARABLE.computeIfAbsent(new Key(settings.reference(), summands), DualStep::separable);
            this.first = slice.passOverGradients(chain, 6, List.of(p, m, p, m));
            this.move = null;
        } else {
            Chain chain = AVERAGE.computeIfAbsent(summands, DualStep::average);
            this.first = slice.passOverGradients(chain, 4, List.of(m, m, BlockPass.Operand.perBlock(squares)));
            this.move = slice.pass(MOVE, 1, List.of(p, m, p));
        }
    }

    /// Summands, p, m → p, m.
    private static Chain separable(Key key) {
        String name = "separable " + key.reference + " of " + key.summands + " gradients";
        return Chain.define(name, c -> {
            Expr sum = StepRule.sum(c, key.summands);
            Expr p = c.in();
            Expr m0 = c.in();
            Expr m = mean(c, sum, m0);
            Expr step = key.reference.preconditioned(m.mul(c.scalar()));
            c.out(p.sub(step.mul(c.scalar())));
            c.out(m);
        });
    }

    /// Summands, m → m, ‖m‖² of the block.
    private static Chain average(int summands) {
        return Chain.define("average of " + summands + " gradients", c -> {
            Expr sum = StepRule.sum(c, summands);
            Expr m = mean(c, sum, c.in());
            c.out(m);
            c.outRow(m.square().sumRow());
        });
    }

    private static Expr mean(Chain.Builder c, Expr sum, Expr m) {
        Expr g = StepRule.clipped(sum, c.scalar(), c.scalar());
        return m.mul(c.scalar()).add(g.mul(c.scalar()));
    }

    @Override
    void step(Object[] gradients, double scale, double limit, long step, double factor) {
        double rate = settings.learningRate() * factor;
        double[] s = first.scalars;
        s[0] = scale;
        s[1] = limit;
        s[2] = settings.momentum();
        s[3] = 1 - settings.momentum();
        if (move == null) {
            s[4] = settings.scale();
            s[5] = rate;
            first.run(gradients);
        } else {
            first.run(gradients);
            double norm = Math.sqrt(FlatArrays.sum(squares, 0, slice.blocks()));
            move.scalars[0] =
                    norm == 0 ? 0 : rate * settings.reference().preconditioned(settings.scale() * norm) / norm;
            move.run();
        }
    }
}
