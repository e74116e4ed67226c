package adjoint.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
    private static Config with(String yaml) {
        return Config.of(Experiments.defaults("oscillators").under(Settings.yaml("run.yaml", yaml)));
    }

    private static String complaint(String yaml) {
        return assertThrows(ConfigException.class, () -> with(yaml)).getMessage();
    }

    static Iterable<String> experiments() {
        return Experiments.names();
    }

    @ParameterizedTest
    @MethodSource("experiments")
    @ValueSource(strings = "uea/BasicMotions")
    void everyExperimentIsComplete(String name) {
        assertEquals(name, Config.of(Experiments.defaults(name)).experiment());
    }

    @ParameterizedTest
    @CsvSource({"uea/JapaneseVowels, 40, 5, 0.5", "uea/UWaveGestureLibrary, 20, 10, 0.0", "uea/Handwriting, 30, 5, 0.2"
    })
    void theAuthorsSettings(String name, int rank, int rankMulti, double eta) {
        Config config = Config.of(Experiments.defaults(name));
        Config.Model model = config.model();
        assertEquals(512, model.width());
        assertEquals(8, model.heads());
        assertEquals(2, model.layers());
        assertEquals(2048, model.feedForward());
        assertEquals(Config.Norm.POST, model.norm());
        assertEquals(
                new Config.Attention(
                        Config.Attention.Kind.PRIMAL,
                        Config.Attention.Mode.REFERENCE_CODE,
                        rank,
                        rankMulti,
                        eta,
                        Config.Attention.Regulariser.J2,
                        1,
                        Config.Attention.Kep.CORRECTED,
                        0,
                        0,
                        0,
                        0,
                        0,
                        3,
                        0,
                        3),
                model.attention());
        assertInstanceOf(Method.RAdam.class, config.optimiser().method());
        assertEquals(1e-3, config.optimiser().lr());
        assertEquals(4, config.optimiser().clip());
        assertEquals(100, config.training().epochs());
        assertEquals(16, config.training().batch());
        assertEquals(
                name.substring(4),
                assertInstanceOf(Config.Uea.class, config.data()).name());
    }

    @Test
    void whatIsWrittenIsReadBack() {
        Config config = with("training.seed: 9007199254740993\noptimiser: {lr: 3.0e-4}\nmodel: {heads: 2}");
        Config read = Config.of(Settings.yaml("config.yaml", config.toYaml(Map.of("java", "25"))));
        assertEquals(config, read);
        assertEquals(9007199254740993L, read.training().seed());
        assertEquals(3e-4, read.optimiser().lr());
    }

    @Test
    void aNameWithYamlInItIsReadBack() {
        Config config = Config.of(Experiments.defaults("uea/x: [1] # 'no' \"yes\""));
        assertEquals(config, Config.of(Settings.yaml("config.yaml", config.toYaml(Map.of()))));
    }

    @Test
    void laterSettingsReplaceEarlierOnes() {
        Settings settings = Experiments.defaults("oscillators")
                .under(Settings.assignment("model.heads=2"))
                .under(Settings.assignment("model.heads = 1"));
        assertEquals(1, Config.of(settings).model().heads());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model: {head: 3}|run.yaml line 1: unknown key model.head, did you mean model.heads?",
                "model:\\n  heads: many|run.yaml line 2: model.heads: expected a whole number, got 'many'",
                "training.epochs: 1.5|run.yaml line 1: training.epochs: expected a whole number, got '1.5'",
                "training.epochs: 99999999999|run.yaml line 1: training.epochs: expected at most 2147483647, got '99999999999'",
                "training.epochs: 0|run.yaml line 1: training.epochs: expected a whole number of at least 1, got '0'",
                "optimiser.lr: fast|run.yaml line 1: optimiser.lr: expected a number, got 'fast'",
                "optimiser.lr: .nan|run.yaml line 1: optimiser.lr: expected a number, got '.nan'",
                "optimiser.lr: -1|run.yaml line 1: optimiser.lr: expected a number above 0, got '-1'",
                "model.heads: 7|run.yaml line 1: model.heads: expected a divisor of model.width = 64, got '7'",
                "model.attention.redraw: -1|run.yaml line 1: model.attention.redraw: expected a whole number of at least 0, got '-1'",
                "model.attention.window: 4|run.yaml line 1: model.attention.window: expected 0, or an odd number, got '4'",
                "model.dropout: 1|run.yaml line 1: model.dropout: expected a number from 0 to below 1, got '1'",
                "model.attention.kind: prinal|run.yaml line 1: model.attention.kind: expected one of primal, ksvd, kep, stiefel, softmax, linear, polynomial, cosine, cosformer, favor, favor-iid, favor-hyperbolic, sparsemax, entmax, hopfield, nystrom, sinkhorn, got 'prinal', did you mean primal?",
                "data.kind: ue|run.yaml line 1: data.kind: expected one of uea, oscillators, mnist, text, got 'ue', did you mean uea?",
                "model.attention.features: -1|run.yaml line 1: model.attention.features: expected a whole number of at least 0, got '-1'",
                "model.attention.landmarks: -1|run.yaml line 1: model.attention.landmarks: expected a whole number of at least 0, got '-1'",
                "model.attention.iterations: 4|run.yaml line 1: model.attention.iterations: expected an odd number, got '4'",
                "model.attention.iterations: -1|run.yaml line 1: model.attention.iterations: expected an odd number, got '-1'",
                "model.attention.alpha: 0.5|run.yaml line 1: model.attention.alpha: expected 0, or a number from 1 to 8, got '0.5'",
                "model.attention.steps: 0|run.yaml line 1: model.attention.steps: expected a whole number of at least 1, got '0'",
                "model: 3|run.yaml line 1: model is a group, expected one of its keys: model.input.kind, model.width, model.heads, model.layers, model.feedForward, model.norm, model.dropout, model.attention.kind, model.attention.mode, model.attention.rank, model.attention.rankMulti, model.attention.eta, model.attention.regulariser, model.attention.etaKl, model.attention.kep, model.attention.last, model.attention.features, model.attention.redraw, model.attention.landmarks, model.attention.window, model.attention.iterations, model.attention.alpha, model.attention.steps",
                "model: {layers: 2, attention: {last: 3}}|run.yaml line 1: model.attention.last: expected at most model.layers = 2, got '3'",
                "model.attention.etaKl: -1|run.yaml line 1: model.attention.etaKl: expected a number of at least 0, got '-1'",
                "model: {heads: 2, heads: 4}|run.yaml line 1: model.heads is set twice",
                "model: {heads: [2, 4]}|run.yaml line 1: model.heads must be a single value, not a list",
                "? [a]\\n: 1|run.yaml line 1: a key must be a plain word",
                "- 1|run.yaml line 1: expected settings like 'model:' or 'training.epochs: 10', got a single value or a list",
            })
    void whatIsWrongIsSaidInOneLine(String yaml, String message) {
        assertEquals(message, complaint(yaml.replace("\\n", "\n")));
    }

    @Test
    void brokenYamlHasAPlace() {
        String message = complaint("model:\n  heads: 2\n width: 4\n");
        assertEquals("run.yaml line 3: not valid YAML", message.substring(0, message.lastIndexOf(':')));
    }

    @Test
    void endlessNestingIsRefused() {
        assertEquals("run.yaml line 1: nested more than 16 levels deep", complaint("a: &a {b: *a}"));
    }

    @Test
    void aKeyOfAnotherKindOfDataIsUnknown() {
        String message = assertThrows(
                        ConfigException.class,
                        () -> Config.of(
                                Experiments.defaults("uea/GunPoint").under(Settings.assignment("data.noise=1"))))
                .getMessage();
        assertEquals("--set: unknown key data.noise, did you mean data.name?", message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mnist|model.attention.kind=primal|",
                "mnist|data.shift=-1|--set: data.shift: expected a whole number of at least 0, got '-1'",
                "mnist|model.input.size=0|--set: model.input.size: expected a whole number of at least 1, got '0'",
                "mnist|model.input.pooling=first|--set: model.input.pooling: expected one of mean, cls, got 'first'",
                "shakespeare|data.test=1|--set: data.test: expected a number between 0 and 1, got '1'",
                "shakespeare|data.file= |--set: data.file: expected a file, e.g. text/tinyshakespeare/input.txt, got ''",
                "shakespeare|model.input.context=0|--set: model.input.context: expected a whole number of at least 1, got '0'",
                "shakespeare|model.attention.kind=sinkhorn|--set: model.attention.kind: expected one that can look at the past alone, as a text's model does: primal, softmax, linear, polynomial, cosine, cosformer, favor, favor-iid, favor-hyperbolic, sparsemax, entmax, hopfield, got 'sinkhorn'",
                "shakespeare|schedule.warmUp=-1|--set: schedule.warmUp: expected a whole number of at least 0, got '-1'",
                "shakespeare|schedule.minimum=2|--set: schedule.minimum: expected a number from 0 to 1, got '2'",
                "oscillators|schedule.kind=linera|--set: schedule.kind: expected one of constant, linear, cosine, cosine-restarts, one-cycle, inverse-square-root, exponential, step, multi-step, polynomial, plateau, chain, got 'linera', did you mean linear?",
            })
    void settingsOfImagesTextAndSchedulesAreChecked(String experiment, String assignment, String message) {
        Settings settings = Experiments.defaults(experiment).under(Settings.assignment(assignment));
        if (message == null) {
            Config.of(settings);
        } else {
            assertEquals(
                    message,
                    assertThrows(ConfigException.class, () -> Config.of(settings))
                            .getMessage());
        }
    }

    @Test
    void dataAreReadInOneWay() {
        assertEquals(
                "run.yaml line 1: model.input.kind: expected series, what this data is read as, got 'patches'",
                complaint("model.input: {kind: patches, size: 2, pooling: mean}"));
    }

    @Test
    void aRunWithACosineKeepsItsEpochs() {
        Config config = Config.of(Experiments.defaults("mnist"));
        Config longer = Config.of(Experiments.defaults("mnist").under(Settings.assignment("training.epochs=99")));
        String message = assertThrows(ConfigException.class, () -> config.requireSameRun(longer))
                .getMessage();
        assertEquals(
                "a resumed run keeps its settings: training.epochs was "
                        + config.training().epochs()
                        + " and cannot become 99; only training.threads, .checkpoint and .log, and the data's folder"
                        + " may change",
                message);
        config.requireSameRun(config.withDataFolder("elsewhere").withThreads(7));
    }

    @Test
    void anAssignmentNeedsAValue() {
        String message = assertThrows(ConfigException.class, () -> Settings.assignment("model.heads"))
                .getMessage();
        assertEquals("--set: expected path.to.key=value, e.g. model.heads=4, got 'model.heads'", message);
    }

    @Test
    void anUnknownExperimentIsSuggested() {
        String message = assertThrows(ConfigException.class, () -> Experiments.of("uae/JapaneseVowels"))
                .getMessage();
        assertEquals(
                "unknown experiment 'uae/JapaneseVowels', did you mean uea/JapaneseVowels? (experiments: oscillators,"
                        + " mnist, shakespeare, uea/JapaneseVowels, uea/UWaveGestureLibrary, uea/Handwriting, uea/<data set>, or a"
                        + " configuration file ending in .yaml)",
                message);
    }

    @Test
    void aFileIsLaidOverTheExperimentItNames(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("mine.yaml");
        Files.writeString(file, "experiment: uea/JapaneseVowels\nmodel.attention.rank: 7\n");
        Config config = Config.of(Experiments.of(file.toString()));
        assertEquals(7, config.model().attention().rank());
        assertEquals(0.5, config.model().attention().eta());

        Files.writeString(file, "model.width: 8\n");
        String message = assertThrows(ConfigException.class, () -> Experiments.of(file.toString()))
                .getMessage();
        assertEquals(
                file + ": the key 'experiment' is missing; it names the experiment whose defaults are taken, e.g."
                        + " experiment: oscillators",
                message);
    }

    @Test
    void aResumedRunKeepsWhatDecidesItsResult() {
        Config before = with("training: {epochs: 2, threads: 1}");
        before.requireSameRun(with("training: {epochs: 5, threads: 2}"));
        String message = assertThrows(
                        ConfigException.class,
                        () -> before.requireSameRun(with("training: {epochs: 2, threads: 1, shards: 1}")))
                .getMessage();
        assertEquals(
                "a resumed run keeps its settings: training.shards was 2 and cannot become 1; only training.epochs,"
                        + " training.threads, .checkpoint and .log, and the data's folder may change",
                message);
    }
}
