package adjoint.nn.optim;

import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/// The mean of the gradients in one pass, then parameter by parameter.
final class MatrixStep extends GroupStep {
    private static final Map<Integer, Chain> AVERAGE = new ConcurrentHashMap<>();
    private static final Chain ALONG = move("along a direction", d -> d);
    private static final Chain SIGN = move("sign", Lion::sign);
    private static final Chain ROWS = move("by rows", d -> unit(d, d.square().sumRow()));

    /// d → Σ d² of each column, on top of what is there.
    private static final Chain COLUMN_SQUARES = Chain.define("squares of columns", c -> c.accumulate(c.in().square()));

    /// p, d, squares of the columns → p.
    private static final Chain COLUMNS = Chain.define("step by columns", c -> {
        Expr p = c.in();
        Expr d = c.in();
        c.out(p.mul(c.scalar()).sub(unit(d, c.in()).mul(c.scalar())));
    });

    private final MatrixOptimizer settings;
    private final BlockPass average;
    private final Object direction;
    private final NewtonSchulz iteration;
    private final List<Move> moves;

    MatrixStep(MatrixOptimizer settings, Slice slice) {
        super(slice, List.of("momentum_buffer"));
        this.settings = settings;
        this.direction = settings.nesterov() ? slice.state() : states[0];
        BlockPass.Operand d = slice.own(states[0]);
        this.average = slice.passOverGradients(
                AVERAGE.computeIfAbsent(slice.summands(), MatrixStep::average),
                6,
                List.of(d, slice.own(direction == states[0] ? slice.state() : direction), d));
        this.iteration = settings.ball() == MatrixOptimizer.Ball.SPECTRAL ? iteration(slice) : null;
        this.moves = slice.members().stream()
                .filter(member -> member.shape().size() > 0)
                .map(Move::new)
                .toList();
    }

    private static NewtonSchulz iteration(Slice slice) {
        int elements = 0;
        int side = 0;
        for (Slice.Member member : slice.members()) {
            if (member.shape().rank() < 2) {
                throw new IllegalArgumentException("the spectral ball is one of matrices; " + member.name() + " "
                        + member.shape() + " belongs in a group with another optimiser");
            }
            elements = Math.max(elements, member.shape().size());
            side = Math.max(side, Math.min(member.rows(), member.columns()));
        }
        return new NewtonSchulz(slice.dtype().precision(), elements, side);
    }

    /// Summands, d → direction, d.
    private static Chain average(int summands) {
        return Chain.define("mean of " + summands + " gradients", c -> {
            Expr sum = StepRule.sum(c, summands);
            Expr d0 = c.in();
            Expr g = StepRule.clipped(sum, c.scalar(), c.scalar());
            Expr d = d0.mul(c.scalar()).add(g.mul(c.scalar()));
            c.out(d.mul(c.scalar()).add(g.mul(c.scalar())));
            c.out(d);
        });
    }

    /// p, d → decay·p − length·unit(d).
    private static Chain move(String name, Function<Expr, Expr> unit) {
        return Chain.define("step " + name, c -> {
            Expr p = c.in();
            Expr d = c.in();
            c.out(p.mul(c.scalar()).sub(unit.apply(d).mul(c.scalar())));
        });
    }

    private static Expr unit(Expr d, Expr squares) {
        return squares.gt(0).where(d.div(squares.sqrt()), d);
    }

    @Override
    void step(Object[] gradients, double scale, double limit, long step, double factor) {
        double alpha = settings.averaging();
        double[] s = average.scalars;
        s[0] = scale;
        s[1] = limit;
        s[2] = 1 - alpha;
        s[3] = alpha;
        s[4] = settings.nesterov() ? 1 - alpha : 1;
        s[5] = settings.nesterov() ? alpha : 0;
        average.run(gradients);
        double rate = settings.learningRate() * factor;
        for (int i = 0; i < moves.size(); i++) {
            moves.get(i).run(settings.decay(rate), settings.length(rate));
        }
    }

    /// The step of one parameter.
    private final class Move {
        private final int rows;
        private final int columns;
        private final int at;
        private final double scaling;
        private final Call step;
        private final Call squares;

        Move(Slice.Member member) {
            boolean whole = settings.ball() == MatrixOptimizer.Ball.EUCLIDEAN;
            this.rows = whole ? 1 : member.rows();
            this.columns = whole ? member.shape().size() : member.columns();
            this.at = member.offset() - slice.first();
            this.scaling = settings.scaling().of(member.rows(), member.columns());
            Object p = slice.values();
            int offset = member.offset();
            if (settings.ball() == MatrixOptimizer.Ball.COLUMNS) {
                Object sums = slice.dtype().allocate(columns);
                this.squares = new Call(new Object[] {direction, sums}, new int[] {at, 0}, new int[] {columns, 0}, 0);
                this.step = new Call(
                        new Object[] {p, direction, sums, p},
                        new int[] {offset, at, 0, offset},
                        new int[] {columns, columns, 0, columns},
                        2);
            } else {
                this.squares = null;
                this.step = new Call(
                        new Object[] {p, direction, p},
                        new int[] {offset, at, offset},
                        new int[] {columns, columns, columns},
                        2);
            }
        }

        void run(double decay, double length) {
            step.scalars[0] = decay;
            step.scalars[1] = length * scaling;
            switch (settings.ball()) {
                case SPECTRAL -> {
                    step.arrays[1] = iteration.run(settings.polynomial(), rows, columns, direction, at);
                    step.offsets[1] = 0;
                    run(ALONG, step);
                }
                case SIGN -> run(SIGN, step);
                case ROWS, EUCLIDEAN -> run(ROWS, step);
                case COLUMNS -> {
                    FlatArrays.fill(squares.arrays[1], 0);
                    run(COLUMN_SQUARES, squares);
                    run(COLUMNS, step);
                }
            }
        }

        private void run(Chain chain, Call call) {
            chain.run(slice.dtype().precision(), rows, columns, call.arrays, call.offsets, call.strides, call.scalars);
        }
    }

    /// The arguments of a chain.
    private record Call(Object[] arrays, int[] offsets, int[] strides, double[] scalars) {
        Call(Object[] arrays, int[] offsets, int[] strides, int scalars) {
            this(arrays, offsets, strides, new double[scalars]);
        }
    }
}
