package adjoint.nn;

import java.util.StringJoiner;

/// A module's state as one line: each path with its shape.
final class Described {
    private Described() {}

    /// `weight [2, 3]; bias [2]`, in the order of description, buffers last.
    static String state(Module module) {
        StringJoiner all = new StringJoiner("; ");
        Parameters parameters = Parameters.of(module);
        parameters
                .names()
                .forEach(name -> all.add(name + " " + parameters.get(name).shape()));
        parameters.buffers().forEach((name, buffer) -> all.add(name + " " + buffer.shape()));
        return all.toString();
    }
}
