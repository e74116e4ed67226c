package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightRecorderTest {
    @Test
    void operationsAreEvents(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("operations.jfr");
        Tensor x = Tensor.ones(DType.F32, 2, 3);
        Tensor weight = Tensor.ones(DType.F32, 5, 3);
        try (Recording recording = new Recording()) {
            recording.enable("adjoint.Operation");
            recording.start();
            try (Tape tape = Tape.open()) {
                tape.watch(weight);
                Tensor h;
                try (Tape.Scope _ = tape.scope("layer")) {
                    h = x.linear(weight, null);
                }
                tape.backward(h.sum());
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getString("operation").equals("linear"))
                .toList();
        assertEquals(2, events.size());
        assertEquals("F32[2, 5]", events.get(0).getString("output"));
        assertEquals("F32[2, 3], F32[5, 3]", events.get(0).getString("inputs"));
        assertEquals("layer", events.get(1).getString("scope"));
        assertEquals(60, events.get(0).getLong("flops"));
        assertEquals(4 * (6 + 15 + 10), events.get(0).getLong("bytes"));
        assertTrue(!events.get(0).getBoolean("backward") && events.get(1).getBoolean("backward"));
        assertTrue(events.get(0).getDuration().toNanos() > 0);
    }
}
