package adjoint.bench.peers;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.global.torch;

/// How many threads libtorch's own pool has, and that of its OpenBLAS.
record TorchThreads(int own, int blas) {
    /// All settings with at most so many in each.
    static List<TorchThreads> upTo(int threads) {
        List<TorchThreads> all = new ArrayList<>();
        for (int own = 1; own <= threads; own++) {
            for (int blas = 1; blas <= threads; blas++) {
                all.add(new TorchThreads(own, blas));
            }
        }
        return all;
    }

    void apply() {
        torch.set_num_threads(own);
        openblas_full.openblas_set_num_threads(blas);
    }

    @Override
    public String toString() {
        return "libtorch " + own + ", its OpenBLAS " + blas + (blas == 1 ? " thread" : " threads");
    }
}
