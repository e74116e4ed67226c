package adjoint.autodiff;

import adjoint.autodiff.Case.Domain;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Products over named axes of the gradient table.
final class EinsumCases {
    private static final List<Case> ALL = new ArrayList<>();

    private EinsumCases() {}

    static List<Case> all() {
        return ALL;
    }

    static {
        einsum("ij,jk->ki", Products.MATMUL, "[3, 4] [4, 2]", "[1, 4] [4, 1]", "[0, 2] [2, 3]", "[2, 0] [0, 3]");
        einsum("bhqd,bhkd->bhqk", Products.MATMUL, "[2, 2, 3, 2] [2, 2, 3, 2]", "[1, 2, 1, 3] [1, 2, 5, 3]");
        einsum("bqhd,bkhd->bhqk", Products.MATMUL, "[2, 3, 2, 2] [2, 2, 2, 2]");
        einsum("abc,cba->", Products.MATMUL, "[2, 3, 2] [2, 3, 2]");
        einsum("abcd,cbed->ae", Products.MATMUL, "[2, 3, 2, 2] [2, 3, 4, 2]");
        einsum("ii->i", Diagonals.DIAGONAL, "[3, 3]", "[1, 1]", "[0, 0]");
        einsum("iji->j", Diagonals.DIAGONAL, "[3, 2, 3]");
        einsum("iii", Diagonals.DIAGONAL, "[3, 3, 3]");
        einsum("ijk->ki", Reductions.SUM, "[2, 3, 4]");
        einsum("...ij,...jk", Products.MATMUL, "[2, 3, 2] [2, 4]", "[2, 2, 3, 2] [2, 1, 2, 3]");
        einsum("ij,i->ij", Elementwise.MUL, "[3, 4] [3]");
        einsum("bi,ijk,bj,kl->bl", Products.MATMUL, "[2, 2] [2, 3, 2] [2, 3] [2, 3]");
        einsum("i,i,i", Elementwise.MUL, "[4] [4] [4]");
        einsum("ij,kj->ik", Products.MATMUL, "[3, 1] [2, 4]");
        add("outer", Products.MATMUL, x -> x.get(0).outer(x.get(1)), "[3] [5]", "[0] [2]");
        add("dot", Products.MATMUL, x -> x.get(0).dot(x.get(1)).square(), "[17] [17]", "[1] [1]", "[0] [0]");
        add("inner", Products.MATMUL, x -> x.get(0).inner(x.get(1)), "[3] [3]", "[2, 3] [4, 3]", "[2, 3] [2, 2, 3]");
        add("tensordot", Products.MATMUL, x -> x.get(0).tensordot(x.get(1), 2), "[2, 3, 4] [3, 4, 2]", "[3, 4] [3, 4]");
        add(
                "tensordot of axes",
                Products.MATMUL,
                x -> x.get(0).tensordot(x.get(1), new int[] {0, -1}, new int[] {1, 0}),
                "[2, 3, 4] [4, 2, 3]");
        add("kron", Elementwise.MUL, x -> x.get(0).kron(x.get(1)), "[2, 3] [3, 2]", "[3] [2]", "[2, 2] [3]", "[] []");
    }

    private static void einsum(String equation, Op<?> op, String... shapes) {
        add(
                "einsum " + equation,
                op,
                x -> Einsum.of(equation, x.toArray(Tensor[]::new)).square(),
                shapes);
    }

    private static void add(String name, Op<?> op, Function<List<Tensor>, Tensor> f, String... shapes) {
        ALL.add(ShapeCases.line(name, op, Domain.SIGNED, f, shapes));
    }
}
