package adjoint.bench.autodiff;

import adjoint.bench.Unit;

/// A convolution of images with 3×3 windows and a padding of 1, and the gradients of Σ weight·y by images and windows;
/// the result is that by the images.
public record ImagePass(int batch, int channels, int filters, int length) implements Single {
    @Override
    public String kernel() {
        return "conv2d 3×3";
    }

    @Override
    public String shape() {
        return batch + "×" + channels + "→" + filters + "×" + length + "²";
    }

    @Override
    public Unit unit() {
        return Unit.GIGAFLOPS;
    }

    /// Three products: forward, and one per gradient.
    @Override
    public double work() {
        return 3 * 2.0 * batch * channels * filters * 9 * length * length;
    }

    /// The images, `[batch, channels, length, length]`.
    public float[] x() {
        return Single.normal(10, batch * channels * length * length);
    }

    /// The windows, `[filters, channels, 3, 3]`.
    public float[] windows() {
        return Single.normal(11, filters * channels * 9);
    }

    /// The gradient of the result.
    public float[] weight() {
        return Single.normal(12, batch * filters * length * length);
    }
}
