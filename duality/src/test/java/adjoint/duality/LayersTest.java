package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.duality.PrimalAttention.Mode;
import adjoint.duality.PrimalAttention.Regulariser;
import adjoint.linalg.Rng;
import adjoint.nn.Attention;
import adjoint.nn.AttentionMask;
import adjoint.nn.Pass;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every layer without values is held to.
final class LayersTest {
    private final Tensor x = normal("x", 3, 6, 8);
    private final Tensor valid = Tensor.of(new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}, 3, 6);

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(3).child(name), 0, 1, DType.F64, shape);
    }

    /// Makes a layer of rank s.
    private interface Maker {
        Attention of(int rank);
    }

    private static PrimalAttention.Settings settings(int rank, Mode mode) {
        return new PrimalAttention.Settings(8, 2, rank, 4, 0.5, mode);
    }

    private static Named<Maker> primal(String name, Mode mode, Regulariser regulariser) {
        return Named.of(
                name, s -> new PrimalAttention(settings(s, mode).regularised(regulariser), DType.F64, Rng.of(4)));
    }

    static Stream<Named<Maker>> layers() {
        return Stream.concat(
                masking(),
                Stream.of(
                        primal("primal", Mode.PAPER, Regulariser.J2),
                        primal("primal, reference code", Mode.REFERENCE_CODE, Regulariser.J2),
                        primal("primal, rho2", Mode.PAPER, Regulariser.RHO2),
                        Named.of(
                                "primal, independent",
                                s -> new PrimalAttention(
                                        settings(s, Mode.PAPER).independent(), DType.F64, Rng.of(4)))));
    }

    /// Those in which a hidden token has no part.
    static Stream<Named<Maker>> masking() {
        return Stream.of(
                Named.of("ksvd", s -> new KsvdAttention(8, 2, s, DType.F64, Rng.of(4))),
                Named.of("stiefel", s -> new StiefelAttention(8, 2, s, 0.5, DType.F64, Rng.of(4))),
                Named.of(
                        "kep",
                        s -> new KepSvgpAttention(
                                new KepSvgpAttention.Settings(settings(s, Mode.PAPER), 10), DType.F64, Rng.of(4))));
    }

    private static Tensor attend(Attention layer, Tensor x, AttentionMask mask) {
        return layer.attend(x, mask, Pass.evaluation());
    }

    private static void assertClose(Tensor expected, Tensor actual) {
        assertEquals(0, expected.sub(actual).abs().max().item(), 1e-11);
    }

    @ParameterizedTest
    @MethodSource("layers")
    void noSampleSeesAnother(Maker maker) {
        Attention layer = maker.of(2);
        Tensor all = attend(layer, x, AttentionMask.keys(valid));
        for (int b = 0; b < 3; b++) {
            assertClose(
                    all.slice(0, b, b + 1),
                    attend(layer, x.slice(0, b, b + 1), AttentionMask.keys(valid.slice(0, b, b + 1))));
        }
        Tensor ones = Tensor.ones(DType.F64, 3, 6);
        assertClose(attend(layer, x, AttentionMask.none()), attend(layer, x, AttentionMask.keys(ones)));
    }

    /// Whatever is in hidden tokens, all of a sample's or some, results are the same, and finite.
    @ParameterizedTest
    @MethodSource("masking")
    void hiddenTokensHaveNoPart(Maker maker) {
        Attention layer = maker.of(2);
        Tensor other = x.where(valid.unsqueeze(-1), 50);
        Tensor out = attend(layer, x, AttentionMask.keys(valid));
        assertClose(out, attend(layer, other, AttentionMask.keys(valid)));
        assertEquals(1, out.isFinite().all().item());
        assertTrue(out.slice(0, 0, 1)
                        .sub(attend(layer, other.flip(1), AttentionMask.keys(valid))
                                .slice(0, 0, 1))
                        .abs()
                        .max()
                        .item()
                > 1e-6);
    }

    /// One token, and a sample without any, have finite results, losses and gradients.
    @ParameterizedTest
    @MethodSource("layers")
    void strangeSamples(Maker maker) {
        assertFinite(maker.of(1), x.slice(1, 0, 1), AttentionMask.none());
        assertFinite(maker.of(1), x.slice(1, 0, 1), AttentionMask.keys(valid.slice(1, 5, 6)));
        assertFinite(maker.of(2), x, AttentionMask.keys(valid));
    }

    private static void assertFinite(Attention layer, Tensor x, AttentionMask mask) {
        var found = Autodiff.valueAndGrad((Tensor in) -> {
                    Pass pass = Pass.evaluation();
                    return pass.total(layer.attend(in, mask, pass).square().sum());
                })
                .apply(x);
        assertTrue(Double.isFinite(found.value().item()));
        assertEquals(1, found.gradient().isFinite().all().item());
        AttentionReport report = AttentionReport.of(pass -> layer.attend(x, mask, pass));
        double rho = report.layers().getFirst().heads().getFirst().residual().orElseThrow();
        assertTrue(Double.isFinite(rho));
    }

    @ParameterizedTest
    @MethodSource("layers")
    void gradients(Maker maker) {
        LayerGradients.check(maker.of(2), x, AttentionMask.keys(valid), () -> Pass.sampling(Rng.of(7)));
    }
}
