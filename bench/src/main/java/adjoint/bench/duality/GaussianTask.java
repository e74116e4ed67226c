package adjoint.bench.duality;

import adjoint.autodiff.Tensor;
import adjoint.bench.Task;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.OptionalDouble;
import java.util.function.BinaryOperator;

/// A product with the Gram matrix.
final class GaussianTask implements Task {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final GaussianProduct of;
    private final BinaryOperator<Tensor> product;
    private final Tensor x;
    private final Tensor v;
    private Tensor out;

    /// @param product of x and v
    GaussianTask(GaussianProduct of, BinaryOperator<Tensor> product) {
        this.of = of;
        this.product = product;
        x = of.x();
        v = of.v();
    }

    @Override
    public void call() {
        out = product.apply(x, v);
    }

    @Override
    public Object result() {
        return out.toDoubles();
    }

    @Override
    public OptionalDouble work() {
        if (of.aspect() != GaussianProduct.Aspect.MEMORY) {
            return OptionalDouble.empty();
        }
        long before = THREADS.getTotalThreadAllocatedBytes();
        call();
        return OptionalDouble.of(THREADS.getTotalThreadAllocatedBytes() - before);
    }
}
