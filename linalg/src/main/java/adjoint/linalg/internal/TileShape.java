package adjoint.linalg.internal;

/// How C is cut into register tiles: panels of `panel` vectors across, and for a panel of `v` vectors at most
/// `rows(v)` rows down. A count of vectors that is not a multiple of `panel` ends in one narrower panel or, where A
/// is not packed, in one of up to `widest` vectors.
///
/// @param lanes elements of a vector
/// @param panel vectors of a full panel
/// @param widest the vectors of the widest panel; greater than `panel` where the registers have room for it
/// @param rowsByVectors at `v - 1`, the most rows of a tile of `v` vectors
/// @param mostRows the greatest of them
record TileShape(int lanes, int panel, int widest, int[] rowsByVectors, int mostRows) {
    /// How a tile reads A and B and keeps its sums; [TileEmitter] says more.
    enum Kind {
        /// A and B packed.
        PACKED,
        /// A where it lies, B packed.
        ROWS,
        /// A where it lies, B packed, products of few rows.
        DEEP,
        /// A and B where they lie.
        DIRECT
    }

    /// The shape for this machine. With 16 vector registers C2 spills an accumulator, and that spill sits on the
    /// critical path, unless a tile is small: 2 × 4. There are 32 registers on AArch64, and on x86 with AVX-512,
    /// where a preferred vector has 512 bits.
    static TileShape ofMachine(int vectorBits, int lanes) {
        boolean many = vectorBits == 512 || System.getProperty("os.arch").equals("aarch64");
        return many
                ? new TileShape(lanes, 2, 3, new int[] {16, 14, 9}, 16)
                : new TileShape(lanes, 4, 4, new int[] {6, 4, 3, 2}, 6);
    }

    /// The number by which a tiles class knows a tile.
    int code(Kind kind, int rows, int vectors) {
        return (kind.ordinal() * widest + vectors - 1) * mostRows + rows - 1;
    }

    /// The most rows of a tile of `vectors` vectors. Where A is packed, groups of rows are the same for all panels.
    int rows(boolean packedA, int vectors) {
        return rowsByVectors[packedA ? panel - 1 : vectors - 1];
    }

    /// The vectors of the next panel when `columns` columns are left.
    int vectors(boolean packedA, int columns) {
        int left = (columns + lanes - 1) / lanes;
        return !packedA && left > panel && left <= widest ? left : Math.min(left, panel);
    }

    /// Whether a group of rows is worth being packed: it should fill vectors.
    boolean packsRows() {
        return rowsByVectors[panel - 1] >= Math.min(lanes, 8);
    }

    /// Columns of a full panel.
    int panelColumns() {
        return panel * lanes;
    }
}
