package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.cli.config.Config;
import adjoint.cli.config.Experiments;
import adjoint.cli.config.Settings;
import adjoint.nn.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryEstimateTest {
    @ParameterizedTest
    @CsvSource({
        "primal, 64, 4, 16, 5",
        "primal, 32, 8, 3, 40",
        "softmax, 48, 6, 1, 1",
        "ksvd, 48, 6, 5, 1",
        "kep, 48, 6, 5, 1",
        "kep, 48, 6, 99, 2",
        "stiefel, 48, 6, 5, 1",
        "entmax, 48, 6, 1, 1",
        "favor, 48, 6, 1, 1"
    })
    void countsTheParameters(String attention, int width, int heads, int rank, int rankMulti) throws Exception {
        count(Config.of(settings(attention, width, heads, rank, rankMulti)));
    }

    @Test
    void countsMixedLayers() throws Exception {
        Settings primal = settings("primal", 48, 6, 5, 2);
        count(Config.of(primal.under(Settings.assignment("model.attention.last=1"))));
        Settings kep = settings("kep", 48, 6, 5, 2).under(Settings.assignment("model.layers=3"));
        count(Config.of(kep.under(Settings.assignment("model.attention.last=2"))
                .under(Settings.assignment("model.attention.kep=reference-code"))));
    }

    private static Settings settings(String attention, int width, int heads, int rank, int rankMulti) {
        return Experiments.defaults("oscillators")
                .under(Settings.of("data.train", "16", "test"))
                .under(Settings.of("data.steps", "30", "test"))
                .under(Settings.of("model.attention.kind", attention, "test"))
                .under(Settings.of("model.width", Integer.toString(width), "test"))
                .under(Settings.of("model.heads", Integer.toString(heads), "test"))
                .under(Settings.of("model.attention.rank", Integer.toString(rank), "test"))
                .under(Settings.of("model.attention.rankMulti", Integer.toString(rankMulti), "test"));
    }

    private static void count(Config config) throws Exception {
        Problem<?> problem = Problem.of(config);
        assertEquals(
                Parameters.of(problem.task(config.model(), 1).model()).count(),
                MemoryEstimate.parameters(config.model(), problem.outside(config.model())));
    }
}
