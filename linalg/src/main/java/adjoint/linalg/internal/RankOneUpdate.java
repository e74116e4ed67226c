package adjoint.linalg.internal;

import adjoint.linalg.Kernels;
import adjoint.linalg.Parallel;
import java.util.Arrays;

/// What divide and conquer does alike for eigenvalues and for singular values: the eigenvalues of D + ρ·z·zᵀ, for a
/// diagonal D and a vector z whose elements belong to rows, those of the vectors of a left and a right block.
///
/// Whoever merges two blocks puts rows in order, deflates ([#finish] what is done, [#keep] what is a pole of the
/// secular equation), and gets from [#roots] and [#refine] the eigenvalues λ and a vector ẑ close to z, of which the λ
/// are exactly those of D + ρ·ẑ·ẑᵀ:
///
/// ```
/// ẑᵢ² = Πⱼ(λⱼ - dᵢ) / Πⱼ≠ᵢ(dⱼ - dᵢ)/ρ
/// ```
///
/// Everything here is `double` in both precisions: it costs n² of n³ operations.
final class RankOneUpdate {
    static final double EPSILON = Math.ulp(1.0) / 2;

    // The kinds of rows; one of the left block is zero in the columns of the right one, unless a rotation has mixed it.
    static final int LEFT = 0;
    static final int MIXED = 1;
    static final int RIGHT = 2;

    /// Terms of the secular equation that are worth a thread.
    private static final int WORTH_A_THREAD = 20_000;

    /// Of each row: its weight, its kind, and its place among all in the order of the values.
    double[] weightOfRow = {};

    int[] kindOfRow = {};
    int[] order = {};

    /// Of each pole that is left: the pole, its weights z and ẑ, the eigenvalue behind it, its row, and its place in
    /// the order of kinds.
    double[] pole = {};

    double[] weight = {};
    double[] weightHat = {};
    double[] lambda = {};
    int[] rowOfPole = {};
    int[] place = {};

    /// The rows that are done and their values, rising.
    int[] done = {};

    double[] doneValue = {};

    /// How many poles and rows there are of each sort.
    int poles;

    int dones;
    final int[] kinds = new int[3];

    /// dᵢ - λⱼ at `[j, i]`.
    double[] delta;

    /// Makes room for n rows.
    void open(int n) {
        if (order.length < n) {
            weightOfRow = new double[n];
            kindOfRow = new int[n];
            order = new int[n];
            pole = new double[n];
            weight = new double[n];
            weightHat = new double[n];
            lambda = new double[n];
            rowOfPole = new int[n];
            place = new int[n];
            done = new int[n];
            doneValue = new double[n];
        }
        delta = DoubleScratch.take(n * n);
    }

    void close() {
        DoubleScratch.give(delta);
        delta = null;
    }

    void clear() {
        poles = 0;
        dones = 0;
    }

    void keep(int row, double newPole, double newWeight) {
        pole[poles] = newPole;
        weight[poles] = newWeight;
        rowOfPole[poles] = row;
        poles++;
    }

    /// Inserts the row among those that are done, in the order of their values d; it mostly comes last.
    void finish(int row, double[] d) {
        int i = dones++;
        for (; i > 0 && d[done[i - 1]] > d[row]; i--) {
            done[i] = done[i - 1];
        }
        done[i] = row;
    }

    void takeDoneValues(double[] d) {
        for (int i = 0; i < dones; i++) {
            doneValue[i] = d[done[i]];
        }
    }

    /// Divides z by its norm, and returns the square of that.
    double normalise() {
        double squares = Kernels.f64().sumSquares(weight, 0, poles);
        Kernels.f64().scale(poles, 1 / Math.sqrt(squares), weight, 0);
        return squares;
    }

    void roots(double rho) {
        int k = poles;
        int grain = Math.max(1, WORTH_A_THREAD / k);
        if (Parallel.threads() == 1 || k <= grain) {
            roots(0, k, rho);
        } else {
            Parallel.range(k, grain, (first, end) -> roots(first, end, rho));
        }
    }

    private void roots(int first, int end, double rho) {
        int k = poles;
        double[] work = DoubleScratch.take(k + SecularEquation.WORK);
        for (int j = first; j < end; j++) {
            lambda[j] = SecularEquation.root(k, j, pole, weight, rho, EPSILON, delta, j * k, work);
        }
        DoubleScratch.give(work);
    }

    /// The weights ẑ up to a common factor.
    void refine() {
        int k = poles;
        Arrays.fill(weightHat, 0, k, 1);
        for (int j = 0; j < k; j++) {
            int row = j * k;
            multiplyByQuotients(0, j, row, pole[j]);
            weightHat[j] *= -delta[row + j];
            multiplyByQuotients(j + 1, k, row, pole[j]);
        }
        for (int i = 0; i < k; i++) {
            weightHat[i] = Math.copySign(Math.sqrt(weightHat[i]), weight[i]);
        }
    }

    private void multiplyByQuotients(int first, int end, int row, double other) {
        double[] product = weightHat;
        double[] differences = delta;
        double[] poleOf = pole;
        for (int i = first; i < end; i++) {
            product[i] *= differences[row + i] / (poleOf[i] - other);
        }
    }

    /// The places of the poles in the order of kinds.
    void places() {
        Arrays.fill(kinds, 0);
        for (int i = 0; i < poles; i++) {
            kinds[kindOfRow[rowOfPole[i]]]++;
        }
        int left = 0;
        int mixed = kinds[LEFT];
        int right = kinds[LEFT] + kinds[MIXED];
        for (int i = 0; i < poles; i++) {
            int kind = kindOfRow[rowOfPole[i]];
            place[i] = kind == LEFT ? left++ : kind == MIXED ? mixed++ : right++;
        }
    }
}
