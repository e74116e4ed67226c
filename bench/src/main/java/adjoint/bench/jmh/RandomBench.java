package adjoint.bench.jmh;

import org.openjdk.jmh.annotations.Param;

/// Arrays filled with random numbers.
public class RandomBench extends OperationBench {
    @Param({
        "random uniform 1048576 fp32",
        "random normal 1048576 fp32",
        "random uniform 1048576 fp64",
        "random normal 1048576 fp64"
    })
    private String operation;

    @Override
    String operation() {
        return operation;
    }
}
