package adjoint.bench;

import java.util.Optional;

/// A library, or a limit of the machine, that computes operations. It has a constructor without parameters, which
/// throws where the library cannot be used here.
public interface Contender {
    /// The library's version and how it is set up.
    String version();

    /// The operation made ready, or nothing where this contender does not have it.
    Optional<Task> prepare(Operation operation);
}
