package adjoint.bench.peers;

import adjoint.bench.ArrayTask;
import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.linalg.Gemm;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import java.util.Optional;
import org.ejml.data.DMatrixRMaj;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.CommonOps_FDRM;

/// EJML's dense row-major matrices.
public final class Ejml implements Contender {
    @Override
    public String version() {
        return Versions.of(CommonOps_DDRM.class);
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        if (operation instanceof Gemm g && g.batch() == 1 && g.ta() == Transpose.NO && g.tb() == Transpose.NO) {
            return Optional.of(g.precision() == Precision.F32 ? inSingle(g) : inDouble(g));
        }
        return Optional.empty();
    }

    private static Task inSingle(Gemm g) {
        FMatrixRMaj a = FMatrixRMaj.wrap(g.m(), g.k(), (float[]) g.a());
        FMatrixRMaj b = FMatrixRMaj.wrap(g.k(), g.n(), (float[]) g.b());
        FMatrixRMaj c = new FMatrixRMaj(g.m(), g.n());
        return new ArrayTask(c.data, () -> CommonOps_FDRM.mult(a, b, c));
    }

    private static Task inDouble(Gemm g) {
        DMatrixRMaj a = DMatrixRMaj.wrap(g.m(), g.k(), (double[]) g.a());
        DMatrixRMaj b = DMatrixRMaj.wrap(g.k(), g.n(), (double[]) g.b());
        DMatrixRMaj c = new DMatrixRMaj(g.m(), g.n());
        return new ArrayTask(c.data, () -> CommonOps_DDRM.mult(a, b, c));
    }
}
