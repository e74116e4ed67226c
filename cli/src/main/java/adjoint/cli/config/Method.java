package adjoint.cli.config;

/// The optimiser's rule, chosen by the key `optimiser.kind`; keys and defaults are those of `adjoint.nn.optim`.
public sealed interface Method {
    double lr();

    record Adam(
            double lr,
            @Default("0.9") double beta1,
            @Default("0.999") double beta2,
            @Default("1e-8") double eps,
            @Default("0") double weightDecay)
            implements Method {
        public Adam {
            check(lr, beta1, beta2, eps, weightDecay);
        }
    }

    record Adamw(
            double lr,
            @Default("0.9") double beta1,
            @Default("0.999") double beta2,
            @Default("1e-8") double eps,
            @Default("0.01") double weightDecay)
            implements Method {
        public Adamw {
            check(lr, beta1, beta2, eps, weightDecay);
        }
    }

    /// @param variant whose RAdam: PyTorch's, or that of the method's authors
    record RAdam(
            double lr,
            @Default("0.9") double beta1,
            @Default("0.999") double beta2,
            @Default("1e-8") double eps,
            @Default("0") double weightDecay,
            @Default("pytorch") Variant variant)
            implements Method {
        public enum Variant {
            PYTORCH,
            AUTHORS
        }

        public RAdam {
            check(lr, beta1, beta2, eps, weightDecay);
        }
    }

    record NAdam(
            double lr,
            @Default("0.9") double beta1,
            @Default("0.999") double beta2,
            @Default("1e-8") double eps,
            @Default("0") double weightDecay,
            @Default("0.004") double momentumDecay)
            implements Method {
        public NAdam {
            check(lr, beta1, beta2, eps, weightDecay);
            Refusal.notNegative("momentumDecay", momentumDecay);
        }
    }

    record Adamax(
            double lr,
            @Default("0.9") double beta1,
            @Default("0.999") double beta2,
            @Default("1e-8") double eps,
            @Default("0") double weightDecay)
            implements Method {
        public Adamax {
            check(lr, beta1, beta2, eps, weightDecay);
        }
    }

    record Adagrad(
            double lr,
            @Default("0") double lrDecay,
            @Default("0") double weightDecay,
            @Default("0") double initial,
            @Default("1e-10") double eps)
            implements Method {
        public Adagrad {
            check(lr, 0, 0, eps, weightDecay);
            Refusal.notNegative("lrDecay", lrDecay);
            Refusal.notNegative("initial", initial);
        }
    }

    record Rmsprop(
            double lr,
            @Default("0.99") double alpha,
            @Default("1e-8") double eps,
            @Default("0") double weightDecay,
            @Default("0") double momentum,
            @Default("false") boolean centred)
            implements Method {
        public Rmsprop {
            check(lr, 0, 0, eps, weightDecay);
            Refusal.fraction("alpha", alpha);
            Refusal.fraction("momentum", momentum);
        }
    }

    record Sgd(
            double lr,
            @Default("0") double momentum,
            @Default("0") double dampening,
            @Default("0") double weightDecay,
            @Default("false") boolean nesterov)
            implements Method {
        public Sgd {
            check(lr, 0, 0, 1, weightDecay);
            Refusal.fraction("momentum", momentum);
            Refusal.fraction("dampening", dampening);
            boolean allowed = !nesterov || momentum > 0 && dampening == 0;
            Refusal.unless(allowed, "nesterov", nesterov, "false without momentum or with dampening");
        }
    }

    record Lion(
            double lr,
            @Default("0.9") double beta1,
            @Default("0.99") double beta2,
            @Default("0") double weightDecay) implements Method {
        public Lion {
            check(lr, beta1, beta2, 1, weightDecay);
        }
    }

    record Lamb(
            double lr,
            @Default("0.9") double beta1,
            @Default("0.999") double beta2,
            @Default("1e-6") double eps,
            @Default("0.01") double weightDecay)
            implements Method {
        public Lamb {
            check(lr, beta1, beta2, eps, weightDecay);
        }
    }

    /// For matrices; what is none is moved by AdamW.
    ///
    /// @param restLr AdamW's rate
    record Muon(
            double lr,
            @Default("0.95") double momentum,
            @Default("true") boolean nesterov,
            @Default("0") double weightDecay,
            @Default("at-least-one") Scaling scaling,
            @Default("0.001") double restLr)
            implements Method {
        public Muon {
            check(lr, 0, 0, 1, weightDecay);
            Refusal.fraction("momentum", momentum);
            Refusal.positive("restLr", restLr);
        }
    }

    /// For matrices, with the oracle `ball`; what is none is moved by signs, as in the unit ball of the greatest
    /// element.
    record Scion(
            double lr,
            @Default("0.1") double averaging,
            @Default("1") double radius,
            @Default("spectral") Ball ball,
            @Default("operator") Scaling scaling,
            @Default("false") boolean constrained)
            implements Method {
        public Scion {
            Refusal.positive("lr", lr);
            Refusal.unless(averaging > 0 && averaging <= 1, "averaging", averaging, "a number above 0, at most 1");
            Refusal.positive("radius", radius);
            Refusal.unless(!constrained || lr <= 1, "lr", lr, "at most 1 where constrained");
        }
    }

    /// Descent in a dual space, preconditioned by the conjugate of `reference`.
    ///
    /// @param scale λ
    record Dual(
            double lr,
            @Default("1") double scale,
            @Default("cosh") Reference reference,
            @Default("separable") Geometry geometry,
            @Default("0") double momentum)
            implements Method {
        public Dual {
            Refusal.positive("lr", lr);
            Refusal.positive("scale", scale);
            Refusal.fraction("momentum", momentum);
        }
    }

    /// See `MatrixOptimizer.Scaling`.
    enum Scaling {
        NONE,
        OPERATOR,
        AT_LEAST_ONE,
        LIKE_ADAMW
    }

    /// See `MatrixOptimizer.Ball`.
    enum Ball {
        SPECTRAL,
        SIGN,
        ROWS,
        COLUMNS,
        EUCLIDEAN
    }

    /// See `DualPreconditionedSgd.Reference`.
    enum Reference {
        QUADRATIC,
        COSH,
        EXPONENTIAL,
        LOGARITHMIC,
        CIRCULAR
    }

    /// See `DualPreconditionedSgd.Geometry`.
    enum Geometry {
        ISOTROPIC,
        SEPARABLE
    }

    private static void check(double lr, double beta1, double beta2, double eps, double weightDecay) {
        Refusal.positive("lr", lr);
        Refusal.fraction("beta1", beta1);
        Refusal.fraction("beta2", beta2);
        Refusal.positive("eps", eps);
        Refusal.notNegative("weightDecay", weightDecay);
    }
}
