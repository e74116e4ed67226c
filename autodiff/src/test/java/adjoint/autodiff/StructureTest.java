package adjoint.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Structures of parameters go in and come out as the same structure.
class StructureTest {
    private static final Tensor ONE = Tensor.of(new double[] {1});
    private static final Tensor TWO = Tensor.of(new double[] {2});
    private static final Tensor THREE = Tensor.of(new double[] {3});
    private static final Tensor FOUR = Tensor.of(new double[] {4});

    public record Layer(Tensor weight, Tensor bias, int heads) {}

    public record Network(List<Layer> layers, Map<String, Tensor> scales, Tensor[] rest, String name) {}

    public record Picky(Tensor weight) {
        public Picky {
            if (weight.item() > 1) {
                throw new IllegalArgumentException("too heavy");
            }
        }
    }

    private static Network network() {
        Map<String, Tensor> scales = new TreeMap<>(Map.of("b", FOUR, "a", THREE));
        return new Network(List.of(new Layer(ONE, TWO, 8)), scales, new Tensor[] {ONE, null}, "net");
    }

    @Test
    void leavesComeInOrderWithTheirPlaces() {
        Structure<Network> structure = Structure.of(network());
        assertEquals(List.of(ONE, TWO, THREE, FOUR, ONE), structure.leaves());
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            paths.add(structure.path(i));
        }
        assertEquals(List.of(".layers[0].weight", ".layers[0].bias", ".scales[a]", ".scales[b]", ".rest[0]"), paths);
        assertEquals("", Structure.of(ONE).path(0));
    }

    @Test
    void theSameStructureIsPutTogether() {
        Network doubled = Structure.of(network()).map(x -> x.mul(2));
        assertEquals(2, doubled.layers().getFirst().weight().item());
        assertEquals(8, doubled.layers().getFirst().heads());
        assertEquals(List.of("a", "b"), List.copyOf(doubled.scales().keySet()));
        assertInstanceOf(TreeMap.class, doubled.scales());
        assertEquals(8, doubled.scales().get("b").item());
        assertEquals(2, doubled.rest()[0].item());
        assertEquals(null, doubled.rest()[1]);
        assertEquals("net", doubled.name());
        Map<String, Tensor> map = new LinkedHashMap<>();
        map.put("z", ONE);
        map.put("a", TWO);
        assertEquals(
                List.of("z", "a"), List.copyOf(Structure.of(map).map(x -> x).keySet()));
    }

    @Test
    void gradientsHaveTheStructureOfTheParameters() {
        Function<Network, Tensor> loss = n -> n.layers()
                .getFirst()
                .weight()
                .mul(n.scales().get("a"))
                .mul(n.scales().get("b").square())
                .sum();
        Network g = Autodiff.grad(loss).apply(network());
        assertEquals(48, g.layers().getFirst().weight().item());
        assertEquals(0, g.layers().getFirst().bias().item());
        assertEquals(16, g.scales().get("a").item());
        assertEquals(24, g.scales().get("b").item());
        assertEquals(0, g.rest()[0].item());
        Autodiff.ValueAndGrad<Layer> typed = Autodiff.valueAndGrad(
                        (Layer l) -> l.weight().mul(l.bias()).sum())
                .apply(new Layer(THREE, FOUR, 2));
        assertEquals(12, typed.value().item());
        assertEquals(4, typed.gradient().weight().item());
        assertEquals(2, typed.gradient().heads());
        assertArrayEquals(
                new double[] {4},
                Autodiff.jacobian((Layer l) -> l.weight().mul(l.bias()), new Layer(THREE, FOUR, 2))
                        .weight()
                        .toDoubles());
    }

    @Test
    void whatCannotBeTakenApartIsNamed() {
        assertMessage(
                "[1].name is a java.lang.Thread: only tensors, lists, maps, arrays and records of tensors, and constants,"
                        + " can be taken apart",
                () -> Structure.of(List.of(ONE, new Named(Thread.currentThread()))));
        assertMessage(
                "the record adjoint.autodiff.StructureTest$Picky cannot be taken apart: its constructor threw"
                        + " java.lang.IllegalArgumentException: too heavy",
                () -> Structure.of(new Picky(ONE)).with(List.of(TWO)));
        assertMessage(
                "the structure has 1 tensors, got 2 to put into it",
                () -> Structure.of(ONE).with(List.of(ONE, TWO)));
    }

    public record Named(Object name) {}

    private static void assertMessage(String expected, org.junit.jupiter.api.function.Executable body) {
        assertEquals(expected, assertThrows(RuntimeException.class, body).getMessage());
    }
}
