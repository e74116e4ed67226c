package adjoint.bench.peers;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.autodiff.EncoderPass;
import adjoint.bench.autodiff.ImagePass;
import adjoint.bench.autodiff.MlpStep;
import adjoint.bench.autodiff.OperationChain;
import adjoint.bench.autodiff.RowPass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// libtorch's autograd, called from Java: each call of an operation crosses into C++.
public final class TorchAutodiff implements Contender {
    private final String version = new LibTorch().version();

    @Override
    public String version() {
        return version;
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return switch (operation) {
            case OperationChain of -> Optional.of(chain(of));
            case RowPass of -> Optional.of(rows(of));
            case ImagePass of -> Optional.of(images(of));
            case MlpStep of -> Optional.of(new MlpTask(of));
            case EncoderPass of ->
                switch (of.aspect()) {
                    case GRADIENT -> Optional.of(new TorchEncoder(of).gradient());
                    case MEMORY -> Optional.of(memory(of));
                    case HVP -> Optional.empty();
                };
            default -> Optional.empty();
        };
    }

    private static Task memory(EncoderPass of) {
        EncoderPass least = new EncoderPass(of.aspect(), 1, 2, 32, 1, 32, 1, of.dropout());
        return new TorchMemory(() -> new TorchEncoder(least).training(), () -> new TorchEncoder(of).training());
    }

    private static Task chain(OperationChain of) {
        Tensor x = LibTorch.tensor(of.x(), of.n()).set_requires_grad(true);
        Tensor y = LibTorch.tensor(of.y(), of.n());
        boolean adds = of.kind() == OperationChain.Kind.ADD;
        return new GradientTask(List.of(x), null, () -> {
            Tensor h = x;
            for (int i = 0; i < of.count(); i++) {
                h = adds ? h.add(y) : h.mul(y);
            }
            return h.sum();
        });
    }

    private static Task rows(RowPass of) {
        long[] row = {of.columns()};
        Tensor x = LibTorch.tensor(of.x(), of.rows(), of.columns()).set_requires_grad(true);
        Tensor seed = LibTorch.tensor(of.weight(), of.rows(), of.columns());
        float[] ones = new float[of.columns()];
        Arrays.fill(ones, 1);
        Tensor gamma = LibTorch.tensor(ones, of.columns()).set_requires_grad(true);
        Tensor beta = LibTorch.tensor(new float[of.columns()], of.columns()).set_requires_grad(true);
        TensorOptional weight = new TensorOptional(gamma);
        TensorOptional bias = new TensorOptional(beta);
        boolean norm = of.function() == RowPass.Function.LAYER_NORM;
        return new GradientTask(
                norm ? List.of(x, gamma, beta) : List.of(x),
                seed,
                switch (of.function()) {
                    case GELU -> () -> torch.gelu(x);
                    case TANH -> x::tanh;
                    case SOFTMAX -> () -> torch.softmax(x, -1);
                    case LAYER_NORM -> () -> torch.layer_norm(x, row, weight, bias, 1e-5, false);
                });
    }

    private static Task images(ImagePass of) {
        long[] one = {1, 1};
        Tensor x = LibTorch.tensor(of.x(), of.batch(), of.channels(), of.length(), of.length())
                .set_requires_grad(true);
        Tensor windows =
                LibTorch.tensor(of.windows(), of.filters(), of.channels(), 3, 3).set_requires_grad(true);
        TensorOptional none = new TensorOptional();
        return new GradientTask(
                List.of(x, windows),
                LibTorch.tensor(of.weight(), of.batch(), of.filters(), of.length(), of.length()),
                () -> torch.conv2d(x, windows, none, one, one, one, 1));
    }

    /// The gradients of a result by variables; that by the first is the result.
    private static final class GradientTask implements Task {
        private final TensorVector variables;
        private final TensorVector seeds;
        private final Supplier<Tensor> f;
        private TensorVector gradients;

        GradientTask(List<Tensor> variables, Tensor seed, Supplier<Tensor> f) {
            this.variables = new TensorVector(variables.toArray(Tensor[]::new));
            this.seeds = seed == null ? new TensorVector() : new TensorVector(seed);
            this.f = f;
        }

        @Override
        public void call() {
            if (gradients != null) {
                gradients.releaseReference();
            }
            try (PointerScope _ = new PointerScope()) {
                TensorVector results = new TensorVector(f.get());
                gradients = torch.grad(results, variables, seeds, new BoolOptional(), false, false);
                gradients.retainReference();
            }
        }

        @Override
        public Object result() {
            return LibTorch.floats(gradients.get(0));
        }
    }

    private static final class MlpTask implements Task {
        private final Tensor x;
        private final Tensor labels;
        private final Tensor[] weights;
        private final Tensor[] biases;
        private final Adam optimizer;
        private float[] loss;

        MlpTask(MlpStep of) {
            x = LibTorch.tensor(of.x(), MlpStep.BATCH, MlpStep.IN);
            labels = Tensor.create(Arrays.stream(of.labels()).asLongStream().toArray());
            weights = new Tensor[] {
                LibTorch.tensor(of.weight(1, MlpStep.HIDDEN, MlpStep.IN), MlpStep.HIDDEN, MlpStep.IN),
                LibTorch.tensor(of.weight(2, MlpStep.OUT, MlpStep.HIDDEN), MlpStep.OUT, MlpStep.HIDDEN)
            };
            biases = new Tensor[] {
                LibTorch.tensor(new float[MlpStep.HIDDEN], MlpStep.HIDDEN),
                LibTorch.tensor(new float[MlpStep.OUT], MlpStep.OUT)
            };
            List<Tensor> parameters = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                parameters.add(weights[i].set_requires_grad(true));
                parameters.add(biases[i].set_requires_grad(true));
            }
            optimizer = new Adam(new TensorVector(parameters.toArray(Tensor[]::new)), new AdamOptions(MlpStep.RATE));
        }

        @Override
        public void call() {
            try (PointerScope _ = new PointerScope()) {
                Tensor h = torch.relu(torch.linear(x, weights[0], new TensorOptional(biases[0])));
                Tensor y = torch.linear(h, weights[1], new TensorOptional(biases[1]));
                Tensor value = torch.cross_entropy_loss(y, labels);
                optimizer.zero_grad();
                value.backward();
                optimizer.step();
                if (loss == null) {
                    loss = new float[] {value.item_float()};
                }
            }
        }

        @Override
        public Object result() {
            return loss;
        }
    }
}
