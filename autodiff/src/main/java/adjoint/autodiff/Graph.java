package adjoint.autodiff;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What a [Tape] has recorded, to be looked at: as text, and in the languages of Mermaid and Graphviz.
///
/// @param nodes in the order of the recording
public record Graph(List<Node> nodes) {
    /// A watched tensor, or an operation.
    ///
    /// @param number on the tape
    /// @param operation its name, or `watched`
    /// @param type dtype and shape of the result
    /// @param scope the innermost [Tape#scope], or null
    /// @param inputs in order
    public record Node(int number, String operation, String type, String scope, List<Input> inputs) {}

    /// An input of an operation.
    ///
    /// @param number of the node whose result it is, or -1 for what does not depend on a watched tensor
    /// @param type dtype and shape
    public record Input(int number, String type) {
        @Override
        public String toString() {
            return number < 0 ? type : "#" + number;
        }
    }

    static Graph of(Ledger ledger) {
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < ledger.size(); i++) {
            nodes.add(node(ledger.call(i)));
        }
        return new Graph(List.copyOf(nodes));
    }

    private static Node node(Call call) {
        List<Input> inputs = new ArrayList<>();
        for (int i = 0; i < call.inputs(); i++) {
            Call source = call.source(i);
            inputs.add(new Input(source == null ? -1 : source.index, type(call.in(i))));
        }
        String operation = call.op == null ? "watched" : call.op.name();
        return new Node(call.index, operation, type(call.out(0)), call.scope, List.copyOf(inputs));
    }

    private static String type(Tensor tensor) {
        return tensor.dtype() + tensor.shape().toString();
    }

    /// A line per node:
    ///
    /// ```text
    /// #0  watched  F64[3]
    /// #1  exp      F64[3]  ← #0
    /// #2  mul      F64[3]  ← #1, F64[3]   in encoder.layers.0
    /// ```
    public String toText() {
        int number = width(node -> "#" + node.number);
        int operation = width(Node::operation);
        int type = width(Node::type);
        StringBuilder text = new StringBuilder();
        for (Node node : nodes) {
            StringBuilder line = new StringBuilder();
            pad(line, "#" + node.number, number);
            pad(line, node.operation, operation);
            pad(line, node.type, type);
            if (!node.inputs.isEmpty()) {
                line.append("← ")
                        .append(node.inputs.stream().map(Input::toString).collect(Collectors.joining(", ")));
            }
            if (node.scope != null) {
                line.append("   in ").append(node.scope);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private int width(Function<Node, String> column) {
        return nodes.stream()
                .mapToInt(node -> column.apply(node).length())
                .max()
                .orElse(0);
    }

    private static void pad(StringBuilder line, String value, int width) {
        line.append(value).repeat(' ', width - value.length() + 2);
    }

    /// A flowchart for Mermaid, from top to bottom, with a box around each scope.
    public String toMermaid() {
        StringBuilder text = new StringBuilder("flowchart TD\n");
        int box = 0;
        for (Map.Entry<String, List<Node>> scope : byScope().entrySet()) {
            boolean inside = !scope.getKey().isEmpty();
            if (inside) {
                text.append("    subgraph s").append(box++).append("[\"").append(escape(scope.getKey()));
                text.append("\"]\n");
            }
            for (Node node : scope.getValue()) {
                boolean leaf = node.inputs.isEmpty();
                text.append(inside ? "        n" : "    n").append(node.number).append(leaf ? "([\"" : "[\"");
                text.append(node.operation).append("<br/>").append(node.type).append(leaf ? "\"])\n" : "\"]\n");
            }
            if (inside) {
                text.append("    end\n");
            }
        }
        edges(text, " --> ", "");
        return text.toString();
    }

    /// A graph for Graphviz, from top to bottom, with a box around each scope.
    public String toDot() {
        StringBuilder text = new StringBuilder("digraph tape {\n    node [shape=box];\n");
        int box = 0;
        for (Map.Entry<String, List<Node>> scope : byScope().entrySet()) {
            boolean inside = !scope.getKey().isEmpty();
            if (inside) {
                text.append("    subgraph cluster").append(box++).append(" {\n        label=\"");
                text.append(escape(scope.getKey())).append("\";\n");
            }
            for (Node node : scope.getValue()) {
                text.append(inside ? "        n" : "    n").append(node.number).append(" [label=\"");
                text.append(node.operation).append("\\n").append(node.type).append('"');
                text.append(node.inputs.isEmpty() ? ", shape=ellipse];\n" : "];\n");
            }
            if (inside) {
                text.append("    }\n");
            }
        }
        edges(text, " -> ", ";");
        return text.append("}\n").toString();
    }

    private Map<String, List<Node>> byScope() {
        Map<String, List<Node>> scopes = new LinkedHashMap<>();
        for (Node node : nodes) {
            scopes.computeIfAbsent(node.scope == null ? "" : node.scope, _ -> new ArrayList<>())
                    .add(node);
        }
        return scopes;
    }

    private void edges(StringBuilder text, String arrow, String end) {
        for (Node node : nodes) {
            for (Input input : node.inputs) {
                if (input.number >= 0) {
                    text.append("    n").append(input.number).append(arrow);
                    text.append('n').append(node.number).append(end).append('\n');
                }
            }
        }
    }

    private static String escape(String scope) {
        return scope.replace("\\", "\\\\").replace("\"", "'");
    }

    /// As [#toText].
    @Override
    public String toString() {
        return toText();
    }
}
