package adjoint.nn.optim;

/// How a gradient is kept from becoming too large.
public sealed interface Clipping {
    /// Not at all.
    static Clipping none() {
        return new Norm(Double.POSITIVE_INFINITY);
    }

    /// By its norm over all parameters: a longer one is scaled down to `largest`, as by PyTorch's `clip_grad_norm_`.
    record Norm(double largest) implements Clipping {
        /// PyTorch's, in `clip_grad_norm_`.
        private static final double EPSILON = 1e-6;

        public Norm {
            require(largest > 0, "the clipping norm must be > 0 (infinity: no clipping)", largest);
        }

        @Override
        public double scale(double norm) {
            return Math.min(1, largest / (norm + EPSILON));
        }
    }

    /// Element by element: to within ±`largest`.
    record Value(double largest) implements Clipping {
        public Value {
            require(largest > 0, "the largest element of a gradient must be > 0", largest);
        }

        @Override
        public double limit() {
            return largest;
        }
    }

    /// Adaptive clipping (Brock et al., *High-performance large-scale image recognition without normalization*, 2021):
    /// each row w of a matrix, and each vector, has a gradient no longer than `ratio`·max(‖w‖, `epsilon`).
    record Adaptive(double ratio, double epsilon) implements Clipping {
        public Adaptive {
            require(ratio > 0 && ratio < Double.POSITIVE_INFINITY, "the clipping ratio must be > 0", ratio);
            require(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY, "the clipping epsilon must be > 0", epsilon);
        }

        /// With epsilon 10⁻³.
        public Adaptive(double ratio) {
            this(ratio, 1e-3);
        }
    }

    /// What a gradient of the given norm is multiplied with.
    default double scale(double norm) {
        return 1;
    }

    /// The largest size of an element.
    default double limit() {
        return Double.POSITIVE_INFINITY;
    }

    private static void require(boolean holds, String what, double value) {
        if (!holds) {
            throw new IllegalArgumentException(what + ", got " + value);
        }
    }
}
