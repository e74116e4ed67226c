package adjoint.autodiff;

import java.util.List;
import java.util.stream.Stream;

/// The table of all operations.
public final class Ops {
    private static final List<Op<?>> ALL = Stream.of(
                    Elementwise.ALL,
                    Analytic.ALL,
                    Special.ALL,
                    Steps.ALL,
                    Activations.ALL,
                    Reductions.ALL,
                    Folds.ALL,
                    Scans.ALL,
                    Views.ALL,
                    Padding.ALL,
                    Diagonals.ALL,
                    Gather.ALL,
                    Sorting.ALL,
                    Products.ALL,
                    Rows.ALL,
                    Stochastic.ALL,
                    Losses.ALL,
                    LinearSystems.ALL,
                    Determinants.ALL,
                    Factorizations.ALL,
                    Spectra.ALL,
                    MatrixFunctions.ALL,
                    Inverses.ALL,
                    Attending.ALL,
                    Recurring.ALL,
                    Convolutions.ALL,
                    Checkpoint.ALL,
                    Custom.ALL)
            .<Op<?>>flatMap(List::stream)
            .toList();

    private Ops() {}

    /// Every operation that a tape can record.
    public static List<Op<?>> all() {
        return ALL;
    }
}
