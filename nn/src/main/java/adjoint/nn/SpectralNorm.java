package adjoint.nn;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// [Parametrization#spectralNorm].
final class SpectralNorm implements Parametrization {
    private static final double EPSILON = 1e-12;
    private static final int FIRST = 15;

    private final Parameter original;
    private final int iterations;
    private final Buffer left;
    private final Buffer right;

    /// Singular vectors, as far as they are known.
    private record Pair(Tensor u, Tensor v) {}

    SpectralNorm(Parameter original, int iterations, Rng key) {
        this.original = original;
        this.iterations = iterations;
        Tensor matrix = matrix();
        Tensor v = Tensor.normal(key, 0, 1, original.dtype(), matrix.dim(1)).normalize(EPSILON);
        Pair start = iterate(matrix, v, FIRST);
        this.left = Buffer.of(start.u);
        this.right = Buffer.of(start.v);
    }

    @Override
    public Tensor value(Pass pass) {
        Tensor matrix = matrix();
        Pair pair = new Pair(left.value(), right.value());
        if (pass.training()) {
            pair = iterate(matrix.detach(), pair.v, iterations);
            pass.update(left, pair.u, (_, now) -> now);
            pass.update(right, pair.v, (_, now) -> now);
        }
        Tensor sigma = pair.u.dot(matrix.matmul(pair.v));
        return original.value().div(sigma);
    }

    private Tensor matrix() {
        return original.value().reshape(original.shape().dim(0), -1);
    }

    private static Pair iterate(Tensor matrix, Tensor start, int times) {
        Tensor u = null;
        Tensor v = start;
        for (int i = 0; i < times; i++) {
            u = matrix.matmul(v).normalize(EPSILON);
            v = matrix.transpose(0, 1).matmul(u).normalize(EPSILON);
        }
        return new Pair(u, v);
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("original", original);
        parts.module("0", vectors -> {
            vectors.buffer("_u", left);
            vectors.buffer("_v", right);
        });
    }
}
