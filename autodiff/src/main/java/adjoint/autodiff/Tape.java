package adjoint.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// A Wengert list: the operations of one computation in the order of their execution, from which [#backward] works out
/// gradients. Confined to the thread that opened it.
///
/// ```
/// try (Tape tape = Tape.open(pool)) {
///     tape.watch(weight, bias);
///     Tensor loss = x.linear(weight, bias).crossEntropy(labels);
///     Gradients g = tape.backward(loss);
///     … g.of(weight) …
/// }
/// ```
///
/// What no gradient needs is not recorded. Results of operations inside the tape live in buffers of its [BufferPool]
/// and are gone when it is closed; [#keep] copies one out. A tape opened inside another one sees the outer one's
/// tensors as constants, unless it watches them.
public final class Tape implements AutoCloseable {
    private final Engine engine = Engine.ofThread();
    private final Thread owner = Thread.currentThread();
    private final BufferPool pool;
    private final Tape outer;
    private Ledger ledger;
    private Flow flow;
    private boolean recording = true;
    private boolean consumed;
    private boolean checking;
    /// Null if there are none.
    Hooks hooks;
    private int differentiations;
    /// While a segment is run again: the entries that stand for what came into it, by tensor.
    private Map<Tensor, Call> stands;

    /// The innermost scope, or null.
    String label;
    private String[] labels = new String[8];
    private int depth;
    private final Scope popLabel = this::popLabel;

    private Tape(BufferPool pool) {
        this.pool = pool;
        ledger = pool.open();
        outer = engine.tape;
    }

    /// Opens a tape on a pool that belongs to the calling thread.
    public static Tape open() {
        return open(BufferPool.ofThread());
    }

    /// Opens a tape on a pool of the caller.
    ///
    /// @throws IllegalStateException if another thread has a tape open on it
    public static Tape open(BufferPool pool) {
        Tape tape = new Tape(pool);
        tape.engine.tape = tape;
        return tape;
    }

    /// A tape on a pool of its own that is open during [#inside] only, and need not be closed.
    static Tape aside() {
        return new Tape(new BufferPool());
    }

    /// Runs `body` with this as the innermost tape.
    <R> R inside(Supplier<R> body) {
        Tape before = engine.tape;
        engine.tape = this;
        try {
            return body.get();
        } finally {
            engine.tape = before;
        }
    }

    /// The innermost tape open on the calling thread if it records, else null.
    static Tape current() {
        Tape tape = Engine.ofThread().tape;
        return tape == null || !tape.recording ? null : tape;
    }

    /// Whether to check each recorded result for NaN and infinity as it is computed, and each gradient as it is worked
    /// out, and to throw an [ArithmeticException] at the first that names the operation, its scope and the line of the
    /// user that it was recorded from. Costs one more pass over each result, and a walk up the stack.
    public Tape checkFinite(boolean check) {
        checking = check;
        return this;
    }

    /// From here on, operations on these tensors are recorded, and [#backward] gives their gradients.
    ///
    /// @throws IllegalArgumentException if one is of an integer dtype, or a result that this tape has recorded
    public void watch(Tensor... leaves) {
        for (Tensor leaf : leaves) {
            watch(leaf);
        }
    }

    /// As [#watch(Tensor...)].
    public void watch(List<Tensor> leaves) {
        for (int i = 0; i < leaves.size(); i++) {
            watch(leaves.get(i));
        }
    }

    private void watch(Tensor leaf) {
        requireOpen();
        leaf.requireAlive();
        requireFloating("watch", leaf);
        if (leaf.call != null && leaf.call.tape == this) {
            throw new IllegalArgumentException("watch: the tensor is a result of " + leaf.call.op
                    + ", which this tape has recorded already; gradients(loss, tensors) gives its gradient");
        }
        if (!ledger.leaves.containsKey(leaf)) {
            ledger.leaves.put(leaf, leaf(leaf));
        }
    }

    static void requireFloating(String what, Tensor leaf) {
        if (!leaf.dtype().isFloating()) {
            throw new IllegalArgumentException(
                    what + ": only F32 and F64 tensors have gradients, got " + leaf.dtype() + leaf.shape());
        }
    }

    private Call leaf(Tensor tensor) {
        Call call = ledger.next();
        call.begin(engine, null, null);
        call.tape = this;
        call.scope = label;
        call.add(tensor);
        ledger.append(call);
        return call;
    }

    /// An input of a nested differentiation: a view of `tensor` with an identity of its own, recorded if it depends on
    /// watched tensors, and watched if not.
    Tensor innerLeaf(Tensor tensor) {
        Tensor alias = Engine.run(Views.ALIAS, null, tensor);
        if (alias.call == null) {
            Call call = leaf(alias);
            call.inner = true;
            ledger.leaves.put(alias, call);
        }
        return alias;
    }

    // ---- recording

    Call next() {
        return ledger.next();
    }

    /// Finds where the inputs of a call come from; false if it is not to be recorded.
    boolean link(Call call) {
        if (!recording || !call.op.isDifferentiable()) {
            return false;
        }
        boolean any = false;
        for (int i = 0; i < call.inputs(); i++) {
            Call source = source(call.in(i));
            call.source(i, source);
            any |= source != null;
        }
        return any;
    }

    /// The entry of a tensor that depends on watched ones, else null.
    private Call source(Tensor tensor) {
        if (stands != null && stands.get(tensor) instanceof Call stand) {
            return stand;
        }
        Call source = tensor.call;
        if (source != null && source.tape == this) {
            return source;
        }
        if (source != null && source.tape.owner != owner) {
            throw new IllegalStateException(
                    "a result of " + source.op + tensor.shape() + " belongs to a tape of thread "
                            + source.tape.owner.getName() + ", it cannot be used on thread " + owner.getName()
                            + "; keep or detach it");
        }
        return ledger.leaves.get(tensor);
    }

    void record(Call call) {
        call.tape = this;
        call.scope = label;
        ledger.append(call);
        call.hold();
        call.out(0).call = call;
        if (checking) {
            call.site = Findings.callSite();
            Findings.requireFiniteResult(call);
        }
        if (hooks != null) {
            hooks.afterForward(engine, call);
        }
    }

    /// Results that are not recorded last as long as the tape, unless they are steps of a backward pass.
    void leave(Call call) {
        for (int i = 0; recording && i < call.outputs(); i++) {
            Storage storage = call.out(i).storage;
            storage.lasting |= storage.pool == pool && storage.holders == 0;
        }
    }

    /// Says that a result will not be used again: its buffer is given back as soon as no gradient needs its values, at
    /// once if none does. Does nothing to tensors that are no results of operations inside this tape.
    ///
    /// Without it, results last until [#backward], for nothing else tells the tape that they are not needed.
    public void drop(Tensor result) {
        requireOpen();
        Call call = result.call;
        if (call != null && call.tape == this) {
            call.releaseResults();
        } else if (result.storage.pool == pool && result.storage.lasting && result.isAlive()) {
            result.storage.lasting = false;
            if (result.storage.holders == 0) {
                pool.giveBack(result.storage);
            }
        }
    }

    BufferPool pool() {
        return pool;
    }

    Storage take(DType dtype, int length) {
        Storage storage = pool.take(dtype, length);
        ledger.add(storage);
        return storage;
    }

    // ---- differentiating

    /// The gradients of a scalar with respect to the watched tensors.
    ///
    /// This consumes the tape: recorded results are given back to the pool as soon as no gradient needs them any more,
    /// except `loss` itself. What else is to be read afterwards, [#keep] before.
    ///
    /// @throws ShapeError if `loss` has more than one element
    /// @throws IllegalArgumentException if `loss` does not depend on a watched tensor
    public Gradients backward(Tensor loss) {
        return backward(loss, one(loss));
    }

    /// As [#backward(Tensor)], of Σ root·seed for a root of any shape.
    ///
    /// @throws ShapeError if the seed's shape is not the root's
    public Gradients backward(Tensor root, Tensor seed) {
        if (!seed.shape().equals(root.shape())) {
            throw new ShapeError("backward: the seed " + seed.shape() + " must have the root's shape " + root.shape());
        }
        Call call = root(root);
        backward(call, seed);
        return new Gradients(this);
    }

    /// As [#backward(Tensor)], with the gradients written straight into the caller's buffers.
    public void backward(Tensor loss, GradientSink sink) {
        Call call = root(loss);
        for (int i = 0; i < ledger.size(); i++) {
            Call leaf = ledger.call(i);
            if (leaf.op == null && !leaf.inner) {
                aim(leaf, sink);
            }
        }
        backward(call, one(loss));
        clearUnwritten();
    }

    private void clearUnwritten() {
        for (int i = 0; i < ledger.size(); i++) {
            Call leaf = ledger.call(i);
            Tensor target = leaf.target != null ? leaf.target : leaf.afterHook;
            if (target != null && !leaf.written) {
                Engine.kernels(target.dtype()).fill(target.array(), target.offset, target.size(), 0);
            }
        }
    }

    private static void aim(Call leaf, GradientSink sink) {
        Tensor tensor = leaf.out(0);
        Tensor target = sink.target(tensor);
        if (target == null) {
            return;
        }
        if (!target.shape().equals(tensor.shape()) || target.dtype() != tensor.dtype() || target.strides != null) {
            throw new IllegalArgumentException("backward: the target of the gradient of " + tensor.dtype()
                    + tensor.shape() + " must be contiguous, of the same dtype and shape, got " + target.dtype()
                    + target.shape());
        }
        if (leaf.hook == null) {
            leaf.target = target;
        } else {
            leaf.afterHook = target;
        }
        leaf.written = sink.adds();
    }

    private void backward(Call root, Tensor seed) {
        consumed = true;
        recording = false;
        // Held once more than used, so that it is not given back.
        root.out(0).storage.retain();
        descend(root, seed, true);
    }

    /// The way back by kernels.
    ///
    /// @param consume gives back each recorded result as soon as no gradient needs it
    private void descend(Call root, Tensor seed, boolean consume) {
        if (engine.level == null) {
            walk(root, seed, consume);
        } else {
            // Kernels know nothing of any vmap.
            Level.Scope.NONE.run(() -> {
                walk(root, seed, consume);
                return null;
            });
        }
    }

    private void walk(Call root, Tensor seed, boolean consume) {
        if (flow == null) {
            flow = new Flow(this, engine);
        }
        // Held once more than used, so that it is neither written in place nor given back.
        seed.storage.retain();
        if (consume) {
            prune(root);
        }
        flow.deliver(root, seed);
        for (int i = root.index; i >= 0; i--) {
            Call call = ledger.call(i);
            if (call.hook != null && call.gradient != null) {
                passHook(call);
            }
            if (call.op != null && call.gradient != null) {
                differentiate(call);
            }
            if (consume) {
                call.releaseReads();
            }
        }
        flow.finish();
        seed.storage.holders--;
    }

    /// The gradients of Σ root·seed by kernels, as tensors that outlive the tape, which is as it was before.
    List<Tensor> pull(Tensor root, Tensor seed, List<Tensor> leaves) {
        requireOpen();
        Call call = source(root);
        int mark = ledger.taken();
        recording = false;
        try {
            if (call != null) {
                descend(call, seed, false);
            }
            List<Tensor> kept = new ArrayList<>();
            for (Tensor leaf : leaves) {
                kept.add(keep(gradientOf(leaf)));
            }
            return kept;
        } finally {
            recording = true;
            for (Call leaf : ledger.leaves.values()) {
                if (leaf.gradient != null) {
                    leaf.gradient.storage.release();
                    leaf.gradient = null;
                }
            }
            ledger.sweep(mark);
        }
    }

    // ---- segments

    /// Where the recording has got to.
    record Mark(int calls, int storages) {}

    Mark mark() {
        requireOpen();
        return new Mark(ledger.size(), ledger.taken());
    }

    /// What was recorded before `mark` and goes into `result`, which is a result of what was recorded since; empty if
    /// it is none.
    List<Tensor> inputs(Tensor result, Mark mark) {
        Call end = source(result);
        if (end == null || end.index < mark.calls || end.op == null) {
            return List.of();
        }
        int concern = ++differentiations;
        end.concern = concern;
        Map<Tensor, Call> seen = new IdentityHashMap<>();
        List<Tensor> inputs = new ArrayList<>();
        for (int i = end.index; i >= mark.calls; i--) {
            Call call = ledger.call(i);
            if (call.concern == concern) {
                for (int k = 0; k < call.inputs(); k++) {
                    Call source = call.source(k);
                    if (source != null && source.index >= mark.calls) {
                        source.concern = concern;
                    } else if (source != null && seen.put(call.in(k), source) == null) {
                        inputs.add(call.in(k));
                    }
                }
            }
        }
        return inputs;
    }

    /// Forgets what was recorded since `mark` and gives its buffers back, but for that of `value`, and records one
    /// operation instead, whose result is a view of `value`.
    <P> Tensor replace(Mark mark, Tensor value, Op<P> op, P params, List<Tensor> inputs) {
        value.storage.retain();
        ledger.truncate(mark.calls, mark.storages);
        Tensor result = Engine.run(op, params, inputs.toArray(Tensor[]::new));
        value.storage.holders--;
        return result;
    }

    /// What the operations recorded since `mark` have cost.
    Op.Cost cost(Mark mark) {
        Op.Cost total = new Op.Cost(0, 0);
        for (int i = mark.calls; i < ledger.size(); i++) {
            Call call = ledger.call(i);
            if (call.op != null) {
                total = total.plus(cost(call.op, call));
            }
        }
        return total;
    }

    /// Runs a segment in which recorded `stands` take the places of `inputs`, whose values they have.
    Tensor again(List<Tensor> inputs, Tensor[] stands, Supplier<Tensor> segment) {
        Map<Tensor, Call> before = this.stands;
        Map<Tensor, Call> by = before == null ? new IdentityHashMap<>() : new IdentityHashMap<>(before);
        for (int i = 0; i < stands.length; i++) {
            if (stands[i] != inputs.get(i)) {
                by.put(inputs.get(i), source(stands[i]));
            }
        }
        this.stands = by;
        try {
            return segment.get();
        } finally {
            this.stands = before;
        }
    }

    /// Runs a segment, watching what comes into it, and then back, with the gradients of `inputs` put into `places`, or
    /// added to what is there where `adds` says so. A place that gets no gradient becomes 0.
    void backward(Supplier<Tensor> segment, List<Tensor> inputs, Tensor[] places, boolean[] adds, Tensor seed) {
        Call[] leaves = new Call[places.length];
        for (int i = 0; i < places.length; i++) {
            watch(inputs.get(i));
            leaves[i] = ledger.leaves.get(inputs.get(i));
            leaves[i].target = places[i];
            leaves[i].written = adds[i];
        }
        Tensor result = segment.get();
        Call end = source(result);
        if (end != null) {
            backward(end, seed);
        }
        clearUnwritten();
    }

    private void differentiate(Call call) {
        int mark = ledger.taken();
        flow.start(call, call.gradient, 0, false);
        fusedVjp(call.op, call);
        if (checking) {
            Findings.requireFiniteGradients(call);
        }
        if (hooks != null) {
            hooks.afterBackward(engine, call, call.gradient);
        }
        call.gradient.storage.release();
        call.gradient = null;
        ledger.sweep(mark);
    }

    /// Shows a complete gradient to its hook, and goes on with what that returns.
    private void passHook(Call call) {
        int mark = ledger.taken();
        Tensor gradient = call.gradient;
        Tensor replaced = Hooks.gradient(call, gradient);
        replaced.storage.retain();
        gradient.storage.release();
        call.gradient = replaced;
        if (call.afterHook != null) {
            call.target = call.afterHook;
            call.gradient = null;
            flow.deliver(call, replaced);
            replaced.storage.release();
        }
        ledger.sweep(mark);
    }

    /// Gives back what no gradient of the root will be worked out from.
    private void prune(Call root) {
        int concern = ++differentiations;
        root.concern = concern;
        for (int i = root.index; i >= 0; i--) {
            Call call = ledger.call(i);
            if (call.op != null) {
                call.releaseResults();
                if (call.concern != concern) {
                    call.releaseReads();
                }
                for (int k = 0; call.concern == concern && k < call.inputs(); k++) {
                    if (call.source(k) != null) {
                        call.source(k).concern = concern;
                    }
                }
            }
        }
    }

    @SuppressWarnings("unchecked")
    private <P> void fusedVjp(Op<P> op, Call call) {
        if (Meter.isOn()) {
            engine.meter.backward(op, (P) call.params, call, flow);
        } else {
            op.fusedVjp(call, (P) call.params, flow);
        }
    }

    @SuppressWarnings("unchecked")
    private <P> void vjp(Op<P> op, Call call, Flow flow) {
        op.vjp(call, (P) call.params, flow);
    }

    /// The gradients of a scalar with respect to watched or recorded tensors, as recorded tensors themselves, which can
    /// be differentiated again. Does not consume the tape.
    ///
    /// @throws ShapeError if `loss` has more than one element
    /// @throws IllegalArgumentException if one of the tensors is neither watched nor recorded
    public List<Tensor> gradients(Tensor loss, List<Tensor> of) {
        return gradients(loss, one(loss), of);
    }

    List<Tensor> gradients(Tensor root, Tensor seed, List<Tensor> of) {
        requireOpen();
        if (consumed) {
            throw new IllegalStateException("gradients: backward has consumed the tape");
        }
        int concern = ++differentiations;
        int first = ledger.size();
        for (Tensor tensor : of) {
            Call source = source(tensor);
            if (source == null) {
                throw notRecorded("gradients: ", tensor);
            }
            source.concern = concern;
            first = Math.min(first, source.index);
        }
        Call end = source(root);
        int last = end == null ? -1 : end.index;
        try {
            mark(first, last, concern);
            if (end != null && end.concern == concern) {
                differentiate(first, end, seed, concern);
            }
            List<Tensor> gradients = new ArrayList<>();
            for (Tensor tensor : of) {
                Tensor gradient = source(tensor).gradient;
                gradients.add(gradient == null ? Tensor.zeros(tensor.dtype(), tensor.shape()) : gradient);
            }
            return gradients;
        } finally {
            for (int i = first; i <= last; i++) {
                if (ledger.call(i).concern == concern) {
                    ledger.call(i).gradient = null;
                }
            }
        }
    }

    /// The tangent of `root` where each of the tensors `of` moves along its tangent in `along`: the Jacobian–vector
    /// product, as a recorded tensor, which can be differentiated again. Does not consume the tape. The gradient of the
    /// tangent of a loss, by [#backward(Tensor)], is its Hessian times a vector.
    ///
    /// @throws ShapeError if a tangent's shape is not that of its tensor
    /// @throws IllegalArgumentException if one of the tensors is neither watched nor recorded, or the dtypes differ
    public Tensor tangent(Tensor root, List<Tensor> of, List<Tensor> along) {
        requireOpen();
        if (consumed) {
            throw new IllegalStateException("tangent: backward has consumed the tape");
        }
        int concern = ++differentiations;
        int first = ledger.size();
        for (int i = 0; i < of.size(); i++) {
            Call source = source(of.get(i));
            if (source == null) {
                throw notRecorded("tangent: ", of.get(i));
            }
            requireTangent("input " + i, of.get(i), along.get(i));
            source.concern = concern;
            source.tangent = along.get(i);
            first = Math.min(first, source.index);
        }
        Call end = source(root);
        int last = end == null ? -1 : end.index;
        try {
            mark(first, last, concern);
            Tangents tangents = new Tangents(concern);
            for (int i = first; i <= last; i++) {
                Call call = ledger.call(i);
                if (call.concern == concern && call.tangent == null) {
                    tangents.start(call);
                    if (tangents.any()) {
                        call.tangent = jvp(call.op, call, tangents);
                    }
                }
            }
            boolean depends = end != null && end.concern == concern && end.tangent != null;
            return depends ? end.tangent : Tensor.zeros(root.dtype(), root.shape());
        } finally {
            for (int i = first; i <= last; i++) {
                if (ledger.call(i).concern == concern) {
                    ledger.call(i).tangent = null;
                }
            }
        }
    }

    static void requireTangent(String which, Tensor of, Tensor along) {
        if (!along.shape().equals(of.shape()) || along.dtype() != of.dtype()) {
            throw new ShapeError("tangent: that of " + which + " must be " + of.dtype() + of.shape() + ", like the "
                    + "input, got " + along.dtype() + along.shape());
        }
    }

    @SuppressWarnings("unchecked")
    private static <P> Tensor jvp(Op<P> op, Call call, Tangents tangents) {
        return op.jvp(call, (P) call.params, tangents);
    }

    /// Numbers all entries between the tensors of a differentiation and its root that depend on them.
    private void mark(int first, int last, int concern) {
        for (int i = first; i <= last; i++) {
            Call call = ledger.call(i);
            for (int k = 0; k < call.inputs() && call.concern != concern; k++) {
                Call source = call.source(k);
                if (source != null && source.concern == concern) {
                    call.concern = concern;
                }
            }
        }
    }

    private void differentiate(int first, Call end, Tensor seed, int concern) {
        Flow nested = new Flow(this, engine);
        end.gradient = seed;
        for (int i = end.index; i >= first; i--) {
            Call call = ledger.call(i);
            if (call.concern == concern && call.gradient != null && call.hook != null) {
                call.gradient = Hooks.gradient(call, call.gradient);
            }
            if (call.concern == concern && call.gradient != null && hasConcern(call, concern)) {
                nested.start(call, call.gradient, concern, true);
                vjp(call.op, call, nested);
            }
        }
    }

    private static boolean hasConcern(Call call, int concern) {
        for (int k = 0; k < call.inputs(); k++) {
            if (call.source(k) != null && call.source(k).concern == concern) {
                return true;
            }
        }
        return false;
    }

    private Call root(Tensor root) {
        requireOpen();
        if (consumed) {
            throw new IllegalStateException("backward: the tape has been consumed by an earlier backward");
        }
        root.requireAlive();
        Call call = source(root);
        if (call == null) {
            throw notRecorded("backward: ", root);
        }
        return call;
    }

    private IllegalArgumentException notRecorded(String what, Tensor tensor) {
        return new IllegalArgumentException(
                what + "the tensor " + tensor.dtype() + tensor.shape() + " is not recorded: " + whyNot(tensor));
    }

    private String whyNot(Tensor tensor) {
        if (tensor.storage.level != null) {
            return "it stands for all examples of a vmap; inside vmap, use Autodiff.grad";
        }
        if (ledger.leaves.isEmpty()) {
            return "the tape watches nothing; watch the inputs before computing with them";
        }
        if (tensor.call != null || tensor.storage.pool != null && tensor.storage.pool != pool) {
            return "it is a result of another tape, for this one a constant; watch it";
        }
        if (tensor.storage.pool == null) {
            return "it was made outside the tape, or before its arguments were watched, or detached";
        }
        return "it was computed on this tape, but there is no path to it from a watched tensor, or only one that"
                + " detach, an integer or a comparison has stopped";
    }

    /// Whether a tensor, or what it stands for inside a vmap, depends on a watched one.
    boolean isRecorded(Tensor tensor) {
        return tensor.storage.level != null ? isRecorded(tensor.storage.whole) : source(tensor) != null;
    }

    static void requireScalar(Tensor root) {
        if (root.size() != 1) {
            throw new ShapeError("backward: the root has shape " + root.shape()
                    + ", only a single number has a gradient; sum it, or give a seed");
        }
    }

    private Tensor one(Tensor loss) {
        requireScalar(loss);
        return Tensor.full(1, loss.dtype(), loss.shape());
    }

    Tensor gradientOf(Tensor leaf) {
        requireOpen();
        Call call = ledger.leaves.get(leaf);
        if (call == null) {
            throw new IllegalArgumentException("the tensor " + leaf.dtype() + leaf.shape()
                    + " is not watched by the tape: call watch before computing with it");
        }
        return call.gradient == null ? Tensor.zeros(leaf.dtype(), leaf.shape()) : call.gradient;
    }

    // ---- around it

    /// A copy that outlives the tape.
    public Tensor keep(Tensor tensor) {
        Object array = tensor.dtype().allocate(tensor.size());
        tensor.copyTo(array, 0);
        return Tensor.wrap(array, 0, tensor.shape());
    }

    /// Names what is recorded until the scope is closed, for [#firstNonFinite], [#checkFinite] and [#graph]: a module's
    /// path.
    public Scope scope(String label) {
        if (depth == labels.length) {
            labels = Arrays.copyOf(labels, 2 * depth);
        }
        labels[depth++] = this.label;
        this.label = label;
        return popLabel;
    }

    private void popLabel() {
        if (depth == 0) {
            throw new IllegalStateException("the scope is closed already");
        }
        label = labels[--depth];
        labels[depth] = null;
    }

    /// Has `hook` called with the gradient of a watched or recorded tensor when it is complete; what it returns takes
    /// the gradient's place. Hooks on one tensor are called in the order in which they were added.
    ///
    /// In [#backward] the gradient is there during the call only. In [#gradients] it is recorded, like what the hook
    /// makes of it.
    ///
    /// @throws IllegalArgumentException if the tensor is neither watched nor recorded
    public void onGradient(Tensor tensor, UnaryOperator<Tensor> hook) {
        requireOpen();
        Call call = source(tensor);
        if (call == null) {
            throw notRecorded("onGradient: ", tensor);
        }
        UnaryOperator<Tensor> first = call.hook;
        call.hook = first == null ? hook : gradient -> hook.apply(first.apply(gradient));
    }

    /// Has `hook` called for each operation that is recorded from now on, and in [#backward].
    public void onOperation(OperationHook hook) {
        requireOpen();
        if (hooks == null) {
            hooks = new Hooks();
        }
        hooks.add(hook);
    }

    /// A named stretch of the recording.
    public interface Scope extends AutoCloseable {
        @Override
        void close();
    }

    /// The first watched tensor or recorded operation whose value holds a NaN or an infinity, with its number, shape,
    /// arguments and scope. To be asked before [#backward].
    public Optional<String> firstNonFinite() {
        requireOpen();
        for (int i = 0; i < ledger.size(); i++) {
            Call call = ledger.call(i);
            if (call.out(0).isAlive() && !Findings.isFinite(engine, call.out(0))) {
                return Optional.of(Findings.describe(call));
            }
        }
        return Optional.empty();
    }

    /// The number of watched tensors and operations recorded.
    public int recorded() {
        requireOpen();
        return ledger.size();
    }

    /// What is recorded.
    public Graph graph() {
        requireOpen();
        return Graph.of(ledger);
    }

    /// What the pool's buffers hold now, by operation: results, and `gradients`. A buffer that several results share is
    /// counted for the first.
    public Memory memory() {
        requireOpen();
        return Memory.of(ledger, pool);
    }

    /// What the operations recorded so far have cost, forward.
    public Op.Cost cost() {
        requireOpen();
        return cost(new Mark(0, 0));
    }

    @SuppressWarnings("unchecked")
    private static <P> Op.Cost cost(Op<P> op, Call call) {
        return op.cost(call, (P) call.params);
    }

    Call recorded(int index) {
        return ledger.call(index);
    }

    /// Gives all buffers back to the pool; tensors of this tape can no longer be used. Closing twice does nothing.
    ///
    /// @throws IllegalStateException on another thread, or if a tape opened later is still open
    @Override
    public void close() {
        if (ledger == null) {
            return;
        }
        requireOpen();
        if (engine.tape != this) {
            throw new IllegalStateException("close the tape that was opened last first");
        }
        engine.tape = outer;
        ledger.clear();
        pool.close(ledger);
        ledger = null;
    }

    private void requireOpen() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("this tape belongs to thread " + owner.getName() + ", not to "
                    + Thread.currentThread().getName() + "; open one per thread");
        }
        if (ledger == null) {
            throw new IllegalStateException("the tape is closed");
        }
    }
}
