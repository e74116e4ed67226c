package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.cli.config.Config;
import adjoint.cli.config.Experiments;
import adjoint.cli.config.Settings;
import adjoint.nn.Parameters;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryEstimateTest {
    @ParameterizedTest
    @CsvSource({
        "primal, 64, 4, 16, 5",
        "primal, 32, 8, 3, 40",
        "softmax, 48, 6, 1, 1",
        "ksvd, 48, 6, 5, 1",
        "stiefel, 48, 6, 5, 1",
        "entmax, 48, 6, 1, 1",
        "favor, 48, 6, 1, 1"
    })
    void countsTheParameters(String attention, int width, int heads, int rank, int rankMulti) throws Exception {
        Config config = Config.of(Experiments.defaults("oscillators")
                .under(Settings.of("data.train", "16", "test"))
                .under(Settings.of("data.steps", "30", "test"))
                .under(Settings.of("model.attention.kind", attention, "test"))
                .under(Settings.of("model.width", Integer.toString(width), "test"))
                .under(Settings.of("model.heads", Integer.toString(heads), "test"))
                .under(Settings.of("model.attention.rank", Integer.toString(rank), "test"))
                .under(Settings.of("model.attention.rankMulti", Integer.toString(rankMulti), "test")));
        Problem<?> problem = Problem.of(config);
        assertEquals(
                Parameters.of(problem.task(config.model(), 1).model()).count(),
                MemoryEstimate.parameters(config.model(), problem.outside(config.model())));
    }
}
