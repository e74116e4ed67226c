package adjoint.autodiff.elsewhere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.Structure;
import adjoint.autodiff.Tensor;
import org.junit.jupiter.api.Test;

/// Records of another package must be public.
class RecordAccessTest {
    record Hidden(Tensor weight) {}

    public record Visible(Tensor weight) {}

    private final Tensor one = Tensor.scalar(1, DType.F64);

    @Test
    void aPublicRecordIsTakenApart() {
        Visible gradient = Autodiff.grad((Visible v) -> v.weight().square()).apply(new Visible(one));
        assertEquals(2, gradient.weight().item());
    }

    @Test
    void anotherOneSaysWhatIsMissing() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Structure.of(new Hidden(one)));
        assertEquals(
                "the record adjoint.autodiff.elsewhere.RecordAccessTest$Hidden cannot be taken apart: it is not"
                        + " accessible; it must be public, and its module must export or open its package to"
                        + " adjoint.autodiff",
                e.getMessage());
    }
}
