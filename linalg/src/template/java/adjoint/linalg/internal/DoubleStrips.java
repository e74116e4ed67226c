package adjoint.linalg.internal;

/// What is at the bottom of the recursion of [DoubleTriangular]: a packed lower triangle T of at most [#ORDER] rows
/// that lie [#ORDER] apart, and a strip X of as many rows of [#width] elements that lie one behind the other. In plain
/// Java, overridden where vector instructions do it better.
public class DoubleStrips {
    /// The most rows of a packed triangle.
    public static final int ORDER = 64;

    private static final int WIDTH = 16;

    /// The columns of a strip.
    int width() {
        return WIDTH;
    }

    /// `X = T⁻¹·X`, where what is packed is -T below the diagonal and the reciprocals on it.
    void solve(int order, double[] t, double[] x) {
        for (int r = 0; r < order; r++) {
            for (int p = 0; p < r; p++) {
                addRow(t[r * ORDER + p], x, p * WIDTH, r * WIDTH);
            }
            scaleRow(t[r * ORDER + r], x, r * WIDTH);
        }
    }

    /// `X = T·X`.
    void multiply(int order, double[] t, double[] x) {
        for (int r = order - 1; r >= 0; r--) {
            scaleRow(t[r * ORDER + r], x, r * WIDTH);
            for (int p = 0; p < r; p++) {
                addRow(t[r * ORDER + p], x, p * WIDTH, r * WIDTH);
            }
        }
    }

    /// `out[c, r] = in[r, c]`; rows of the output may follow each other backwards, with a negative `ldOut`.
    void transpose(int rows, int cols, double[] in, int inOff, int ldIn, double[] out, int outOff, int ldOut) {
        for (int c = 0; c < cols; c++) {
            for (int r = 0; r < rows; r++) {
                out[outOff + c * ldOut + r] = in[inOff + r * ldIn + c];
            }
        }
    }

    private static void addRow(double factor, double[] x, int from, int to) {
        for (int c = 0; c < WIDTH; c++) {
            x[to + c] += factor * x[from + c];
        }
    }

    private static void scaleRow(double factor, double[] x, int from) {
        for (int c = 0; c < WIDTH; c++) {
            x[from + c] *= factor;
        }
    }
}
