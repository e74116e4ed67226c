package adjoint.linalg.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TileCheckTest {
    @Test
    void oneProductAtSpeedEndsTheCheck() {
        TileCheck check = new TileCheck();
        assertEquals("not checked yet", check.describe());
        check.report(1_000_000, 3_900_000_000L);
        assertFalse(check.done());
        check.report(1_000_000, 10_000);
        assertTrue(check.done());
        assertFalse(check.slow());
        assertEquals("checked", check.describe());
    }

    @Test
    void slownessForSecondsLowersTheTiles() {
        TileCheck check = new TileCheck();
        for (int i = 0; i < 4; i++) {
            check.report(1_000_000, 1_000_000_000L);
            assertFalse(check.done());
        }
        check.report(1_000_000, 1_000_000);
        assertTrue(check.done());
        assertTrue(check.slow());
        assertEquals("lowered, since they were slow", check.describe());
    }
}
