package adjoint.cli;

import adjoint.autodiff.Op;
import adjoint.autodiff.Ops;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `adjoint operations`: the table of the guide, from the registry itself.
@Command(
        name = "operations",
        description = "Prints the operations that a tape can record, as a Markdown table.",
        mixinStandardHelpOptions = true)
final class OperationsCommand implements Callable<Integer> {
    private final Console console;

    OperationsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.out().print(table());
        return 0;
    }

    /// A line per operation, in the order of the registry.
    static String table() {
        StringBuilder table = new StringBuilder("| operation | value | gradients |\n|---|---|---|\n");
        for (Op<?> op : Ops.all()) {
            table.append(
                    "| `%s` | %s | %s |\n".formatted(op.name(), op.formula().replace("|", "\\|"), gradients(op)));
        }
        return table.toString();
    }

    private static String gradients(Op<?> op) {
        if (!op.isDifferentiable()) {
            return "none";
        }
        return op.isFused() ? "any order; the first by fused kernels" : "any order";
    }
}
