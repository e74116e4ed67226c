package adjoint.linalg.internal;

import static adjoint.linalg.internal.RankOneUpdate.LEFT;
import static adjoint.linalg.internal.RankOneUpdate.MIXED;
import static adjoint.linalg.internal.RankOneUpdate.RIGHT;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;

/// Singular values and vectors of an upper bidiagonal matrix by divide and conquer.
///
/// Row k cuts the matrix into two smaller ones, B₁ with one column more than rows, and B₂:
///
/// ```
///     ⎡ B₁        ⎤         B₁ = U₁·[D₁ 0]·V₁ᵀ
/// B = ⎢ dₖ·eᵀ eₖ·eᵀ ⎥         B₂ = U₂·[D₂ 0]·V₂ᵀ,  the last column of V₂ only where B₂, too, has one more
///     ⎣        B₂ ⎦
///
/// B = diag(U₁, 1, U₂)·M·diag(V₁, V₂)ᵀ,       M = diag(0, D₁, D₂) + e₀·zᵀ
/// ```
///
/// up to the order of rows and columns: z is row k in the new basis. The vectors that B₁ and B₂ map to zero are
/// rotated into one with a part in z, to which the pole 0 belongs, and one without, which is B's own. Then, as with
/// symmetric matrices, for MᵀM = D² + zzᵀ:
///
/// 1. *Deflation.* Where zⱼ is negligible, dⱼ is a singular value of B. Where two dⱼ are nearly equal, a rotation of
///    their vectors makes one of the zⱼ vanish.
/// 2. The *secular equation* gives the squares λ of the other singular values; see [SecularEquation] and
///    [RankOneUpdate].
/// 3. The computed λ belong exactly to a ẑ close to z. The vectors `v = (ẑⱼ/(dⱼ² - λ))ⱼ` and `u = (-1, (dⱼ·vⱼ)ⱼ)` are
///    orthogonal to working precision, however close the values.
/// 4. The vectors of B are products of matrices, which is where the time goes. A row of V₁ is zero in the columns of
///    V₂, unless a rotation has mixed it: rows are put in the order left, mixed, right, so that zeros are not
///    multiplied.
///
/// Cuts go down to single rows: there is no other algorithm below, and none that could fail to converge. Vectors are
/// rows here. Without vectors, only the first and the last element of each right vector are kept, all that z needs.
/// Diagonals are `double` in both precisions.
///
/// Reference: Gu, Eisenstat, "A divide-and-conquer algorithm for the bidiagonal SVD", SIAM J. Matrix Anal. Appl. 16,
/// 1995; Jessup, Sorensen, "A parallel algorithm for computing the singular value decomposition of a matrix", the
/// same, 15, 1994.
@SuppressWarnings("cast")
final class DoubleBidiagonalSvd {
    private static final ThreadLocal<DoubleBidiagonalSvd> OF_THREAD = ThreadLocal.withInitial(DoubleBidiagonalSvd::new);

    private Kernels<double[]> kernels;
    private /*64*/ double[] d;
    private /*64*/ double[] e;

    /// Left vectors, null where none are wanted; right vectors, or their first and last elements.
    private double[] left;

    private double[] right;
    private int ldLeft;
    private int ldRight;

    /// The block at hand: its rows, the row of the cut, whether it has one more column, and the columns up to the cut
    /// and behind it as `right` has them.
    private int from;

    private int mid;
    private int to;
    private int more;
    private int firstColumn;
    private int columns1;
    private int columns2;

    /// What d and z are divided by before they are squared, and what is negligible beside it.
    private /*64*/ double scale;

    private /*64*/ double negligible;

    /// The poles are the squares of the values here.
    private final RankOneUpdate core = new RankOneUpdate();

    private /*64*/ double[] value = {};

    /// The coefficients of new rows, and the rows that enter a product, behind which come those that are done.
    private double[] coefficients;
    private double[] rows;

    private DoubleBidiagonalSvd() {}

    /// Replaces the diagonal `d[0 … n)` by the singular values, falling. `e[0 … n-1)` is what is right of it.
    ///
    /// @param left receives the left vectors, n rows of n elements, or is null for values alone
    /// @param right receives the right ones; without left vectors, it is work space of 2n elements
    static void solve(
            Kernels<double[]> kernels, int n, /*64*/ double[] d, /*64*/ double[] e, double[] left, double[] right) {
        DoubleBidiagonalSvd work = OF_THREAD.get();
        work.open(kernels, n, d, e, left, right);
        work.conquer(0, n, 0);
        work.close();
    }

    private void open(
            Kernels<double[]> kernels, int n, /*64*/ double[] d, /*64*/ double[] e, double[] left, double[] right) {
        this.kernels = kernels;
        this.d = d;
        this.e = e;
        this.left = left;
        this.right = right;
        ldLeft = n;
        ldRight = left == null ? 2 : n;
        if (left == null) {
            kernels.fill(right, 0, 2 * n, 1);
        } else {
            identity(n, left);
            identity(n, right);
        }
        if (value.length < n) {
            value = new /*64*/ double[n];
        }
        core.open(n);
        coefficients = DoubleScratch.take(n * n);
        rows = DoubleScratch.take(n * ldRight);
    }

    private void identity(int n, double[] matrix) {
        kernels.fill(matrix, 0, n * n, 0);
        for (int i = 0; i < n; i++) {
            matrix[i * n + i] = 1;
        }
    }

    /// Keeps no array of the caller's.
    private void close() {
        core.close();
        DoubleScratch.give(coefficients);
        DoubleScratch.give(rows);
        coefficients = null;
        rows = null;
        kernels = null;
        d = null;
        e = null;
        left = null;
        right = null;
    }

    /// Solves the rows `from … to - 1`, whose columns are the same and `more` ones.
    private void conquer(int from, int to, int more) {
        if (from == to) {
            return;
        }
        int mid = (from + to) >>> 1;
        conquer(from, mid, 1);
        conquer(mid + 1, to, more);
        this.from = from;
        this.mid = mid;
        this.to = to;
        this.more = more;
        boolean whole = left != null;
        firstColumn = whole ? from : 0;
        columns1 = whole ? mid + 1 - from : 1;
        columns2 = whole ? to + more - mid - 1 : 1;
        merge();
    }

    private void merge() {
        weights();
        order();
        deflate();
        if (core.poles == 1) {
            finishSingle();
        } else {
            /*64*/ double rho = normalise();
            core.roots(rho);
            for (int j = 0; j < core.poles; j++) {
                core.lambda[j] = scale * Math.sqrt(core.lambda[j]);
            }
            core.refine();
        }
        core.takeDoneValues(d);
        core.places();
        rightVectors();
        update(right, ldRight, firstColumn, columns1, columns2);
        if (left != null) {
            leftVectors();
            update(left, ldLeft, from, mid + 1 - from, to - mid - 1);
        }
        values();
    }

    /// z: dₖ times the last column of V₁ and eₖ times the first one of V₂.
    private void weights() {
        boolean whole = left != null;
        int last = whole ? mid : 1;
        int first = whole ? mid + 1 : 0;
        for (int r = from; r <= mid; r++) {
            core.weightOfRow[r] = d[mid] * right[r * ldRight + last];
            core.kindOfRow[r] = LEFT;
        }
        for (int r = mid + 1; r < to; r++) {
            core.weightOfRow[r] = e[mid] * right[r * ldRight + first];
            core.kindOfRow[r] = RIGHT;
        }
        /*64*/ double other = more == 0 ? 0 : e[mid] * right[to * ldRight + first];
        if (!whole) {
            // The last elements of V₁ and the first ones of V₂ are inside now.
            for (int r = from; r < to + more; r++) {
                right[r * ldRight + (r <= mid ? 1 : 0)] = 0;
            }
        }
        if (other != 0) {
            /*64*/ double length = Math.hypot(core.weightOfRow[mid], other);
            rotate(
                    right,
                    ldRight,
                    firstColumn,
                    columns1 + columns2,
                    mid,
                    to,
                    core.weightOfRow[mid] / length,
                    other / length);
            core.weightOfRow[mid] = length;
            core.kindOfRow[mid] = MIXED;
        }
    }

    private void rotate(double[] q, int ld, int column, int n, int x, int y, /*64*/ double cos, /*64*/ double sin) {
        kernels.rot(n, q, x * ld + column, q, y * ld + column, cos, sin);
    }

    /// Merges the rows of the two blocks, each of which is in falling order, to a rising one; the row of the cut is
    /// left out.
    private void order() {
        int x = mid - 1;
        int y = to - 1;
        for (int i = 0; i < to - from - 1; i++) {
            core.order[i] = y == mid || x >= from && d[x] <= d[y] ? x-- : y--;
        }
    }

    /// Step 1: sorts the rows into poles and those that are done.
    private void deflate() {
        d[mid] = 0;
        /*64*/ double largest = 0;
        for (int r = from; r < to; r++) {
            largest = Math.max(largest, Math.max(d[r], Math.abs(core.weightOfRow[r])));
        }
        negligible = 8 * RankOneUpdate.EPSILON * largest;
        scale = largest == 0 ? 1 : largest;
        core.clear();
        keep(mid);
        int last = -1;
        for (int i = 0; i < to - from - 1; i++) {
            int row = core.order[i];
            if (Math.abs(core.weightOfRow[row]) <= negligible) {
                core.finish(row, d);
                continue;
            }
            if (last >= 0 && d[row] - d[last] <= negligible) {
                moveWeight(last, row);
                core.finish(last, d);
            } else if (last >= 0) {
                keep(last);
            }
            last = row;
        }
        if (last >= 0) {
            keep(last);
        }
    }

    /// Rotates the vectors of rows x and y, whose values are nearly equal, so that all the weight is with y.
    private void moveWeight(int x, int y) {
        /*64*/ double length = Math.hypot(core.weightOfRow[x], core.weightOfRow[y]);
        /*64*/ double cos = core.weightOfRow[y] / length;
        /*64*/ double sin = -core.weightOfRow[x] / length;
        core.weightOfRow[y] = length;
        core.kindOfRow[y] = core.kindOfRow[x] == core.kindOfRow[y] ? core.kindOfRow[x] : MIXED;
        rotate(right, ldRight, firstColumn, columns1 + columns2, x, y, cos, sin);
        if (left != null) {
            rotate(left, ldLeft, from, to - from, x, y, cos, sin);
        }
    }

    private void keep(int row) {
        value[core.poles] = d[row] / scale;
        core.keep(row, 0, core.weightOfRow[row] / scale);
    }

    /// All but the row of the cut is done: so is that.
    private void finishSingle() {
        if (core.weightOfRow[mid] < 0) {
            kernels.scale(columns1 + columns2, -1, right, mid * ldRight + firstColumn);
        }
        d[mid] = Math.abs(core.weightOfRow[mid]);
        core.finish(mid, d);
        core.poles = 0;
    }

    /// Makes poles of the values, which must differ from the pole 0, and divides z, none of whose elements may be
    /// zero, by its norm. Returns the square of that.
    private /*64*/ double normalise() {
        /*64*/ double smallest = negligible / scale;
        value[1] = Math.max(value[1], smallest / 2);
        if (Math.abs(core.weight[0]) < smallest) {
            core.weight[0] = Math.copySign(smallest, core.weight[0]);
        }
        for (int i = 0; i < core.poles; i++) {
            core.pole[i] = value[i] * value[i];
        }
        return core.normalise();
    }

    /// Step 3, v: leaves the quotients in `delta`.
    private void rightVectors() {
        int k = core.poles;
        /*64*/ double[] quotient = core.delta;
        for (int i = 0; i < k; i++) {
            int row = i * k;
            for (int j = 0; j < k; j++) {
                quotient[row + j] = core.weightHat[j] / quotient[row + j];
            }
            unit(i);
        }
    }

    /// Step 3, u, from the quotients.
    private void leftVectors() {
        int k = core.poles;
        /*64*/ double[] quotient = core.delta;
        for (int i = 0; i < k; i++) {
            int row = i * k;
            for (int j = 0; j < k; j++) {
                quotient[row + j] *= value[j];
            }
            quotient[row] = -1;
            unit(i);
        }
    }

    /// Makes row i of `delta`, divided by its norm, a row of coefficients. The last one comes first: rows are in
    /// falling order.
    private void unit(int i) {
        int k = core.poles;
        int row = i * k;
        int out = (k - 1 - i) * k;
        /*64*/ double factor = 1 / Math.sqrt(Kernels./*64*/ f64().sumSquares(core.delta, row, k));
        for (int j = 0; j < k; j++) {
            coefficients[out + core.place[j]] = (double) (core.delta[row + j] * factor);
        }
    }

    /// Step 4 for the rows of `q`, of n1 columns up to the cut and n2 behind it.
    private void update(double[] q, int ld, int column, int n1, int n2) {
        int k = core.poles;
        int lefts = core.kinds[LEFT] + core.kinds[MIXED];
        int rights = k - core.kinds[LEFT];
        int rightRows = lefts * n1;
        int doneRows = rightRows + rights * n2;
        for (int j = 0; j < k; j++) {
            int kind = core.kindOfRow[core.rowOfPole[j]];
            int at = core.rowOfPole[j] * ld + column;
            if (kind != RIGHT) {
                System.arraycopy(q, at, rows, core.place[j] * n1, n1);
            }
            if (kind != LEFT) {
                System.arraycopy(q, at + n1, rows, rightRows + (core.place[j] - core.kinds[LEFT]) * n2, n2);
            }
        }
        int n = n1 + n2;
        for (int i = 0; i < core.dones; i++) {
            System.arraycopy(q, core.done[i] * ld + column, rows, doneRows + i * n, n);
        }
        int out = from * ld + column;
        Transpose no = Transpose.NO;
        kernels.gemm(no, no, k, n1, lefts, 1, coefficients, 0, k, rows, 0, n1, 0, q, out, ld);
        kernels.gemm(
                no, no, k, n2, rights, 1, coefficients, core.kinds[LEFT], k, rows, rightRows, n2, 0, q, out + n1, ld);
        collect(q, ld, column, n, doneRows);
    }

    /// Merges the new rows, which come first, with those that are done, from the smallest value on, which comes last.
    private void collect(double[] q, int ld, int column, int n, int doneRows) {
        int i = 0;
        int j = 0;
        for (int r = to - 1; r >= from; r--) {
            if (takesDone(i, j)) {
                System.arraycopy(rows, doneRows + j++ * n, q, r * ld + column, n);
            } else {
                int row = from + core.poles - 1 - i++;
                if (row != r) {
                    System.arraycopy(q, row * ld + column, q, r * ld + column, n);
                }
            }
        }
    }

    /// The same for the values.
    private void values() {
        int i = 0;
        int j = 0;
        for (int r = to - 1; r >= from; r--) {
            d[r] = takesDone(i, j) ? core.doneValue[j++] : core.lambda[i++];
        }
    }

    /// Whether, after i new rows and j of those that are done, the next one is done.
    private boolean takesDone(int i, int j) {
        return i == core.poles || j < core.dones && core.doneValue[j] <= core.lambda[i];
    }
}
