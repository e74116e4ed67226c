package adjoint.nn;

import adjoint.autodiff.BufferPool;
import adjoint.autodiff.OperationHook;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/// Counts for a [Summary] what modules have and what they do.
final class Summarizer {
    /// Operations whose result is a parameter still, in another form.
    private static final Set<String> FORMS =
            Set.of("alias", "cast", "contiguous", "expand", "permute", "reshape", "slice");

    private final Parameters parameters;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    /// The path of the module that has a parameter, by its tensor in any form.
    private final Map<Tensor, String> owners = new IdentityHashMap<>();

    private static final class Node {
        final String type;
        long parameters;
        long flops;
        Shape output;

        Node(String type) {
            this.type = type;
        }

        Summary.Row row(String path) {
            return new Summary.Row(path, type, output, parameters, flops);
        }
    }

    Summarizer(Module model) {
        this.parameters = Parameters.of(model);
        add("", model);
    }

    Summary run(Function<Pass, Tensor> forward, Tensor... inputs) {
        BufferPool pool = new BufferPool();
        long held;
        try (Tape tape = Tape.open(pool)) {
            tape.watch(parameters.all().stream().map(Parameter::value).toList());
            tape.watch(Arrays.stream(inputs).filter(x -> x.dtype().isFloating()).toList());
            tape.onOperation(counting(tape));
            forward.apply(Pass.training(Rng.of(0), tape));
            held = pool.heldBytes();
        }
        List<Summary.Row> rows = nodes.entrySet().stream()
                .map(entry -> entry.getValue().row(entry.getKey()))
                .toList();
        return new Summary(
                rows,
                bytes(parameters.all().stream().map(Parameter::value).toList()),
                bytes(parameters.buffers().values().stream().map(Buffer::value).toList()),
                held);
    }

    private static long bytes(Collection<Tensor> tensors) {
        return tensors.stream()
                .mapToLong(tensor -> (long) tensor.size() * tensor.dtype().bytes())
                .sum();
    }

    private void add(String path, Module module) {
        nodes.put(path, new Node(type(module)));
        module.describe(new Parts() {
            @Override
            public void parameter(String name, Parameter parameter) {
                if (owners.putIfAbsent(parameter.value(), path) == null) {
                    around(path, node -> node.parameters += parameter.shape().size());
                }
            }

            @Override
            public void buffer(String name, Buffer buffer) {}

            @Override
            public void module(String name, Module part) {
                add(path.isEmpty() ? name : path + "." + name, part);
            }
        });
    }

    private static String type(Module module) {
        return module instanceof Enum<?> constant
                ? constant.name()
                : module.getClass().isHidden() ? "" : module.getClass().getSimpleName();
    }

    private OperationHook counting(Tape tape) {
        return new OperationHook() {
            private long before;

            @Override
            public void afterForward(Operation operation) {
                String owner = owner(operation);
                long total = tape.cost().flops();
                long flops = total - before;
                before = total;
                around(owner, node -> {
                    node.flops += flops;
                    node.output = operation.output().shape();
                });
            }
        };
    }

    private String owner(OperationHook.Operation operation) {
        for (Tensor input : operation.inputs()) {
            String owner = owners.get(input);
            if (owner != null) {
                if (FORMS.contains(operation.op().name())) {
                    owners.put(operation.output(), owner);
                }
                return owner;
            }
        }
        return operation.scope() == null ? "" : operation.scope();
    }

    /// For the module at `path`, if there is one, and all that it is in.
    private void around(String path, Consumer<Node> body) {
        for (String at = path; ; at = at.substring(0, Math.max(0, at.lastIndexOf('.')))) {
            Node node = nodes.get(at);
            if (node != null) {
                body.accept(node);
            }
            if (at.isEmpty()) {
                return;
            }
        }
    }
}
