package adjoint.nn.optim;

/// A method that moves along a linear minimisation oracle of a ball, parameter by parameter:
///
/// ```text
/// d ← (1 − α)·d + α·g
/// p ← decay·p + length·lmo(d)        lmo(d) = argmin over the unit ball of ⟨d, x⟩
/// ```
///
/// A parameter counts as a matrix of its first axis beside all others, `[out, in]`; a vector as one row.
public sealed interface MatrixOptimizer extends Optimizer permits Muon, Scion {
    /// The unit ball, and with it the oracle.
    enum Ball {
        /// Of the largest singular value: `lmo(d) = −U·Vᵀ` for `d = U·Σ·Vᵀ`. For matrices.
        SPECTRAL,
        /// Of the largest element: `lmo(d) = −sign(d)`.
        SIGN,
        /// Of the longest row: each row of d divided by its length, negative; a row of zeros stays one.
        ROWS,
        /// Of the longest column: as [#ROWS], by columns.
        COLUMNS,
        /// Of the Euclidean length of all elements: `lmo(d) = −d/‖d‖`.
        EUCLIDEAN
    }

    /// What the length of a step is multiplied with for a matrix of `rows × columns`.
    enum Scaling {
        NONE {
            @Override
            double of(int rows, int columns) {
                return 1;
            }
        },
        /// √(rows/columns): the root mean squares of outputs change alike in every layer (Scion).
        OPERATOR {
            @Override
            double of(int rows, int columns) {
                return Math.sqrt((double) rows / columns);
            }
        },
        /// √max(1, rows/columns), as Muon's author has it.
        AT_LEAST_ONE {
            @Override
            double of(int rows, int columns) {
                return Math.sqrt(Math.max(1, (double) rows / columns));
            }
        },
        /// 0.2·√max(rows, columns): steps of the root mean square that AdamW's have (Liu et al., 2025).
        LIKE_ADAMW {
            @Override
            double of(int rows, int columns) {
                return 0.2 * Math.sqrt(Math.max(rows, columns));
            }
        };

        abstract double of(int rows, int columns);
    }

    /// α.
    double averaging();

    /// Whether the oracle is asked for `α·g + (1 − α)·d` instead of d.
    boolean nesterov();

    Ball ball();

    Scaling scaling();

    /// What a parameter is multiplied with in a step of learning rate `rate`.
    double decay(double rate);

    /// The length of a step of learning rate `rate`, before the scaling.
    double length(double rate);

    /// The iteration for singular vectors; used for [Ball#SPECTRAL].
    NewtonSchulz.Polynomial polynomial();
}
