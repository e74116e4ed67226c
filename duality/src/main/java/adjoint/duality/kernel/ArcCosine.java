package adjoint.duality.kernel;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.Tensor;
import java.util.function.Function;

/// The arc-cosine kernels: what an infinitely wide layer of steps (order 0) or rectifiers (order 1) makes of two rows
/// at the angle θ,
///
/// | order | κ(x, y) | equals |
/// |---|---|---|
/// | 0 | (π − θ)/π | 2·E Θ(wᵀx)·Θ(wᵀy) |
/// | 1 | ‖x‖·‖y‖·(sin θ + (π − θ)·cos θ)/π | 2·E (wᵀx)₊·(wᵀy)₊ |
///
/// with w ~ N(0, I). Positive semidefinite; κ(x, x) is 1 or ‖x‖². An angle near 0 comes out of its cosine, to 1e-8 in
/// double precision; the gradient of order 0 is cut off there.
///
/// Reference: Cho, Saul, *Kernel methods for deep learning*, NeurIPS 2009.
///
/// @param order 0 or 1
public record ArcCosine(int order) implements Kernel {
    private static final double SHORTEST = 1e-12;

    /// arccos(−c) = π − θ.
    private static final Function<Tensor, Tensor> SUPPLEMENT = Autodiff.customVjp(
            c -> c.clamp(-1, 1).neg().acos(),
            (c, value, g) -> g.mul(c.square().neg().add(1).maximum(SHORTEST).rsqrt()));

    /// sin θ + (π − θ)·cos θ, whose slope in cos θ is π − θ.
    private static final Function<Tensor, Tensor> RECTIFIED = Autodiff.customVjp(
            c -> {
                Tensor cosine = c.clamp(-1, 1);
                Tensor sine = cosine.square().neg().add(1).sqrt();
                return sine.add(cosine.neg().acos().mul(cosine));
            },
            (c, value, g) -> g.mul(SUPPLEMENT.apply(c)));

    /// @throws IllegalArgumentException if the order is neither 0 nor 1
    public ArcCosine {
        if (order != 0 && order != 1) {
            throw new IllegalArgumentException("arc-cosine kernels are of order 0 or 1, not " + order);
        }
    }

    @Override
    public Tensor gram(Tensor x, Tensor y) {
        Tensor cosine = x.normalize(SHORTEST).matmul(y.normalize(SHORTEST).transpose(-1, -2));
        if (order == 0) {
            return SUPPLEMENT.apply(cosine).div(Math.PI);
        }
        Tensor lengths = x.norm(2, true, -1).mul(y.norm(2, true, -1).transpose(-1, -2));
        return RECTIFIED.apply(cosine).mul(lengths).div(Math.PI);
    }

    @Override
    public Range range() {
        return order == 0 ? Range.UNIT : Range.NOT_NEGATIVE;
    }
}
