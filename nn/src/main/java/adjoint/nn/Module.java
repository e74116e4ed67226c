package adjoint.nn;

/// A plain object with final fields that holds parameters, buffers and other modules.
///
/// A module says what it is made of in [#describe], under the names that PyTorch gives to the same parts; dotted paths
/// of these names are the keys of a state file. What it computes is its own methods, whatever arguments they take.
///
/// ```
/// record TwoLayers(Linear linear1, Linear linear2) implements Module {
///     Tensor forward(Tensor x) {
///         return linear2.forward(linear1.forward(x).gelu());
///     }
///
///     @Override
///     public void describe(Parts parts) {
///         parts.module("linear1", linear1);
///         parts.module("linear2", linear2);
///     }
/// }
/// ```
public interface Module {
    /// Names the parameters, buffers and sub-modules, always the same ones in the same order.
    void describe(Parts parts);
}
