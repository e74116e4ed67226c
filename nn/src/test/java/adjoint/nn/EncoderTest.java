package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/// The figures are those of PyTorch 2.13 in float64: `TransformerEncoder` of two `TransformerEncoderLayer`s (d 6, 2
/// heads, feed-forward 5, GELU, no dropout) and a last `LayerNorm`. Element i of the parameter that is number k in the
/// order of the names is 0.3·sin(i + k), x is cos(0.7·i), and the loss is Σ yᵢ·sin(0.3·i).
class EncoderTest {
    private static final Rng KEY = Rng.of(3);

    @Test
    void postNormEqualsPyTorch() {
        check(
                EncoderLayer.Norm.POST,
                new double[] {
                    -0.2536392564668951,
                    0.010188751741555247,
                    0.043286857240706744,
                    0.4300126139773476,
                    -0.022300777274878007,
                    0.21541376484020355,
                    -0.2448143323802916,
                    0.300003184773705
                },
                1.5184649370938093,
                new double[] {
                    -0.0014420172891485119,
                    -0.047131091943379035,
                    0.027595967514316595,
                    0.14623294603408962,
                    -0.08900527748190976,
                    -0.034733571453084276
                },
                0.06234919619912686,
                0.17808312681641320);
    }

    @Test
    void preNormEqualsPyTorch() {
        check(
                EncoderLayer.Norm.PRE,
                new double[] {
                    -0.34567849393634786,
                    0.12323613588329348,
                    0.14634079700242425,
                    0.2138332615617751,
                    0.2762669007635381,
                    -0.07750739696113507,
                    -0.21482713577939921,
                    -0.3090103426959507
                },
                1.214387635046055,
                new double[] {
                    -0.0864908632773963,
                    0.14273668407055945,
                    0.29383946829621704,
                    0.154629266431553,
                    -0.1402167842687117,
                    -0.36449777125222155
                },
                0.2199449345680868,
                0.79341902368976);
    }

    private static void check(
            EncoderLayer.Norm norm,
            double[] output,
            double loss,
            double[] inputGradient,
            double projectionGradientNorm,
            double linearGradientNorm) {
        Encoder encoder = encoder(norm, 0);
        Parameters parameters = Parameters.of(encoder);
        List<String> sorted = parameters.names().stream().sorted().toList();
        for (int k = 0; k < sorted.size(); k++) {
            int phase = k;
            Parameter p = parameters.get(sorted.get(k));
            p.set(Tensor.wrap(values(p.shape().size(), i -> 0.3 * Math.sin(i + phase)), 0, p.shape()));
        }
        Tensor x = Tensor.of(values(48, i -> Math.cos(0.7 * i)), 2, 4, 6);
        Tensor weights = Tensor.of(values(48, i -> Math.sin(0.3 * i)), 2, 4, 6);
        Tensor projection = parameters.get("layers.0.self_attn.in_proj_weight").value();
        Tensor linear = parameters.get("layers.1.linear1.weight").value();
        try (Tape tape = Tape.open()) {
            tape.watch(x, projection, linear);
            Tensor y = encoder.forward(x, AttentionMask.none(), Pass.evaluation());
            assertArrayEquals(output, Arrays.copyOf(y.toDoubles(), output.length), 1e-13);
            Tensor total = y.mul(weights).sum();
            assertEquals(loss, total.item(), 1e-13);
            var g = tape.backward(total);
            assertArrayEquals(inputGradient, Arrays.copyOf(g.of(x).toDoubles(), inputGradient.length), 1e-13);
            assertEquals(projectionGradientNorm, norm(g.of(projection)), 1e-13);
            assertEquals(linearGradientNorm, norm(g.of(linear)), 1e-13);
        }
    }

    @Test
    void parametersAreCalledAsInPyTorch() {
        List<String> expected = new ArrayList<>();
        for (int layer = 0; layer < 2; layer++) {
            for (String name : List.of(
                    "self_attn.in_proj_weight",
                    "self_attn.in_proj_bias",
                    "self_attn.out_proj.weight",
                    "self_attn.out_proj.bias",
                    "linear1.weight",
                    "linear1.bias",
                    "linear2.weight",
                    "linear2.bias",
                    "norm1.weight",
                    "norm1.bias",
                    "norm2.weight",
                    "norm2.bias")) {
                expected.add("layers." + layer + "." + name);
            }
        }
        expected.addAll(List.of("norm.weight", "norm.bias"));
        assertEquals(expected, Parameters.of(encoder(EncoderLayer.Norm.POST, 0)).names());
    }

    @Test
    void dropoutIsDeterminedByThePass() {
        Encoder encoder = encoder(EncoderLayer.Norm.PRE, 0.4);
        Tensor x = Tensor.uniform(KEY, -1, 1, DType.F64, 2, 4, 6);
        double[] first =
                encoder.forward(x, AttentionMask.none(), Pass.training(KEY)).toDoubles();
        assertArrayEquals(
                first,
                encoder.forward(x, AttentionMask.none(), Pass.training(KEY)).toDoubles());
        double[] other = encoder.forward(x, AttentionMask.none(), Pass.training(KEY.child(1)))
                .toDoubles();
        assertTrue(!Arrays.equals(first, other));
        double[] without = encoder(EncoderLayer.Norm.PRE, 0)
                .forward(x, AttentionMask.none(), Pass.evaluation())
                .toDoubles();
        assertArrayEquals(
                without,
                encoder.forward(x, AttentionMask.none(), Pass.evaluation()).toDoubles());
    }

    @Test
    void probesCarryThePathOfTheirModule() {
        List<String> seen = new ArrayList<>();
        Pass pass = Pass.probing((path, value) -> seen.add(path + " " + value.shape()));
        classifier().forward(Tensor.zeros(DType.F64, 1, 4, 3), Tensor.ones(DType.F64, 1, 4), pass);
        assertEquals(
                List.of(
                        "transformer_encoder.layers.0.self_attn.weights [1, 2, 4, 4]",
                        "transformer_encoder.layers.1.self_attn.weights [1, 2, 4, 4]"),
                seen);
    }

    @Test
    void paddingDoesNotReachTheClassifierThroughTheLastLayer() {
        // One layer whose attention is switched off: then each time step stands alone, and a masked one must not count.
        var encoder = new Encoder.Config(6, 5, Activation.GELU, 0, EncoderLayer.Norm.POST, DType.F64);
        Attention.Factory nothing = (_, _) -> new Attention() {
            @Override
            public Tensor attend(Tensor x, AttentionMask mask, Pass pass) {
                return x.mul(0);
            }

            @Override
            public void describe(Parts parts) {}
        };
        var model = new TimeSeriesClassifier(new TimeSeriesClassifier.Config(3, 4, 2, 1, encoder), nothing, KEY);
        Tensor mask = Tensor.of(new double[] {1, 1, 1, 0}, 1, 4);
        double[] x = values(12, i -> Math.sin(i));
        double[] before =
                model.forward(Tensor.of(x, 1, 4, 3), mask, Pass.evaluation()).toDoubles();
        x[10] = 99;
        assertArrayEquals(
                before,
                model.forward(Tensor.of(x, 1, 4, 3), mask, Pass.evaluation()).toDoubles());
        x[8] = 99;
        assertTrue(before[0]
                != model.forward(Tensor.of(x, 1, 4, 3), mask, Pass.evaluation()).toDoubles()[0]);
    }

    @Test
    void classifierEqualsItsFormula() {
        TimeSeriesClassifier model = classifier();
        Parameters p = Parameters.of(model);
        Tensor x = Tensor.uniform(KEY.child("x"), -1, 1, DType.F64, 2, 4, 3);
        Tensor mask = Tensor.of(new double[] {1, 1, 1, 1, 1, 1, 0, 0}, 2, 4);
        double[][] w = matrix(p.get("project_inp.weight"));
        double[] b = p.get("project_inp.bias").value().toDoubles();
        double[] pe = p.get("pos_enc.pe").value().toDoubles();
        double[] h = new double[2 * 4 * 6];
        for (int t = 0; t < 8; t++) {
            for (int j = 0; j < 6; j++) {
                double sum = b[j];
                for (int c = 0; c < 3; c++) {
                    sum += w[j][c] * x.get(t / 4, t % 4, c);
                }
                h[t * 6 + j] = sum * Math.sqrt(6) + pe[t % 4 * 6 + j];
            }
        }
        double[] encoded = model.encoder()
                .forward(Tensor.of(h, 2, 4, 6), AttentionMask.none(), Pass.evaluation())
                .gelu()
                .toDoubles();
        double[][] out = matrix(p.get("output_layer.weight"));
        double[] expected = new double[4];
        for (int i = 0; i < 4; i++) {
            expected[i] = p.get("output_layer.bias").value().get(i % 2);
            for (int k = 0; k < 24; k++) {
                expected[i] += out[i % 2][k] * encoded[i / 2 * 24 + k] * mask.get(i / 2, k / 6);
            }
        }
        assertArrayEquals(expected, model.forward(x, mask, Pass.evaluation()).toDoubles(), 1e-13);
    }

    @Test
    void classifierRejectsOtherShapes() {
        Tensor mask = Tensor.ones(DType.F64, 1, 4);
        assertEquals(
                "TimeSeriesClassifier needs x [B, 4, 3], got [1, 4, 2]",
                assertThrows(
                                ShapeError.class,
                                () -> classifier().forward(Tensor.zeros(DType.F64, 1, 4, 2), mask, Pass.evaluation()))
                        .getMessage());
        assertEquals(
                "TimeSeriesClassifier needs a mask [2, 4] for x [2, 4, 3], got [1, 4]",
                assertThrows(
                                ShapeError.class,
                                () -> classifier().forward(Tensor.zeros(DType.F64, 2, 4, 3), mask, Pass.evaluation()))
                        .getMessage());
    }

    @Test
    void classifierHasTheParametersOfThePaper() {
        var encoder = new Encoder.Config(6, 5, Activation.GELU, 0.1, EncoderLayer.Norm.POST, DType.F32);
        var model = new TimeSeriesClassifier(
                new TimeSeriesClassifier.Config(3, 4, 9, 2, encoder),
                (_, key) -> new SelfAttention(6, 2, DType.F32, key),
                KEY);
        Parameters p = Parameters.of(model);
        assertEquals(Shape.of(6, 3), p.get("project_inp.weight").shape());
        assertEquals(Shape.of(4, 1, 6), p.get("pos_enc.pe").shape());
        assertEquals(
                Shape.of(5, 6),
                p.get("transformer_encoder.layers.1.linear1.weight").shape());
        assertEquals(Shape.of(6), p.get("transformer_encoder.norm.bias").shape());
        assertEquals(Shape.of(9, 24), p.get("output_layer.weight").shape());
        int perLayer = 18 * 6 + 18 + 36 + 6 + 30 + 5 + 30 + 6 + 4 * 6;
        assertEquals(6 * 3 + 6 + 4 * 6 + 2 * perLayer + 12 + 9 * 24 + 9, p.count());
    }

    private static Encoder encoder(EncoderLayer.Norm norm, double dropout) {
        var config = new Encoder.Config(6, 5, Activation.GELU, dropout, norm, DType.F64);
        return new Encoder(config, 2, (_, key) -> new SelfAttention(6, 2, DType.F64, key), KEY);
    }

    private static TimeSeriesClassifier classifier() {
        var encoder = new Encoder.Config(6, 5, Activation.GELU, 0.1, EncoderLayer.Norm.POST, DType.F64);
        return new TimeSeriesClassifier(
                new TimeSeriesClassifier.Config(3, 4, 2, 2, encoder),
                (_, key) -> new SelfAttention(6, 2, DType.F64, key),
                KEY);
    }

    private static double[] values(int n, IntToDoubleFunction f) {
        double[] values = new double[n];
        Arrays.setAll(values, f);
        return values;
    }

    private static double norm(Tensor x) {
        return Math.sqrt(Arrays.stream(x.toDoubles()).map(v -> v * v).sum());
    }

    private static double[][] matrix(Parameter p) {
        double[] values = p.value().toDoubles();
        int cols = p.shape().dim(1);
        double[][] rows = new double[p.shape().dim(0)][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(values, i * cols, (i + 1) * cols));
        return rows;
    }
}
