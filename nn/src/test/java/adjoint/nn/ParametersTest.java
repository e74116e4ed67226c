package adjoint.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import adjoint.autodiff.DType;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ParametersTest {
    private final Parameter a = Parameter.of(Tensor.of(new double[] {1, 2}, 2));
    private final Parameter b = Parameter.full(3, DType.F64, 2, 2);

    @Test
    void pathsAreDottedAndInOrder() {
        Module leaf = parts -> parts.parameter("weight", a);
        Module other = parts -> parts.parameter("weight", b);
        Parameters parameters = Parameters.of(parts -> {
            parts.modules("layers", List.of(other, leaf));
        });
        assertEquals(List.of("layers.0.weight", "layers.1.weight"), parameters.names());
        assertEquals(List.of(b, a), parameters.all());
        assertEquals(6, parameters.count());
    }

    @Test
    void aSharedParameterStandsUnderItsFirstPath() {
        Module leaf = parts -> parts.parameter("weight", a);
        Parameters parameters = Parameters.of(parts -> {
            parts.module("encoder", leaf);
            parts.module("decoder", leaf);
        });
        assertEquals(List.of("encoder.weight"), parameters.names());
    }

    @Test
    void namesMustBeUniqueAndPlain() {
        assertEquals(
                "two parts are called x",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Parameters.of(parts -> {
                                    parts.parameter("x", a);
                                    parts.parameter("x", b);
                                }))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> Parameters.of(parts -> parts.parameter("a.b", a)));
        assertThrows(IllegalArgumentException.class, () -> Parameters.of(parts -> parts.parameter("", a)));
        assertThrows(IllegalArgumentException.class, () -> Parameters.of(parts -> parts.parameter("a", null)));
    }

    @Test
    void loadReplacesAllValues() {
        Parameters parameters = both();
        Map<String, Tensor> state = new TreeMap<>(parameters.values());
        state.put("a", Tensor.of(new double[] {7, 8}, 2));
        parameters.load(state);
        assertArrayEquals(new double[] {7, 8}, a.value().toDoubles());
        assertArrayEquals(new double[] {3, 3, 3, 3}, b.value().toDoubles());
    }

    @Test
    void loadNamesAllFaultsAtOnceAndChangesNothing() {
        Parameters parameters = both();
        Map<String, Tensor> state = Map.of(
                "a", Tensor.of(new double[] {7, 8, 9}, 3),
                "c", Tensor.of(new double[] {1}, 1),
                "d", Tensor.of(new float[] {1}, 1));
        assertEquals(
                "the state does not fit the model: a is F64 [3], the model has F64 [2]; missing b [2, 2];"
                        + " not in the model: c; not in the model: d",
                assertThrows(IllegalArgumentException.class, () -> parameters.load(state))
                        .getMessage());
        assertArrayEquals(new double[] {1, 2}, a.value().toDoubles());
    }

    @Test
    void loadMatchingTakesWhatFitsAndReportsTheRest() {
        Parameters parameters = Parameters.of(parts -> {
            parts.parameter("a", a);
            parts.parameter("b", b);
            parts.parameter("c", Parameter.full(0, DType.F64, 1));
        });
        Map<String, Tensor> state = Map.of(
                "module.a", Tensor.of(new float[] {7, 8}, 2),
                "module.b", Tensor.zeros(DType.F64, 3),
                "head.weight", Tensor.zeros(DType.F64, 3),
                "num_batches_tracked", Tensor.ofLongs(new long[] {1}, 1));
        StateReport report = parameters.loadMatching(
                state, key -> key.startsWith("num_") ? null : key.replaceFirst("^module\\.", ""));
        assertEquals("""
                loaded     a from module.a
                misshapen  b is F64 [3], the model has F64 [2, 2]
                missing    c [1]
                surplus    head.weight
                """, report.toString());
        assertEquals(
                "the state does not fit the model: b is F64 [3], the model has F64 [2, 2]; missing c [1];"
                        + " not in the model: head.weight",
                assertThrows(IllegalArgumentException.class, report::requireComplete)
                        .getMessage());
        assertArrayEquals(new double[] {7, 8}, a.value().toDoubles());
        assertArrayEquals(new double[] {3, 3, 3, 3}, b.value().toDoubles());
        parameters.loadMatching(parameters.values(), key -> key).requireComplete();
        assertEquals(
                "the keys head.weight and module.a would both become a",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> parameters.loadMatching(state, key -> key.endsWith("b") ? null : "a"))
                        .getMessage());
    }

    @Test
    void unknownPath() {
        assertEquals(
                "no parameter x; there are [a, b]",
                assertThrows(IllegalArgumentException.class, () -> both().get("x"))
                        .getMessage());
    }

    @Test
    void aParameterKeepsItsShapeAndDtype() {
        assertThrows(ShapeError.class, () -> a.set(Tensor.zeros(DType.F64, 3)));
        assertThrows(IllegalArgumentException.class, () -> a.set(Tensor.zeros(DType.F32, 2)));
        assertThrows(IllegalArgumentException.class, () -> Parameter.of(Tensor.ofInts(new int[] {1}, 1)));
    }

    @Test
    void aParameterCopiesItsStart() {
        double[] start = {1, 2};
        Parameter p = Parameter.of(Tensor.of(start, 2));
        start[0] = 5;
        assertEquals(1, p.value().get(0));
    }

    private Parameters both() {
        return Parameters.of(parts -> {
            parts.parameter("a", a);
            parts.parameter("b", b);
        });
    }
}
