package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.nn.LeastSquares.Rows;
import adjoint.nn.optim.AdamW;
import adjoint.nn.optim.Plateau;
import adjoint.nn.optim.Plateau.Goal;
import adjoint.nn.optim.WeightAverage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FitTest {
    private static final List<Rows> TEST = List.of(new Rows(3, 20), new Rows(30, 40));

    @TempDir
    Path folder;

    private static Trainer.Config config() {
        return new Trainer.Config(new AdamW(0.05), 1, 2, 7)
                .with(new Plateau("test_loss", Goal.SMALLER, 0.5, 0, 0, 0, 0))
                .with(new WeightAverage.Exponential(0.9));
    }

    /// Stops the process, as it were.
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private Fit<Rows> fit(LeastSquares run, String name) {
        return new Fit<>(run.trainer, LeastSquares.BATCHES.prefetched(1))
                .evaluating("test", TEST)
                .evaluatingAverage("average", TEST)
                .evaluatingEvery(3)
                .stopping(new EarlyStopping("test_loss", Goal.SMALLER, 6))
                .saving(new Checkpoints(folder.resolve(name), 2))
                .savingEvery(2);
    }

    @Test
    void aBrokenTrainingEndsWithTheBitsOfAnUnbrokenOne() throws IOException {
        LeastSquares whole = new LeastSquares(config());
        Fit.Result expected = fit(whole, "whole").run(30);
        for (int killedAt : new int[] {1, 2, 3, 5, 6, 7, 10, 11, 12, 13}) {
            String name = "killed at " + killedAt;
            assertThrows(
                    Killed.class,
                    () -> fit(new LeastSquares(config()), name)
                            .telling(Callback.of((step, _, _, _, _, _) -> {
                                if (step == killedAt) {
                                    throw new Killed();
                                }
                            }))
                            .run(30));
            LeastSquares again = new LeastSquares(config());
            Fit<Rows> fit = fit(again, name);
            assertEquals(killedAt > 2, fit.resume(warning -> {
                throw new AssertionError(warning);
            }));
            assertEquals(expected, fit.run(30), name);
            whole.trainer.state().write(folder.resolve("expected"));
            again.trainer.state().write(folder.resolve("actual"));
            assertEquals(-1, Files.mismatch(folder.resolve("expected"), folder.resolve("actual")), name);
            for (Path file : new Checkpoints(folder.resolve("whole"), 2).files()) {
                Path other = folder.resolve(name).resolve(file.getFileName());
                assertEquals(-1, Files.mismatch(file, other), name);
            }
            assertEquals(
                    -1,
                    Files.mismatch(
                            folder.resolve("whole/best.safetensors"), folder.resolve(name + "/best.safetensors")));
        }
    }

    /// The same loop by hand.
    @Test
    void recordsWhatItIsAskedFor() {
        LeastSquares run = new LeastSquares();
        Fit.Result result = new Fit<>(run.trainer, LeastSquares.BATCHES)
                .evaluating("test", TEST)
                .run(3);
        LeastSquares other = new LeastSquares();
        for (int epoch = 0; epoch < 3; epoch++) {
            double trained = other.trainer
                    .train(LeastSquares.BATCHES, StepListener.NONE)
                    .metrics()
                    .loss()
                    .value();
            double tested = other.trainer.evaluate(TEST).loss().value();
            assertEquals(
                    Map.of(
                            "epoch",
                            epoch + 1.0,
                            "step",
                            5.0 * (epoch + 1),
                            "rate_factor",
                            other.trainer.rateFactor(),
                            "train_loss",
                            trained,
                            "test_loss",
                            tested),
                    run.trainer.history().get(epoch));
        }
        assertEquals(new Fit.Result(Ending.FINISHED, 3, 15, Optional.empty()), result);
        assertArrayEquals(other.weights(), run.weights());
        // All epochs done: nothing is left to do.
        assertEquals(15, new Fit<>(run.trainer, LeastSquares.BATCHES).run(3).steps());
    }

    /// A learning rate so large that the loss grows from some step on.
    private static LeastSquares diverging() {
        return new LeastSquares(new Trainer.Config(new AdamW(0.9), 1, 2, 7));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void stopsEarlyWithTheBestWeights(boolean saves) throws IOException {
        LeastSquares run = diverging();
        List<double[]> weights = new ArrayList<>();
        List<String> told = new ArrayList<>();
        Fit<Rows> fit = new Fit<>(run.trainer, LeastSquares.BATCHES)
                .evaluating("test", TEST)
                .evaluatingEvery(1)
                .stopping(new EarlyStopping("test_loss", Goal.SMALLER, 4))
                .telling(new Callback() {
                    @Override
                    public void recorded(List<SortedMap<String, Double>> history) {
                        if (history.getLast().containsKey("test_loss")) {
                            weights.add(run.weights());
                        }
                    }

                    @Override
                    public void saved(Path file, boolean best) {
                        told.add(file.getFileName() + " " + best);
                    }

                    @Override
                    public void ended(Ending ending) {
                        told.add(ending.toString());
                    }
                });
        if (saves) {
            fit.saving(new Checkpoints(folder, 1));
        }
        Fit.Result result = fit.run(100);
        assertEquals(Ending.STOPPED_EARLY, result.ending());
        assertEquals("STOPPED_EARLY", told.getLast());
        int best = (int) (result.best().orElseThrow().get("step") - 1);
        assertEquals(best + 5, weights.size());
        assertEquals(result.steps(), weights.size());
        assertArrayEquals(weights.get(best), run.weights());
        if (saves) {
            assertEquals("step-%012d.safetensors false".formatted(result.steps()), told.get(told.size() - 2));
            TrainingState last = new Checkpoints(folder, 1).newest(_ -> {}).orElseThrow();
            assertArrayEquals(
                    weights.getLast(), last.parameters().get("weight").toDoubles(), "the last checkpoint is the last");
            // Asked again, it stops at once, in the same place.
            LeastSquares again = diverging();
            Fit<Rows> more = new Fit<>(again.trainer, LeastSquares.BATCHES)
                    .stopping(new EarlyStopping("test_loss", Goal.SMALLER, 4))
                    .saving(new Checkpoints(folder, 1));
            assertTrue(more.resume(_ -> {}));
            assertEquals(result, more.run(100));
            assertArrayEquals(run.weights(), again.weights());
        } else {
            assertEquals(1, told.size());
        }
    }

    @Test
    void theBestWeightsOfABrokenTrainingNeedAFolder() {
        LeastSquares run = diverging();
        new Fit<>(run.trainer, LeastSquares.BATCHES)
                .evaluating("test", TEST)
                .stopping(EarlyStopping.never("test_loss", Goal.SMALLER))
                .run(3);
        LeastSquares again = diverging();
        again.trainer.restore(run.trainer.state());
        Fit<Rows> fit = new Fit<>(again.trainer, LeastSquares.BATCHES)
                .stopping(new EarlyStopping("test_loss", Goal.SMALLER, 1));
        assertEquals(
                "the best weights lie before the state that this training went on from; give it Checkpoints to keep them",
                assertThrows(IllegalStateException.class, () -> fit.run(3)).getMessage());
        assertEquals(
                "there is no folder to resume from",
                assertThrows(IllegalStateException.class, () -> fit.resume(_ -> {}))
                        .getMessage());
    }

    @Test
    void aStopThatIsAskedForIsSaved() throws IOException {
        LeastSquares run = new LeastSquares();
        Fit.Result result = new Fit<>(run.trainer, LeastSquares.BATCHES)
                .saving(new Checkpoints(folder, 1))
                .telling(Callback.of((step, _, _, _, _, _) -> {
                    if (step == 7) {
                        run.trainer.requestStop();
                    }
                }))
                .run(9);
        assertEquals(Ending.STOPPED, result.ending());
        assertEquals(1, result.epochs());
        assertEquals(7, new Checkpoints(folder, 1).newest(_ -> {}).orElseThrow().step());
    }

    @Test
    void savesByTheClock() {
        List<Long> saved = new ArrayList<>();
        LeastSquares run = new LeastSquares();
        new Fit<>(run.trainer, LeastSquares.BATCHES)
                .saving(new Checkpoints(folder, 1))
                .savingEvery(Duration.ofNanos(1))
                .telling(new Callback() {
                    @Override
                    public void saved(Path file, boolean best) {
                        saved.add(run.trainer.step());
                    }
                })
                .run(1);
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 5L), saved);
    }

    @Test
    void callbacksHearInTheirOrder() {
        List<String> heard = new ArrayList<>();
        record Teller(String name, List<String> heard) implements Callback {
            @Override
            public void began(long step, List<SortedMap<String, Double>> history) {
                heard.add(name + " began " + step + " " + history.size());
            }

            @Override
            public void step(long step, int epoch, int batch, int samples, double loss, double gradientNorm) {
                heard.add(name + " step " + step);
            }

            @Override
            public void epoch(Trainer.Epoch epoch) {
                heard.add(name + " epoch " + epoch.number());
            }

            @Override
            public void evaluated(String set, long step, Metrics metrics) {
                heard.add(name + " evaluated " + set + " " + step + " " + metrics.samples());
            }

            @Override
            public void recorded(List<SortedMap<String, Double>> history) {
                heard.add(name + " recorded " + history.size());
            }

            @Override
            public void saved(Path file, boolean best) {
                heard.add(name + " saved");
            }

            @Override
            public void ended(Ending ending) {
                heard.add(name + " " + ending);
            }
        }
        Batches<Rows> one = _ -> List.of(new Rows(0, 9));
        new Fit<>(new LeastSquares().trainer, one)
                .evaluating("test", TEST)
                .saving(new Checkpoints(folder, 1))
                .telling(new Teller("a", heard))
                .telling(new Teller("b", heard))
                .run(1);
        List<String> expected = new ArrayList<>();
        for (String event :
                List.of("began 0 0", "step 1", "epoch 0", "evaluated test 1 27", "recorded 1", "saved", "FINISHED")) {
            expected.add("a " + event);
            expected.add("b " + event);
        }
        assertEquals(expected, heard);
    }

    @Test
    void anExceptionEndsItAndAllHearOfThat() {
        List<Ending> endings = new ArrayList<>();
        Callback ending = new Callback() {
            @Override
            public void ended(Ending ending) {
                endings.add(ending);
                throw new IllegalStateException("no more");
            }
        };
        Batches<Rows> bad = _ -> List.of(new Rows(0, 41));
        assertThrows(
                RuntimeException.class,
                () -> new Fit<>(new LeastSquares().trainer, bad)
                        .telling(ending)
                        .telling(ending)
                        .run(1));
        assertEquals(List.of(Ending.FAILED, Ending.FAILED), endings);
    }

    @Test
    void aCheckpointThatCannotBeWrittenEndsIt() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        String message = assertThrows(
                        UncheckedIOException.class,
                        () -> new Fit<>(new LeastSquares().trainer, LeastSquares.BATCHES)
                                .saving(new Checkpoints(file, 1))
                                .run(1))
                .getMessage();
        assertTrue(message.startsWith("cannot save the checkpoint " + file), message);
    }

    @Test
    void intervalsArePositive() {
        Fit<Rows> fit = new Fit<>(new LeastSquares().trainer, LeastSquares.BATCHES);
        assertEquals(
                "the interval of evaluations must be positive, got 0",
                assertThrows(IllegalArgumentException.class, () -> fit.evaluatingEvery(0))
                        .getMessage());
        assertEquals(
                "the interval of checkpoints must be positive, got -1",
                assertThrows(IllegalArgumentException.class, () -> fit.savingEvery(Duration.ofNanos(-1)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> fit.savingEvery(0));
    }
}
