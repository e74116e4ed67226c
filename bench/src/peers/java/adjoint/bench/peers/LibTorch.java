package adjoint.bench.peers;

import static org.bytedeco.pytorch.global.torch.amax_out;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.dropout;
import static org.bytedeco.pytorch.global.torch.exp_out;
import static org.bytedeco.pytorch.global.torch.gelu_backward_out;
import static org.bytedeco.pytorch.global.torch.gelu_out;
import static org.bytedeco.pytorch.global.torch.grad;
import static org.bytedeco.pytorch.global.torch.index_select_out;
import static org.bytedeco.pytorch.global.torch.log_softmax_out;
import static org.bytedeco.pytorch.global.torch.native_layer_norm_backward;
import static org.bytedeco.pytorch.global.torch.native_layer_norm_out;
import static org.bytedeco.pytorch.global.torch.rms_norm;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.sigmoid_out;
import static org.bytedeco.pytorch.global.torch.softmax_out;
import static org.bytedeco.pytorch.global.torch.sum_out;
import static org.bytedeco.pytorch.global.torch.tanh_out;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.linalg.Attention;
import adjoint.bench.linalg.Draws;
import adjoint.bench.linalg.RowWise;
import adjoint.linalg.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// libtorch, called as its own language bindings call it. Where it can write into memory that is there, it does. Its
/// threads are those that the environment of the process says (`OMP_NUM_THREADS`, `OPENBLAS_NUM_THREADS`).
public final class LibTorch implements Contender {
    private static final Pattern CAPABILITY = Pattern.compile("CPU capability usage: (\\w+)");

    private final String version;

    public LibTorch() {
        String threads = System.getenv("OMP_NUM_THREADS");
        if (threads != null) {
            torch.set_num_threads(Integer.parseInt(threads));
        }
        Matcher capability = CAPABILITY.matcher(torch.show_config().getString());
        version = Versions.of(torch.class) + ", " + (capability.find() ? capability.group(1) : "plain") + " kernels";
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return switch (operation) {
            case RowWise of when of.precision() == Precision.F32 -> rowWise(of);
            case Draws of -> Optional.of(draws(of));
            case Attention of -> Optional.of(new AttentionTask(of));
            default -> Optional.empty();
        };
    }

    static Tensor tensor(Object array, long... shape) {
        try (AutoGradMode _ = new AutoGradMode(false)) {
            return switch (array) {
                case float[] a -> Tensor.create(a).reshape(shape);
                case double[] a -> Tensor.create(a).reshape(shape);
                default -> throw new IllegalArgumentException("no array of numbers: " + array);
            };
        }
    }

    static float[] floats(Tensor tensor) {
        float[] values = new float[(int) tensor.numel()];
        new FloatPointer(tensor.contiguous().data_ptr()).get(values);
        return values;
    }

    private static double[] doubles(Tensor tensor) {
        double[] values = new double[(int) tensor.numel()];
        new DoublePointer(tensor.contiguous().data_ptr()).get(values);
        return values;
    }

    /// A task that leaves its result in a tensor that is always the same.
    private record TensorTask(Tensor out, Runnable body) implements Task {
        @Override
        public void call() {
            body.run();
        }

        @Override
        public Object result() {
            return out.element_size() == Float.BYTES ? floats(out) : doubles(out);
        }
    }

    private static Optional<Task> rowWise(RowWise of) {
        long[] row = {of.columns()};
        Tensor x = tensor(of.input(0), of.rows(), of.columns());
        Tensor out = tensor(of.input(0), of.rows(), of.columns());
        Tensor gamma = tensor(of.input(1), of.rows(), of.columns()).select(0, 0).contiguous();
        Tensor beta = tensor(of.input(2), of.rows(), of.columns()).select(0, 0).contiguous();
        return switch (of.function()) {
            case EXP -> Optional.of(new TensorTask(out, () -> exp_out(out, x)));
            case GELU -> Optional.of(new TensorTask(out, () -> gelu_out(out, x)));
            case GELU_BACKWARD -> {
                Tensor dy = tensor(of.input(1), of.rows(), of.columns());
                yield Optional.of(new TensorTask(out, () -> gelu_backward_out(out, dy, x)));
            }
            case SOFTMAX -> Optional.of(new TensorTask(out, () -> softmax_out(out, x, 1)));
            case LAYER_NORM -> {
                Tensor mean = x.select(1, 0).contiguous();
                Tensor rstd = x.select(1, 0).contiguous();
                TensorOptional weight = new TensorOptional(gamma);
                TensorOptional bias = new TensorOptional(beta);
                yield Optional.of(new TensorTask(
                        out,
                        () -> native_layer_norm_out(out, mean, rstd, x, row, weight, bias, 1e-5)
                                .close()));
            }
            case LAYER_NORM_BACKWARD -> Optional.of(new LayerNormBackward(of, x, gamma, beta));
            case CROSS_ENTROPY -> {
                Tensor labels =
                        Tensor.create(Arrays.stream(of.labels()).asLongStream().toArray());
                yield Optional.of(new Fresh(() -> cross_entropy_loss(x, labels)));
            }
            case DROPOUT -> Optional.of(new Fresh(() -> dropout(x, 0.1, true)));
            case MASKED_BIAS_GELU -> Optional.empty();
            case TANH -> Optional.of(new TensorTask(out, () -> tanh_out(out, x)));
            case SIGMOID -> Optional.of(new TensorTask(out, () -> sigmoid_out(out, x)));
            case LOG_SOFTMAX -> Optional.of(new TensorTask(out, () -> log_softmax_out(out, x, 1)));
            case RMS_NORM -> {
                TensorOptional weight = new TensorOptional(gamma);
                DoubleOptional epsilon = new DoubleOptional(1e-5);
                yield Optional.of(new Fresh(() -> rms_norm(x, row, weight, epsilon)));
            }
            case SUM -> {
                Tensor sum = tensor(new float[1]).reshape();
                yield Optional.of(new TensorTask(sum, () -> sum_out(sum, x)));
            }
            case COLUMN_SUM -> {
                long[] axis = {0};
                yield Optional.of(new TensorTask(gamma, () -> sum_out(gamma, x, axis)));
            }
            case ROW_MAX -> {
                long[] axis = {1};
                Tensor maxima = x.select(1, 0).contiguous();
                yield Optional.of(new TensorTask(maxima, () -> amax_out(maxima, x, axis, false)));
            }
            case TRANSPOSE -> {
                Tensor transposed = tensor(of.input(0), of.columns(), of.rows());
                Tensor view = x.t();
                yield Optional.of(new TensorTask(transposed, () -> transposed.copy_(view)));
            }
            case GATHER -> {
                Tensor index =
                        Tensor.create(Arrays.stream(of.picks()).asLongStream().toArray());
                yield Optional.of(new TensorTask(out, () -> index_select_out(out, x, 0, index)));
            }
            case ADAM_W -> {
                x.mutable_grad().put(tensor(of.input(1), of.rows(), of.columns()));
                FusedAdamW adam = new FusedAdamW(List.of(x), RowWise.RATE);
                yield Optional.of(new TensorTask(x, adam::step));
            }
        };
    }

    private static Task draws(Draws of) {
        Tensor out = tensor(of.precision().allocate(of.n()), of.n());
        GeneratorOptional generator = new GeneratorOptional();
        return new TensorTask(
                out,
                switch (of.distribution()) {
                    case UNIFORM -> () -> out.uniform_(0, 1, generator);
                    case NORMAL -> () -> out.normal_(0, 1, generator);
                });
    }

    private static final class LayerNormBackward implements Task {
        private final long[] row;
        private final Tensor x;
        private final Tensor dy;
        private final Tensor mean;
        private final Tensor rstd;
        private final TensorOptional weight;
        private final TensorOptional bias;
        private final BoolPointer all =
                new BoolPointer(3).put(0, true).put(1, true).put(2, true);
        private T_TensorTensorTensor_T gradients;

        LayerNormBackward(RowWise of, Tensor x, Tensor gamma, Tensor beta) {
            this.row = new long[] {of.columns()};
            this.x = x;
            this.dy = tensor(of.input(3), of.rows(), of.columns());
            this.weight = new TensorOptional(gamma);
            this.bias = new TensorOptional(beta);
            T_TensorTensorTensor_T forward = torch.native_layer_norm(x, row, weight, bias, 1e-5);
            this.mean = forward.get1();
            this.rstd = forward.get2();
        }

        @Override
        public void call() {
            if (gradients != null) {
                gradients.close();
            }
            gradients = native_layer_norm_backward(dy, x, row, mean, rstd, weight, bias, all);
        }

        @Override
        public Object result() {
            return floats(gradients.get0());
        }
    }

    /// A task that makes a new tensor each time.
    private static final class Fresh implements Task {
        private final Supplier<Tensor> body;
        private Tensor result;

        Fresh(Supplier<Tensor> body) {
            this.body = body;
        }

        @Override
        public void call() {
            if (result != null) {
                result.close();
            }
            result = body.get();
        }

        @Override
        public Object result() {
            return floats(result);
        }
    }

    /// `scaled_dot_product_attention` and its gradients by way of autograd.
    private static final class AttentionTask implements Task {
        private final Attention of;
        private final Tensor[] inputs = new Tensor[3];
        private final TensorVector variables;
        private final TensorVector outputGradient;
        private TensorVector gradients;

        AttentionTask(Attention of) {
            this.of = of;
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = input(i).set_requires_grad(true);
            }
            this.variables = new TensorVector(inputs);
            this.outputGradient = new TensorVector(input(3));
        }

        private Tensor input(int number) {
            return tensor(of.input(number), 1, of.heads(), of.length(), of.width());
        }

        @Override
        public void call() {
            if (gradients != null) {
                gradients.releaseReference();
            }
            try (PointerScope _ = new PointerScope()) {
                Tensor y = scaled_dot_product_attention(
                        inputs[0],
                        inputs[1],
                        inputs[2],
                        new TensorOptional(),
                        of.dropout(),
                        false,
                        new DoubleOptional(),
                        false);
                gradients = grad(new TensorVector(y), variables, outputGradient, new BoolOptional(), false, false);
                gradients.retainReference();
            }
        }

        @Override
        public Object result() {
            float[] all = new float[3 * of.size()];
            for (int i = 0; i < 3; i++) {
                System.arraycopy(floats(gradients.get(i)), 0, all, i * of.size(), of.size());
            }
            return all;
        }
    }
}
