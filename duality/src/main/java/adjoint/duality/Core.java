package adjoint.duality;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Kernels;
import adjoint.linalg.Qr;
import adjoint.linalg.Svd;

/// The small matrix that has all of a feature kernel's spectrum: `K = Φ_q Φ_kᵀ = Q_q (R_q R_kᵀ) Q_kᵀ`, core `R_q R_kᵀ`.
///
/// The thin QR makes R `[min(tokens, p), p]`, so the core is never larger than K, and never larger than p×p.
///
/// @param queryBasis Q_q `[N, min(N, p)]`
/// @param keyBasis Q_k `[M, min(M, p)]`
/// @param matrix R_q R_kᵀ `[min(N, p), min(M, p)]`
record Core(Tensor queryBasis, Tensor keyBasis, Tensor matrix) {

    static Core of(Tensor queryFeatures, Tensor keyFeatures) {
        requireMatrix("query features", queryFeatures);
        requireMatrix("key features", keyFeatures);
        int p = queryFeatures.dim(1);
        if (keyFeatures.dim(1) != p) {
            throw new IllegalArgumentException("query features " + queryFeatures.shape() + " and key features "
                    + keyFeatures.shape() + " must have the same number of columns");
        }
        int n = queryFeatures.dim(0);
        int m = keyFeatures.dim(0);
        Qr<double[]> query = Qr.thin(Kernels.f64(), n, p, queryFeatures.toDoubles());
        Qr<double[]> key = Qr.thin(Kernels.f64(), m, p, keyFeatures.toDoubles());
        Tensor queryR = Tensor.of(query.r(), Math.min(n, p), p);
        Tensor keyR = Tensor.of(key.r(), Math.min(m, p), p);
        return new Core(
                Tensor.of(query.q(), n, Math.min(n, p)),
                Tensor.of(key.q(), m, Math.min(m, p)),
                queryR.matmul(keyR.transpose(0, 1)));
    }

    double[] singularValues() {
        return Svd.values(Kernels.f64(), matrix.dim(0), matrix.dim(1), matrix.toDoubles());
    }

    Svd<double[]> decompose() {
        return Svd.thin(Kernels.f64(), matrix.dim(0), matrix.dim(1), matrix.toDoubles());
    }

    static void requireMatrix(String name, Tensor tensor) {
        if (tensor.rank() != 2 || !tensor.dtype().isFloating()) {
            throw new IllegalArgumentException("the " + name
                    + " must be a matrix of floating point numbers [rows, columns], not " + tensor.dtype() + " "
                    + tensor.shape());
        }
    }

    /// `tensor` in double precision, without its history.
    static Tensor f64(Tensor tensor) {
        return tensor.detach().to(DType.F64);
    }
}
