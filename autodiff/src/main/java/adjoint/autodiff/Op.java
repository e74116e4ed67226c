package adjoint.autodiff;

/// A differentiable operation: its shape rule, its kernel, its vector–Jacobian and Jacobian–vector products and its
/// cost, in one place.
///
/// An operation is stateless and there is one instance of each, listed by [Ops#all]. What distinguishes one application
/// from another (an axis, a probability) are its parameters, a value of type `P`. Recording is none of an operation's
/// business: [#infer] declares outputs, [#compute] fills them, and the engine keeps the [Call] if a tape wants it.
///
/// @param <P> the parameters of one application; `Void` where there are none
public abstract class Op<P> {
    /// For [#reads]: all inputs and outputs.
    static final int ALL_VALUES = -1;
    /// For [#reads]: only the gradient of the output.
    static final int NO_VALUES = 0;

    /// For [#reads]: the values of all inputs and of no output.
    static final int ALL_INPUTS = (1 << 16) - 1;

    private final String name;
    private final String formula;

    /// @param formula what it computes, for the table of operations in the guide, for example `eˣ`
    Op(String name, String formula) {
        this.name = name;
        this.formula = formula;
    }

    /// The name in errors, profiles and tables, for example `matmul`.
    public final String name() {
        return name;
    }

    /// What it computes, in a few words or symbols.
    public final String formula() {
        return formula;
    }

    /// The shape rule: checks the inputs and declares the outputs.
    abstract void infer(Call call, P params);

    /// Fills the declared outputs. Views have nothing to fill.
    abstract void compute(Call call, P params);

    /// The gradients of the inputs from that of output 0, by differentiable operations on tensors, so that they can be
    /// differentiated again.
    abstract void vjp(Call call, P params, Flow flow);

    /// The same gradients by kernels, where that is faster; used when nothing is recorded.
    void fusedVjp(Call call, P params, Flow flow) {
        vjp(call, params, flow);
    }

    /// Which values the gradient of input `i` is worked out from by [#fusedVjp]: [#input] and [#output] bits. What no
    /// gradient reads is given back as early as may be, and reading it is an error.
    int reads(int i) {
        return ALL_VALUES;
    }

    /// For [#reads]: the values of input `i`; 15 stands for all from there on.
    static int input(int i) {
        return 1 << i;
    }

    /// For [#reads]: the values of output `i`; 15 stands for all from there on.
    static int output(int i) {
        return 1 << 16 + i;
    }

    /// The tangent of output 0 from those of the inputs, its Jacobian–vector product, by differentiable operations on
    /// tensors. At least one input has a tangent. Null stands for 0.
    abstract Tensor jvp(Call call, P params, Tangents tangents);

    /// The operation on each example of a batch, inside a vmap: the results, along a new first axis. By default one
    /// application after another.
    Tensor batch(Batch batch, P params) {
        return batch.loop(this, params);
    }

    /// What one application costs: by default a sweep over inputs and outputs with one operation per output element.
    Cost cost(Call call, P params) {
        return Cost.sweep(call, 1);
    }

    /// False if the result has no gradient, being piecewise constant or an integer.
    public boolean isDifferentiable() {
        return true;
    }

    /// True if the kernels of forward and backward pass stand for a composition of other operations, which takes over
    /// when a higher order is asked for.
    public boolean isFused() {
        return false;
    }

    @Override
    public final String toString() {
        return name;
    }

    /// Floating point operations and bytes read and written.
    public record Cost(long flops, long bytes) {
        /// Each input read and each output written once, `flops` operations per element of output 0.
        static Cost sweep(Call call, int flops) {
            return new Cost((long) flops * call.out(0).size(), bytes(call));
        }

        Cost plus(Cost other) {
            return new Cost(flops + other.flops, bytes + other.bytes);
        }

        Cost times(int factor) {
            return new Cost(flops * factor, bytes * factor);
        }

        static long bytes(Call call) {
            long bytes = 0;
            for (int i = 0; i < call.inputs(); i++) {
                bytes += (long) call.in(i).size() * call.in(i).dtype().bytes();
            }
            for (int i = 0; i < call.outputs(); i++) {
                bytes += (long) call.out(i).size() * call.out(i).dtype().bytes();
            }
            return bytes;
        }
    }
}
