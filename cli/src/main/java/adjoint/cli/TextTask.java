package adjoint.cli;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.cli.config.Config;
import adjoint.data.TokenBatch;
import adjoint.linalg.Rng;
import adjoint.nn.Gpt;
import adjoint.nn.Pass;

/// The next character at every place of a text.
record TextTask(Gpt model) implements Task<TokenBatch> {
    /// The model with its initial weights.
    static TextTask of(Config.Model model, Config.Tokens input, int vocabulary, long seed) {
        Gpt.Head head = switch (input.head()) {
            case TIED -> Gpt.Head.TIED;
            case UNTIED -> Gpt.Head.UNTIED;
        };
        Gpt.Config shape = new Gpt.Config(vocabulary, input.context(), model.layers(), head, Recipe.encoder(model));
        return new TextTask(new Gpt(
                shape, Recipe.attention(model, input.context(), 1), Rng.of(seed).child("weights")));
    }

    @Override
    public int size(TokenBatch batch) {
        return batch.size();
    }

    @Override
    public Tensor logits(TokenBatch batch, int from, int to, Pass pass) {
        int length = batch.length();
        Tensor tokens = Tensor.wrap(batch.inputs(), from * length, Shape.of(to - from, length));
        return model.forward(tokens, pass)
                .reshape((to - from) * length, model.config().vocabulary());
    }

    @Override
    public Tensor labels(TokenBatch batch, int from, int to) {
        return Tensor.wrap(batch.targets(), from * batch.length(), Shape.of((to - from) * batch.length()));
    }
}
