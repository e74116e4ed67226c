package adjoint.nn;

import java.util.List;

/// Takes the names of a module's parts; see [Module#describe].
public interface Parts {
    void parameter(String name, Parameter parameter);

    /// A part of the state that is not learned.
    void buffer(String name, Buffer buffer);

    void module(String name, Module module);

    /// The modules of a list as `name.0`, `name.1`, ….
    default void modules(String name, List<? extends Module> modules) {
        module(name, parts -> {
            for (int i = 0; i < modules.size(); i++) {
                parts.module(Integer.toString(i), modules.get(i));
            }
        });
    }
}
