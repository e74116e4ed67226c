package adjoint.testkit;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.GradCheck;
import adjoint.autodiff.Tensor;
import java.util.List;
import java.util.function.Function;

/// The laws of a differentiable function of tensors, for a user's own operations.
///
/// ```
/// @Test
/// void softplus() {
///     OperationLaws.of("softplus", x -> x.getFirst().exp().add(1).log()).hold(Tensor.of(new double[] {-1, 0, 2}));
/// }
/// ```
///
/// | law | |
/// |---|---|
/// | purity | the same inputs give the same bits |
/// | layout | how the inputs lie in memory changes neither value nor gradients |
/// | gradient | equals differences of values |
/// | gradient of the gradient | equals differences of gradients |
/// | tangent | the Jacobian–vector product is adjoint to the vector–Jacobian product |
/// | precision | `F32` agrees with `F64` |
public final class OperationLaws {
    private static final double SINGLE = 1e-4;
    private static final double DOUBLE = 1e-12;

    private final String name;
    private final Function<List<Tensor>, Tensor> f;

    private OperationLaws(String name, Function<List<Tensor>, Tensor> f) {
        this.name = name;
        this.f = f;
    }

    /// The laws of `f`, which is called `name` in reports.
    public static OperationLaws of(String name, Function<List<Tensor>, Tensor> f) {
        return new OperationLaws(name, f);
    }

    /// Holds `f` to all laws at the point `inputs`.
    ///
    /// @param inputs `F64` tensors, away from kinks
    /// @throws AssertionError naming the law, input, coordinate and both values
    public void hold(Tensor... inputs) {
        pure(inputs);
        layoutFree(inputs);
        GradCheck.check(name, f, inputs);
        GradCheck.checkSecondOrder(name, f, inputs);
        GradCheck.checkTangents(name, f, inputs);
        precise(inputs);
    }

    /// The same inputs give the same bits.
    public void pure(Tensor... inputs) {
        same("called again", f.apply(List.of(inputs)), f.apply(List.of(inputs)), 0);
    }

    /// Value and gradients are the same for every [Layout] of the inputs.
    public void layoutFree(Tensor... inputs) {
        Autodiff.ValueAndGrad<List<Tensor>> expected = differentiate(List.of(inputs));
        for (Layout layout : Layout.values()) {
            List<Tensor> placed = List.of(inputs).stream().map(layout::place).toList();
            compare("in layout " + layout, expected, differentiate(placed), DOUBLE);
        }
    }

    /// Value and gradients in `F32` agree with those in `F64`.
    public void precise(Tensor... inputs) {
        List<Tensor> singles =
                List.of(inputs).stream().map(x -> x.to(DType.F32)).toList();
        List<Tensor> doubles = singles.stream().map(x -> x.to(DType.F64)).toList();
        compare("in F32", differentiate(doubles), differentiate(singles), SINGLE);
    }

    private Autodiff.ValueAndGrad<List<Tensor>> differentiate(List<Tensor> inputs) {
        return Autodiff.valueAndGrads(x -> f.apply(x).sum()).apply(inputs);
    }

    private void compare(
            String how,
            Autodiff.ValueAndGrad<List<Tensor>> expected,
            Autodiff.ValueAndGrad<List<Tensor>> actual,
            double tolerance) {
        same(how, expected.value(), actual.value(), tolerance);
        for (int i = 0; i < expected.gradient().size(); i++) {
            same(
                    how + ", gradient of input " + i,
                    expected.gradient().get(i),
                    actual.gradient().get(i),
                    tolerance);
        }
    }

    private void same(String how, Tensor expected, Tensor actual, double tolerance) {
        if (!expected.shape().equals(actual.shape())) {
            throw new AssertionError(
                    name + " " + how + ": shape " + actual.shape() + " instead of " + expected.shape());
        }
        double[] x = expected.toDoubles();
        double[] y = actual.toDoubles();
        for (int i = 0; i < x.length; i++) {
            boolean close =
                    Double.compare(x[i], y[i]) == 0 || Math.abs(x[i] - y[i]) <= tolerance * Math.max(1, Math.abs(x[i]));
            if (!close) {
                throw new AssertionError(name + " " + how + ": element " + i + " is " + y[i] + " instead of " + x[i]);
            }
        }
    }
}
