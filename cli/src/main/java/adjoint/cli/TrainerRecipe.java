package adjoint.cli;

import adjoint.cli.config.Averaging;
import adjoint.cli.config.Config;
import adjoint.cli.config.ConfigException;
import adjoint.cli.config.Goal;
import adjoint.cli.config.Method;
import adjoint.cli.config.Rates;
import adjoint.cli.config.Stopping;
import adjoint.nn.EarlyStopping;
import adjoint.nn.Module;
import adjoint.nn.Parameters;
import adjoint.nn.Trainer;
import adjoint.nn.optim.Adagrad;
import adjoint.nn.optim.Adam;
import adjoint.nn.optim.AdamW;
import adjoint.nn.optim.Adamax;
import adjoint.nn.optim.Clipping;
import adjoint.nn.optim.DualPreconditionedSgd;
import adjoint.nn.optim.Lamb;
import adjoint.nn.optim.Lion;
import adjoint.nn.optim.MatrixOptimizer;
import adjoint.nn.optim.Muon;
import adjoint.nn.optim.NAdam;
import adjoint.nn.optim.Optimizer;
import adjoint.nn.optim.ParameterGroup;
import adjoint.nn.optim.Plateau;
import adjoint.nn.optim.RAdam;
import adjoint.nn.optim.RmsProp;
import adjoint.nn.optim.Schedule;
import adjoint.nn.optim.Scion;
import adjoint.nn.optim.Sgd;
import adjoint.nn.optim.WeightAverage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// How a configuration says a model is trained, in the terms of the trainer.
final class TrainerRecipe {
    private TrainerRecipe() {}

    /// @param batches of an epoch
    /// @throws ConfigException if the schedule does not fit the number of steps
    static Trainer.Config of(Config config, Module model, int batches) {
        Config.Optimiser optimiser = config.optimiser();
        Config.Training training = config.training();
        long warmUp = config.schedule().warmUp();
        long steps = (long) training.epochs() * Math.ceilDiv(batches, training.accumulate());
        Optional<Plateau> plateau =
                config.schedule().rates() instanceof Rates.Plateau rule ? Optional.of(plateau(rule)) : Optional.empty();
        if (warmUp >= steps) {
            throw new ConfigException(
                    "schedule.warmUp: expected fewer than the " + steps + " steps of the run, got '" + warmUp + "'");
        }
        try {
            Schedule schedule = schedule(config.schedule().rates(), steps - warmUp);
            return new Trainer.Config(
                    groups(optimiser.method(), model),
                    warmUp == 0 ? schedule : schedule.warmedUp(warmUp),
                    plateau,
                    clipping(optimiser),
                    training.accumulate(),
                    average(optimiser.average()),
                    training.shards(),
                    training.seed());
        } catch (IllegalArgumentException e) {
            throw new ConfigException("schedule: " + e.getMessage());
        }
    }

    /// When it stops, and which checkpoint is the best.
    static EarlyStopping stopping(Stopping rule) {
        return new EarlyStopping(
                rule.metric(),
                goal(rule.goal()),
                rule.patience() == 0 ? Integer.MAX_VALUE : rule.patience(),
                rule.minDelta(),
                rule.restoreBest());
    }

    private static Plateau.Goal goal(Goal goal) {
        return Plateau.Goal.valueOf(goal.name());
    }

    private static List<ParameterGroup> groups(Method method, Module model) {
        return switch (method) {
            case Method.Muon m ->
                matrices(
                        model,
                        new Muon(m.lr(), m.momentum(), m.nesterov(), m.weightDecay(), scaling(m.scaling())),
                        new AdamW(m.restLr(), 0.9, 0.999, 1e-8, m.weightDecay()));
            case Method.Scion m ->
                matrices(
                        model,
                        scion(m, MatrixOptimizer.Ball.valueOf(m.ball().name()), scaling(m.scaling())),
                        scion(m, MatrixOptimizer.Ball.SIGN, MatrixOptimizer.Scaling.NONE));
            default -> ParameterGroup.all(optimizer(method));
        };
    }

    private static Scion scion(Method.Scion m, MatrixOptimizer.Ball ball, MatrixOptimizer.Scaling scaling) {
        return new Scion(m.lr(), m.averaging(), m.radius(), ball, scaling, m.constrained());
    }

    private static MatrixOptimizer.Scaling scaling(Method.Scaling scaling) {
        return MatrixOptimizer.Scaling.valueOf(scaling.name());
    }

    /// One optimiser for matrices, one for all else, if there is any.
    private static List<ParameterGroup> matrices(Module model, Optimizer matrices, Optimizer rest) {
        Parameters parameters = Parameters.of(model);
        List<String> names = parameters.names().stream()
                .filter(name -> parameters.get(name).shape().rank() >= 2)
                .toList();
        ParameterGroup first = new ParameterGroup("matrices", names::contains, matrices);
        ParameterGroup second = new ParameterGroup("rest", _ -> true, rest);
        return names.isEmpty()
                ? List.of(second)
                : names.size() == parameters.names().size() ? List.of(first) : List.of(first, second);
    }

    private static Optimizer optimizer(Method method) {
        return switch (method) {
            case Method.Adam m -> new Adam(m.lr(), m.beta1(), m.beta2(), m.eps(), m.weightDecay());
            case Method.Adamw m -> new AdamW(m.lr(), m.beta1(), m.beta2(), m.eps(), m.weightDecay());
            case Method.RAdam m ->
                new RAdam(
                        m.lr(),
                        m.beta1(),
                        m.beta2(),
                        m.eps(),
                        m.weightDecay(),
                        RAdam.Variant.valueOf(m.variant().name()));
            case Method.NAdam m -> new NAdam(m.lr(), m.beta1(), m.beta2(), m.eps(), m.weightDecay(), m.momentumDecay());
            case Method.Adamax m -> new Adamax(m.lr(), m.beta1(), m.beta2(), m.eps(), m.weightDecay());
            case Method.Adagrad m -> new Adagrad(m.lr(), m.lrDecay(), m.weightDecay(), m.initial(), m.eps());
            case Method.Rmsprop m ->
                new RmsProp(m.lr(), m.alpha(), m.eps(), m.weightDecay(), m.momentum(), m.centred());
            case Method.Sgd m -> new Sgd(m.lr(), m.momentum(), m.dampening(), m.weightDecay(), m.nesterov());
            case Method.Lion m -> new Lion(m.lr(), m.beta1(), m.beta2(), m.weightDecay());
            case Method.Lamb m -> new Lamb(m.lr(), m.beta1(), m.beta2(), m.eps(), m.weightDecay());
            case Method.Dual m ->
                new DualPreconditionedSgd(
                        m.lr(),
                        m.scale(),
                        DualPreconditionedSgd.Reference.valueOf(m.reference().name()),
                        DualPreconditionedSgd.Geometry.valueOf(m.geometry().name()),
                        m.momentum());
            case Method.Muon _, Method.Scion _ -> throw new AssertionError(method);
        };
    }

    /// @param left the steps that a number of 0 stands for
    private static Schedule schedule(Rates rates, long left) {
        return switch (rates) {
            case Rates.Constant _, Rates.Plateau _ -> new Schedule.Constant(1);
            case Rates.Linear r -> new Schedule.Linear(r.start(), r.end(), steps(r.steps(), left));
            case Rates.Cosine r -> new Schedule.Cosine(steps(r.steps(), left), r.minimum());
            case Rates.CosineRestarts r -> new Schedule.CosineRestarts(r.first(), r.growth(), r.minimum());
            case Rates.OneCycle r ->
                new Schedule.OneCycle(steps(r.steps(), left), r.rising(), r.startDivisor(), r.endDivisor());
            case Rates.InverseSquareRoot r -> new Schedule.InverseSquareRoot(r.peak());
            case Rates.Exponential r -> new Schedule.Exponential(r.gamma());
            case Rates.Step r -> new Schedule.Step(r.every(), r.gamma());
            case Rates.MultiStep r ->
                new Schedule.MultiStep(Arrays.stream(r.steps()).boxed().toList(), r.gamma());
            case Rates.Polynomial r -> new Schedule.Polynomial(steps(r.steps(), left), r.power(), r.end());
            case Rates.Chain r ->
                schedule(r.first(), r.steps()).then(r.steps(), schedule(r.next(), Math.max(1, left - r.steps())));
        };
    }

    private static long steps(long asked, long left) {
        return asked == 0 ? left : asked;
    }

    private static Plateau plateau(Rates.Plateau r) {
        return new Plateau(
                r.metric(), goal(r.goal()), r.factor(), r.patience(), r.threshold(), r.cooldown(), r.minimum());
    }

    private static Clipping clipping(Config.Optimiser optimiser) {
        double clip = optimiser.clip();
        if (clip == 0) {
            return Clipping.none();
        }
        return switch (optimiser.clipBy()) {
            case NORM -> new Clipping.Norm(clip);
            case VALUE -> new Clipping.Value(clip);
            case ADAPTIVE -> new Clipping.Adaptive(clip);
        };
    }

    private static Optional<WeightAverage> average(Averaging average) {
        return switch (average) {
            case Averaging.None _ -> Optional.empty();
            case Averaging.Exponential a -> Optional.of(new WeightAverage.Exponential(a.decay()));
            case Averaging.Equal a -> Optional.of(new WeightAverage.Equal(a.start(), a.every()));
        };
    }
}
