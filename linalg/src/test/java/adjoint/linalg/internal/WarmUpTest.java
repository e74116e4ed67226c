package adjoint.linalg.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    /// What is tried counts its calls; it says how many vector operations each has.
    private static class Counted extends WarmUp.Trial {
        private final long operations;
        private final int turns;
        private final List<String> events;
        private int calls;

        Counted(long operations, int turns, List<String> events) {
            this.operations = operations;
            this.turns = turns;
            this.events = events;
        }

        @Override
        Runnable open() {
            events.add("open");
            return () -> calls++;
        }

        @Override
        long operations() {
            return operations;
        }

        @Override
        int mostTurns() {
            return turns;
        }

        @Override
        void end(boolean atSpeed) {
            events.add(calls > 0 ? "end " + atSpeed : "never called");
        }
    }

    @Test
    void codeAtSpeedTakesOver() throws InterruptedException {
        List<String> events = new ArrayList<>();
        WarmUp.start(new Counted(Integer.MAX_VALUE, 1, events));
        WarmUp.await();
        assertEquals(List.of("open", "end true"), events);
    }

    @Test
    void codeThatStaysSlowIsGivenUp() throws InterruptedException {
        List<String> events = new ArrayList<>();
        WarmUp.start(new Counted(0, 3, events));
        WarmUp.await();
        assertEquals(List.of("open", "end false"), events);
    }

    @Test
    void codeThatCannotBeMadeIsGivenUp() throws InterruptedException {
        List<String> events = new ArrayList<>();
        WarmUp.start(new Counted(1, 1, events) {
            @Override
            Runnable open() {
                throw new IllegalStateException("as a test");
            }
        });
        WarmUp.await();
        assertEquals(List.of("never called"), events);
    }
}
