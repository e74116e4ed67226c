package adjoint.bench.jmh;

import org.openjdk.jmh.annotations.Param;

/// Row kernels, forward and backward, and dropout.
public class RowBench extends OperationBench {
    @Param({
        "softmax 512×512 fp32",
        "layer norm 512×512 fp32",
        "layer norm backward 512×512 fp32",
        "gelu 512×512 fp32",
        "gelu backward 512×512 fp32",
        "exp 512×512 fp32",
        "cross-entropy 512×512 fp32",
        "dropout 0.1 512×512 fp32",
        "mask·gelu(x+bias) 4096×1024 fp32"
    })
    private String operation;

    @Override
    String operation() {
        return operation;
    }
}
