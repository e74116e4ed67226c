package adjoint.autodiff.user;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Where NaN or infinity came up first, as a user of the library is told.
class CallSiteTest {
    private static final Pattern LINE = Pattern.compile(":\\d+\\)");

    @Test
    void aResultThatIsNotFiniteNamesTheLineThatComputedIt() {
        try (Tape tape = Tape.open().checkFinite(true)) {
            Tensor x = Tensor.of(new double[] {1, 2, 3});
            tape.watch(x);
            Tensor h = x.sub(1);
            ArithmeticException e = assertThrows(ArithmeticException.class, () -> logarithm(h));
            assertEquals(
                    "NaN or infinity in op #2 `log` [3] of [3] at CallSiteTest.logarithm(CallSiteTest.java:?)",
                    LINE.matcher(e.getMessage()).replaceAll(":?)"));
        }
    }

    @Test
    void aGradientThatIsNotFiniteNamesTheForwardOperation() {
        try (Tape tape = Tape.open().checkFinite(true)) {
            Tensor x = Tensor.of(new double[] {0, 2, 3});
            tape.watch(x);
            Tensor loss;
            try (Tape.Scope _ = tape.scope("norm")) {
                loss = root(x).sum();
            }
            ArithmeticException e = assertThrows(ArithmeticException.class, () -> tape.backward(loss));
            assertEquals(
                    "NaN or infinity in the gradient of input 0 of op #1 `sqrt` [3] of [3] in norm at"
                            + " CallSiteTest.root(CallSiteTest.java:?)",
                    LINE.matcher(e.getMessage()).replaceAll(":?)"));
        }
    }

    @Test
    void aGradientOfASecondOrderIsFoundToo() {
        try (Tape tape = Tape.open().checkFinite(true)) {
            Tensor x = Tensor.of(new double[] {0, 2, 3});
            tape.watch(x);
            Tensor loss = root(x).sum();
            ArithmeticException e = assertThrows(ArithmeticException.class, () -> slope(tape, loss, x));
            assertEquals(
                    "NaN or infinity in op #3 `div` [3] of [3], [3] at CallSiteTest.slope(CallSiteTest.java:?)",
                    LINE.matcher(e.getMessage()).replaceAll(":?)"));
        }
    }

    private static Tensor logarithm(Tensor x) {
        return x.log();
    }

    private static Tensor root(Tensor x) {
        return x.sqrt();
    }

    private static void slope(Tape tape, Tensor loss, Tensor x) {
        tape.gradients(loss, java.util.List.of(x));
    }
}
