package adjoint.autodiff;

/// Loss functions: what is minimised.
///
/// ```
/// Tensor loss = Loss.crossEntropy(logits, labels, Loss.Classes.EQUAL.smoothed(0.1), Reduction.MEAN);
/// ```
///
/// Each gives one loss per element or per row, or their sum or mean, as its [Reduction] says; definitions are
/// PyTorch's, but for the classes, which are the last axis. The mean of nothing is NaN.
///
/// All are differentiable to any order in both arguments, unless stated otherwise. Shapes must be equal, nothing
/// broadcasts: predictions `[n, 1]` against targets `[n]` are a mistake more often than an intention.
public final class Loss {
    private Loss() {}

    // ---- classes

    /// What is known of classes: how much each counts, which label is to be ignored, and how far the target is spread
    /// over all of them.
    ///
    /// @param weights one number per class, or null if all count the same
    /// @param ignored rows with this label have loss 0 and don't count in a mean
    /// @param smoothing ε in [0, 1]: the target is (1 − ε)·label + ε/classes
    public record Classes(double[] weights, int ignored, double smoothing) {
        /// All count the same; −100 is ignored.
        public static final Classes EQUAL = new Classes(null, -100, 0);

        /// @throws IllegalArgumentException if ε is outside [0, 1]
        public Classes {
            if (!(smoothing >= 0 && smoothing <= 1)) {
                throw new IllegalArgumentException("the label smoothing must be in [0, 1], got " + smoothing);
            }
            weights = weights == null ? null : weights.clone();
        }

        /// The same with weights, one per class.
        public Classes weighted(double... weights) {
            return new Classes(weights, ignored, smoothing);
        }

        /// The same with another label to be ignored.
        public Classes ignoring(int label) {
            return new Classes(weights, label, smoothing);
        }

        /// The same with smoothed labels.
        public Classes smoothed(double epsilon) {
            return new Classes(weights, ignored, epsilon);
        }

        void check(String op, int classes) {
            if (weights != null && weights.length != classes) {
                throw new ShapeError(
                        op + ": needs a weight for each of the " + classes + " classes, got " + weights.length);
            }
        }

        double weight(int k) {
            return weights == null ? 1 : weights[k];
        }

        /// Σ of the weights of all classes.
        double total(int classes) {
            double total = 0;
            for (int k = 0; k < classes; k++) {
                total += weight(k);
            }
            return total;
        }

        Object array(DType dtype, int classes) {
            Object array = dtype.allocate(classes);
            for (int k = 0; k < classes; k++) {
                Tensor.setElement(array, k, weight(k));
            }
            return array;
        }
    }

    /// [#crossEntropy(Tensor, Tensor, Classes, Reduction)] of equal classes.
    public static Tensor crossEntropy(Tensor logits, Tensor target, Reduction reduction) {
        return crossEntropy(logits, target, Classes.EQUAL, reduction);
    }

    /// −Σₖ wₖ·tₖ·log softmax(x)ₖ per row of logits `[…, classes]`.
    ///
    /// The target is `I32` labels `[…]`, or probabilities t of the logits' shape and dtype. The mean of labels is
    /// weighted, Σ loss/Σ w[label]; that of probabilities is over rows. The gradient goes to the logits, and to
    /// probabilities that are differentiated.
    ///
    /// @throws ShapeError if the shapes do not fit, or there is not one weight per class
    /// @throws IndexOutOfBoundsException if a label is no class, and not to be ignored
    public static Tensor crossEntropy(Tensor logits, Tensor target, Classes classes, Reduction reduction) {
        if (!target.dtype().isFloating()) {
            if (target.storage.level != null) {
                return Vmap.each(logits, target, (x, one) -> crossEntropy(x, one, classes, reduction));
            }
            Losses.Labels labels = Losses.Labels.of("crossEntropy", logits, target, classes);
            Tensor losses = Engine.run(Losses.CROSS_ENTROPY, labels, logits);
            return reduction == Reduction.MEAN ? losses.sum().div(labels.total()) : reduced(losses, reduction);
        }
        requireSame("crossEntropy", logits, target);
        int n = logits.dim(-1);
        classes.check("crossEntropy", n);
        double spread = classes.smoothing;
        Tensor t = spread == 0 ? target : target.mul(1 - spread).add(spread / n);
        if (classes.weights != null) {
            t = t.mul(Tensor.wrap(classes.array(t.dtype(), n), 0, Shape.of(n)));
        }
        return reduced(logits.logSoftmax(-1).mul(t).sum(-1).neg(), reduction);
    }

    /// −w[label]·x[label] per row of log-probabilities x `[…, classes]`, with `I32` labels `[…]`; the mean is weighted
    /// as in [#crossEntropy(Tensor, Tensor, Classes, Reduction)]. Labels are not smoothed here.
    ///
    /// @throws ShapeError as [#crossEntropy(Tensor, Tensor, Classes, Reduction)]
    /// @throws IllegalArgumentException if the labels are to be smoothed
    public static Tensor nll(Tensor logProbabilities, Tensor target, Classes classes, Reduction reduction) {
        if (classes.smoothing != 0) {
            throw new IllegalArgumentException(
                    "nll: labels are not smoothed, got " + classes.smoothing + "; use crossEntropy of logits");
        }
        if (target.storage.level != null) {
            return Vmap.each(logProbabilities, target, (x, one) -> nll(x, one, classes, reduction));
        }
        Losses.Labels labels = Losses.Labels.of("nll", logProbabilities, target, classes);
        int rows = labels.shape().size();
        int[] positions = new int[rows];
        Tensor weights = Tensor.zeros(logProbabilities.dtype(), labels.shape());
        for (int r = 0; r < rows; r++) {
            positions[r] = labels.isIgnored(r) ? r * labels.classes() : labels.position(r);
            Tensor.setElement(weights.array(), r, labels.weight(r));
        }
        Tensor own = logProbabilities.reshape(-1).take(positions, 0).reshape(labels.shape());
        Tensor losses = own.where(weights, 0).mul(weights).neg();
        return reduction == Reduction.MEAN ? losses.sum().div(labels.total()) : reduced(losses, reduction);
    }

    /// (1 − p)^γ·−w·log p per row of logits `[…, classes]`, p being the softmax of the row's label, `I32` `[…]`: rows
    /// that are classified well count less. The mean is weighted as in
    /// [#crossEntropy(Tensor, Tensor, Classes, Reduction)], which this is for γ = 0. T.-Y. Lin, P. Goyal, R. Girshick,
    /// K. He, P. Dollár, *Focal loss for dense object detection*, 2017.
    ///
    /// @param gamma 0, or at least 1, which keeps the gradient finite where p is 1 (the second derivative: at least 2)
    /// @throws ShapeError as [#crossEntropy(Tensor, Tensor, Classes, Reduction)]
    /// @throws IllegalArgumentException if γ is another number, or the labels are to be smoothed
    public static Tensor focal(Tensor logits, Tensor target, double gamma, Classes classes, Reduction reduction) {
        requireFocus("focal", gamma);
        if (classes.smoothing != 0) {
            throw new IllegalArgumentException("focal: labels are not smoothed, got " + classes.smoothing);
        }
        if (gamma == 0) {
            return crossEntropy(logits, target, classes, reduction);
        }
        if (target.storage.level != null) {
            return Vmap.each(logits, target, (x, one) -> focal(x, one, gamma, classes, reduction));
        }
        Tensor losses = crossEntropy(logits, target, classes, Reduction.NONE);
        Tensor plain = classes.weights == null
                ? losses
                : crossEntropy(logits, target, Classes.EQUAL.ignoring(classes.ignored), Reduction.NONE);
        Tensor focused = plain.neg().expm1().neg().pow(gamma).mul(losses);
        return reduction == Reduction.MEAN
                ? focused.sum()
                        .div(Losses.Labels.of("focal", logits, target, classes).total())
                : reduced(focused, reduction);
    }

    /// [#focal] of two classes, per element: (1 − p)^γ times [#binaryCrossEntropyWithLogits], p being σ(x) for the
    /// share t and 1 − σ(x) for the rest, and times α for the share t, 1 − α for the rest.
    ///
    /// @param alpha in [0, 1]; ½ halves all
    /// @param gamma 0, or at least 1
    /// @throws IllegalArgumentException if one is another number
    public static Tensor focalWithLogits(Tensor x, Tensor target, double alpha, double gamma, Reduction reduction) {
        requireFocus("focalWithLogits", gamma);
        if (!(alpha >= 0 && alpha <= 1)) {
            throw new IllegalArgumentException("focalWithLogits: alpha must be in [0, 1], got " + alpha);
        }
        Tensor losses = binaryCrossEntropyWithLogits(x, target, Reduction.NONE);
        Tensor rest = target.neg().add(1);
        Tensor shares = target.mul(2 * alpha - 1).add(1 - alpha);
        Tensor mistaken = x.sigmoid().mul(rest).add(x.neg().sigmoid().mul(target));
        Tensor weights = gamma == 0 ? shares : mistaken.pow(gamma).mul(shares);
        return reduced(losses.mul(weights), reduction);
    }

    private static void requireFocus(String op, double gamma) {
        if (!(gamma == 0 || gamma >= 1 && gamma < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(op + ": gamma must be 0 or at least 1, got " + gamma);
        }
    }

    /// −t·log p − (1 − t)·log(1 − p) per element, with logarithms of at least −100, so that a certain mistake costs
    /// 100.
    /// NaN where p is outside [0, 1].
    public static Tensor binaryCrossEntropy(Tensor p, Tensor target, Reduction reduction) {
        return pairs(Losses.BINARY_CROSS_ENTROPY, p, target, reduction);
    }

    /// −t·log σ(x) − (1 − t)·log(1 − σ(x)) per element, without overflow or cancellation for any x.
    public static Tensor binaryCrossEntropyWithLogits(Tensor x, Tensor target, Reduction reduction) {
        return pairs(Losses.LOGISTIC, x, target, reduction);
    }

    /// t·(log t − x) per element: of log-probabilities x and probabilities t, where t = 0 counts 0. The divergence of
    /// distributions is the sum over their axis, so the mean over a batch is the SUM divided by its length.
    public static Tensor klDivergence(Tensor logProbabilities, Tensor target, Reduction reduction) {
        return pairs(Losses.KL_DIVERGENCE, logProbabilities, target, reduction);
    }

    // ---- numbers

    /// (x − t)² per element.
    public static Tensor mse(Tensor x, Tensor target, Reduction reduction) {
        requireSame("mse", x, target);
        return reduced(x.sub(target).square(), reduction);
    }

    /// |x − t| per element; the gradient at 0 is 0.
    public static Tensor l1(Tensor x, Tensor target, Reduction reduction) {
        requireSame("l1", x, target);
        return reduced(x.sub(target).abs(), reduction);
    }

    /// (x − t)²/2 per element where |x − t| ≤ δ, else δ·(|x − t| − δ/2).
    ///
    /// @throws IllegalArgumentException if δ is not positive
    public static Tensor huber(Tensor x, Tensor target, double delta, Reduction reduction) {
        if (!(delta > 0)) {
            throw new IllegalArgumentException("huber: delta must be > 0, got " + delta);
        }
        requireSame("huber", x, target);
        return reduced(huber(x.sub(target), delta), reduction);
    }

    /// [#huber] divided by β; [#l1] where β = 0.
    ///
    /// @throws IllegalArgumentException if β is negative
    public static Tensor smoothL1(Tensor x, Tensor target, double beta, Reduction reduction) {
        if (!(beta >= 0)) {
            throw new IllegalArgumentException("smoothL1: beta must be ≥ 0, got " + beta);
        }
        if (beta == 0) {
            return l1(x, target, reduction);
        }
        requireSame("smoothL1", x, target);
        return reduced(huber(x.sub(target), beta).div(beta), reduction);
    }

    /// With c = min(|d|, δ): c·(|d| − c/2).
    private static Tensor huber(Tensor d, double delta) {
        Tensor size = d.abs();
        Tensor inner = size.minimum(delta);
        return inner.mul(size.sub(inner.mul(0.5)));
    }

    /// max(0, margin − t·x) per element, for targets t of 1 and −1.
    public static Tensor hinge(Tensor x, Tensor target, double margin, Reduction reduction) {
        requireSame("hinge", x, target);
        return reduced(x.mul(target).neg().add(margin).relu(), reduction);
    }

    /// ½·(ln v + (x − t)²/v) per element: of a normal distribution with mean x and variance v, without the constant. A
    /// variance below `eps` counts as that.
    public static Tensor gaussianNll(Tensor x, Tensor target, Tensor variance, double eps, Reduction reduction) {
        requireSame("gaussianNll", x, target);
        requireSame("gaussianNll", x, variance);
        Tensor v = variance.maximum(eps);
        return reduced(x.sub(target).square().div(v).add(v.log()).mul(0.5), reduction);
    }

    /// eˣ − t·x per element: of a Poisson distribution with the logarithm x of its mean, without the constant.
    public static Tensor poissonNll(Tensor x, Tensor target, Reduction reduction) {
        requireSame("poissonNll", x, target);
        return reduced(x.exp().sub(target.mul(x)), reduction);
    }

    /// max(q·(t − x), (q − 1)·(t − x)) per element: least where x is the q-th quantile of the targets (R. Koenker, G.
    /// Bassett, *Regression quantiles*, 1978).
    ///
    /// @throws IllegalArgumentException if q is not between 0 and 1
    public static Tensor quantile(Tensor x, Tensor target, double q, Reduction reduction) {
        if (!(q > 0 && q < 1)) {
            throw new IllegalArgumentException("quantile: q must be between 0 and 1, got " + q);
        }
        requireSame("quantile", x, target);
        Tensor above = target.sub(x);
        return reduced(above.mul(q).maximum(above.mul(q - 1)), reduction);
    }

    /// max(0, ‖a − p‖ − ‖a − n‖ + margin) of rows a, p and n, `[…, n]`, with 10⁻⁶ added to the differences.
    public static Tensor triplet(Tensor a, Tensor p, Tensor n, double margin, Reduction reduction) {
        requireSame("triplet", a, p);
        requireSame("triplet", a, n);
        Tensor near = a.sub(p).add(1e-6).norm(2, -1);
        Tensor far = a.sub(n).add(1e-6).norm(2, -1);
        return reduced(near.sub(far).add(margin).relu(), reduction);
    }

    /// Of rows a and b, `[…, n]`: 1 − cos(a, b) where the target `[…]` is positive, else max(0, cos(a, b) − margin).
    /// Norms below 10⁻⁸ count as that. No gradient by the target.
    ///
    /// @throws ShapeError if a and b differ, or the target is not one number per row
    public static Tensor cosine(Tensor a, Tensor b, Tensor target, double margin, Reduction reduction) {
        requireSame("cosine", a, b);
        Tensor cosine = a.normalize(1e-8).mul(b.normalize(1e-8)).sum(-1);
        requireSame("cosine", cosine, target);
        Tensor same = target.detach().greater(0);
        return reduced(cosine.neg().add(1).where(same, cosine.sub(margin).relu()), reduction);
    }

    private static Tensor pairs(Formula.Binary loss, Tensor x, Tensor target, Reduction reduction) {
        requireSame(loss.name(), x, target);
        return reduced(Engine.run(loss, null, x, target), reduction);
    }

    private static void requireSame(String op, Tensor x, Tensor target) {
        if (!x.shape().equals(target.shape())) {
            throw new ShapeError(op + ": both must have the same shape, got " + x.shape() + " and " + target.shape());
        }
    }

    static Tensor reduced(Tensor losses, Reduction reduction) {
        return switch (reduction) {
            case NONE -> losses;
            case SUM -> losses.sum();
            case MEAN -> losses.mean();
        };
    }
}
