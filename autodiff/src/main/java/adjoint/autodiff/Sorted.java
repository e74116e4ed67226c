package adjoint.autodiff;

/// Elements in order along an axis, and where they were: `values` has a gradient, `indices` are `I32`.
public record Sorted(Tensor values, Tensor indices) {}
