package adjoint.nn.optim;

import java.util.List;

/// What the learning rate is multiplied with, as a pure function of the number of steps taken before: the first step of
/// a training asks for `at(0)`.
///
/// ```
/// Schedule schedule = new Schedule.Cosine(10_000, 0.1).warmedUp(500);
/// double rate = 1e-3 * schedule.at(step);
/// ```
///
/// The schedules here are records, so that a training's configuration tells them apart; behind their last step they
/// keep their last value.
@FunctionalInterface
public interface Schedule {
    /// The factor after `step` steps, counted from 0.
    double at(long step);

    /// First a line from 1/`steps` to 1 over `steps` steps, then this.
    default Schedule warmedUp(long steps) {
        require(steps >= 1, "warm-up", "number of steps", steps, "≥ 1");
        return new Linear(1.0 / steps, 1, steps - 1).then(steps, this);
    }

    /// This for `steps` steps, then `next` from its beginning.
    default Schedule then(long steps, Schedule next) {
        return new Chain(this, steps, next);
    }

    /// The product of both.
    default Schedule times(Schedule other) {
        return new Product(this, other);
    }

    /// Always `factor`.
    record Constant(double factor) implements Schedule {
        public Constant {
            require(factor >= 0 && factor < Double.POSITIVE_INFINITY, "constant", "factor", factor, "≥ 0");
        }

        @Override
        public double at(long step) {
            return factor;
        }
    }

    /// `start + (end − start)·t/steps`.
    record Linear(double start, double end, long steps) implements Schedule {
        public Linear {
            require(start >= 0 && start < Double.POSITIVE_INFINITY, "linear", "start", start, "≥ 0");
            require(end >= 0 && end < Double.POSITIVE_INFINITY, "linear", "end", end, "≥ 0");
            require(steps >= 0, "linear", "number of steps", steps, "≥ 0");
        }

        @Override
        public double at(long step) {
            return step >= steps ? end : start + (end - start) * step / steps;
        }
    }

    /// Half a cosine from 1 to `minimum`: `minimum + (1 − minimum)·(1 + cos πt/steps)/2`.
    record Cosine(long steps, double minimum) implements Schedule {
        public Cosine {
            require(steps >= 1, "cosine", "number of steps", steps, "≥ 1");
            requireShare("cosine", "minimum", minimum);
        }

        @Override
        public double at(long step) {
            return annealed(1, minimum, (double) Math.min(step, steps) / steps);
        }
    }

    /// Cosines from 1 to `minimum`, one after another, of `first`, `first·growth`, `first·growth²`, … steps
    /// (Loshchilov, Hutter, 2017).
    record CosineRestarts(long first, int growth, double minimum) implements Schedule {
        public CosineRestarts {
            require(first >= 1, "cosine with restarts", "number of steps", first, "≥ 1");
            require(growth >= 1, "cosine with restarts", "growth", growth, "≥ 1");
            requireShare("cosine with restarts", "minimum", minimum);
        }

        @Override
        public double at(long step) {
            long period = first;
            long inPeriod = step;
            if (growth == 1) {
                inPeriod %= period;
            }
            while (inPeriod >= period) {
                inPeriod -= period;
                period *= growth;
            }
            return annealed(1, minimum, (double) inPeriod / period);
        }
    }

    /// One cycle (Smith, Topin, 2018), as PyTorch's with cosines: from `1/startDivisor` up to 1 in the first
    /// `rising`·`steps` steps, then down to `1/(startDivisor·endDivisor)`.
    record OneCycle(long steps, double rising, double startDivisor, double endDivisor) implements Schedule {
        public OneCycle {
            require(steps >= 2, "one-cycle", "number of steps", steps, "≥ 2");
            require(
                    rising > 0 && rising < 1 && rising * steps > 1,
                    "one-cycle",
                    "rising share",
                    rising,
                    "in (0, 1) and more than one step");
            require(startDivisor >= 1, "one-cycle", "start divisor", startDivisor, "≥ 1");
            require(endDivisor >= 1, "one-cycle", "end divisor", endDivisor, "≥ 1");
        }

        /// With a rise of 0.3 and the divisors 25 and 10⁴.
        public OneCycle(long steps) {
            this(steps, 0.3, 25, 1e4);
        }

        @Override
        public double at(long step) {
            double top = rising * steps - 1;
            double last = steps - 1;
            double start = 1 / startDivisor;
            return step <= top
                    ? annealed(start, 1, step / top)
                    : annealed(1, start / endDivisor, Math.min(1, (step - top) / (last - top)));
        }
    }

    /// `min((t + 1)/warmup, √(warmup/(t + 1)))`: up to 1, then with the inverse square root (Vaswani et al., 2017).
    record InverseSquareRoot(long warmup) implements Schedule {
        public InverseSquareRoot {
            require(warmup >= 1, "inverse square root", "warm-up", warmup, "≥ 1");
        }

        @Override
        public double at(long step) {
            double done = step + 1;
            return Math.min(done / warmup, Math.sqrt(warmup / done));
        }
    }

    /// `gammaᵗ`.
    record Exponential(double gamma) implements Schedule {
        public Exponential {
            require(gamma > 0 && gamma <= 1, "exponential", "gamma", gamma, "in (0, 1]");
        }

        @Override
        public double at(long step) {
            return Math.pow(gamma, step);
        }
    }

    /// `gamma` to the power of ⌊t/every⌋.
    record Step(long every, double gamma) implements Schedule {
        public Step {
            require(every >= 1, "step", "number of steps", every, "≥ 1");
            require(gamma > 0 && gamma <= 1, "step", "gamma", gamma, "in (0, 1]");
        }

        @Override
        public double at(long step) {
            return Math.pow(gamma, step / every);
        }
    }

    /// `gamma` to the power of how many milestones are at or before t.
    record MultiStep(List<Long> milestones, double gamma) implements Schedule {
        public MultiStep {
            milestones = List.copyOf(milestones);
            for (int i = 0; i < milestones.size(); i++) {
                if (milestones.get(i) < 1 || i > 0 && milestones.get(i) <= milestones.get(i - 1)) {
                    throw new IllegalArgumentException(
                            "the multistep schedule's milestones must be ≥ 1 and ascend, got " + milestones);
                }
            }
            require(gamma > 0 && gamma <= 1, "multistep", "gamma", gamma, "in (0, 1]");
        }

        @Override
        public double at(long step) {
            int passed = 0;
            while (passed < milestones.size() && milestones.get(passed) <= step) {
                passed++;
            }
            return Math.pow(gamma, passed);
        }
    }

    /// `end + (1 − end)·(1 − t/steps)^power`.
    record Polynomial(long steps, double power, double end) implements Schedule {
        public Polynomial {
            require(steps >= 1, "polynomial", "number of steps", steps, "≥ 1");
            require(power > 0 && power < Double.POSITIVE_INFINITY, "polynomial", "power", power, "> 0");
            requireShare("polynomial", "end", end);
        }

        @Override
        public double at(long step) {
            return end + (1 - end) * Math.pow(1 - (double) Math.min(step, steps) / steps, power);
        }
    }

    /// See [Schedule#then].
    record Chain(Schedule first, long steps, Schedule next) implements Schedule {
        public Chain {
            require(steps >= 1, "chained", "number of steps", steps, "≥ 1");
        }

        @Override
        public double at(long step) {
            return step < steps ? first.at(step) : next.at(step - steps);
        }
    }

    /// See [Schedule#times].
    record Product(Schedule first, Schedule second) implements Schedule {
        @Override
        public double at(long step) {
            return first.at(step) * second.at(step);
        }
    }

    private static double annealed(double from, double to, double share) {
        return to + (from - to) * (1 + Math.cos(Math.PI * share)) / 2;
    }

    private static void requireShare(String schedule, String what, double value) {
        require(value >= 0 && value <= 1, schedule, what, value, "in [0, 1]");
    }

    private static void require(boolean holds, String schedule, String what, Object value, String needed) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "the " + schedule + " schedule's " + what + " must be " + needed + ", got " + value);
        }
    }
}
