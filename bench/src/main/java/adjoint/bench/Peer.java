package adjoint.bench;

import java.lang.reflect.InvocationTargetException;
import java.util.Map;

/// A contender by name: it is loaded where it runs, in a process of its own, and may be missing.
///
/// @param id the word for it on the command line
/// @param title its name in a report
/// @param className the [Contender]
/// @param threads how many threads it always has, or 0 where it has as many as the case says
/// @param environment further variables of the environment in a process of its own
public record Peer(String id, String title, String className, int threads, Map<String, String> environment) {
    public Peer(String id, String title, String className) {
        this(id, title, className, 0, Map.of());
    }

    /// A new instance.
    ///
    /// @throws AbsentException if it cannot be used here
    public Contender load() throws AbsentException {
        try {
            return (Contender) Class.forName(className).getConstructor().newInstance();
        } catch (ClassNotFoundException e) {
            throw new AbsentException("not built in; the Maven profile peers adds it");
        } catch (InvocationTargetException e) {
            throw new AbsentException(reason(e.getCause()));
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new AbsentException(reason(e));
        }
    }

    /// The first line that says what is wrong.
    static String reason(Throwable fault) {
        Throwable first = fault;
        while (first.getCause() != null) {
            first = first.getCause();
        }
        String message = first.getMessage();
        String name = first.getClass().getSimpleName();
        return message == null || message.isBlank()
                ? name
                : (first instanceof LinkageError ? name + ": " : "")
                        + message.strip().lines().findFirst().orElse("");
    }

    /// Says why a contender is missing.
    public static final class AbsentException extends Exception {
        private static final long serialVersionUID = 1;

        AbsentException(String reason) {
            super(reason);
        }
    }
}
