package adjoint.bench;

import java.util.Locale;

/// One comparison: an operation, computed by us and by a peer.
///
/// @param threads how many threads both have
/// @param vectors the vector instructions both may use
/// @param quick whether a short run has it
public record Case(Operation operation, Peer peer, int threads, Vectors vectors, boolean quick) {
    /// The vector instructions that a process may use.
    public enum Vectors {
        /// All that the machine has.
        WIDEST,
        /// Up to AVX2.
        AVX2
    }

    /// Whether kernel or shape contain `pattern`, upper and lower case and × and x alike.
    boolean matches(String pattern) {
        return plain(operation.kernel() + " " + operation.shape()).contains(plain(pattern));
    }

    private static String plain(String text) {
        return text.toLowerCase(Locale.ROOT).replace('×', 'x');
    }

    /// Kernel, shape and precision.
    @Override
    public String toString() {
        return operation.kernel() + " " + operation.shape() + " " + Report.name(operation.precision());
    }
}
