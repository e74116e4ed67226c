package adjoint.cli.config;

import adjoint.duality.attention.Mechanisms;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/// Everything that determines a run, as it stands in a run's `config.yaml`. Two runs with equal configurations write
/// the same weights, bit for bit, whatever `training.threads` says.
///
/// @param experiment the experiment whose defaults were taken, e.g. `oscillators` or `uea/JapaneseVowels`
public record Config(
        String experiment, Data data, Model model, Optimiser optimiser, Schedule schedule, Training training) {
    /// Paths under this word are written for the reader's information and passed over when a configuration is read.
    private static final String VERSIONS = "versions";

    public Config {
        String input = data.input();
        Refusal.unless(
                model.input().word().equals(input),
                "model.input.kind",
                model.input().word(),
                input + ", what this data is read as");
        Refusal.unless(
                !(data instanceof Text) || model.attention().kind().causal(),
                "model.attention.kind",
                model.attention().kind().word(),
                "one that can look at the past alone, as a text's model does: "
                        + Arrays.stream(Attention.Kind.values())
                                .filter(Attention.Kind::causal)
                                .map(Attention.Kind::word)
                                .collect(Collectors.joining(", ")));
    }

    /// Where the cases come from; the key `data.kind` chooses the record.
    public sealed interface Data {
        /// The kind of [Input] that reads it.
        default String input() {
            return Series.WORD;
        }
    }

    /// A data set of the UEA and UCR archives, in two `.ts` files.
    ///
    /// @param name the set's name, e.g. `JapaneseVowels`
    /// @param folder the folder that holds the sets, or empty for the usual places
    public record Uea(String name, String folder) implements Data {
        public Uea {
            Refusal.unless(!name.isBlank(), "name", name, "the name of a data set, e.g. JapaneseVowels");
        }
    }

    /// The simulated system: coupled oscillators, the class is the pair that is coupled.
    ///
    /// @param seed of the simulation alone, so that runs with different `training.seed` share their data
    /// @param train number of training series, even
    /// @param test number of test series
    /// @param steps times at which a motion is looked at
    /// @param interval time between two looks
    /// @param weakest the least coupling
    /// @param strongest the greatest coupling
    /// @param noise standard deviation of the noise on every value
    public record Oscillators(
            long seed, int train, int test, int steps, double interval, double weakest, double strongest, double noise)
            implements Data {
        public Oscillators {
            Refusal.unless(train >= 2 && train % 2 == 0, "train", train, "an even number of at least 2");
            Refusal.atLeast(1, "test", test);
            Refusal.atLeast(2, "steps", steps);
            Refusal.positive("interval", interval);
            Refusal.notNegative("weakest", weakest);
            Refusal.unless(strongest >= weakest, "strongest", strongest, "at least data.weakest = " + weakest);
            Refusal.notNegative("noise", noise);
        }
    }

    /// The digits of MNIST.
    ///
    /// @param folder the folder that holds the sets, or empty for the usual places
    /// @param shift by how many pixels training images are moved at most
    public record Mnist(String folder, int shift) implements Data {
        public Mnist {
            Refusal.atLeast(0, "shift", shift);
        }

        @Override
        public String input() {
            return Patches.WORD;
        }
    }

    /// A text, whose characters are predicted.
    ///
    /// @param file a text in UTF-8, `path/to/text.txt`; or a file of a data set, `text/tinyshakespeare/input.txt`
    /// @param folder the folder that holds the sets, or empty for the usual places
    /// @param test the share at the end of the text that is not trained on
    public record Text(String file, String folder, double test) implements Data {
        public Text {
            Refusal.unless(!file.isBlank(), "file", file, "a file, e.g. text/tinyshakespeare/input.txt");
            Refusal.unless(test > 0 && test < 1, "test", test, "a number between 0 and 1");
        }

        @Override
        public String input() {
            return Tokens.WORD;
        }
    }

    /// How cases become tokens, and what comes of these after the layers; the key `model.input.kind` chooses the
    /// record.
    public sealed interface Input {
        /// The value of `kind`.
        String word();
    }

    /// Steps of a time series: linear embedding, learned positions; after the layers flatten, linear.
    public record Series() implements Input {
        static final String WORD = "series";

        @Override
        public String word() {
            return WORD;
        }
    }

    /// Squares of an image: linear embedding, learned positions; after the layers pooling, linear.
    ///
    /// @param size pixels along an edge of a square
    public record Patches(int size, Pooling pooling) implements Input {
        static final String WORD = "patches";

        /// What stands for all tokens.
        public enum Pooling {
            MEAN,
            CLS
        }

        public Patches {
            Refusal.atLeast(1, "size", size);
        }

        @Override
        public String word() {
            return WORD;
        }
    }

    /// Characters of a text: embedding, learned positions, causal layers; after them a head for the next character.
    ///
    /// @param context how many characters are looked at, at most
    public record Tokens(int context, Head head) implements Input {
        static final String WORD = "tokens";

        /// Whether the head is the embedding's own matrix.
        public enum Head {
            TIED,
            UNTIED
        }

        public Tokens {
            Refusal.atLeast(1, "context", context);
        }

        @Override
        public String word() {
            return WORD;
        }
    }

    /// The model: tokens, encoder layers, and what comes after them.
    ///
    /// @param width d, features per token
    /// @param heads H, must divide `width`
    /// @param feedForward inner width of the feed-forward part
    public record Model(
            Input input,
            int width,
            int heads,
            int layers,
            int feedForward,
            Norm norm,
            double dropout,
            Attention attention) {
        public Model {
            Refusal.atLeast(1, "width", width);
            Refusal.atLeast(1, "heads", heads);
            Refusal.unless(width % heads == 0, "heads", heads, "a divisor of model.width = " + width);
            Refusal.atLeast(1, "layers", layers);
            Refusal.atLeast(1, "feedForward", feedForward);
            Refusal.fraction("dropout", dropout);
            Refusal.unless(
                    attention.last() <= layers, "attention.last", attention.last(), "at most model.layers = " + layers);
        }

        /// How many layers at the end have the attention; those before have softmax.
        public int attending() {
            int last = attention.last();
            return last > 0 ? last : attention.kind() == Attention.Kind.KEP ? 1 : layers;
        }
    }

    /// Layer norm before the residual branch or after the residual sum.
    public enum Norm {
        PRE,
        POST
    }

    /// @param mode the losses and scalings of the paper, or of its authors' code (primal attention only)
    /// @param rank s, the number of projection scores (primal, ksvd, stiefel and kep attention only; no more than these
    /// have)
    /// @param rankMulti a layer samples `rank · rankMulti` tokens for its weights (primal and kep attention only)
    /// @param eta η, the weight of the regulariser in the loss (primal and kep attention), or of the gap (stiefel
    /// attention)
    /// @param regulariser J², or the squared KKT residual (primal attention only)
    /// @param etaKl η_KL, 1 for the evidence lower bound (kep attention only)
    /// @param kep the process of the paper, or what its authors' code does (kep attention only)
    /// @param last how many layers at the end have it, softmax before them; 0 for all, or of kep the last one
    /// @param features m of random features, 0 for p·ln p (favor only)
    /// @param redraw after how many steps random features are drawn again, 0 for never (favor only)
    /// @param landmarks how many at most, 0 for a quarter of the tokens up to 64 (nystrom only)
    /// @param window of the convolution over the values, 0 for none (nystrom only)
    /// @param iterations of normalisation (sinkhorn only)
    /// @param alpha α, 0 for one that each head learns (entmax only)
    /// @param steps of the queries (hopfield only)
    public record Attention(
            Kind kind,
            Mode mode,
            int rank,
            int rankMulti,
            double eta,
            @Default("j2") Regulariser regulariser,
            @Default("1") double etaKl,
            @Default("corrected") Kep kep,
            @Default("0") int last,
            @Default("0") int features,
            @Default("0") int redraw,
            @Default("0") int landmarks,
            @Default("0") int window,
            @Default("3") int iterations,
            @Default("0") double alpha,
            @Default("3") int steps) {
        /// [adjoint.duality.PrimalAttention], [adjoint.duality.KsvdAttention], [adjoint.duality.KepSvgpAttention],
        /// [adjoint.duality.StiefelAttention], or one of [Mechanisms]: all of these are kinds, under their names.
        public static final class Kind {
            public static final Kind PRIMAL = new Kind("primal");
            public static final Kind KSVD = new Kind("ksvd");
            public static final Kind KEP = new Kind("kep");
            public static final Kind STIEFEL = new Kind("stiefel");
            private static final List<Kind> ALL = Stream.concat(
                            Stream.of(PRIMAL, KSVD, KEP, STIEFEL),
                            Mechanisms.all().stream().map(entry -> new Kind(entry.name())))
                    .toList();
            public static final Kind SOFTMAX = ALL.get(4);

            private final String word;

            private Kind(String word) {
                this.word = word;
            }

            public static Kind[] values() {
                return ALL.toArray(Kind[]::new);
            }

            /// Its name on the command line, and in files.
            public String word() {
                return word;
            }

            @Override
            public String toString() {
                return word;
            }

            /// Whether it is one of [Mechanisms].
            public boolean isMechanism() {
                return this != PRIMAL && this != KSVD && this != STIEFEL && this != KEP;
            }

            /// The settings of the group that have a meaning for it.
            public List<String> settings() {
                return switch (word) {
                    case "primal" -> List.of("mode", "rank", "rankMulti", "eta", "regulariser", "last");
                    case "ksvd" -> List.of("rank", "last");
                    case "stiefel" -> List.of("rank", "eta", "last");
                    case "kep" -> List.of("rank", "rankMulti", "eta", "etaKl", "kep", "last");
                    case "favor", "favor-iid", "favor-hyperbolic" -> List.of("features", "redraw", "last");
                    case "nystrom" -> List.of("landmarks", "window", "last");
                    case "sinkhorn" -> List.of("iterations", "last");
                    case "entmax" -> List.of("alpha", "last");
                    case "hopfield" -> List.of("steps", "last");
                    default -> List.of("last");
                };
            }

            /// Whether it can look at the past alone.
            public boolean causal() {
                return isMechanism() ? Mechanisms.entry(word).causal() : this == PRIMAL;
            }
        }

        public enum Mode {
            PAPER,
            REFERENCE_CODE
        }

        public enum Regulariser {
            J2,
            RHO2
        }

        public enum Kep {
            CORRECTED,
            REFERENCE_CODE
        }

        public Attention {
            Refusal.atLeast(1, "rank", rank);
            Refusal.atLeast(1, "rankMulti", rankMulti);
            Refusal.notNegative("eta", eta);
            Refusal.notNegative("etaKl", etaKl);
            Refusal.atLeast(0, "last", last);
            Refusal.atLeast(0, "features", features);
            Refusal.atLeast(0, "redraw", redraw);
            Refusal.atLeast(0, "landmarks", landmarks);
            Refusal.unless(window == 0 || window > 0 && window % 2 == 1, "window", window, "0, or an odd number");
            Refusal.unless(iterations > 0 && iterations % 2 == 1, "iterations", iterations, "an odd number");
            Refusal.unless(alpha == 0 || alpha >= 1 && alpha <= 8, "alpha", alpha, "0, or a number from 1 to 8");
            Refusal.atLeast(1, "steps", steps);
        }
    }

    /// @param clip the largest gradient, in the sense of `clipBy`, or 0 for no clipping
    public record Optimiser(
            @Inline Method method,
            double clip,
            @Default("norm") ClipBy clipBy,
            @Default("none") Averaging average) {
        /// What of a gradient `clip` bounds: its norm, each element, or the norm of each row by that of its weights.
        public enum ClipBy {
            NORM,
            VALUE,
            ADAPTIVE
        }

        public Optimiser {
            Refusal.notNegative("clip", clip);
        }

        public double lr() {
            return method.lr();
        }
    }

    /// What the learning rate is multiplied with.
    ///
    /// @param warmUp over how many steps it grows to where the rates begin
    public record Schedule(
            @Default("0") long warmUp, @Inline Rates rates) {
        public Schedule {
            Refusal.atLeast(0, "warmUp", warmUp);
        }
    }

    /// @param seed of the weights, the order of the batches, and dropout
    /// @param shards into how many parts a batch is split; part of the arithmetic, hence of the result
    /// @param threads how many threads work on the shards, or 0 for one per core; never part of the result
    /// @param accumulate how many batches make a step
    /// @param log what is written beside `metrics.jsonl`, with commas: `csv`, `tensorboard`; never part of the result
    public record Training(
            int epochs,
            int batch,
            long seed,
            int shards,
            int threads,
            @Default("1") int accumulate,
            @Default("") String log,
            Saving checkpoint,
            Stopping stopping) {
        public Training {
            Refusal.atLeast(1, "epochs", epochs);
            Refusal.atLeast(1, "batch", batch);
            Refusal.atLeast(1, "shards", shards);
            Refusal.unless(shards <= batch, "shards", shards, "at most training.batch = " + batch);
            Refusal.atLeast(0, "threads", threads);
            Refusal.atLeast(1, "accumulate", accumulate);
            Refusal.unless(LOGS.containsAll(logs(log)), "log", log, "some of csv, tensorboard, with commas");
        }

        private static final Set<String> LOGS = Set.of("csv", "tensorboard");

        /// The words of `log`.
        public Set<String> logs() {
            return logs(log);
        }

        private static Set<String> logs(String text) {
            return Arrays.stream(text.split(","))
                    .map(String::strip)
                    .filter(word -> !word.isEmpty())
                    .collect(Collectors.toUnmodifiableSet());
        }

        private Training with(int epochs, int threads, String log, Saving checkpoint) {
            return new Training(epochs, batch, seed, shards, threads, accumulate, log, checkpoint, stopping);
        }
    }

    /// Reads complete settings.
    ///
    /// @throws ConfigException for the first setting that is missing, unknown, of the wrong type, or out of range
    public static Config of(Settings settings) {
        return Binder.bind(Config.class, settings, VERSIONS);
    }

    /// This configuration for that number of threads.
    public Config withThreads(int threads) {
        Training changed = training.with(training.epochs, threads, training.log, training.checkpoint);
        return new Config(experiment, data, model, optimiser, schedule, changed);
    }

    /// This configuration with its data set in that folder; without effect on simulated data.
    public Config withDataFolder(String folder) {
        Data moved = switch (data) {
            case Uea uea -> new Uea(uea.name(), folder);
            case Mnist mnist -> new Mnist(folder, mnist.shift());
            case Text text -> new Text(text.file(), folder, text.test());
            case Oscillators simulated -> simulated;
        };
        return new Config(experiment, moved, model, optimiser, schedule, training);
    }

    /// Refuses a configuration with which a run that was begun with this one could not go on: only the number of
    /// epochs, unless the schedule depends on it, the threads, checkpoints and logs, and the place of the data may
    /// differ.
    ///
    /// @throws ConfigException naming the first setting that differs otherwise
    public void requireSameRun(Config other) {
        Map<String, String> mine = Binder.paths(comparable());
        Map<String, String> others = Binder.paths(other.comparable());
        mine.forEach((path, value) -> {
            if (!value.equals(others.get(path))) {
                throw new ConfigException("a resumed run keeps its settings: " + path + " was " + value
                        + " and cannot become " + others.getOrDefault(path, "absent")
                        + "; only " + (schedule.rates.dependsOnLength() ? "" : "training.epochs, ")
                        + "training.threads, .checkpoint and .log, and the data's folder may change");
            }
        });
    }

    private Config comparable() {
        int epochs = schedule.rates.dependsOnLength() ? training.epochs : 1;
        Training same = training.with(epochs, 1, "", new Saving(0, 0, 1));
        return new Config(experiment, withDataFolder("").data, model, optimiser, schedule, same);
    }

    /// This configuration as YAML that [Settings#yaml] reads back, followed by `versions`.
    public String toYaml(Map<String, String> versions) {
        Map<String, Object> map = new LinkedHashMap<>(Binder.unbind(this));
        map.put(VERSIONS, versions);
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setWidth(120)
                .build();
        return new Dump(settings).dumpToString(map);
    }
}
