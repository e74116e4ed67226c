package adjoint.cli.config;

import java.util.Arrays;

/// What the learning rate is multiplied with in the course of a training, chosen by the key `schedule.kind`;
/// keys are those of `adjoint.nn.optim.Schedule`. A number of steps that is 0 stands for all steps that are left.
public sealed interface Rates {
    /// Whether it depends on how many steps the training has in all.
    default boolean dependsOnLength() {
        return false;
    }

    record Constant() implements Rates {}

    record Linear(
            @Default("1") double start,
            @Default("0") double end,
            @Default("0") long steps) implements Rates {
        public Linear {
            Refusal.notNegative("start", start);
            Refusal.notNegative("end", end);
            Refusal.atLeast(0, "steps", steps);
        }

        @Override
        public boolean dependsOnLength() {
            return steps == 0;
        }
    }

    record Cosine(
            @Default("0") double minimum, @Default("0") long steps) implements Rates {
        public Cosine {
            share("minimum", minimum);
            Refusal.atLeast(0, "steps", steps);
        }

        @Override
        public boolean dependsOnLength() {
            return steps == 0;
        }
    }

    record CosineRestarts(
            long first,
            @Default("1") int growth,
            @Default("0") double minimum) implements Rates {
        public CosineRestarts {
            Refusal.atLeast(1, "first", first);
            Refusal.atLeast(1, "growth", growth);
            share("minimum", minimum);
        }
    }

    record OneCycle(
            @Default("0.3") double rising,
            @Default("25") double startDivisor,
            @Default("1e4") double endDivisor,
            @Default("0") long steps)
            implements Rates {
        public OneCycle {
            Refusal.unless(rising > 0 && rising < 1, "rising", rising, "a number above 0 and below 1");
            Refusal.unless(startDivisor >= 1, "startDivisor", startDivisor, "a number of at least 1");
            Refusal.unless(endDivisor >= 1, "endDivisor", endDivisor, "a number of at least 1");
            Refusal.atLeast(0, "steps", steps);
        }

        @Override
        public boolean dependsOnLength() {
            return steps == 0;
        }
    }

    /// @param peak the step of the largest rate
    record InverseSquareRoot(long peak) implements Rates {
        public InverseSquareRoot {
            Refusal.atLeast(1, "peak", peak);
        }
    }

    record Exponential(double gamma) implements Rates {
        public Exponential {
            decay(gamma);
        }
    }

    record Step(long every, @Default("0.1") double gamma) implements Rates {
        public Step {
            Refusal.atLeast(1, "every", every);
            decay(gamma);
        }
    }

    /// @param milestones steps, ascending, with commas: `1000,2000`
    record MultiStep(String milestones, @Default("0.1") double gamma) implements Rates {
        public MultiStep {
            boolean numbers = milestones.matches("\\s*[1-9]\\d{0,17}\\s*(,\\s*[1-9]\\d{0,17}\\s*)*");
            Refusal.unless(numbers && ascends(numbers(milestones)), "milestones", milestones, MILESTONES);
            decay(gamma);
        }

        private static final String MILESTONES = "ascending steps like 1000,2000";

        public long[] steps() {
            return numbers(milestones);
        }

        private static long[] numbers(String text) {
            return Arrays.stream(text.split(","))
                    .mapToLong(step -> Long.parseLong(step.strip()))
                    .toArray();
        }

        private static boolean ascends(long[] steps) {
            for (int i = 1; i < steps.length; i++) {
                if (steps[i] <= steps[i - 1]) {
                    return false;
                }
            }
            return true;
        }
    }

    record Polynomial(
            @Default("1") double power,
            @Default("0") double end,
            @Default("0") long steps) implements Rates {
        public Polynomial {
            Refusal.positive("power", power);
            share("end", end);
            Refusal.atLeast(0, "steps", steps);
        }

        @Override
        public boolean dependsOnLength() {
            return steps == 0;
        }
    }

    /// Falls where a metric stops getting better.
    record Plateau(
            @Default("test_loss") String metric,
            @Default("smaller") Goal goal,
            @Default("0.1") double factor,
            @Default("10") int patience,
            @Default("1e-4") double threshold,
            @Default("0") int cooldown,
            @Default("0") double minimum)
            implements Rates {
        public Plateau {
            Refusal.unless(factor > 0 && factor < 1, "factor", factor, "a number above 0 and below 1");
            Refusal.atLeast(0, "patience", patience);
            Refusal.fraction("threshold", threshold);
            Refusal.atLeast(0, "cooldown", cooldown);
            share("minimum", minimum);
        }
    }

    /// One for some steps, then the other.
    record Chain(Rates first, long steps, Rates next) implements Rates {
        public Chain {
            Refusal.atLeast(1, "steps", steps);
            alone("first", first);
            alone("next", next);
        }

        @Override
        public boolean dependsOnLength() {
            return next.dependsOnLength();
        }

        private static void alone(String key, Rates part) {
            Refusal.unless(!(part instanceof Plateau), key + ".kind", "plateau", "a schedule of the step alone");
        }
    }

    private static void share(String key, double value) {
        Refusal.unless(value >= 0 && value <= 1, key, value, "a number from 0 to 1");
    }

    private static void decay(double gamma) {
        Refusal.unless(gamma > 0 && gamma <= 1, "gamma", gamma, "a number above 0, at most 1");
    }
}
