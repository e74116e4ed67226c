package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GptTest {
    private static final Rng KEY = Rng.of(12);
    private static final int VOCABULARY = 7;
    private static final int CONTEXT = 8;

    @ParameterizedTest
    @EnumSource(Gpt.Head.class)
    void cachedLogitsAreThoseOfTheWholePass(Gpt.Head head) {
        Gpt model = model(head, DType.F64);
        Tensor tokens = tokens(2, 8);
        double[] expected = model.forward(tokens, Pass.evaluation()).toDoubles();
        for (int[] cut : new int[][] {{1, 1, 1, 1, 1, 1, 1, 1}, {5, 1, 2}}) {
            Gpt.Memory memory = model.memory();
            List<Tensor> parts = new ArrayList<>();
            for (int n : cut) {
                int from = memory.length();
                parts.add(memory.append(tokens.slice(1, from, from + n)));
            }
            assertArrayEquals(
                    expected, Tensor.concat(1, parts.toArray(Tensor[]::new)).toDoubles(), 1e-13);
        }
    }

    @Test
    void laterTokensNeverChangeEarlierLogits() {
        Gpt model = model(Gpt.Head.TIED, DType.F32);
        Tensor tokens = tokens(1, 8);
        double[] expected =
                model.forward(tokens, Pass.evaluation()).slice(1, 0, 5).toDoubles();
        for (int token = 0; token < VOCABULARY; token++) {
            int[] changed = tokens.toInts();
            Arrays.fill(changed, 5, 8, token);
            Tensor y = model.forward(Tensor.ofInts(changed, 1, 8), Pass.evaluation());
            assertArrayEquals(expected, y.slice(1, 0, 5).toDoubles(), 0);
        }
    }

    @ParameterizedTest
    @EnumSource(Gpt.Head.class)
    void gradients(Gpt.Head head) {
        Gpt model = model(head, DType.F64);
        Tensor tokens = tokens(2, 3);
        Parameter factor = Parameter.full(1, DType.F64, 1);
        ModuleGradients.check(
                model, factor, f -> model.forward(tokens, Pass.evaluation()).mul(f));
    }

    @Test
    void aTiedHeadHasNoParametersOfItsOwn() {
        List<String> tied = Parameters.of(model(Gpt.Head.TIED, DType.F32)).names();
        List<String> untied =
                new ArrayList<>(Parameters.of(model(Gpt.Head.UNTIED, DType.F32)).names());
        assertEquals("embedding.weight", tied.getFirst());
        assertTrue(tied.contains("encoder.layers.1.self_attn.in_proj_weight"));
        assertTrue(untied.remove("head.weight"));
        assertEquals(tied, untied);
    }

    @Test
    void startsSmallAndNearlyUniform() {
        var encoder = new Encoder.Config(64, 128, Activation.GELU, 0, EncoderLayer.Norm.PRE, DType.F32);
        Gpt model = new Gpt(
                new Gpt.Config(50, 16, 2, Gpt.Head.UNTIED, encoder),
                MultiHeadAttention.factory(64, 4, (_, _) -> new SoftmaxMechanism(0), DType.F32),
                KEY);
        Parameters parameters = Parameters.of(model);
        assertEquals(0.02, deviation(parameters, "encoder.layers.0.linear1.weight"), 5e-4);
        assertEquals(0.02, deviation(parameters, "embedding.weight"), 1e-3);
        assertEquals(0.01, deviation(parameters, "encoder.layers.1.linear2.weight"), 5e-4);
        assertEquals(0.01, deviation(parameters, "encoder.layers.1.self_attn.out_proj.weight"), 5e-4);
        assertEquals(0, deviation(parameters, "encoder.layers.0.linear1.bias"), 0);
        Tensor tokens = Tensor.ofInts(new int[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 8);
        double loss =
                model.forward(tokens, Pass.evaluation()).crossEntropy(tokens).item();
        assertEquals(Math.log(50), loss, 0.1);
    }

    @Test
    void greedyGenerationIsTheArgumentOfTheGreatestLogitEachTime() {
        Gpt model = loud();
        int[] prompt = {3, 1};
        int[] text = Arrays.copyOf(prompt, CONTEXT);
        for (int i = 2; i < CONTEXT; i++) {
            Tensor logits = model.forward(Tensor.ofInts(Arrays.copyOf(text, i), 1, i), Pass.evaluation());
            double[] last = logits.select(1, i - 1).toDoubles();
            for (int token = 0; token < VOCABULARY; token++) {
                text[i] = last[token] > last[text[i]] ? token : text[i];
            }
        }
        assertArrayEquals(
                Arrays.copyOfRange(text, 2, CONTEXT), model.generate(prompt, CONTEXT - 2, Sampling.greedy(), KEY));
    }

    @Test
    void generationGoesOnBeyondTheContext() {
        Gpt model = loud();
        int[] drawn = model.generate(new int[] {2, 4, 6}, 30, new Sampling(1), KEY);
        assertArrayEquals(drawn, model.generate(new int[] {2, 4, 6}, 30, new Sampling(1), KEY));
        assertFalse(Arrays.equals(drawn, model.generate(new int[] {2, 4, 6}, 30, new Sampling(1), KEY.child(1))));
        // After the memory was full, with 8 tokens, its last half begins the next one.
        int[] all = {2, 4, 6, drawn[0], drawn[1], drawn[2], drawn[3], drawn[4]};
        double[] whole = model.forward(Tensor.ofInts(all, 1, 8), Pass.evaluation())
                .select(1, 7)
                .toDoubles();
        assertEquals(new Sampling(1).draw(whole, KEY, 8), drawn[5]);
        int[] half = {all[5], all[6], all[7], drawn[5]};
        double[] restarted = model.forward(Tensor.ofInts(half, 1, 4), Pass.evaluation())
                .select(1, 3)
                .toDoubles();
        assertEquals(new Sampling(1).draw(restarted, KEY, 9), drawn[6]);
    }

    @Test
    void aLongPromptIsCutToTheContext() {
        Gpt model = loud();
        int[] prompt = {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3};
        double[] logits = model.forward(Tensor.ofInts(Arrays.copyOfRange(prompt, 3, 11), 1, 8), Pass.evaluation())
                .select(1, 7)
                .toDoubles();
        assertEquals(new Sampling(0.5).draw(logits, KEY, 11), model.generate(prompt, 1, new Sampling(0.5), KEY)[0]);
        assertEquals(0, model.generate(prompt, 0, new Sampling(1), KEY).length);
    }

    @Test
    void refusesWhatDoesNotFit() {
        Gpt model = model(Gpt.Head.TIED, DType.F32);
        assertEquals(
                "Gpt needs tokens [B, N] with N ≤ 8, got [1, 9]",
                message(() -> model.forward(tokens(1, 9), Pass.evaluation())));
        assertEquals(
                "a prompt needs at least one token",
                message(() -> model.generate(new int[0], 1, Sampling.greedy(), KEY)));
        assertEquals(
                "token 1 of the prompt is 7, the vocabulary has 0 … 6",
                message(() -> model.generate(new int[] {0, 7}, 1, Sampling.greedy(), KEY)));
        assertEquals(
                "the number of tokens must be ≥ 0, got -1",
                message(() -> model.generate(new int[] {0}, -1, Sampling.greedy(), KEY)));
        Gpt.Memory memory = model.memory();
        memory.append(tokens(1, 6));
        assertEquals("Gpt needs tokens [B, N] with N ≤ 2, got [1, 3]", message(() -> memory.append(tokens(1, 3))));
    }

    private static String message(Executable wrong) {
        return assertThrows(IllegalArgumentException.class, wrong).getMessage();
    }

    private static double deviation(Parameters parameters, String name) {
        return parameters.get(name).value().std(0).item();
    }

    /// Logits far apart, so that no draw hangs on a rounding error.
    private static Gpt loud() {
        Gpt model = model(Gpt.Head.UNTIED, DType.F64);
        Parameter head = Parameters.of(model).get("head.weight");
        head.set(head.value().mul(40));
        return model;
    }

    private static Gpt model(Gpt.Head head, DType dtype) {
        var encoder = new Encoder.Config(4, 6, Activation.GELU, 0.1, EncoderLayer.Norm.PRE, dtype);
        Gpt model = new Gpt(
                new Gpt.Config(VOCABULARY, CONTEXT, 2, head, encoder),
                MultiHeadAttention.factory(4, 2, (_, _) -> new SoftmaxMechanism(0.1), dtype),
                KEY);
        Parameters parameters = Parameters.of(model);
        for (String name : parameters.names()) {
            Parameter parameter = parameters.get(name);
            parameter.set(Tensor.normal(
                    KEY.child(name), 0, 0.5, dtype, parameter.shape().dims()));
        }
        return model;
    }

    private static Tensor tokens(int batch, int length) {
        int[] tokens = new int[batch * length];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = KEY.below(i, VOCABULARY);
        }
        return Tensor.ofInts(tokens, batch, length);
    }
}
