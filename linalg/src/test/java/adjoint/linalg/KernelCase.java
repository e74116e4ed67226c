package adjoint.linalg;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// One line of [KernelTable]: a kernel, its operands, and how to call it.
final class KernelCase {
    /// 0, 1 and around the lanes of vectors of every width and precision.
    private static final int[] LENGTHS = {0, 1, 7, 8, 9, 15, 16, 17};

    private static final int[] SHORT_LENGTHS = {2, 3, 4, 5};

    private static final int PRIME = 1009;
    private static final int SMALL_PRIME = 101;

    /// A size of an operand.
    enum Size {
        /// 1, whatever the case.
        ONE,
        M,
        N,
        K,
        /// The smaller of M and N.
        LEAST,
        /// Twice M, and so on: two items of a batch.
        TWO_M,
        TWO_N,
        TWO_K,
        /// N times K.
        NK;

        int of(int m, int n, int k) {
            return switch (this) {
                case ONE -> 1;
                case M -> m;
                case N -> n;
                case K -> k;
                case LEAST -> Math.min(m, n);
                case TWO_M -> 2 * m;
                case TWO_N -> 2 * n;
                case TWO_K -> 2 * k;
                case NK -> n * k;
            };
        }

        private boolean isMadeOf(Size size) {
            return this == size
                    || switch (this) {
                        case TWO_M -> size == M;
                        case TWO_N -> size == N;
                        case TWO_K -> size == K;
                        case NK -> size == N || size == K;
                        default -> false;
                    };
        }
    }

    /// What becomes of an operand.
    enum Role {
        /// Read only.
        IN,
        /// Written only: what was there, NaN in the tests, leaves no trace.
        OUT,
        /// Read and written.
        UPDATE
    }

    /// How an operand lies in its array.
    enum Storage {
        /// `(array, offset)`: a row of neighbours.
        ROW,
        /// `(array, offset, increment)`.
        INCREMENT,
        /// `(array, offset, ld)`.
        MATRIX,
        /// The same, stored as its own transpose where the layout says so.
        FLIPPABLE,
        /// `(array, offset, strides)`: rows may overlap.
        STRIDED,
        /// `(array, offset)`: a matrix without room between rows.
        DENSE,
        /// No argument: where the test keeps a number that the kernel returns.
        RESULT
    }

    /// What an operand is filled with.
    enum Fill {
        /// Numbers in (-1, 1).
        SIGNED,
        /// A well-conditioned matrix with a large diagonal.
        DOMINANT,
        /// The same, symmetric.
        DEFINITE,
        /// [#DOMINANT], with NaN above the diagonal: only the lower triangle may be read.
        LOWER,
        /// The same with NaN below the diagonal.
        UPPER,
        /// The numbers of columns of narrow matrices, in rising order, again and again.
        LABELS
    }

    /// An operand. Its name is that of the messages.
    record Operand(String name, Role role, Storage storage, Size rows, Size cols, Fill fill) {
        boolean isWritten() {
            return role != Role.IN;
        }

        boolean isMatrix() {
            return storage == Storage.MATRIX || storage == Storage.FLIPPABLE;
        }

        boolean isArgument() {
            return storage != Storage.RESULT;
        }
    }

    /// The call of the kernel; arrays are those of the kernels' precision.
    interface Body {
        void run(Kernels<Object> kernels, KernelCall call);
    }

    final String name;
    final Body body;
    final List<Operand> operands = new ArrayList<>();
    final Set<String> destroyed = new HashSet<>();
    double tolerance = 8;

    final Set<KernelCall.Layout> layouts = EnumSet.allOf(KernelCall.Layout.class);

    final Set<String> packed = new HashSet<>();

    private final Set<String> called = new HashSet<>();
    private Size implied;
    private boolean checkedByAll = true;
    private int threadedFrom;

    private Fill next = Fill.SIGNED;

    KernelCase(String name, Body body) {
        this.name = name;
        this.body = body;
    }

    /// What the next operand is filled with.
    KernelCase of(Fill fill) {
        next = fill;
        return this;
    }

    KernelCase matrix(Role role, String operand, Size rows, Size cols) {
        return add(role, operand, Storage.MATRIX, rows, cols);
    }

    KernelCase strided(Role role, String operand, Size rows, Size cols) {
        return add(role, operand, Storage.STRIDED, rows, cols);
    }

    KernelCase flippable(String operand, Size rows, Size cols) {
        return add(Role.IN, operand, Storage.FLIPPABLE, rows, cols);
    }

    KernelCase row(Role role, String operand, Size cols) {
        return add(role, operand, Storage.ROW, Size.ONE, cols);
    }

    KernelCase increment(Role role, String operand, Size rows) {
        return add(role, operand, Storage.INCREMENT, rows, Size.ONE);
    }

    KernelCase dense(Role role, String operand, Size rows, Size cols) {
        layouts.remove(KernelCall.Layout.BLOCKS);
        return add(role, operand, Storage.DENSE, rows, cols);
    }

    /// The number that the kernel returns.
    KernelCase result() {
        return results(Size.ONE);
    }

    /// So many whole numbers.
    KernelCase results(Size rows) {
        return add(Role.OUT, "result", Storage.RESULT, rows, Size.ONE);
    }

    private KernelCase add(Role role, String operand, Storage storage, Size rows, Size cols) {
        operands.add(new Operand(operand, role, storage, rows, cols, next));
        next = Fill.SIGNED;
        return this;
    }

    /// The error in units of ε, of the number of terms and of the largest element.
    KernelCase tolerance(double factor) {
        tolerance = factor;
        return this;
    }

    /// What is left in that operand is not defined.
    KernelCase destroys(String operand) {
        destroyed.add(operand);
        return this;
    }

    /// That size is no argument: the kernel cannot know how many rows there are.
    KernelCase implies(Size size) {
        implied = size;
        return this;
    }

    /// Sizes from which on several threads are worth it, where that is not the usual number.
    KernelCase threadedFrom(int size) {
        threadedFrom = size;
        return this;
    }

    /// Sizes with which a kernel uses several threads if it ever does.
    int manyElements() {
        if (threadedFrom > 0) {
            return threadedFrom;
        }
        return !hasMatrix() ? 20_000 : isSquare() || takes(Size.K) ? 130 : 740;
    }

    /// Sizes M, N and K to run it with.
    List<int[]> sizes() {
        List<int[]> sizes = new ArrayList<>();
        for (int length : LENGTHS) {
            sizes.add(new int[] {length, length, length});
            if (takes(Size.M)) {
                sizes.add(new int[] {length, 6, 5});
            }
            if (takes(Size.N)) {
                sizes.add(new int[] {6, length, 5});
            }
            if (takes(Size.K)) {
                sizes.add(new int[] {6, 5, length});
            }
        }
        for (int length : SHORT_LENGTHS) {
            sizes.add(new int[] {length, length, length});
        }
        int prime = isSquare() ? SMALL_PRIME : PRIME;
        sizes.add(new int[] {prime, 3, 2});
        sizes.add(new int[] {3, prime, 2});
        if (takes(Size.K)) {
            sizes.add(new int[] {2, 3, PRIME});
        }
        return sizes;
    }

    /// Whether this is a static method of a decomposition.
    boolean isDecomposition() {
        return name.contains(".");
    }

    /// Whether that size is an argument.
    boolean takes(Size size) {
        return size != implied && operands.stream().anyMatch(o -> o.rows.isMadeOf(size) || o.cols.isMadeOf(size));
    }

    /// Another kernel that the call calls, and that messages may name.
    KernelCase calls(String kernel) {
        called.add(kernel);
        return this;
    }

    /// That operand is copied before anything is written, so that it may be anywhere.
    KernelCase packs(String operand) {
        packed.add(operand);
        return this;
    }

    boolean isNamedBy(String message) {
        return message.startsWith(name) || called.stream().anyMatch(message::startsWith);
    }

    /// Whether the call calls that method of [Kernels].
    boolean runs(String method) {
        return name.equals(method) || called.contains(method);
    }

    /// Operands must not even interleave.
    KernelCase apart() {
        layouts.remove(KernelCall.Layout.BLOCKS);
        return this;
    }

    /// The kernel checks its arguments only where it runs on the provider of this JVM.
    KernelCase checkedByThisProvider() {
        checkedByAll = false;
        return this;
    }

    boolean isCheckedBy(Provided<?> p) {
        return checkedByAll || p.isOfThisProvider();
    }

    /// Whether the number of elements of an operand is a product.
    boolean hasMatrix() {
        return operands.stream()
                .anyMatch(o -> o.isMatrix() || o.storage == Storage.STRIDED || o.storage == Storage.DENSE);
    }

    /// Whether one operand is a square matrix, so that the work grows faster than with one size.
    boolean isSquare() {
        return operands.stream().anyMatch(o -> o.rows == o.cols && o.rows != Size.ONE);
    }

    @Override
    public String toString() {
        return name;
    }
}
