package adjoint.bench.peers;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.linalg.Gemm;
import adjoint.linalg.Precision;
import adjoint.linalg.Transpose;
import java.util.Arrays;
import java.util.Optional;
import org.ojalgo.OjAlgoUtils;
import org.ojalgo.matrix.store.MatrixStore;
import org.ojalgo.matrix.store.PhysicalStore;
import org.ojalgo.matrix.store.R032Store;
import org.ojalgo.matrix.store.R064Store;

/// ojAlgo, on one thread.
public final class OjAlgo implements Contender {
    public OjAlgo() {
        OjAlgoUtils.limitThreadsTo(1);
    }

    @Override
    public String version() {
        return Versions.of(PhysicalStore.class);
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        return operation instanceof Gemm g && g.batch() == 1 ? Optional.of(product(g)) : Optional.empty();
    }

    private static Task product(Gemm g) {
        PhysicalStore.Factory<Double, ?> factory =
                g.precision() == Precision.F32 ? R032Store.FACTORY : R064Store.FACTORY;
        MatrixStore<Double> a = store(factory, g.a(), g.ta(), g.lda());
        MatrixStore<Double> b = store(factory, g.b(), g.tb(), g.ldb());
        PhysicalStore<Double> c = factory.make(g.m(), g.n());
        return new Task() {
            @Override
            public void call() {
                a.multiply(b, c);
            }

            @Override
            public Object result() {
                double[] rows = new double[g.m() * g.n()];
                Arrays.setAll(rows, i -> c.doubleValue(i / g.n(), i % g.n()));
                return rows;
            }
        };
    }

    /// The matrix op(X) of the row-major X, in the library's own layout.
    private static MatrixStore<Double> store(
            PhysicalStore.Factory<Double, ?> factory, Object array, Transpose t, int ld) {
        double[] rows = Operation.doubles(array);
        PhysicalStore<Double> store = factory.make(rows.length / ld, ld);
        for (int i = 0; i < rows.length; i++) {
            store.set(i / ld, i % ld, rows[i]);
        }
        return t == Transpose.YES ? store.transpose() : store;
    }
}
