package adjoint.bench.jmh;

import org.openjdk.jmh.annotations.Param;

/// Matrix products: square, ragged, in batches, and those of a transformer.
public class GemmBench extends OperationBench {
    @Param({
        "gemm NN 64×64×64 (64) fp32",
        "gemm NN 100×100×100 fp32",
        "gemm NN 256×256×256 fp32",
        "gemm NN 1024×1024×1024 fp32",
        "gemm NN 1024×1024×1024 fp64",
        "gemm NT 2048×1024×256 fp32",
        "gemm NN 2048×256×1024 fp32",
        "gemm TN 2048×1024×256 fp32"
    })
    private String operation;

    @Override
    String operation() {
        return operation;
    }
}
