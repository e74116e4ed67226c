package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;

/// Linear layers with an activation and dropout after each but the last, which has dropout alone: `[…, in]` to
/// `[…, last width]`. Layers are numbered as in torchvision's `MLP`: `0.weight`, `3.weight`, ….
///
/// ```
/// Layer net = Mlp.of(4, List.of(64, 64, 3), Activation.RELU, 0.1, DType.F32, Rng.of(0));
/// ```
public final class Mlp {
    private Mlp() {}

    /// @param widths of the layers' results
    public static Sequential of(
            int in, List<Integer> widths, Activation activation, double dropout, DType dtype, Rng key) {
        if (widths.isEmpty()) {
            throw new IllegalArgumentException("an MLP needs at least one layer");
        }
        List<Layer> layers = new ArrayList<>();
        int width = in;
        for (int i = 0; i < widths.size(); i++) {
            layers.add(new Linear(width, widths.get(i), dtype, key.child(i)));
            if (i < widths.size() - 1) {
                layers.add(activation);
            }
            layers.add(new Dropout(dropout));
            width = widths.get(i);
        }
        return new Sequential(layers);
    }
}
