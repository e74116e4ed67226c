package adjoint.linalg.internal;

/// How C is cut into register tiles: panels of `panel` vectors across, and for a panel of `v` vectors at most
/// `rows(kind, v)` rows down.
///
/// @param lanes elements of a vector
/// @param panel vectors of a full panel
/// @param widest the vectors of the widest panel; greater than `panel` where the registers have room for it
/// @param rowsByVectors at `v - 1`, the most rows of a tile of `v` vectors that reads rows of A where they lie
/// @param columnRows the most rows of a tile that reads columns of A
record TileShape(int lanes, int panel, int widest, int[] rowsByVectors, int columnRows) {
    /// How a tile reads A and B; [TileEmitter] says more.
    enum Kind {
        /// A and B packed.
        PACKED,
        /// A where it lies, B packed.
        ROWS,
        /// A and B where they lie.
        DIRECT,
        /// Aᵀ and B where they lie.
        COLUMNS;

        /// Whether the rows of a tile are neighbours in memory at each step along k.
        boolean columnsOfA() {
            return this == PACKED || this == COLUMNS;
        }

        /// Whether B is read where it lies.
        boolean directB() {
            return this == DIRECT || this == COLUMNS;
        }
    }

    /// The shape for this machine. With 16 vector registers C2 spills an accumulator, and that spill sits on the
    /// critical path, unless a tile is small: 2 × 4. There are 32 registers on AArch64, and on x86 with AVX-512,
    /// where a preferred vector has 512 bits. Tiles that read columns of A have fewer rows: C2 loads several of the
    /// neighbours ahead, which takes registers.
    static TileShape ofMachine(int vectorBits, int lanes) {
        boolean many = vectorBits == 512 || System.getProperty("os.arch").equals("aarch64");
        return many
                ? new TileShape(lanes, 2, 3, new int[] {16, 14, 8}, 12)
                : new TileShape(lanes, 4, 4, new int[] {6, 4, 3, 2}, 2);
    }

    /// The number by which a tiles class knows a tile.
    int code(Kind kind, int rows, int vectors) {
        return (kind.ordinal() * widest + vectors - 1) * rowsByVectors[0] + rows - 1;
    }

    /// The most rows of a tile of `vectors` vectors. Where A is packed, groups of rows are the same for all panels.
    int rows(Kind kind, int vectors) {
        int most = rowsByVectors[vectors - 1];
        return kind == Kind.PACKED ? columnRows : kind == Kind.COLUMNS ? Math.min(columnRows, most) : most;
    }

    /// The vectors of the widest panel.
    int widest(Kind kind) {
        return kind == Kind.PACKED ? panel : widest;
    }

    /// The vectors of the next panel when `columns` columns are left. The last vector of a panel may overlap the one
    /// before it, so that a single vector is left only where it is full, or where there is not more of C.
    int vectors(Kind kind, int columns) {
        int left = (columns + lanes - 1) / lanes;
        if (left <= widest(kind)) {
            return left;
        }
        return left == panel + 1 && columns % lanes != 0 ? 1 : panel;
    }

    /// Columns of a full panel.
    int panelColumns() {
        return panel * lanes;
    }
}
