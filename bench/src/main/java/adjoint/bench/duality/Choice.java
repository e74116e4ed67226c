package adjoint.bench.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.bench.Unit;
import adjoint.bench.autodiff.Single;
import adjoint.duality.FeatureMap;
import adjoint.duality.kernel.FeatureKernel;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.Polynomial;
import adjoint.duality.pair.Pair;
import adjoint.linalg.Rng;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Attention by a pair of a kernel and its features, executed as `AUTO` chooses beside the fastest of its executions.
///
/// @param features how many m of `relu(Wx)`; 0 for the monomials of `(1 + qᵀk)²`
public record Choice(int features, boolean causal, int heads, int tokens, int width) implements Single {
    /// One pair for all cases that have it, as a model has it, so that it is calibrated once.
    private static final Map<Choice, Pair> PAIRS = new ConcurrentHashMap<>();

    @Override
    public String kernel() {
        return (features == 0 ? "monomials" : features + " features") + (causal ? ", causal" : "");
    }

    @Override
    public String shape() {
        return heads + "×" + tokens + "×" + width;
    }

    @Override
    public Unit unit() {
        return Unit.MILLISECONDS;
    }

    @Override
    public double work() {
        return 1;
    }

    /// Causal sums of few terms cancel less well.
    @Override
    public double tolerance() {
        return 1e-3;
    }

    Pair pair() {
        return PAIRS.computeIfAbsent(new Choice(features, causal, 0, 0, width), Choice::create);
    }

    private static Pair create(Choice of) {
        Kernel kernel = new Polynomial(2, 1);
        if (of.features > 0) {
            Tensor map = Tensor.normal(Rng.of(71), 0, 1, DType.F32, of.width, of.features);
            FeaturePair relu = FeaturePair.of(
                    FeatureMap.of(_ -> of.features, x -> x.matmul(map).relu().mul(1 / Math.sqrt(of.features))));
            kernel = new FeatureKernel(relu, Kernel.Range.NOT_NEGATIVE);
        }
        Pair pair = Pair.of(kernel).rows();
        return of.causal ? pair.masked() : pair;
    }

    /// Queries, keys or values.
    Tensor rows(int number) {
        return Tensor.normal(Rng.of(72).child(number), 0, 0.5, DType.F32, 1, heads, tokens, width);
    }
}
