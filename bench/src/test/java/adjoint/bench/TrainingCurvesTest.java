package adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import adjoint.bench.training.Images;
import adjoint.bench.training.Recurrences;
import adjoint.bench.training.Sequences;
import adjoint.bench.training.Sequences.Head;
import adjoint.bench.training.Sequences.Mechanism;
import adjoint.bench.training.TrainingStep;
import adjoint.bench.training.TrainingStep.Aspect;
import adjoint.bench.training.Workload;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Models trained here and in libtorch go the same way.
class TrainingCurvesTest {
    private static final Sequences SMALL = sequences(Head.MEAN, Mechanism.SOFTMAX);

    private final Suite suite = Suite.of("training").orElseThrow();

    private static Sequences sequences(Head head, Mechanism mechanism) {
        return new Sequences(head, 6, 13, 3, 5, 24, 3, 40, 2, 0, 0, mechanism, mechanism);
    }

    static List<Workload> models() {
        return List.of(
                SMALL,
                sequences(Head.FLATTEN, Mechanism.SOFTMAX),
                sequences(Head.FLATTEN, Mechanism.PRIMAL),
                // More tokens than are sampled.
                new Sequences(Head.MEAN, 2, 311, 3, 5, 16, 2, 16, 1, 0, 0, Mechanism.PRIMAL, Mechanism.PRIMAL),
                new Recurrences(5, 9, 3, 12),
                new Images(3, 1, 14, 7, 0));
    }

    private static float[] curve(Peer side, Workload model) throws Peer.AbsentException {
        try (Task task =
                side.load().prepare(new TrainingStep(model, Aspect.CURVE)).orElseThrow()) {
            return (float[]) task.result();
        }
    }

    private Peer libtorch() {
        return suite.peers().stream()
                .filter(peer -> peer.id().equals("libtorch"))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @MethodSource("models")
    void lossesAgreeWithLibtorch(Workload model) throws Exception {
        float[] theirs;
        try {
            theirs = curve(libtorch(), model);
        } catch (Peer.AbsentException e) {
            abort("libtorch is absent: " + e.getMessage());
            return;
        }
        float[] ours = curve(suite.ours(), model);
        assertEquals(TrainingStep.CURVE, ours.length);
        for (int i = 0; i < ours.length; i++) {
            assertEquals(theirs[i], ours[i], 1e-4, "step " + (i + 1));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void lossesFall(Workload model) throws Exception {
        float[] curve = curve(suite.ours(), model);
        assertEquals(Math.log(model.classes()), curve[0], 1, "nothing is known at the start");
        assertTrue(curve[curve.length - 1] < curve[0], curve[0] + " → " + curve[curve.length - 1]);
    }

    @Test
    void batchesAreTheSameEveryTimeAndDifferFromEachOther() {
        assertEquals(0, Arrays.compare(SMALL.x(1), SMALL.x(1)));
        assertNotEquals(0, Arrays.compare(SMALL.x(1), SMALL.x(2)));
        assertEquals(SMALL.batch(), SMALL.labels(3).length);
    }
}
