package adjoint.nn;

import java.util.List;

/// Takes the names of a module's parts; see [Module#describe].
public interface Parts {
    void parameter(String name, Parameter parameter);

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
