package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.cli.config.Config;
import adjoint.cli.config.ConfigException;
import adjoint.cli.config.Experiments;
import adjoint.cli.config.Settings;
import adjoint.linalg.Rng;
import adjoint.nn.EarlyStopping;
import adjoint.nn.Linear;
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
import adjoint.nn.optim.Plateau;
import adjoint.nn.optim.RAdam;
import adjoint.nn.optim.RmsProp;
import adjoint.nn.optim.Schedule;
import adjoint.nn.optim.Scion;
import adjoint.nn.optim.Sgd;
import adjoint.nn.optim.WeightAverage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// From settings to what the trainer gets: ten batches an epoch, four epochs.
class TrainerRecipeTest {
    private static Config config(String... assignments) {
        Settings settings = Experiments.defaults("oscillators").under(Settings.assignment("training.epochs=4"));
        for (String assignment : assignments) {
            settings = settings.under(Settings.assignment(assignment));
        }
        return Config.of(settings);
    }

    private static Trainer.Config recipe(String... assignments) {
        return TrainerRecipe.of(config(assignments), new Linear(3, 2, DType.F32, Rng.of(1)), 10);
    }

    /// The experiment's lr and weight decay stay; all else is PyTorch's or the method's own.
    static Stream<Arguments> optimisers() {
        return Stream.of(
                Arguments.of("adam", new Adam(1e-3, 0.9, 0.999, 1e-8, 1e-4)),
                Arguments.of("adamw", new AdamW(1e-3, 0.9, 0.999, 1e-8, 1e-4)),
                Arguments.of("radam", new RAdam(1e-3, 0.9, 0.999, 1e-8, 1e-4, RAdam.Variant.AUTHORS)),
                Arguments.of("nadam", new NAdam(1e-3, 0.9, 0.999, 1e-8, 1e-4, 0.004)),
                Arguments.of("adamax", new Adamax(1e-3, 0.9, 0.999, 1e-8, 1e-4)),
                Arguments.of("adagrad", new Adagrad(1e-3, 0, 1e-4, 0, 1e-8)),
                Arguments.of("rmsprop", new RmsProp(1e-3, 0.99, 1e-8, 1e-4, 0, false)),
                Arguments.of("sgd", new Sgd(1e-3, 0, 0, 1e-4, false)),
                Arguments.of("lion", new Lion(1e-3, 0.9, 0.999, 1e-4)),
                Arguments.of("lamb", new Lamb(1e-3, 0.9, 0.999, 1e-8, 1e-4)),
                Arguments.of(
                        "dual",
                        new DualPreconditionedSgd(
                                1e-3,
                                1,
                                DualPreconditionedSgd.Reference.COSH,
                                DualPreconditionedSgd.Geometry.SEPARABLE,
                                0)));
    }

    @ParameterizedTest
    @MethodSource("optimisers")
    void everyOptimiserCanBeChosen(String kind, Optimizer expected) {
        Trainer.Config recipe = recipe("optimiser.kind=" + kind);
        assertEquals(1, recipe.groups().size());
        assertEquals(expected, recipe.groups().getFirst().optimizer());
    }

    @Test
    void theirOptionsAreKeys() {
        assertEquals(
                new Sgd(0.1, 0.9, 0, 0.5, true),
                recipe(
                                "optimiser.kind=sgd",
                                "optimiser.lr=0.1",
                                "optimiser.momentum=0.9",
                                "optimiser.weightDecay=0.5",
                                "optimiser.nesterov=true")
                        .groups()
                        .getFirst()
                        .optimizer());
    }

    @Test
    void matricesAndTheRestAreApart() {
        Trainer.Config muon = recipe("optimiser.kind=muon", "optimiser.lr=0.02");
        assertEquals(
                new Muon(0.02, 0.95, true, 1e-4, MatrixOptimizer.Scaling.AT_LEAST_ONE),
                muon.groups().getFirst().optimizer());
        assertTrue(muon.groups().getFirst().members().test("weight"));
        assertEquals(
                new AdamW(1e-3, 0.9, 0.999, 1e-8, 1e-4), muon.groups().get(1).optimizer());
        Trainer.Config scion = recipe("optimiser.kind=scion");
        assertEquals(new Scion(1e-3), scion.groups().getFirst().optimizer());
        assertEquals(
                new Scion(1e-3, 0.1, 1, MatrixOptimizer.Ball.SIGN, MatrixOptimizer.Scaling.NONE, false),
                scion.groups().get(1).optimizer());
    }

    /// 40 steps in all.
    static Stream<Arguments> schedules() {
        return Stream.of(
                Arguments.of("constant", "", new Schedule.Constant(1)),
                Arguments.of("linear", "", new Schedule.Linear(1, 0, 40)),
                Arguments.of("linear", "start=0.5 end=2 steps=7", new Schedule.Linear(0.5, 2, 7)),
                Arguments.of("cosine", "minimum=0.1", new Schedule.Cosine(40, 0.1)),
                Arguments.of("cosine-restarts", "first=10 growth=2", new Schedule.CosineRestarts(10, 2, 0)),
                Arguments.of("one-cycle", "", new Schedule.OneCycle(40)),
                Arguments.of("inverse-square-root", "peak=5", new Schedule.InverseSquareRoot(5)),
                Arguments.of("exponential", "gamma=0.99", new Schedule.Exponential(0.99)),
                Arguments.of("step", "every=10", new Schedule.Step(10, 0.1)),
                Arguments.of(
                        "multi-step", "milestones=10,20 gamma=0.5", new Schedule.MultiStep(List.of(10L, 20L), 0.5)),
                Arguments.of("polynomial", "power=2", new Schedule.Polynomial(40, 2, 0)),
                Arguments.of("plateau", "", new Schedule.Constant(1)),
                Arguments.of(
                        "chain",
                        "first.kind=linear first.start=0 first.end=1 steps=8 next.kind=cosine",
                        new Schedule.Linear(0, 1, 8).then(8, new Schedule.Cosine(32, 0))));
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void everyScheduleCanBeChosen(String kind, String keys, Schedule expected) {
        String[] assignments = Stream.concat(
                        Stream.of("kind=" + kind), Stream.of(keys.split(" ")).filter(key -> !key.isEmpty()))
                .map(key -> "schedule." + key)
                .toArray(String[]::new);
        assertEquals(expected, recipe(assignments).schedule());
    }

    @Test
    void aWarmUpComesBeforeAndCountsForTheLength() {
        assertEquals(
                new Schedule.Cosine(30, 0).warmedUp(10),
                recipe("schedule.kind=cosine", "schedule.warmUp=10").schedule());
        // Accumulating three batches, an epoch of ten has four steps.
        assertEquals(
                new Schedule.Cosine(16, 0),
                recipe("schedule.kind=cosine", "training.accumulate=3").schedule());
        assertEquals(3, recipe("training.accumulate=3").accumulation());
        assertEquals(
                "schedule.warmUp: expected fewer than the 40 steps of the run, got '40'",
                assertThrows(ConfigException.class, () -> recipe("schedule.warmUp=40"))
                        .getMessage());
    }

    @Test
    void plateauClippingAverageAndStopping() {
        assertEquals(
                Optional.of(new Plateau("test_accuracy", Plateau.Goal.LARGER, 0.5, 3, 1e-4, 0, 0)),
                recipe(
                                "schedule.kind=plateau",
                                "schedule.metric=test_accuracy",
                                "schedule.goal=larger",
                                "schedule.factor=0.5",
                                "schedule.patience=3")
                        .plateau());
        assertEquals(new Clipping.Norm(1), recipe().clipping());
        assertEquals(Clipping.none(), recipe("optimiser.clip=0").clipping());
        assertEquals(new Clipping.Value(1), recipe("optimiser.clipBy=value").clipping());
        assertEquals(
                new Clipping.Adaptive(0.1),
                recipe("optimiser.clipBy=adaptive", "optimiser.clip=0.1").clipping());
        assertEquals(Optional.empty(), recipe().average());
        assertEquals(
                Optional.of(new WeightAverage.Exponential(0.99)),
                recipe("optimiser.average.kind=exponential", "optimiser.average.decay=0.99")
                        .average());
        assertEquals(
                Optional.of(new WeightAverage.Equal(20, 2)),
                recipe("optimiser.average.kind=equal", "optimiser.average.start=20", "optimiser.average.every=2")
                        .average());
        assertEquals(
                new EarlyStopping("test_loss", Plateau.Goal.SMALLER, 5, 0.01, true),
                TrainerRecipe.stopping(config(
                                "training.stopping.patience=5",
                                "training.stopping.minDelta=0.01",
                                "training.stopping.restoreBest=true")
                        .training()
                        .stopping()));
        assertEquals(
                Integer.MAX_VALUE,
                TrainerRecipe.stopping(config().training().stopping()).patience());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "optimiser.kind=sdg|optimiser.kind: expected one of adam, adamw, radam, nadam, adamax, adagrad, rmsprop, sgd, lion, lamb, muon, scion, dual, got 'sdg', did you mean sgd?",
                "optimiser.kind=sgd optimiser.momentun=0.5|unknown key optimiser.momentun, did you mean optimiser.momentum?",
                "optimiser.kind=sgd optimiser.momentum=1|optimiser.momentum: expected a number from 0 to below 1, got '1'",
                "optimiser.kind=sgd optimiser.nesterov=true|optimiser.nesterov: expected false without momentum or with dampening, got 'true'",
                "optimiser.kind=sgd optimiser.nesterov=yes|optimiser.nesterov: expected true or false, got 'yes'",
                "optimiser.kind=scion optimiser.averaging=0|optimiser.averaging: expected a number above 0, at most 1, got '0'",
                "optimiser.clip=-1|optimiser.clip: expected a number of at least 0, got '-1'",
                "optimiser.clipBy=length|optimiser.clipBy: expected one of norm, value, adaptive, got 'length'",
                "schedule.kind=cosine schedule.minimum=2|schedule.minimum: expected a number from 0 to 1, got '2'",
                "schedule.kind=one-cycle schedule.rising=1|schedule.rising: expected a number above 0 and below 1, got '1'",
                "schedule.kind=exponential schedule.gamma=0|schedule.gamma: expected a number above 0, at most 1, got '0'",
                "schedule.kind=multi-step schedule.milestones=20,10|schedule.milestones: expected ascending steps like 1000,2000, got '20,10'",
                "schedule.kind=multi-step schedule.milestones=a|schedule.milestones: expected ascending steps like 1000,2000, got 'a'",
                "schedule.kind=chain schedule.steps=0 schedule.first.kind=constant schedule.next.kind=constant|schedule.steps: expected a whole number of at least 1, got '0'",
                "schedule.kind=chain schedule.steps=5 schedule.first.kind=constant schedule.next.kind=plateau|schedule.next.kind: expected a schedule of the step alone, got 'plateau'",
                "optimiser.average.kind=exponential optimiser.average.decay=1|optimiser.average.decay: expected a number from 0 to below 1, got '1'",
                "training.accumulate=0|training.accumulate: expected a whole number of at least 1, got '0'",
                "training.log=cvs|training.log: expected some of csv, tensorboard, with commas, got 'cvs'",
                "training.stopping.patience=-1|training.stopping.patience: expected a whole number of at least 0, got '-1'",
                "training.checkpoint.keep=0|training.checkpoint.keep: expected a whole number of at least 1, got '0'",
            })
    void whatIsOutOfRangeIsSaidInOneLine(String assignments, String message) {
        assertEquals(
                "--set: " + message,
                assertThrows(ConfigException.class, () -> config(assignments.split(" ")))
                        .getMessage());
    }

    @Test
    void aMissingKeyAndOneThatFitsNoStepsAreNamed() {
        assertEquals(
                "the setting schedule.gamma is missing and has no default",
                assertThrows(ConfigException.class, () -> config("schedule.kind=exponential"))
                        .getMessage());
        assertEquals(
                "schedule: the one-cycle schedule's rising share must be in (0, 1) and more than one step, got 0.01",
                assertThrows(ConfigException.class, () -> recipe("schedule.kind=one-cycle", "schedule.rising=0.01"))
                        .getMessage());
    }

    @Test
    void whatIsChosenIsWrittenAndReadBack() {
        Config config = config(
                "optimiser.kind=muon",
                "schedule.kind=chain",
                "schedule.first.kind=one-cycle",
                "schedule.first.steps=9",
                "schedule.steps=9",
                "schedule.next.kind=inverse-square-root",
                "schedule.next.peak=3",
                "training.log=csv");
        assertEquals(config, Config.of(Settings.yaml("config.yaml", config.toYaml(Map.of()))));
    }

    /// The number of epochs may grow only where the schedule does not depend on it.
    @Test
    void aScheduleOfTheWholeTrainingKeepsItsLength() {
        Config cosine = config("schedule.kind=cosine");
        String message = assertThrows(
                        ConfigException.class,
                        () -> cosine.requireSameRun(config("schedule.kind=cosine", "training.epochs=9")))
                .getMessage();
        assertEquals(
                "a resumed run keeps its settings: training.epochs was 4 and cannot become 9; only training.threads,"
                        + " .checkpoint and .log, and the data's folder may change",
                message);
        Config fixed = config("schedule.kind=cosine", "schedule.steps=40");
        fixed.requireSameRun(config("schedule.kind=cosine", "schedule.steps=40", "training.epochs=9"));
    }
}
