package adjoint.bench;

import adjoint.cli.Console;

/// The command line of Adjoint with `bench` in it, which stands on the class path beside the peers.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(Console.ofProcess(), arguments));
    }

    /// Runs one command and returns its exit status.
    static int run(Console console, String... arguments) {
        return adjoint.cli.Main.run(console, new BenchCommand(console), arguments);
    }
}
