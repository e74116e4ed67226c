package adjoint.linalg.internal;

import java.util.Locale;

/// How C is cut into register tiles: panels of `panel` vectors across, the last ones narrower, and for a panel of `v`
/// vectors at most `rows(kind, v)` rows down.
///
/// @param lanes elements of a vector
/// @param rowsByVectors at `v - 1`, the most rows of a tile of `v` vectors; as long as a full panel is wide
/// @param columnRows the most rows of a tile that reads columns of A
record TileShape(int lanes, int[] rowsByVectors, int columnRows) {
    /// How a tile reads A and B; [TileEmitter] says more.
    enum Kind {
        /// A where it lies, B packed.
        ROWS,
        /// A and B where they lie.
        DIRECT,
        /// Aᵀ and B where they lie.
        COLUMNS,
        /// Aᵀ and B packed.
        PACKED;

        /// Whether the rows of a tile are neighbours in memory at each step along k.
        boolean columnsOfA() {
            return this == COLUMNS || this == PACKED;
        }

        /// Whether B is read where it lies.
        boolean directB() {
            return this == DIRECT || this == COLUMNS;
        }
    }

    /// One tile; [TileEmitter] says what a tail and a plain tile are.
    record Tile(Kind kind, int rows, int vectors, boolean tail, boolean plain) {
        /// A name that tells what it is, for dumps and profiles.
        String name() {
            String name = kind.name().charAt(0) + kind.name().substring(1).toLowerCase(Locale.ROOT);
            return name + rows + "x" + vectors + (tail ? "Tail" : "") + (plain ? "Plain" : "");
        }
    }

    /// The shape for this machine. Wide tiles of few rows need few broadcasts and few addresses for a multiply-add.
    /// With 16 vector registers C2 spills an accumulator, and that spill sits on the critical path, unless a tile is
    /// small: 2 × 4. There are 32 registers on AArch64, and on x86 with AVX-512, where a preferred vector has 512 bits.
    static TileShape ofMachine(int vectorBits, int lanes) {
        boolean many = vectorBits == 512 || System.getProperty("os.arch").equals("aarch64");
        return many
                ? new TileShape(lanes, new int[] {16, 14, 8, 6}, 12)
                : new TileShape(lanes, new int[] {6, 4, 3, 2}, 6);
    }

    /// The number of a [Tile], below [#tiles].
    int code(Kind kind, int rows, int vectors, boolean tail, boolean plain) {
        int variant = kind.ordinal() << 2 | (tail ? 2 : 0) | (plain ? 1 : 0);
        return (variant * panel() + vectors - 1) * rowsByVectors[0] + rows - 1;
    }

    int code(Tile tile) {
        return code(tile.kind(), tile.rows(), tile.vectors(), tile.tail(), tile.plain());
    }

    /// How many numbers there are for tiles.
    int tiles() {
        return Kind.values().length * 4 * panel() * rowsByVectors[0];
    }

    /// The vectors of a full panel.
    int panel() {
        return rowsByVectors.length;
    }

    /// The most rows of a tile of `vectors` vectors. C2 loads several neighbours in a column of A ahead, which takes
    /// registers.
    int rows(Kind kind, int vectors) {
        int most = rowsByVectors[vectors - 1];
        return kind.columnsOfA() ? Math.min(columnRows, most) : most;
    }

    /// The vectors of the next panel when `columns` columns are left: never so many that one would remain. So a last
    /// vector that reaches beyond C always has another one before it in its panel, or is the only one of all.
    int vectors(int columns) {
        int left = (columns + lanes - 1) / lanes;
        return left <= panel() ? left : left == panel() + 1 ? (left + 1) / 2 : panel();
    }

    /// Columns of a full panel.
    int panelColumns() {
        return panel() * lanes;
    }
}
