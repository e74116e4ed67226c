package adjoint.nn.optim;

import adjoint.nn.optim.DualPreconditionedSgd.Geometry;
import adjoint.nn.optim.DualPreconditionedSgd.Reference;
import adjoint.nn.optim.MatrixOptimizer.Ball;
import adjoint.nn.optim.MatrixOptimizer.Scaling;
import java.util.ArrayList;
import java.util.List;

/// Every optimiser in all of its kinds.
final class Optimizers {
    private Optimizers() {}

    static List<Optimizer> all() {
        List<Optimizer> all = new ArrayList<>(List.of(
                new Adam(0.02, 0.9, 0.99, 1e-8, 0.1),
                new AdamW(0.02, 0.9, 0.99, 1e-8, 0.1),
                new RAdam(0.02, 0.9, 0.99, 1e-8, 0.1, RAdam.Variant.PYTORCH),
                new RAdam(0.02, 0.9, 0.99, 1e-8, 0.1, RAdam.Variant.AUTHORS),
                new NAdam(0.02, 0.9, 0.99, 1e-8, 0.1, 0.004),
                new Adamax(0.02, 0.9, 0.99, 1e-8, 0.1),
                new Adagrad(0.02, 0.05, 0.1, 0.3, 1e-10),
                new Adagrad(0.02),
                new RmsProp(0.02, 0.9, 1e-8, 0.1, 0, false),
                new RmsProp(0.02, 0.9, 1e-8, 0.1, 0.8, false),
                new RmsProp(0.02, 0.9, 1e-4, 0.1, 0, true),
                new RmsProp(0.02, 0.9, 1e-4, 0.1, 0.8, true),
                new Sgd(0.1),
                new Sgd(0.1, 0.9, 0.3, 0.05, false),
                new Sgd(0.1, 0.9, 0, 0.05, true),
                new Lion(0.02, 0.9, 0.99, 0.1),
                new Lamb(0.02, 0.9, 0.99, 1e-6, 0.1)));
        for (Reference reference : Reference.values()) {
            for (Geometry geometry : Geometry.values()) {
                all.add(new DualPreconditionedSgd(0.1, 1.7, reference, geometry, 0.6));
            }
        }
        all.addAll(matrices());
        for (Ball ball : List.of(Ball.SIGN, Ball.ROWS, Ball.COLUMNS, Ball.EUCLIDEAN)) {
            all.add(new Scion(0.05, 0.3, 2, ball, Scaling.OPERATOR, true));
        }
        return all;
    }

    /// Those that take matrices only.
    static List<Optimizer> matrices() {
        return List.of(
                new Muon(0.02, 0.9, true, 0.1, Scaling.AT_LEAST_ONE),
                new Muon(0.02, 0.9, false, 0.1, Scaling.LIKE_ADAMW),
                new Scion(0.05, 0.3, 2, Ball.SPECTRAL, Scaling.OPERATOR, true),
                new Scion(0.05, 0.3, 2, Ball.SPECTRAL, Scaling.NONE, false));
    }
}
