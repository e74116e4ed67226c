package adjoint.linalg.internal;

import static adjoint.linalg.internal.RankOneUpdate.LEFT;
import static adjoint.linalg.internal.RankOneUpdate.MIXED;
import static adjoint.linalg.internal.RankOneUpdate.RIGHT;

import adjoint.linalg.Kernels;
import adjoint.linalg.Transpose;
import java.util.Arrays;

/// Eigenvalues and eigenvectors of a symmetric tridiagonal matrix by divide and conquer.
///
/// A tridiagonal matrix is two smaller ones and a change of rank one. With the coupling β in the middle,
///
/// ```
/// T = ⎡ T₁     ⎤ + |β|·u·uᵀ,       u = (0, …, 0, 1, ±1, 0, …, 0)
///     ⎣     T₂ ⎦
///   = Q·(D + ρ·z·zᵀ)·Qᵀ,           Q = diag(Q₁, Q₂),  D = diag(D₁, D₂),  z = Qᵀu/√2,  ρ = 2·|β|
/// ```
///
/// where T₁ = Q₁D₁Q₁ᵀ and T₂ = Q₂D₂Q₂ᵀ are solved first, in the same way. What is left is the matrix D + ρzzᵀ:
///
/// 1. *Deflation.* Where zⱼ is negligible, dⱼ is an eigenvalue and its vector stays. Where two dⱼ are nearly equal, a
///    rotation of their vectors makes one of the zⱼ vanish.
/// 2. The *secular equation* gives the other k eigenvalues λ; see [SecularEquation] and [RankOneUpdate].
/// 3. The computed λ are the exact eigenvalues of D + ρẑẑᵀ, with ẑᵢ² = Πⱼ(λⱼ - dᵢ) / Πⱼ≠ᵢ(dⱼ - dᵢ)/ρ, and ẑ is close
///    to z. The vectors sⱼ = (ẑᵢ/(dᵢ - λⱼ))ᵢ of that matrix are orthogonal to working precision, however close the
///    eigenvalues.
/// 4. The vectors of T are Q·S: two matrix products, which is where the time goes. A column of Q is zero in one of its
///    halves, unless a rotation has mixed it: columns are put in the order left, mixed, right, so that the zeros are
///    not multiplied.
///
/// Here vectors are rows: the array `q` holds Qᵀ, and a product is Sᵀ·Qᵀ. The diagonals are `double` in both
/// precisions; only vectors and their products are in the precision of the class.
///
/// Reference: Cuppen, "A divide and conquer method for the symmetric tridiagonal eigenproblem", Numerische Mathematik
/// 36, 1981; Gu, Eisenstat, "A divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem", SIAM J.
/// Matrix Anal. Appl. 16, 1995; Rutter, "A serial implementation of Cuppen's divide and conquer algorithm", LAPACK
/// Working Note 69, 1994.
@SuppressWarnings("cast")
final class DoubleDivideAndConquer {
    /// The order up to which the QL iteration is faster.
    private static final int LEAF = 32;

    private static final ThreadLocal<DoubleDivideAndConquer> OF_THREAD =
            ThreadLocal.withInitial(DoubleDivideAndConquer::new);

    private Kernels<double[]> kernels;
    private /*64*/ double[] d;
    private /*64*/ double[] e;
    private double[] q;
    private int qOff;
    private int ldq;

    private final RankOneUpdate core = new RankOneUpdate();

    /// The vectors sⱼ as rows, and the rows of Qᵀ that enter the products, behind which come those that are done.
    private double[] s;
    private double[] rows;

    /// Where the right halves and the rows that are done start in `rows`.
    private int rightHalves;

    private int doneRows;

    private DoubleDivideAndConquer() {}

    /// Replaces the diagonal `d[0 … n)` by the eigenvalues, rising, and fills row i of the `n × n` matrix `q` with the
    /// eigenvector of `d[i]`. `e[i]` couples i and i + 1; it is destroyed.
    static void solve(
            Kernels<double[]> kernels, int n, /*64*/ double[] d, /*64*/ double[] e, double[] q, int qOff, int ldq) {
        for (int i = 0; i < n; i++) {
            Arrays.fill(q, qOff + i * ldq, qOff + i * ldq + n, 0);
            q[qOff + i * ldq + i] = 1;
        }
        if (n <= LEAF) {
            DoubleTridiagonalQl.solve(kernels, 0, n, d, e, q, qOff, ldq);
            return;
        }
        DoubleDivideAndConquer work = OF_THREAD.get();
        work.open(kernels, n, d, e, q, qOff, ldq);
        work.conquer(0, n);
        work.close();
    }

    private void open(
            Kernels<double[]> kernels, int n, /*64*/ double[] d, /*64*/ double[] e, double[] q, int qOff, int ldq) {
        this.kernels = kernels;
        this.d = d;
        this.e = e;
        this.q = q;
        this.qOff = qOff;
        this.ldq = ldq;
        core.open(n);
        s = DoubleScratch.take(n * n);
        rows = DoubleScratch.take(n * n);
    }

    /// Keeps no array of the caller's.
    private void close() {
        core.close();
        DoubleScratch.give(s);
        DoubleScratch.give(rows);
        s = null;
        rows = null;
        kernels = null;
        d = null;
        e = null;
        q = null;
    }

    /// Solves the rows and columns `from … to`.
    private void conquer(int from, int to) {
        if (to - from <= LEAF) {
            DoubleTridiagonalQl.solve(kernels, from, to, d, e, q, qOff, ldq);
            return;
        }
        int mid = (from + to) >>> 1;
        /*64*/ double beta = e[mid - 1];
        d[mid - 1] -= Math.abs(beta);
        d[mid] -= Math.abs(beta);
        conquer(from, mid);
        conquer(mid, to);
        merge(from, mid, to, beta);
    }

    private void merge(int from, int mid, int to, /*64*/ double beta) {
        order(from, mid, to);
        weights(from, mid, to, Math.signum(beta));
        deflate(from, to, 2 * Math.abs(beta));
        /*64*/ double rho = 2 * Math.abs(beta) * core.normalise();
        gather(from, mid, to);
        if (core.poles > 0) {
            core.roots(rho);
            core.refine();
            vectors();
            multiply(from, mid, to);
        }
        collect(from, to);
    }

    /// Merges the two halves, each of which is in order.
    private void order(int from, int mid, int to) {
        int left = from;
        int right = mid;
        for (int i = 0; i < to - from; i++) {
            core.order[i] = right == to || left < mid && d[left] <= d[right] ? left++ : right++;
        }
    }

    /// z: the last column of Q₁ᵀ's rows and the first one of Q₂ᵀ's.
    private void weights(int from, int mid, int to, /*64*/ double sign) {
        for (int r = from; r < mid; r++) {
            core.weightOfRow[r] = q[qOff + r * ldq + mid - 1] * Math.sqrt(/*64*/ 0.5);
            core.kindOfRow[r] = LEFT;
        }
        for (int r = mid; r < to; r++) {
            core.weightOfRow[r] = sign * q[qOff + r * ldq + mid] * Math.sqrt(/*64*/ 0.5);
            core.kindOfRow[r] = RIGHT;
        }
    }

    /// Step 1: sorts the rows into poles and those that are done.
    private void deflate(int from, int to, /*64*/ double rho) {
        core.clear();
        /*64*/ double largest = Math.max(Math.abs(d[core.order[0]]), Math.abs(d[core.order[to - from - 1]]));
        for (int r = from; r < to; r++) {
            largest = Math.max(largest, Math.abs(core.weightOfRow[r]));
        }
        /*64*/ double negligible = 8 * RankOneUpdate.EPSILON * largest;
        int last = -1;
        for (int i = 0; i < to - from; i++) {
            int row = core.order[i];
            if (rho * Math.abs(core.weightOfRow[row]) <= negligible) {
                core.finish(row, d);
            } else if (last < 0) {
                last = row;
            } else {
                if (!rotate(from, to, last, row, negligible)) {
                    core.keep(last, d[last], core.weightOfRow[last]);
                } else {
                    core.finish(last, d);
                }
                last = row;
            }
        }
        if (last >= 0) {
            core.keep(last, d[last], core.weightOfRow[last]);
        }
    }

    /// Moves the weight of row x to row y if that changes the matrix by no more than `negligible`.
    private boolean rotate(int from, int to, int x, int y, /*64*/ double negligible) {
        /*64*/ double length = Math.hypot(core.weightOfRow[x], core.weightOfRow[y]);
        /*64*/ double cos = core.weightOfRow[y] / length;
        /*64*/ double sin = -core.weightOfRow[x] / length;
        if (Math.abs((d[y] - d[x]) * cos * sin) > negligible) {
            return false;
        }
        core.weightOfRow[y] = length;
        core.weightOfRow[x] = 0;
        if (core.kindOfRow[x] != core.kindOfRow[y]) {
            core.kindOfRow[y] = MIXED;
        }
        int at = qOff + from;
        kernels.rot(to - from, q, at + x * ldq, q, at + y * ldq, cos, sin);
        /*64*/ double dx = d[x] * cos * cos + d[y] * sin * sin;
        d[y] = d[x] * sin * sin + d[y] * cos * cos;
        d[x] = dx;
        return true;
    }

    /// Copies rows, with poles in the order of kinds: the left halves, the right halves, then what is done.
    private void gather(int from, int mid, int to) {
        core.places();
        rightHalves = (core.kinds[LEFT] + core.kinds[MIXED]) * (mid - from) - core.kinds[LEFT] * (to - mid);
        for (int i = 0; i < core.poles; i++) {
            int kind = core.kindOfRow[core.rowOfPole[i]];
            int row = qOff + core.rowOfPole[i] * ldq;
            if (kind != RIGHT) {
                System.arraycopy(q, row + from, rows, core.place[i] * (mid - from), mid - from);
            }
            if (kind != LEFT) {
                System.arraycopy(q, row + mid, rows, rightHalves + core.place[i] * (to - mid), to - mid);
            }
        }
        doneRows = rightHalves + core.poles * (to - mid);
        for (int i = 0; i < core.dones; i++) {
            System.arraycopy(q, qOff + core.done[i] * ldq + from, rows, doneRows + i * (to - from), to - from);
        }
        core.takeDoneValues(d);
    }

    /// Step 3, the vectors sⱼ, their elements in the order of kinds.
    private void vectors() {
        int k = core.poles;
        for (int j = 0; j < k; j++) {
            int row = j * k;
            /*64*/ double[] vector = core.delta;
            for (int i = 0; i < k; i++) {
                vector[row + i] = core.weightHat[i] / vector[row + i];
            }
            /*64*/ double scale = 1 / Math.sqrt(Kernels./*64*/ f64().sumSquares(vector, row, k));
            for (int i = 0; i < k; i++) {
                s[row + core.place[i]] = (double) (vector[row + i] * scale);
            }
        }
    }

    /// Step 4: the first rows become Sᵀ·Qᵀ.
    private void multiply(int from, int mid, int to) {
        int k = core.poles;
        int lefts = core.kinds[LEFT] + core.kinds[MIXED];
        int out = qOff + from * ldq;
        int n1 = mid - from;
        int n2 = to - mid;
        Transpose no = Transpose.NO;
        kernels.gemm(no, no, k, n1, lefts, 1, s, 0, k, rows, 0, n1, 0, q, out + from, ldq);
        kernels.gemm(
                no,
                no,
                k,
                n2,
                k - core.kinds[LEFT],
                1,
                s,
                core.kinds[LEFT],
                k,
                rows,
                lefts * n1,
                n2,
                0,
                q,
                out + mid,
                ldq);
    }

    /// Merges the new rows, which come first, with those that are done, from the last to the first.
    private void collect(int from, int to) {
        int n = to - from;
        int i = core.poles - 1;
        int j = core.dones - 1;
        for (int r = to - 1; r >= from; r--) {
            int target = qOff + r * ldq + from;
            if (j < 0 || i >= 0 && core.lambda[i] > core.doneValue[j]) {
                d[r] = core.lambda[i];
                if (from + i != r) {
                    System.arraycopy(q, qOff + (from + i) * ldq + from, q, target, n);
                }
                i--;
            } else {
                d[r] = core.doneValue[j];
                System.arraycopy(rows, doneRows + j * n, q, target, n);
                j--;
            }
        }
    }
}
