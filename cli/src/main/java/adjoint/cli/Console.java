package adjoint.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// Where a command writes: results and progress to `out`, complaints to `err`.
///
/// @param terminal whether someone watches, so that progress may be drawn over itself
public record Console(PrintStream out, PrintStream err, boolean terminal) {
    /// The process's own.
    public static Console ofProcess() {
        boolean terminal = System.console() != null && System.console().isTerminal();
        return new Console(unicode(System.out, FileDescriptor.out), unicode(System.err, FileDescriptor.err), terminal);
    }

    /// Where no locale is set, Java believes that ASCII is all that can be shown; what is beyond it is better written
    /// in UTF-8 than as question marks.
    private static PrintStream unicode(PrintStream stream, FileDescriptor target) {
        return stream.charset().equals(StandardCharsets.US_ASCII)
                ? new PrintStream(new FileOutputStream(target), true, StandardCharsets.UTF_8)
                : stream;
    }
}
