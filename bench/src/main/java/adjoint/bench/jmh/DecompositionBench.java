package adjoint.bench.jmh;

import org.openjdk.jmh.annotations.Param;

/// Decompositions.
public class DecompositionBench extends OperationBench {
    @Param({
        "Cholesky 1024×1024 fp64",
        "LU 1024×1024 fp64",
        "QR 1024×1024 fp64",
        "symmetric eigen 512×512 fp64",
        "SVD 512×512 fp64"
    })
    private String operation;

    @Override
    String operation() {
        return operation;
    }
}
