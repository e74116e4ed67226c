package adjoint.nn.optim;

import java.util.ArrayList;
import java.util.List;

/// One fused pass.
final class ElementwiseStep extends GroupStep {
    private final ElementwiseOptimizer optimizer;
    private final BlockPass pass;
    private final Numbers numbers;

    ElementwiseStep(ElementwiseOptimizer optimizer, Slice slice) {
        super(slice, optimizer.rule().states());
        this.optimizer = optimizer;
        List<BlockPass.Operand> half = new ArrayList<>();
        half.add(slice.flat(slice.values()));
        for (int i = 0; i < states.length; i++) {
            // Padding starts with the same: a rule leaves an element alone whose parameter and gradient are 0.
            FlatArrays.fill(states[i], optimizer.initialState(i));
            half.add(slice.own(states[i]));
        }
        List<BlockPass.Operand> inAndOut = new ArrayList<>(half);
        inAndOut.addAll(half);
        StepRule rule = optimizer.rule();
        int scalars = rule.scalars(slice.summands());
        this.pass = slice.passOverGradients(rule.chain(slice.summands()), scalars, inAndOut);
        this.numbers = new Numbers(pass.scalars, 2);
    }

    @Override
    void step(Object[] gradients, double scale, double limit, long step, double factor) {
        pass.scalars[0] = scale;
        pass.scalars[1] = limit;
        numbers.begin();
        optimizer.numbers(step, optimizer.learningRate() * factor, numbers);
        numbers.end(optimizer.rule());
        pass.run(gradients);
    }
}
