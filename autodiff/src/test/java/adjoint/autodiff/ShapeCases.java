package adjoint.autodiff;

import static adjoint.autodiff.Cases.shapes;

import adjoint.autodiff.Case.Domain;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Shape operations of the gradient table.
final class ShapeCases {
    private static final List<Case> ALL = new ArrayList<>();

    private ShapeCases() {}

    static List<Case> all() {
        return ALL;
    }

    static {
        slices();
        longer();
        matrices();
        gathers();
        orders();
    }

    private static void slices() {
        add(
                "slice in steps",
                Views.SLICE,
                x -> x.get(0).slice(0, 1, 5, 2).mul(x.get(0).slice(0, 0, 3, 2)),
                "[5]",
                "[5, 3]",
                "[6, 2, 3]",
                "[5, 0]");
        add(
                "slice in steps along the last axis",
                Views.SLICE,
                x -> x.get(0)
                        .slice(-1, 0, 5, 3)
                        .add(x.get(0).slice(-1, 1, 5, 2))
                        .square(),
                "[3, 5]",
                "[2, 2, 7]");
        add("slice backwards", Views.FLIP, x -> x.get(0).slice(0, 4, 0, -2).square(), "[5]", "[5, 3]", "[6, 2, 2]");
        add(
                "flip",
                Views.FLIP,
                x -> x.get(0).flip().mul(x.get(0)),
                "[7]",
                "[3, 5]",
                "[2, 3, 4]",
                "[]",
                "[0, 3]",
                "[1, 1]");
        add("flip of an axis", Views.FLIP, x -> x.get(0).flip(-2).mul(x.get(0)), "[3, 5]", "[2, 3, 4]", "[2, 0]");
        add(
                "index",
                Views.SLICE,
                x -> x.get(0)
                        .index(Index.at(-1), Index.newAxis(), Index.rest(), Index.range(0, 9, 2), Index.of(2, 0, 2))
                        .square(),
                "[2, 3, 4]",
                "[3, 1, 3]",
                "[2, 2, 3, 4]");
        add(
                "roll",
                Views.CONCAT,
                x -> x.get(0).roll(0, 1).roll(-1, -5).mul(x.get(0)),
                "[7]",
                "[3, 4]",
                "[2, 3, 4]",
                "[1, 3]");
        add(
                "split",
                Views.SLICE,
                x -> {
                    List<Tensor> parts = x.get(0).split(-1, 1, 0, 2);
                    return parts.get(0).mul(parts.get(2)).mul(parts.get(1).sum());
                },
                "[3]",
                "[2, 3]",
                "[2, 2, 3]");
        add(
                "chunk",
                Views.SLICE,
                x -> x.get(0).chunk(0, 2).get(1).exp().add(x.get(0).chunk(0, 2).get(0)),
                "[4]",
                "[2, 3]");
        add("moveAxis", Views.PERMUTE, x -> x.get(0).moveAxis(0, -1).exp(), "[2, 3]", "[2, 3, 4]", "[2, 0, 3, 2]");
        add(
                "flatten and unflatten",
                Views.RESHAPE,
                x -> x.get(0).flatten(1, -1).unflatten(-1, 2, -1).flatten().square(),
                "[2, 4]",
                "[3, 2, 5]");
        add("squeeze", Views.RESHAPE, x -> x.get(0).squeeze().exp(), "[1, 3, 1]", "[1, 1]", "[2, 1, 2]");
        add("tile", Views.EXPAND, x -> x.get(0).tile(2, 1, 3).square(), "[3]", "[2, 3]", "[2, 1, 2]", "[]", "[0, 2]");
        add("tile to nothing", Views.EXPAND, x -> x.get(0).tile(0), "[3]", "[2, 3]");
        add(
                "repeatInterleave",
                Views.EXPAND,
                x -> x.get(0).repeatInterleave(-1, 3).square(),
                "[3]",
                "[2, 3]",
                "[2, 1, 2]",
                "[2, 0]");
        add(
                "meshgrid",
                Views.EXPAND,
                x -> {
                    List<Tensor> grid = Tensor.meshgrid(x.get(0), x.get(1));
                    return grid.get(0).mul(grid.get(1)).exp();
                },
                "[3] [5]",
                "[1] [4]",
                "[0] [2]");
    }

    private static void longer() {
        add(
                "pad",
                Padding.PAD,
                x -> x.get(0).pad(1.5, 2, 1).square(),
                "[3]",
                "[2, 17]",
                "[2, 3, 4]",
                "[0]",
                "[0, 2]",
                "[2, 0]");
        add("pad two axes", Padding.PAD, x -> x.get(0).pad(0, 1, 0, 0, 3).square(), "[2, 3]", "[2, 3, 4]");
        add(
                "pad by reflection",
                Gather.TAKE,
                x -> x.get(0).pad(PadMode.REFLECT, 2, 1).square(),
                "[3]",
                "[2, 5]");
        add(
                "pad by replication",
                Gather.TAKE,
                x -> x.get(0).pad(PadMode.REPLICATE, 2, 3, 0, 1).square(),
                "[1, 2]",
                "[2, 3, 5]");
        add(
                "pad in a circle",
                Gather.TAKE,
                x -> x.get(0).pad(PadMode.CIRCULAR, 1, 2, 3, 0).square(),
                "[2, 3]",
                "[2, 3, 4]");
    }

    private static void matrices() {
        add("tril", Diagonals.BAND, x -> x.get(0).tril(-1).mul(x.get(0)), "[4, 4]", "[5, 3]", "[2, 3, 5]", "[0, 3]");
        add("triu", Diagonals.BAND, x -> x.get(0).triu(1).square(), "[4, 4]", "[2, 3, 17]", "[2, 0]");
        add("band", Diagonals.BAND, x -> x.get(0).band(-1, 1).square(), "[5, 5]", "[2, 3, 4]", "[1, 1]");
        add(
                "diagonal",
                Diagonals.DIAGONAL,
                x -> x.get(0).diagonal(1).square(),
                "[4, 4]",
                "[5, 3]",
                "[2, 3, 5]",
                "[2, 1]",
                "[0, 3]");
        add(
                "diagonal of other axes",
                Diagonals.DIAGONAL,
                x -> x.get(0).diagonal(-1, 2, 0).square(),
                "[3, 2, 4]",
                "[3, 2, 2, 4]");
        add("trace", Diagonals.DIAGONAL, x -> x.get(0).trace().square(), "[3, 3]", "[2, 3, 4]", "[1, 1]", "[0, 0]");
        add(
                "diagEmbed",
                Diagonals.DIAG_EMBED,
                x -> x.get(0)
                        .diagEmbed(0)
                        .add(x.get(0).diagEmbed(-2).slice(-1, 2, 5).slice(-2, 2, 5)),
                "[3]",
                "[2, 3]",
                "[0, 3]");
    }

    private static void gathers() {
        add(
                "takeAlongAxis",
                Gather.TAKE_ALONG_AXIS,
                x -> x.get(0).takeAlongAxis(index(3, x.get(0), 1, 4), 1).square(),
                "[2, 3]",
                "[2, 3, 5]",
                "[4, 3, 1]",
                "[0, 3]");
        add(
                "takeAlongAxis, broadcast",
                Gather.TAKE_ALONG_AXIS,
                x -> x.get(0)
                        .takeAlongAxis(Tensor.ofInts(new int[] {2, 0}, 2, 1, 1), 0)
                        .mul(x.get(0).takeAlongAxis(Tensor.ofInts(new int[] {0, 1, 2}, 1, 3, 1), 0)),
                "[3, 1, 5]",
                "[3, 3, 1]");
        add(
                "scatterAddAlongAxis",
                Gather.SCATTER_ADD_ALONG_AXIS,
                x -> x.get(0)
                        .scatterAdd(index(x.get(0).dim(1), x.get(1), 1, x.get(1).dim(1)), x.get(1), 1)
                        .square(),
                "[2, 3] [2, 5]",
                "[2, 3, 5] [2, 2, 5]",
                "[2, 3] [2, 0]");
        add(
                "indexAdd",
                Gather.SCATTER_ADD,
                x -> x.get(0)
                        .indexAdd(Tensor.ofInts(new int[] {1, 1, 0}), x.get(1), 0)
                        .square(),
                "[2] [3]",
                "[4, 17] [3, 17]",
                "[3, 2, 2] [3, 2, 2]");
        add(
                "scatter",
                Gather.TAKE,
                x -> x.get(0)
                        .scatter(index(x.get(0).dim(0), x.get(1), 0, x.get(1).dim(0)), x.get(1), 0)
                        .square(),
                "[4] [3]",
                "[3, 5] [2, 5]",
                "[2, 3] [5, 3]");
        add(
                "maskedFill",
                Elementwise.WHERE,
                x -> x.get(0).maskedFill(x.get(0).greater(0.7), -2).square(),
                "[3, 7]",
                "[17]",
                "[]");
    }

    private static void orders() {
        ordered(
                "sort",
                x -> x.get(0).sort(-1, false).values().mul(x.get(0)),
                "[7]",
                "[3, 17]",
                "[2, 3, 4]",
                "[3, 0]",
                "[0, 3]",
                "[4, 1]");
        ordered(
                "sort of columns, descending",
                x -> x.get(0).sort(0, true).values().mul(x.get(0)),
                "[7]",
                "[5, 3]",
                "[3, 2, 4]");
        ordered("topK", x -> x.get(0).topK(2, 1, true).values().square(), "[3, 5]", "[2, 3, 4]", "[0, 2]");
    }

    /// Indices below `below` of the shape of a tensor but for one axis, of length `length`.
    private static Tensor index(int below, Tensor like, int axis, int length) {
        int[] dims = like.shape().dims();
        dims[axis] = length;
        Shape shape = Shape.of(dims);
        int[] index = new int[shape.size()];
        for (int i = 0; i < index.length; i++) {
            index[i] = (5 * i + i / 3) % below;
        }
        return Tensor.wrap(index, 0, shape);
    }

    private static void ordered(String name, Function<List<Tensor>, Tensor> f, String... shapes) {
        ALL.add(line(name, Gather.TAKE_ALONG_AXIS, Domain.DISTINCT, f, shapes));
    }

    private static void add(String name, Op<?> op, Function<List<Tensor>, Tensor> f, String... shapes) {
        ALL.add(line(name, op, Domain.SIGNED, f, shapes));
    }

    static Case line(String name, Op<?> op, Domain domain, Function<List<Tensor>, Tensor> f, String... shapes) {
        List<Shape[]> of = new ArrayList<>();
        for (String text : shapes) {
            of.add(shapes(text));
        }
        return new Case(name, op, domain, f, of);
    }
}
