package adjoint.linalg.internal;

import adjoint.linalg.Precision;
import java.util.function.Consumer;

/// Compiles chains, and keeps the scratch room that they need for each thread.
public final class ChainCompiler {
    private static final ThreadLocal<Object[]> SCRATCH =
            ThreadLocal.withInitial(() -> new Object[] {new float[0], new double[0]});

    private ChainCompiler() {}

    /// The kernel of a graph in one precision, with vector instructions, if all its operations have them, or without.
    public static RowKernel compile(String name, Graph graph, Precision precision, boolean simd) {
        ElementType type = ElementType.of(precision);
        boolean vectors = simd && graph.isVectorizable();
        int lanes = vectors ? lanes(precision) : 1;
        Graph lowered = vectors ? Lowering.of(graph, type) : graph;
        Sweeps sweeps = new Sweeps(lowered);
        RowCode code = ChainEmitter.compile(name, lowered, sweeps, type, lanes);
        int slots = (sweeps.slots() + graph.arrays()) * lanes;
        int rows = sweeps.kept().size();
        return (m, n, arrays, offsets, rowStrides, scalars) -> {
            int length = slots + rows * ((n + lanes - 1) / lanes * lanes);
            code.run(m, n, arrays, offsets, rowStrides, scalars, scratch(precision, length));
        };
    }

    /// A stand-in for the kernel with vector instructions. When it has had much work, that is compiled, and `ready`
    /// gets it. Where there is none, the kernel without.
    public static RowKernel standIn(String name, Graph graph, Precision precision, Consumer<RowKernel> ready) {
        if (!graph.isVectorizable()) {
            return compile(name, graph, precision, false);
        }
        int lanes = lanes(precision);
        Graph lowered = Lowering.of(graph, ElementType.of(precision));
        Sweeps sweeps = new Sweeps(lowered);
        Runnable trial = () -> WarmUp.start(new ChainTrial(name, graph, precision, lanes, sweeps.operations(), ready));
        return precision == Precision.F32
                ? new FloatStandInChain(lowered, sweeps, lanes, trial)
                : new DoubleStandInChain(lowered, sweeps, lanes, trial);
    }

    /// This thread's scratch array, at least `length` long.
    private static Object scratch(Precision precision, int length) {
        Object[] all = SCRATCH.get();
        int which = precision.ordinal();
        int present = all[which] instanceof float[] x ? x.length : ((double[]) all[which]).length;
        if (present < length) {
            all[which] = precision.allocate(length);
        }
        return all[which];
    }

    /// The lanes of a vector. Links `jdk.incubator.vector`.
    private static int lanes(Precision precision) {
        return precision == Precision.F32 ? FloatVectorConstants.LANES : DoubleVectorConstants.LANES;
    }
}
