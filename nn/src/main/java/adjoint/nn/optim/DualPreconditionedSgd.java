package adjoint.nn.optim;

import adjoint.linalg.Expr;

/// Gradient descent preconditioned in the dual space (Oikonomidis, Quan, Laude, Patrinos, *Nonlinearly preconditioned
/// gradient methods under generalized smoothness*, 2025; with momentum: Oikonomidis, Quan, Patrinos, 2025).
///
/// ```text
/// m ← momentum·m + (1 − momentum)·∇f(x)
/// x ← x − γ·∇φ*(λ·m)
/// ```
///
/// φ is an even, strongly convex reference function made of a scalar h: *isotropic*, φ = h∘‖·‖ with
/// `∇φ*(y) = h*′(‖y‖)·y/‖y‖`, the norm over all parameters of the group; or *separable*, φ(x) = Σ h(xᵢ), where h*′ acts
/// on each coordinate. A bounded h*′ clips: an isotropic step is no longer than γ·sup h*′. With [Reference#QUADRATIC]
/// it is gradient descent with the rate γ·λ.
///
/// If f is (L, L̄)-anisotropically smooth, γ = 1/L and λ = 1/L̄ descend.
///
/// @param learningRate γ
/// @param scale λ
public record DualPreconditionedSgd(
        double learningRate, double scale, Reference reference, Geometry geometry, double momentum)
        implements Optimizer {
    /// What the norm of φ is.
    public enum Geometry {
        ISOTROPIC,
        SEPARABLE
    }

    /// The scalar h, and the derivative of its conjugate.
    public enum Reference {
        /// `h = x²/2`, `h*′(y) = y`.
        QUADRATIC {
            @Override
            public double preconditioned(double y) {
                return y;
            }

            @Override
            Expr preconditioned(Expr y) {
                return y;
            }
        },
        /// `h = cosh x − 1`, `h*′(y) = arsinh y`.
        COSH {
            @Override
            public double preconditioned(double y) {
                double size = Math.abs(y);
                return Math.copySign(Math.log1p(size + size / (1 / size + Math.sqrt(1 / (size * size) + 1))), y);
            }

            @Override
            Expr preconditioned(Expr y) {
                Expr size = y.abs();
                Expr inverse = size.reciprocal();
                return signed(
                        y,
                        log1p(size.add(
                                size.div(inverse.add(inverse.square().add(1).sqrt())))));
            }
        },
        /// `h = e^|x| − |x| − 1`, `h*′(y) = sign(y)·ln(1 + |y|)`.
        EXPONENTIAL {
            @Override
            public double preconditioned(double y) {
                return Math.copySign(Math.log1p(Math.abs(y)), y);
            }

            @Override
            Expr preconditioned(Expr y) {
                return signed(y, log1p(y.abs()));
            }
        },
        /// `h = −|x| − ln(1 − |x|)`, `h*′(y) = y/(1 + |y|)`, within ±1.
        LOGARITHMIC {
            @Override
            public double preconditioned(double y) {
                return y / (1 + Math.abs(y));
            }

            @Override
            Expr preconditioned(Expr y) {
                return y.div(y.abs().add(1));
            }
        },
        /// `h = 1 − √(1 − x²)`, `h*′(y) = y/√(1 + y²)`, within ±1.
        CIRCULAR {
            @Override
            public double preconditioned(double y) {
                return y / Math.hypot(1, y);
            }

            @Override
            Expr preconditioned(Expr y) {
                return y.div(y.square().add(1).sqrt());
            }
        };

        /// h*′(y).
        public abstract double preconditioned(double y);

        abstract Expr preconditioned(Expr y);

        private static Expr signed(Expr y, Expr size) {
            return y.lt(0).where(size.neg(), size);
        }

        /// log(1 + x) for x ≥ 0 to the last bits: what 1 + x lost is put back by a factor.
        private static Expr log1p(Expr x) {
            Expr sum = x.add(1);
            return sum.eq(1).where(x, sum.log().mul(x.div(sum.sub(1))));
        }
    }

    public DualPreconditionedSgd {
        Options.learningRate(learningRate);
        Options.positive("scale", scale);
        Options.average("momentum", momentum);
    }

    /// Without momentum, λ = 1.
    public DualPreconditionedSgd(double learningRate, Reference reference, Geometry geometry) {
        this(learningRate, 1, reference, geometry, 0);
    }
}
