package adjoint.linalg.internal;

import adjoint.linalg.Transpose;

/// How the right operand op(B) of a product lies in memory.
enum Storage {
    /// Row after row.
    ROWS,
    /// Column after column: a B that is transposed.
    COLUMNS,
    /// Packed ahead, as a [adjoint.linalg.PackedMatrix].
    PANELS;

    static Storage of(Transpose t) {
        return t == Transpose.NO ? ROWS : COLUMNS;
    }
}
