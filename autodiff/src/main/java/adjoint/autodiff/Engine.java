package adjoint.autodiff;

import adjoint.linalg.Kernels;
import java.util.Arrays;

/// Where operations are executed: one per thread, with the tape that is open on it and the scratch its kernels use.
final class Engine {
    private static final ThreadLocal<Engine> OF_THREAD = ThreadLocal.withInitial(Engine::new);

    /// The innermost open tape, or null.
    Tape tape;

    /// The innermost vmap under way, or null.
    Level level;
    /// The innermost vmap that new inputs of a differentiation need not be stripped of, or null.
    Level floor;

    final Sweep sweep = new Sweep(this);
    final Meter meter = new Meter();
    final BatchedProduct product = new BatchedProduct(this);
    private final Call scratch = new Call();
    private final double[] parameter = new double[1];

    static Engine ofThread() {
        return OF_THREAD.get();
    }

    static <P> Tensor run(Op<P> op, P params, Tensor a) {
        Engine engine = ofThread();
        if (engine.level != null && a.storage.level != null) {
            return Batch.run(engine, op, params, a);
        }
        Call call = engine.begin(op, params);
        call.input(a);
        return engine.execute(op, params, call);
    }

    static <P> Tensor run(Op<P> op, P params, Tensor a, Tensor b) {
        Engine engine = ofThread();
        if (engine.level != null && (a.storage.level != null || b.storage.level != null)) {
            return Batch.run(engine, op, params, a, b);
        }
        Call call = engine.begin(op, params);
        call.input(a);
        call.input(b);
        return engine.execute(op, params, call);
    }

    static <P> Tensor run(Op<P> op, P params, Tensor a, Tensor b, Tensor c) {
        Engine engine = ofThread();
        if (engine.level != null && (a.storage.level != null || b.storage.level != null || c.storage.level != null)) {
            return Batch.run(engine, op, params, a, b, c);
        }
        Call call = engine.begin(op, params);
        call.input(a);
        call.input(b);
        call.input(c);
        return engine.execute(op, params, call);
    }

    static <P> Tensor run(Op<P> op, P params, Tensor[] inputs) {
        Engine engine = ofThread();
        if (engine.level != null && Level.innermost(inputs) != null) {
            return Batch.run(engine, op, params, inputs);
        }
        Call call = engine.begin(op, params);
        for (Tensor input : inputs) {
            call.input(input);
        }
        return engine.execute(op, params, call);
    }

    private Call begin(Op<?> op, Object params) {
        assert Ops.all().contains(op) : op + " is missing from Ops.all()";
        Call call = tape == null ? scratch : tape.next();
        call.begin(this, op, params);
        return call;
    }

    private <P> Tensor execute(Op<P> op, P params, Call call) {
        boolean recorded = tape != null && tape.link(call);
        if (recorded && tape.hooks != null) {
            tape.hooks.beforeForward(this, call, tape.recorded(), tape.label);
        }
        if (Meter.isOn()) {
            meter.forward(op, params, call);
        } else {
            op.infer(call, params);
            op.compute(call, params);
        }
        Tensor result = call.out(0);
        if (recorded) {
            tape.record(call);
        } else {
            if (tape != null) {
                tape.leave(call);
            }
            call.forget();
        }
        return result;
    }

    /// A tensor in a buffer of the open tape's pool, or in an array of its own; its content is arbitrary.
    Tensor allocate(DType dtype, Shape shape) {
        Storage storage = tape == null ? new Storage(dtype.allocate(shape.size())) : tape.take(dtype, shape.size());
        return new Tensor(storage, 0, shape, null, dtype);
    }

    /// A buffer for the duration of a kernel; to be given back with [#dropTemporary].
    Storage takeTemporary(DType dtype, int length) {
        return tape == null ? new Storage(dtype.allocate(length)) : tape.pool().take(dtype, length);
    }

    void dropTemporary(Storage storage) {
        if (storage.pool != null) {
            storage.pool.giveBack(storage);
        }
    }

    /// The tensor itself if its elements lie in row-major order without gaps, else a copy for the duration of a kernel,
    /// to be given back with [#drop].
    Tensor dense(Tensor tensor) {
        if (tensor.strides == null) {
            return tensor;
        }
        Storage storage = takeTemporary(tensor.dtype(), tensor.size());
        copy(tensor, storage.array, 0);
        return new Tensor(storage, 0, tensor.shape(), null, tensor.dtype());
    }

    void drop(Tensor dense, Tensor original) {
        if (dense != original) {
            dropTemporary(dense.storage);
        }
    }

    /// A scratch array holding the parameter of an element-wise operation.
    double[] parameter(double value) {
        parameter[0] = value;
        return parameter;
    }

    @SuppressWarnings("unchecked")
    static Kernels<Object> kernels(DType dtype) {
        return (Kernels<Object>) dtype.precision().kernels();
    }

    /// Sets all elements of a dense tensor.
    static void fill(Tensor dense, double value) {
        int from = dense.offset;
        int to = from + dense.size();
        switch (dense.array()) {
            case int[] a -> Arrays.fill(a, from, to, (int) value);
            case long[] a -> Arrays.fill(a, from, to, (long) value);
            default -> kernels(dense.dtype()).fill(dense.array(), from, dense.size(), value);
        }
    }

    /// Copies a tensor's elements in row-major order.
    static void copy(Tensor from, Object to, int offset) {
        if (from.strides == null) {
            System.arraycopy(from.array(), from.offset, to, offset, from.size());
        } else {
            copy(from, to, offset, Layout.dense(from.shape()));
        }
    }

    /// Copies a tensor's elements to the positions that `strides` gives them.
    static void copy(Tensor from, Object to, int offset, int[] strides) {
        if (from.size() == 0) {
            return;
        }
        int[] dims = from.shape().array();
        int[] in = from.strides == null ? Layout.dense(from.shape()) : from.strides;
        if (from.dtype().isFloating()) {
            kernels(from.dtype()).copyStrided(dims, from.array(), from.offset, in, to, offset, strides);
        } else {
            copyAxis(dims, 0, from.array(), from.offset, in, to, offset, strides);
        }
    }

    private static void copyAxis(
            int[] dims, int d, Object from, int in, int[] inStrides, Object to, int out, int[] strides) {
        if (d == dims.length || d == dims.length - 1 && inStrides[d] == 1 && strides[d] == 1) {
            System.arraycopy(from, in, to, out, d == dims.length ? 1 : dims[d]);
            return;
        }
        for (int i = 0; i < dims[d]; i++) {
            copyAxis(dims, d + 1, from, in + i * inStrides[d], inStrides, to, out + i * strides[d], strides);
        }
    }
}
