package adjoint.autodiff;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;

/// What Flight Recorder writes per operation, forward or backward: `adjoint.Operation`. Its duration is that of the
/// kernels. Costs nothing while no recording wants it.
@Name("adjoint.Operation")
@Label("Operation")
@Category("Adjoint")
@Description("One operation on tensors, or the gradients of one")
@StackTrace(false)
@Threshold("0 ns")
final class OperationEvent extends Event {
    @Label("Operation")
    String operation;

    @Label("Backward")
    boolean backward;

    @Label("Inputs")
    @Description("Shapes and dtypes of the inputs")
    String inputs;

    @Label("Output")
    @Description("Shape and dtype of the output")
    String output;

    @Label("Scope")
    String scope;

    @Label("FLOPs")
    long flops;

    @Label("Bytes")
    @Description("Bytes read and written")
    @DataAmount
    long bytes;

    static boolean isOn() {
        return new OperationEvent().isEnabled();
    }

    void describe(Call call, boolean backward, Op.Cost cost) {
        operation = call.op.name();
        this.backward = backward;
        StringBuilder shapes = new StringBuilder();
        for (int i = 0; i < call.inputs(); i++) {
            shapes.append(i == 0 ? "" : ", ")
                    .append(call.in(i).dtype())
                    .append(call.in(i).shape());
        }
        inputs = shapes.toString();
        output = call.out(0).dtype() + call.out(0).shape().toString();
        scope = call.scope;
        flops = cost.flops();
        bytes = cost.bytes();
    }
}
