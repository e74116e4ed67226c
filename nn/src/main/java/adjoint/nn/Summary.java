package adjoint.nn;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// What a model is made of and what a pass through it costs, by running one.
///
/// ```
/// IO.println(Summary.of(net, Tensor.ones(DType.F32, 1, 3, 32, 32)));
/// IO.println(Summary.of(classifier, pass -> classifier.forward(x, mask, pass), x));
/// ```
///
/// An operation on a parameter counts for the module that has it, any other for the innermost [Pass#scope], and both
/// for all modules around. Only what depends on parameters or the given inputs counts.
///
/// @param rows the model and all modules in it, in the order of their description
/// @param parameterBytes bytes of all parameters; gradients take as many
/// @param bufferBytes bytes of all buffers
/// @param heldBytes bytes of results that a training pass holds until the way back
public record Summary(List<Row> rows, long parameterBytes, long bufferBytes, long heldBytes) {
    /// A module, with all in it.
    ///
    /// @param path dotted; empty for the model
    /// @param type the name of its class; empty for a list of modules or a lambda
    /// @param output the shape of the last result in it, or null if no operation counts for it
    /// @param parameters numbers learned, shared ones where they come first
    /// @param flops floating point operations of a pass forward
    public record Row(String path, String type, Shape output, long parameters, long flops) {}

    /// Of a layer for `x`.
    public static Summary of(Layer layer, Tensor x) {
        return of(layer, pass -> layer.forward(x, pass), x);
    }

    /// Of a model that is called in any other way.
    ///
    /// @param forward calls it; the pass trains, and changes no buffer
    /// @param inputs so that what is before the first parameter counts, too
    public static Summary of(Module model, Function<Pass, Tensor> forward, Tensor... inputs) {
        return new Summarizer(model).run(forward, inputs);
    }

    /// Numbers learned in all.
    public long parameters() {
        return rows.getFirst().parameters();
    }

    /// Floating point operations of a pass forward; one back takes about twice as many.
    public long flops() {
        return rows.getFirst().flops();
    }

    /// A table, modules indented below those they are in.
    @Override
    public String toString() {
        List<String[]> table = new ArrayList<>();
        table.add(new String[] {"module", "type", "output", "parameters", "FLOPs"});
        for (Row row : rows) {
            String[] names = row.path.split("\\.");
            table.add(new String[] {
                row.path.isEmpty() ? "model" : "  ".repeat(names.length) + names[names.length - 1],
                row.type,
                row.output == null ? "" : row.output.toString(),
                String.format(Locale.ROOT, "%,d", row.parameters),
                String.format(Locale.ROOT, "%,d", row.flops)
            });
        }
        StringBuilder text = new StringBuilder();
        table.forEach(line -> append(text, line, widths(table)));
        return text.append("parameters ")
                .append(size(parameterBytes))
                .append(", gradients as much, buffers ")
                .append(size(bufferBytes))
                .append(", held until the way back ")
                .append(size(heldBytes))
                .append('\n')
                .toString();
    }

    private static int[] widths(List<String[]> table) {
        int[] widths = new int[table.getFirst().length];
        for (String[] line : table) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line[i].length());
            }
        }
        return widths;
    }

    /// Names to the left, numbers to the right.
    private static void append(StringBuilder text, String[] line, int[] widths) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < line.length; i++) {
            int gap = widths[i] - line[i].length();
            out.repeat(' ', i == 0 ? 0 : 2);
            out.repeat(' ', i < 3 ? 0 : gap).append(line[i]).repeat(' ', i < 3 ? gap : 0);
        }
        text.append(out.toString().stripTrailing()).append('\n');
    }

    private static String size(long bytes) {
        return bytes < 10_000
                ? bytes + " B"
                : bytes < 10_000_000
                        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
                        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
