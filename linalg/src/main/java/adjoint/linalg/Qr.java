package adjoint.linalg;

/// The thin QR decomposition `A = Q·R` by Householder reflections.
///
/// For A of `m × n` and `k = min(m, n)`: Q is `m × k` with orthonormal columns, R is `k × n`, upper
/// triangular with a diagonal ≥ 0, so that the decomposition is unique when A has full rank. All row-major.
///
/// Reference: Golub, Van Loan, *Matrix Computations*, 4th edition, §5.2.
///
/// @param q Q, `m × k`
/// @param r R, `k × n`
public record Qr(double[] q, double[] r) {
    /// Decomposes the row-major `m × n` matrix `a`, which is not changed.
    ///
    /// @throws IllegalArgumentException if the size is wrong or an element is NaN or infinite
    public static Qr thin(int m, int n, double[] a) {
        Decomposition.check("Qr.thin", m, n, a);
        int k = Math.min(m, n);
        double[] columns = new double[m * n];
        Kernels.f64().transpose(m, n, a, 0, n, columns, 0, m);
        double scale = Decomposition.scaleToOne(columns);
        double[] tau = new double[k];
        for (int j = 0; j < k; j++) {
            tau[j] = reflector(m - j, columns, j * m + j);
            for (int c = j + 1; c < n; c++) {
                apply(m - j, columns, j * m + j, tau[j], columns, c * m + j);
            }
        }
        double[] r = new double[k * n];
        for (int i = 0; i < k; i++) {
            for (int c = i; c < n; c++) {
                r[i * n + c] = columns[c * m + i] * scale;
            }
        }
        return signed(m, n, k, orthonormal(m, k, columns, tau), r);
    }

    /// Makes the reflector `H = I - tau·v·vᵀ`, v₀ = 1, that maps x to β·e₀: x becomes (β, v₁, …).
    private static double reflector(int n, double[] x, int off) {
        Kernels<double[]> kernels = Kernels.f64();
        double tail = kernels.sumSquares(x, off + 1, n - 1);
        double alpha = x[off];
        if (tail == 0) {
            return 0;
        }
        double beta = -Math.copySign(Math.sqrt(alpha * alpha + tail), alpha);
        kernels.scale(n - 1, 1 / (alpha - beta), x, off + 1);
        x[off] = beta;
        return (beta - alpha) / beta;
    }

    /// y = H·y.
    private static void apply(int n, double[] v, int vOff, double tau, double[] y, int yOff) {
        Kernels<double[]> kernels = Kernels.f64();
        double s = tau * (y[yOff] + kernels.dot(v, vOff + 1, y, yOff + 1, n - 1));
        y[yOff] -= s;
        kernels.axpy(n - 1, -s, v, vOff + 1, y, yOff + 1);
    }

    /// The first k columns of H₀·H₁·…, as rows.
    private static double[] orthonormal(int m, int k, double[] columns, double[] tau) {
        double[] q = new double[k * m];
        for (int c = k - 1; c >= 0; c--) {
            q[c * m + c] = 1;
            for (int j = c; j >= 0; j--) {
                apply(m - j, columns, j * m + j, tau[j], q, c * m + j);
            }
        }
        return q;
    }

    /// Turns signs so that the diagonal of R is not negative.
    private static Qr signed(int m, int n, int k, double[] qRows, double[] r) {
        Kernels<double[]> kernels = Kernels.f64();
        for (int i = 0; i < k; i++) {
            if (r[i * n + i] < 0) {
                kernels.scale(n - i, -1, r, i * n + i);
                kernels.scale(m, -1, qRows, i * m);
            }
        }
        double[] q = new double[m * k];
        kernels.transpose(k, m, qRows, 0, m, q, 0, k);
        return new Qr(q, r);
    }
}
