package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BufferPoolTest {
    private final BufferPool pool = new BufferPool();

    @Test
    void aClassHoldsWhatIsAskedForAndLittleMore() {
        for (int n = 0; n < 5000; n++) {
            check(n);
        }
        for (int n = 5000; n > 0 && n < Integer.MAX_VALUE / 2; n = (int) (n * 1.013)) {
            check(n);
        }
        assertEquals(Integer.MAX_VALUE - 8, BufferPool.capacity(BufferPool.sizeClass(Integer.MAX_VALUE - 8)));
    }

    private static void check(int n) {
        int capacity = BufferPool.capacity(BufferPool.sizeClass(n));
        assertTrue(capacity >= n && capacity <= Math.max(1, n + n / 8 + 1), n + " gets " + capacity);
        assertEquals(BufferPool.sizeClass(n), BufferPool.sizeClass(capacity));
    }

    @Test
    void buffersComeBack() {
        Storage a = pool.take(DType.F32, 100);
        Storage b = pool.take(DType.F32, 100);
        assertNotSame(a, b);
        assertEquals(2, pool.outstanding());
        int generation = a.generation;
        pool.giveBack(a);
        pool.giveBack(a);
        assertEquals(1, pool.outstanding());
        assertEquals(generation + 1, a.generation);
        assertSame(a, pool.take(DType.F32, 97));
        assertNotSame(a, pool.take(DType.F64, 100));
        assertTrue(pool.take(DType.I32, 3).array instanceof int[]);
    }

    @Test
    void clearLetsGoOfWhatIsNotInUse() {
        Storage a = pool.take(DType.F32, 1024);
        Storage b = pool.take(DType.F64, 1024);
        assertEquals(12 * 1024, pool.bytes());
        pool.giveBack(b);
        pool.clear();
        assertEquals(4 * 1024, pool.bytes());
        pool.giveBack(a);
        assertEquals(4 * 1024, pool.bytes());
        assertNotSame(b, pool.take(DType.F64, 1024));
    }
}
