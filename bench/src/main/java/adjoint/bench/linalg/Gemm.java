package adjoint.bench.linalg;

import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;

/// `batch` products `C = op(A)·op(B)` of contiguous row-major matrices, one behind the other.
public record Gemm(Precision precision, Transpose ta, Transpose tb, int m, int n, int k, int batch)
        implements Operation {

    @Override
    public String kernel() {
        return "gemm " + letter(ta) + letter(tb);
    }

    private static String letter(Transpose t) {
        return t == Transpose.YES ? "T" : "N";
    }

    @Override
    public String shape() {
        return m + "×" + n + "×" + k + (batch == 1 ? "" : " (" + batch + ")");
    }

    @Override
    public Unit unit() {
        return Unit.GIGAFLOPS;
    }

    @Override
    public double work() {
        return 2.0 * m * n * k * batch;
    }

    @Override
    public double tolerance() {
        return precision == Precision.F32 ? 1e-5 : 1e-13;
    }

    /// All matrices A.
    public Object a() {
        return Inputs.normal(precision, 1, m * k * batch);
    }

    /// All matrices B.
    public Object b() {
        return Inputs.normal(precision, 2, k * n * batch);
    }

    /// Room for all matrices C.
    public Object c() {
        return precision.allocate(m * n * batch);
    }

    public int lda() {
        return ta == Transpose.YES ? m : k;
    }

    public int ldb() {
        return tb == Transpose.YES ? k : n;
    }
}
