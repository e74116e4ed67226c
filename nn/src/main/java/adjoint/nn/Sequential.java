package adjoint.nn;

import adjoint.autodiff.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/// Layers one after another. Parts are called `0`, `1`, …, as in PyTorch's `Sequential`.
///
/// ```
/// Layer net = Sequential.of(
///         new Linear(4, 16, DType.F32, key.child(0)), Activation.GELU, new Linear(16, 3, DType.F32, key.child(1)));
/// ```
public final class Sequential implements Layer {
    private final List<Layer> layers;
    private final List<String> names;

    public Sequential(List<? extends Layer> layers) {
        this.layers = List.copyOf(layers);
        this.names =
                IntStream.range(0, layers.size()).mapToObj(Integer::toString).toList();
    }

    public static Sequential of(Layer... layers) {
        return new Sequential(List.of(layers));
    }

    public List<Layer> layers() {
        return layers;
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Tensor y = x;
        for (int i = 0; i < layers.size(); i++) {
            try (var _ = pass.scope(names.get(i))) {
                y = layers.get(i).forward(y, pass);
            }
        }
        return y;
    }

    @Override
    public void describe(Parts parts) {
        for (int i = 0; i < layers.size(); i++) {
            parts.module(names.get(i), layers.get(i));
        }
    }
}
