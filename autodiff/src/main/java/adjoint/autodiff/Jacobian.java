package adjoint.autodiff;

import java.util.ArrayList;
import java.util.List;

/// All rows or all columns of a Jacobian in one sweep, which is that of one, batched.
final class Jacobian {
    private Jacobian() {}

    static <T> T of(Point<T> at) {
        long arguments = 0;
        for (Tensor leaf : at.arguments.leaves()) {
            arguments += leaf.size();
        }
        return arguments <= at.value.size() ? forward(at) : reverse(at);
    }

    private static <T> T reverse(Point<T> at) {
        Shape value = at.value.shape();
        T rows = Autodiff.vmap(at::pull).apply(basis(at.value));
        return Structure.of(rows)
                .map(row -> row.reshape(value.append(row.shape().tail())));
    }

    private static <T> T forward(Point<T> at) {
        List<Tensor> columns = new ArrayList<>();
        for (int i = 0; i < at.arguments.leaves().size(); i++) {
            int leaf = i;
            Tensor argument = at.arguments.leaves().get(i);
            Tensor tangents = Autodiff.vmap(v -> at.push(leaf, v)).apply(basis(argument));
            Tensor last = tangents.permute(toBack(tangents.rank()));
            columns.add(last.reshape(at.value.shape().append(argument.shape())));
        }
        return at.arguments.with(columns);
    }

    /// The tensors with a single 1, along a new first axis.
    private static Tensor basis(Tensor like) {
        int n = like.size();
        Tensor basis = Tensor.zeros(like.dtype(), like.shape().prepend(n));
        for (int i = 0; i < n; i++) {
            Tensor.setElement(basis.array(), i * n + i, 1);
        }
        return basis;
    }

    /// The order in which the first axis comes last.
    private static int[] toBack(int rank) {
        int[] order = new int[rank];
        for (int d = 0; d < rank; d++) {
            order[d] = (d + 1) % rank;
        }
        return order;
    }
}
