package adjoint.bench.jmh;

import org.openjdk.jmh.annotations.Param;

/// Fused attention, forward and backward, with and without dropout.
public class AttentionBench extends OperationBench {
    @Param({"attention 16×1024×64 fp32", "attention 4×4096×64 fp32", "attention, dropout 0.1 16×1024×64 fp32"})
    private String operation;

    @Override
    String operation() {
        return operation;
    }
}
