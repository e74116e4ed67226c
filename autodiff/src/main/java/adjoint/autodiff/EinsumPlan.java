package adjoint.autodiff;

import java.util.Arrays;

/// What is to be done for an equation with operands of given shapes: steps on a row of slots, one for each operand at
/// first. Views and matrix products, no more.
final class EinsumPlan {
    /// Plans made lately, by hash. A race loses an entry, never gives a wrong one: the fields are final.
    private static final EinsumPlan[] SEEN = new EinsumPlan[1 << 8];

    /// Something done to a slot.
    sealed interface Step {
        int slot();
    }

    /// Two axes become their diagonal, behind all others.
    record Diagonal(int slot, int a, int b) implements Step {}

    /// Sums to a shape that broadcasts to that of the slot.
    record Sum(int slot, Shape to) implements Step {}

    record Permute(int slot, int[] axes) implements Step {}

    record Reshape(int slot, Shape to) implements Step {}

    /// The product of two slots, of matrices or element by element.
    record Multiply(int slot, int left, int right, boolean matrices) implements Step {
        Tensor of(Tensor x, Tensor y) {
            return matrices ? x.matmul(y) : x.mul(y);
        }
    }

    private final String equation;
    private final Shape[] shapes;
    private final Step[] steps;
    private final int result;

    private EinsumPlan(String equation, Tensor[] operands) {
        this.equation = equation;
        shapes = new Shape[operands.length];
        Arrays.setAll(shapes, i -> operands[i].shape());
        EinsumPlanner planner = new EinsumPlanner(new EinsumEquation(equation, operands), operands);
        result = planner.plan();
        steps = planner.steps();
    }

    static EinsumPlan of(String equation, Tensor[] operands) {
        int hash = equation.hashCode();
        for (Tensor operand : operands) {
            hash = 31 * hash + operand.shape().hashCode();
        }
        int slot = (hash ^ hash >>> 16) & SEEN.length - 1;
        EinsumPlan seen = SEEN[slot];
        if (seen != null && seen.serves(equation, operands)) {
            return seen;
        }
        EinsumPlan made = new EinsumPlan(equation, operands);
        SEEN[slot] = made;
        return made;
    }

    private boolean serves(String of, Tensor[] operands) {
        boolean same = of.equals(equation) && operands.length == shapes.length;
        for (int i = 0; same && i < shapes.length; i++) {
            same = operands[i].shape().equals(shapes[i]);
        }
        return same;
    }

    Tensor run(Tensor[] operands) {
        Tensor[] slots = operands.clone();
        for (Step step : steps) {
            Tensor x = slots[step.slot()];
            slots[step.slot()] = switch (step) {
                case Diagonal axes -> x.diagonal(0, axes.a(), axes.b());
                case Sum sum -> x.sumTo(sum.to());
                case Permute order -> Engine.run(Views.PERMUTE, order.axes(), x);
                case Reshape shape -> x.reshape(shape.to());
                case Multiply product -> product.of(slots[product.left()], slots[product.right()]);
            };
        }
        return slots[result];
    }
}
