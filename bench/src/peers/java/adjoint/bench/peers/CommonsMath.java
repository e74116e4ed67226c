package adjoint.bench.peers;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.linalg.Factorization;
import adjoint.bench.linalg.Factorization.Kind;
import adjoint.linalg.Precision;
import java.util.Arrays;
import java.util.Optional;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/// Commons Math's decompositions that iterate.
public final class CommonsMath implements Contender {
    @Override
    public String version() {
        return Versions.of(RealMatrix.class);
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return operation instanceof Factorization of
                        && of.precision() == Precision.F64
                        && (of.kind() == Kind.SYMMETRIC_EIGEN || of.kind() == Kind.SVD)
                ? Optional.of(new Values(of))
                : Optional.empty();
    }

    private static final class Values implements Task {
        private final Kind kind;
        private final RealMatrix matrix;
        private double[] values;

        Values(Factorization of) {
            kind = of.kind();
            double[] rows = (double[]) of.matrix();
            int n = of.n();
            double[][] matrix = new double[n][];
            Arrays.setAll(matrix, i -> Arrays.copyOfRange(rows, i * n, (i + 1) * n));
            this.matrix = new Array2DRowRealMatrix(matrix, false);
        }

        @Override
        public void call() {
            values = kind == Kind.SVD
                    ? new SingularValueDecomposition(matrix).getSingularValues()
                    : new EigenDecomposition(matrix).getRealEigenvalues();
        }

        @Override
        public Object result() {
            return values;
        }
    }
}
