package adjoint.cli.config;

import java.util.LinkedHashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/// Everything that determines a run, as it stands in a run's `config.yaml`. Two runs with equal configurations write
/// the same weights, bit for bit, whatever `training.threads` says.
///
/// @param experiment the experiment whose defaults were taken, e.g. `oscillators` or `uea/JapaneseVowels`
public record Config(String experiment, Data data, Model model, Optimiser optimiser, Training training) {
    /// Paths under this word are written for the reader's information and passed over when a configuration is read.
    private static final String VERSIONS = "versions";

    /// Where the series come from; the key `data.kind` chooses the record.
    public sealed interface Data {}

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

    /// The classifier: linear embedding, learned positions, encoder layers, flatten, linear.
    ///
    /// @param width d, features per token
    /// @param heads H, must divide `width`
    /// @param feedForward inner width of the feed-forward part
    public record Model(
            int width, int heads, int layers, int feedForward, Norm norm, double dropout, Attention attention) {
        public Model {
            Refusal.atLeast(1, "width", width);
            Refusal.atLeast(1, "heads", heads);
            Refusal.unless(width % heads == 0, "heads", heads, "a divisor of model.width = " + width);
            Refusal.atLeast(1, "layers", layers);
            Refusal.atLeast(1, "feedForward", feedForward);
            Refusal.fraction("dropout", dropout);
        }
    }

    /// Layer norm before the residual branch or after the residual sum.
    public enum Norm {
        PRE,
        POST
    }

    /// @param mode the losses and scalings of the paper, or of its authors' code (primal attention only)
    /// @param rank s, the number of projection scores (primal attention only)
    /// @param rankMulti a layer samples `rank · rankMulti` tokens for its weights (primal attention only)
    /// @param eta η, the weight of J² in the loss (primal attention only)
    public record Attention(Kind kind, Mode mode, int rank, int rankMulti, double eta) {
        public enum Kind {
            PRIMAL,
            SOFTMAX
        }

        public enum Mode {
            PAPER,
            REFERENCE_CODE
        }

        public Attention {
            Refusal.atLeast(1, "rank", rank);
            Refusal.atLeast(1, "rankMulti", rankMulti);
            Refusal.notNegative("eta", eta);
        }
    }

    /// @param variant whose RAdam: PyTorch's, or that of the method's authors (RAdam only)
    /// @param clip the greatest norm of the whole gradient, or 0 for no clipping
    public record Optimiser(
            Kind kind,
            double lr,
            double beta1,
            double beta2,
            double eps,
            double weightDecay,
            Variant variant,
            double clip) {
        public enum Kind {
            ADAM,
            ADAMW,
            RADAM
        }

        public enum Variant {
            PYTORCH,
            AUTHORS
        }

        public Optimiser {
            Refusal.positive("lr", lr);
            Refusal.fraction("beta1", beta1);
            Refusal.fraction("beta2", beta2);
            Refusal.positive("eps", eps);
            Refusal.notNegative("weightDecay", weightDecay);
            Refusal.notNegative("clip", clip);
        }
    }

    /// @param seed of the weights, the order of the batches, and dropout
    /// @param shards into how many parts a batch is split; part of the arithmetic, hence of the result
    /// @param threads how many threads work on the shards, or 0 for one per core; never part of the result
    public record Training(int epochs, int batch, long seed, int shards, int threads) {
        public Training {
            Refusal.atLeast(1, "epochs", epochs);
            Refusal.atLeast(1, "batch", batch);
            Refusal.atLeast(1, "shards", shards);
            Refusal.unless(shards <= batch, "shards", shards, "at most training.batch = " + batch);
            Refusal.atLeast(0, "threads", threads);
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
        Training changed =
                new Training(training.epochs(), training.batch(), training.seed(), training.shards(), threads);
        return new Config(experiment, data, model, optimiser, changed);
    }

    /// This configuration with its data set in that folder; without effect on simulated data.
    public Config withDataFolder(String folder) {
        Data moved = switch (data) {
            case Uea uea -> new Uea(uea.name(), folder);
            case Oscillators simulated -> simulated;
        };
        return new Config(experiment, moved, model, optimiser, training);
    }

    /// Refuses a configuration with which a run that was begun with this one could not go on: only the number of
    /// epochs,
    /// the threads and the place of the data may differ.
    ///
    /// @throws ConfigException naming the first setting that differs otherwise
    public void requireSameRun(Config other) {
        Map<String, String> mine = Binder.paths(comparable());
        Map<String, String> others = Binder.paths(other.comparable());
        mine.forEach((path, value) -> {
            if (!value.equals(others.get(path))) {
                throw new ConfigException("a resumed run keeps its settings: " + path + " was " + value
                        + " and cannot become " + others.getOrDefault(path, "absent")
                        + "; only training.epochs, training.threads and the data's folder may change");
            }
        });
    }

    private Config comparable() {
        Training same = new Training(1, training.batch(), training.seed(), training.shards(), 1);
        return new Config(experiment, withDataFolder("").data, model, optimiser, same);
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
