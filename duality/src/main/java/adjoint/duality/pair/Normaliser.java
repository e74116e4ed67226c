package adjoint.duality.pair;

/// What becomes of the rows of a kernel matrix before they weigh values.
public enum Normaliser {
    /// Nothing.
    NONE,
    /// They are divided by their sum: weights. A row that sums to 0, one that sees no key for instance, gives 0.
    ROW
}
