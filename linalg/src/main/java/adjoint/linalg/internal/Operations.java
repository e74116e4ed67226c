package adjoint.linalg.internal;

import adjoint.linalg.internal.Graph.BinaryOp;
import adjoint.linalg.internal.Graph.BitsOp;
import adjoint.linalg.internal.Graph.Comparison;
import adjoint.linalg.internal.Graph.UnaryOp;
import adjoint.linalg.internal.Graph.Value;
import java.util.Map;

/// Emits single operations on values in local variables, in one of two forms: a vector of elements or one element.
/// Operations leave their result on the operand stack.
sealed interface Operations permits ScalarOperations, VectorOperations {
    /// A local for a number.
    int newValue();

    /// A local for a truth value.
    int newCondition();

    /// Pushes a number.
    void push(int local);

    /// Pops a number into a local.
    void pop(int local);

    /// Pops a truth value into a local.
    void popCondition(int local);

    void unary(UnaryOp op, int x);

    void binary(BinaryOp op, int x, int y);

    void fma(int x, int y, int z);

    void bits(BitsOp op, int x, int y);

    /// Pushes the truth value of a comparison.
    void compare(Comparison op, int x, int y);

    /// Pushes `condition ? yes : no`.
    void select(int condition, int yes, int no);

    /// Pushes the draws of the counters from `int` local `low` on under the keys in two `int` locals.
    void uniform(int low, int key0, int key1);

    /// Pushes a value that is neither a leaf nor a reduction, given the locals of all values before it.
    default void compute(Value value, Map<Integer, Integer> locals) {
        switch (value) {
            case Value.Unary u -> unary(u.op(), locals.get(u.x()));
            case Value.Binary b -> binary(b.op(), locals.get(b.x()), locals.get(b.y()));
            case Value.Fma f -> fma(locals.get(f.x()), locals.get(f.y()), locals.get(f.z()));
            case Value.Bits b -> bits(b.op(), locals.get(b.x()), locals.get(b.y()));
            case Value.Compare c -> compare(c.op(), locals.get(c.x()), locals.get(c.y()));
            case Value.Select s -> select(locals.get(s.test()), locals.get(s.yes()), locals.get(s.no()));
            default -> throw new IllegalStateException("not an operation: " + value);
        }
    }

    /// Pops a number into a new local.
    default int keep() {
        int local = newValue();
        pop(local);
        return local;
    }

    /// Pops a truth value into a new local.
    default int keepCondition() {
        int local = newCondition();
        popCondition(local);
        return local;
    }
}
