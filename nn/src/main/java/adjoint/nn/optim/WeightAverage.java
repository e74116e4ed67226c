package adjoint.nn.optim;

import adjoint.linalg.Chain;
import adjoint.linalg.Expr;
import java.util.List;

/// An average of the weights along a training, often better than the last ones.
///
/// `a ← a + w·(p − a)` after each step, where w is a pure function of the step.
public sealed interface WeightAverage {
    /// The exponential moving average: `w = 1 − decay`, and in the beginning `1 − (1 + t)/(10 + t)` where that is more;
    /// the first step starts it.
    record Exponential(double decay) implements WeightAverage {
        public Exponential {
            if (!(decay >= 0 && decay < 1)) {
                throw new IllegalArgumentException("the average's decay must be in [0, 1), got " + decay);
            }
        }

        @Override
        public double weight(long step) {
            return step == 1 ? 1 : 1 - Math.min(decay, (1.0 + step) / (10.0 + step));
        }
    }

    /// Stochastic weight averaging (Izmailov et al., 2018): the plain mean of the weights after the steps `start`,
    /// `start + every`, `start + 2·every`, …; before that the weights themselves.
    record Equal(long start, long every) implements WeightAverage {
        public Equal {
            if (start < 1 || every < 1) {
                throw new IllegalArgumentException(
                        "the average's start and interval must be ≥ 1, got " + start + " and " + every);
            }
        }

        @Override
        public double weight(long step) {
            if (step <= start) {
                return 1;
            }
            return (step - start) % every == 0 ? 1.0 / ((step - start) / every + 1) : 0;
        }
    }

    /// w after step `step`, counted from 1; 0 leaves the average as it is, 1 starts it anew.
    double weight(long step);

    /// The average of a model.
    final class Running {
        private static final Chain CHAIN = Chain.define("weight average", c -> {
            Expr average = c.in();
            Expr p = c.in();
            c.out(average.add(p.sub(average).mul(c.scalar())));
        });

        private final WeightAverage rule;
        private final FlatParameters parameters;
        private final Object average;
        private final BlockPass pass;

        /// An average that starts with the present weights.
        public Running(WeightAverage rule, FlatParameters parameters) {
            this.rule = rule;
            this.parameters = parameters;
            this.average = parameters.buffer();
            int blocks = parameters.blocks();
            BlockPass.Operand mean = new BlockPass.Operand(average, 0, BlockPass.BLOCK);
            BlockPass.Operand p = new BlockPass.Operand(parameters.values(), 0, BlockPass.BLOCK);
            this.pass = new BlockPass(parameters.dtype().precision(), CHAIN, blocks, 1, List.of(mean, p, mean));
            copy(parameters.values(), average);
        }

        /// Takes in the weights after step `step`, counted from 1.
        public void add(long step) {
            double weight = rule.weight(step);
            if (weight == 1) {
                copy(parameters.values(), average);
            } else if (weight != 0) {
                pass.scalars[0] = weight;
                pass.run();
            }
        }

        /// The flat array of the average.
        public Object values() {
            return average;
        }

        /// Exchanges weights and average; once more, and each is back in its place.
        public void swap() {
            FlatArrays.swap(average, parameters.values());
        }

        private void copy(Object from, Object to) {
            System.arraycopy(from, 0, to, 0, parameters.blocks() * BlockPass.BLOCK);
        }
    }
}
