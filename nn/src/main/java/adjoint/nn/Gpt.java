package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.function.IntConsumer;

/// A language model: a transformer of causal blocks that predicts each token from those before it (Radford et al.,
/// 2019):
///
/// ```text
/// tokens [B, N] → embedding + positions → dropout → encoder, causal → head → logits [B, N, vocabulary]
/// ```
///
/// Logits at position t depend on the tokens `0 … t` only. A tied head is the embedding's own matrix (Press, Wolf,
/// 2017), an untied one a [Linear] without bias.
///
/// Matrices and embeddings start with draws from N(0, 0.02²), those that end a residual branch with a deviation smaller
/// by √(2·layers), biases with 0.
///
/// ```
/// var encoder = new Encoder.Config(128, 512, Activation.GELU, 0.1, EncoderLayer.Norm.PRE, DType.F32);
/// var config = new Gpt.Config(65, 128, 4, Gpt.Head.TIED, encoder);
/// Gpt model = new Gpt(config, MultiHeadAttention.factory(128, 4, (_, _) -> new SoftmaxMechanism(0.1), DType.F32),
/// key);
/// int[] text = model.generate(prompt, 200, new Sampling(0.8), Rng.of(1));
/// ```
public final class Gpt implements Module {
    private static final double DEVIATION = 0.02;

    private final Config config;
    private final Embedding embedding;
    private final LearnedPositions positions;
    private final Dropout dropout;
    private final Encoder encoder;
    private final Linear head;

    /// What makes logits of the last layer's tokens.
    public enum Head {
        /// The embedding's matrix.
        TIED,
        /// A matrix of its own.
        UNTIED
    }

    /// @param vocabulary the number of different tokens
    /// @param context the longest sequence
    public record Config(int vocabulary, int context, int layers, Head head, Encoder.Config encoder) {
        /// @throws IllegalArgumentException if a number is out of its range
        public Config {
            if (vocabulary < 1 || context < 1) {
                throw new IllegalArgumentException(
                        "vocabulary and context must be ≥ 1, got " + vocabulary + " and " + context);
            }
        }
    }

    /// @param key determines the initial values
    public Gpt(Config config, Attention.Factory attention, Rng key) {
        Encoder.Config shared = config.encoder();
        DType dtype = shared.dtype();
        this.config = config;
        this.embedding = new Embedding(config.vocabulary(), shared.width(), dtype, key.child("embedding"));
        this.positions = new LearnedPositions(config.context(), shared.width(), dtype, key.child("positions"));
        this.dropout = new Dropout(shared.dropout());
        this.encoder = new Encoder(shared, config.layers(), attention, key.child("encoder"));
        this.head = config.head() == Head.TIED
                ? null
                : new Linear(shared.width(), config.vocabulary(), false, dtype, key.child("head"));
        start(key.child("start"));
    }

    private void start(Rng key) {
        Parameters parameters = Parameters.of(this);
        double last = DEVIATION / Math.sqrt(2.0 * config.layers());
        for (String name : parameters.names()) {
            Parameter parameter = parameters.get(name);
            int[] shape = parameter.shape().dims();
            if (name.endsWith("bias")) {
                parameter.set(Tensor.zeros(parameter.dtype(), shape));
            } else if (name.endsWith("out_proj.weight") || name.endsWith("linear2.weight")) {
                parameter.set(Tensor.normal(key.child(name), 0, last, parameter.dtype(), shape));
            } else if (name.endsWith("weight") && shape.length == 2) {
                parameter.set(Tensor.normal(key.child(name), 0, DEVIATION, parameter.dtype(), shape));
            }
        }
    }

    /// @param tokens `I32` `[B, N]`, N at most `context`
    /// @return logits `[B, N, vocabulary]`
    /// @throws ShapeError if `tokens` is not such a matrix
    public Tensor forward(Tensor tokens, Pass pass) {
        Tensor h = dropout.forward(embedded(tokens, 0), pass);
        try (var _ = pass.scope("encoder")) {
            h = encoder.forward(h, AttentionMask.causal(), pass);
        }
        return logits(h);
    }

    private Tensor embedded(Tensor tokens, int from) {
        if (tokens.rank() != 2 || from + tokens.dim(1) > config.context()) {
            throw new ShapeError(
                    "Gpt needs tokens [B, N] with N ≤ " + (config.context() - from) + ", got " + tokens.shape());
        }
        return positions.forward(embedding.forward(tokens), from);
    }

    private Tensor logits(Tensor h) {
        return head == null ? h.linear(embedding.weight().value(), null) : head.forward(h);
    }

    /// An empty memory for sequences of at most `context` tokens.
    ///
    /// @throws UnsupportedOperationException if the attention has none
    public Memory memory() {
        return new Memory(encoder.memory(config.context()));
    }

    /// The sequences so far. Confined to a thread.
    public final class Memory {
        private final Attention.Memory layers;
        private int length;

        private Memory(Attention.Memory layers) {
            this.layers = layers;
        }

        /// How many tokens each sequence has.
        public int length() {
            return length;
        }

        /// Appends tokens and gives their logits, those that [Gpt#forward] gives for the whole sequences.
        ///
        /// @param tokens `I32` `[B, n]`, of the same B at each call
        /// @return `[B, n, vocabulary]`
        /// @throws ShapeError if the sequences become longer than `context`
        public Tensor append(Tensor tokens) {
            Tensor h = layers.attend(embedded(tokens, length));
            length += tokens.dim(1);
            return logits(h);
        }
    }

    /// Goes on with a sequence: `length` tokens more, each drawn from the distribution that the last `context` tokens
    /// at most give. See [#generate(int[], int, Sampling, Rng, IntConsumer)].
    public int[] generate(int[] prompt, int length, Sampling sampling, Rng key) {
        int[] drawn = new int[Math.max(0, length)];
        generate(prompt, length, sampling, key, new IntConsumer() {
            private int next;

            @Override
            public void accept(int token) {
                drawn[next++] = token;
            }
        });
        return drawn;
    }

    /// As [#generate(int[], int, Sampling, Rng)], each token handed over as soon as it is drawn.
    ///
    /// A token costs one pass of one token through the layers. When `context` tokens are in memory, it begins anew with
    /// the last half of them.
    ///
    /// @param key determines the draws
    /// @throws IllegalArgumentException if the prompt is empty or has a token that the vocabulary has not
    /// @throws UnsupportedOperationException if the attention has no memory
    public void generate(int[] prompt, int length, Sampling sampling, Rng key, IntConsumer listener) {
        require(prompt, length);
        int[] text = new int[prompt.length + length];
        System.arraycopy(prompt, 0, text, 0, prompt.length);
        Memory memory = memory();
        int seen = Math.max(0, prompt.length - config.context());
        for (int i = prompt.length; i < text.length; i++) {
            if (memory.length() == config.context()) {
                memory = memory();
                seen = i - Math.max(1, config.context() / 2);
            }
            Tensor logits = memory.append(Tensor.wrap(text, seen, Shape.of(1, i - seen)));
            text[i] = sampling.draw(logits.select(1, i - seen - 1).toDoubles(), key, i);
            seen = i;
            listener.accept(text[i]);
        }
    }

    private void require(int[] prompt, int length) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException("a prompt needs at least one token");
        }
        if (length < 0) {
            throw new IllegalArgumentException("the number of tokens must be ≥ 0, got " + length);
        }
        for (int i = 0; i < prompt.length; i++) {
            if (prompt[i] < 0 || prompt[i] >= config.vocabulary()) {
                throw new IllegalArgumentException("token " + i + " of the prompt is " + prompt[i]
                        + ", the vocabulary has 0 … " + (config.vocabulary() - 1));
            }
        }
    }

    public Config config() {
        return config;
    }

    public Encoder encoder() {
        return encoder;
    }

    @Override
    public void describe(Parts parts) {
        parts.module("embedding", embedding);
        parts.module("positions", positions);
        parts.module("encoder", encoder);
        if (head != null) {
            parts.module("head", head);
        }
    }
}
