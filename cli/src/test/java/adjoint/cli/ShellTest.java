package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `adjoint shell` and `adjoint operations`.
class ShellTest {
    @TempDir
    Path folder;

    @Test
    void runsAScriptWithAdjointImported() throws IOException {
        Path script = Files.writeString(folder.resolve("script.jsh"), """
                Tensor x = Tensor.of(new double[] {1, 2, 3}, 3);
                System.out.println(Autodiff.grad(v -> v.square().sum()).apply(x))
                /exit
                """);
        Cli.Outcome outcome = Cli.run("shell", script.toString());
        assertEquals(0, outcome.status(), outcome.err());
        assertTrue(outcome.out().contains("[2.0, 4.0, 6.0] F64[3]"), outcome.out());
    }

    @Test
    void aMissingScriptIsRefused() {
        Path none = folder.resolve("none.jsh");
        Cli.Outcome outcome = Cli.run("shell", none.toString());
        assertEquals(1, outcome.status());
        assertEquals("adjoint: there is no file " + none, outcome.err().strip());
    }

    @Test
    void operationsHaveALineEach() {
        Cli.Outcome outcome = Cli.run("operations");
        assertEquals(0, outcome.status());
        assertTrue(outcome.out().contains("| `exp` | eˣ | any order |\n"), outcome.out());
    }
}
