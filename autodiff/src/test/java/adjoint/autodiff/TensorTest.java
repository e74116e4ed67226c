package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.linalg.Rng;
import org.junit.jupiter.api.Test;

class TensorTest {
    private static final double NAN = Double.NaN;
    private static final double INF = Double.POSITIVE_INFINITY;

    @Test
    void tensorsAreMadeOfCopies() {
        float[] values = {1, 2, 3, 4, 5, 6};
        Tensor copy = Tensor.of(values, 2, 3);
        Tensor wrapped = Tensor.wrap(values, 1, Shape.of(2, 2));
        values[1] = 9;
        assertEquals(2, copy.get(0, 1));
        assertEquals(9, wrapped.get(0, 0));
        assertEquals(Shape.of(3), Tensor.of(new double[] {1, 2, 3}).shape());
        assertEquals(DType.I64, Tensor.ofLongs(new long[] {1L << 40}).dtype());
        assertEquals(1, Tensor.ones(DType.F32, 2).get(1));
        assertEquals(7, Tensor.full(7, DType.I32).item());
        assertArrayEquals(new int[] {0, 1, 2}, Tensor.range(3, DType.I32).toInts());
    }

    @Test
    void valuesAreReadInRowMajorOrder() {
        Tensor x = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        assertArrayEquals(new double[] {1, 4, 2, 5, 3, 6}, x.transpose(0, 1).toDoubles());
        assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, x.transpose(0, 1).toFloats());
        double[] target = new double[5];
        x.slice(1, 1, 3).copyTo(target, 1);
        assertArrayEquals(new double[] {0, 2, 3, 5, 6}, target);
        assertEquals(6, x.transpose(0, 1).get(2, 1));
        assertEquals(3, x.dim(-1));
        assertEquals(2, x.rank());
        assertEquals(6, x.size());
    }

    @Test
    void drawsDependOnTheKeyAlone() {
        Rng key = Rng.of(4);
        Tensor u = Tensor.uniform(key, -1, 3, DType.F64, 100, 10);
        assertArrayEquals(
                u.toDoubles(), Tensor.uniform(key, -1, 3, DType.F64, 1000).toDoubles());
        assertNotEquals(
                u.get(0, 0), Tensor.uniform(key.child(1), -1, 3, DType.F64, 1).item());
        assertEquals(1, u.mean().item(), 0.1);
        Tensor z = Tensor.normal(key, 2, 3, DType.F32, 10000);
        assertEquals(2, z.mean().item(), 0.15);
        assertEquals(9, z.sub(2).square().mean().item(), 0.6);
    }

    @Test
    void viewsShareTheirValues() {
        Tensor x = Tensor.range(24, DType.F32).reshape(2, 3, 4);
        assertSame(x.storage, x.reshape(6, -1).storage);
        assertSame(x.storage, x.transpose(0, 2).storage);
        assertSame(x.storage, x.permute(1, 2, 0).unsqueeze(1).squeeze(1).storage);
        assertSame(x.storage, x.slice(1, 1, 2).select(2, 3).storage);
        assertSame(x.storage, x.unsqueeze(1).expand(2, 5, 3, 4).storage);
        assertSame(x.storage, x.slice(2, 1, 3).reshape(6, 2).storage);
        assertSame(x.storage, x.permute(2, 0, 1).reshape(4, 6).storage);
        assertSame(x.storage, x.detach().storage);
        assertSame(x, x.contiguous());
        assertNotSame(x.storage, x.transpose(0, 1).reshape(-1).storage);
        assertNotSame(x.storage, x.slice(2, 1, 3).reshape(-1).storage);
        assertNull(x.slice(0, 1, 2).strides, "the outermost slice stays contiguous");
        assertNull(x.transpose(0, 1).transpose(1, 0).strides);
    }

    @Test
    void dtypesAreConverted() {
        Tensor x = Tensor.of(new double[] {1.7, -1.7, 1e10});
        assertArrayEquals(new int[] {1, -1, Integer.MAX_VALUE}, x.to(DType.I32).toInts());
        assertEquals(10_000_000_000L, (long) x.to(DType.I64).get(2));
        assertEquals((double) 1.7f, x.to(DType.F32).get(0));
        Tensor big = Tensor.ofLongs(new long[] {Long.MAX_VALUE});
        assertEquals(Long.MAX_VALUE, ((long[]) big.to(DType.I64).array())[0]);
        assertArrayEquals(
                new int[] {1, 4, 2, 5},
                Tensor.ofInts(new int[] {1, 2, 4, 5}, 2, 2).transpose(0, 1).toInts());
    }

    @Test
    void specialValuesGoThroughAsInIeee754() {
        Tensor x = Tensor.of(new double[] {NAN, INF, -INF, 0, -0.0});
        assertArrayEquals(new double[] {NAN, INF, 0, 1, 1}, x.exp().toDoubles());
        assertArrayEquals(new double[] {NAN, INF, NAN, -INF, -INF}, x.log().toDoubles());
        assertArrayEquals(new double[] {NAN, INF, 0, 0, 0}, x.relu().abs().toDoubles());
        assertArrayEquals(new double[] {NAN, 1, 0, 0.5, 0.5}, x.sigmoid().toDoubles());
        assertArrayEquals(new double[] {NAN, 1, -1, 0, -0.0}, x.tanh().toDoubles());
        assertArrayEquals(new double[] {NAN, 1, -1, 0, -0.0}, x.sign().toDoubles());
        assertTrue(Double.isNaN(x.max(0).item()));
        assertEquals(0, x.argmax(0).item());
        assertArrayEquals(
                new double[] {NAN, 2, 2, 2, 2},
                x.where(Tensor.of(new double[] {1, 0, 0, 0, 0}), 2).toDoubles());
    }

    @Test
    void softmaxAtTheEdges() {
        Tensor x = Tensor.of(new double[] {1000, 1000, -INF, -INF, INF, 0}, 3, 2);
        assertArrayEquals(
                new double[] {0.5, 0.5, NAN, NAN, NAN, NAN}, x.softmax(-1).toDoubles());
        Tensor masked = Tensor.of(new double[] {0, -INF, 0}, 1, 3);
        assertArrayEquals(new double[] {0.5, 0, 0.5}, masked.softmax(-1).toDoubles());
        assertEquals(-INF, Tensor.full(-INF, DType.F64, 3).logSumExp(0).item());
        assertEquals(1000 + Math.log(2), x.slice(0, 0, 1).logSumExp(1).item(), 1e-12);
    }

    @Test
    void dropoutKeepsTheMean() {
        Tensor ones = Tensor.ones(DType.F32, 100, 1000);
        Tensor dropped = ones.dropout(0.3, Rng.of(9));
        assertEquals(1, dropped.mean().item(), 0.01);
        assertEquals(0.3, dropped.equal(0).mean().item(), 0.01);
        assertEquals((double) (1 / 0.7f), dropped.max(1).max(0).item(), 1e-6);
        assertArrayEquals(dropped.toFloats(), ones.dropout(0.3, Rng.of(9)).toFloats());
        Tensor strided = Tensor.ones(DType.F32, 1000, 100).transpose(0, 1);
        assertArrayEquals(dropped.toFloats(), strided.dropout(0.3, Rng.of(9)).toFloats());
        Tensor sum = ones.addDropout(ones, 0.3, Rng.of(9));
        assertArrayEquals(dropped.add(1).toFloats(), sum.toFloats());
        assertArrayEquals(ones.toFloats(), ones.dropout(0, Rng.of(1)).toFloats());
    }

    @Test
    void argmaxIsTheFirstOfTheLargest() {
        Tensor x = Tensor.of(new float[] {1, 3, 3, 5, 2, 5}, 2, 3);
        assertArrayEquals(new int[] {1, 0}, x.argmax(1).toInts());
        assertArrayEquals(new int[] {1, 0, 1}, x.argmax(0).toInts());
    }

    @Test
    void textIsLikeNumPys() {
        assertEquals("2.5 F64[]", Tensor.scalar(2.5, DType.F64).toString());
        assertEquals("[ 1, -2, 30] I32[3]", Tensor.ofInts(new int[] {1, -2, 30}).toString());
        assertEquals("""
                [[ 1.0000,  2.0000],
                 [-3.0000,  0.1235]] F32[2, 2]""", Tensor.of(new float[] {1, 2, -3, 0.12349f}, 2, 2).toString());
        assertEquals(
                "[1.0000e-10, 1.0000e+00] F64[2]",
                Tensor.of(new double[] {1e-10, 1}).toString());
        assertEquals(
                "[nan, inf, 1.5] F64[3]",
                Tensor.of(new double[] {NAN, INF, 1.5}).toString());
        assertEquals("[] F32[0]", Tensor.zeros(DType.F32, 0).toString());
        assertEquals("[0.0, 1.0, 2.0, ..., 1997.0, 1998.0, 1999.0] F32[2000]", squeezed(Tensor.range(2000, DType.F32)));
        String cube = Tensor.range(8, DType.I32).reshape(2, 2, 2).toString();
        assertEquals("[[[0, 1],\n  [2, 3]],\n\n [[4, 5],\n  [6, 7]]] I32[2, 2, 2]", cube);
        String large = Tensor.zeros(DType.F32, 100, 100).toString();
        assertEquals(7, large.lines().count());
    }

    private static String squeezed(Tensor tensor) {
        return tensor.toString().replaceAll(" +", " ").replace("[ ", "[");
    }
}
