package adjoint.nn;

import adjoint.autodiff.Tensor;

/// `y = x + drop(f(x))`. The names of f's parts are its own, without a prefix.
public final class Residual implements Layer {
    private final Layer branch;
    private final DropPath drop;

    public Residual(Layer branch) {
        this(branch, 0);
    }

    /// @param dropPath the probability with which a sample skips the branch; see [DropPath]
    public Residual(Layer branch, double dropPath) {
        this.branch = branch;
        this.drop = new DropPath(dropPath);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return drop.add(x, branch.forward(x, pass), pass);
    }

    @Override
    public void describe(Parts parts) {
        branch.describe(parts);
    }
}
