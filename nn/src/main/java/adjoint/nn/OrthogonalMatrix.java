package adjoint.nn;

import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;

/// [Parametrization#orthogonal].
final class OrthogonalMatrix implements Parametrization {
    private final Rotation rotation;
    private final boolean wide;
    private final Parameter original;
    private final Buffer base;

    OrthogonalMatrix(Tensor start, Rotation rotation, Rng key) {
        this.rotation = rotation;
        this.wide = start.dim(0) < start.dim(1);
        this.original = Parameter.of(
                Tensor.eye(start.dim(0), start.dim(1), start.dtype()).neg());
        this.base = Buffer.of(completed(tall(start), key));
    }

    /// A square orthogonal matrix, whose first columns span those of `start` one after another.
    private static Tensor completed(Tensor start, Rng key) {
        int rows = start.dim(0);
        int more = rows - start.dim(1);
        Tensor columns = start.to(DType.F64);
        if (more > 0) {
            columns = Tensor.concat(1, columns, Tensor.normal(key, 0, 1, DType.F64, rows, more));
        }
        return Linalg.qr(columns).q().to(start.dtype());
    }

    @Override
    public Tensor value(Pass pass) {
        Tensor free = tall(original.value()).tril(-1);
        int rows = free.dim(0);
        int cols = free.dim(1);
        Tensor lower = free.pad(0, 0, rows - cols);
        Tensor q = rotation.of(lower.sub(lower.transpose(0, 1))).slice(1, 0, cols);
        return tall(base.value().matmul(q));
    }

    private Tensor tall(Tensor x) {
        return wide ? x.transpose(0, 1) : x;
    }

    @Override
    public void describe(Parts parts) {
        parts.parameter("original", original);
        parts.module("0", map -> map.buffer("base", base));
    }
}
