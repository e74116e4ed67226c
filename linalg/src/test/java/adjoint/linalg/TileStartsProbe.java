package adjoint.linalg;

import adjoint.linalg.internal.DoubleLanes;
import java.util.ArrayList;
import java.util.List;

/// Warms up a share of the products that are a single register tile each, and prints those that go on allocating:
/// `TileStartsProbe share shares`.
final class TileStartsProbe {
    private static final int K = 24;

    /// A product of `m` rows and `vectors` vectors of columns, the last one cut off where `tail`.
    private record Product(
            Precision precision, Transpose ta, Transpose tb, int m, int vectors, boolean tail, int beta) {
        Runnable call() {
            return call(precision.kernels());
        }

        @SuppressWarnings("unchecked")
        private <A> Runnable call(Kernels<A> kernels) {
            int n = vectors * DoubleLanes.bits() / (8 * precision.bytes()) - (tail ? 1 : 0);
            A a = (A) precision.allocate(m * K);
            A b = (A) precision.allocate(K * n);
            A c = (A) precision.allocate(m * n);
            int lda = ta == Transpose.NO ? K : m;
            int ldb = tb == Transpose.NO ? n : K;
            return () -> kernels.gemm(ta, tb, m, n, K, 1, a, 0, lda, b, 0, ldb, beta, c, 0, n);
        }
    }

    public static void main(String[] args) {
        int share = Integer.parseInt(args[0]);
        int shares = Integer.parseInt(args[1]);
        List<Product> products = products();
        int checked = 0;
        for (int i = share; i < products.size(); i += shares) {
            long bytes = Allocated.least(products.get(i).call());
            if (bytes > 0) {
                System.out.println(products.get(i) + ": " + bytes);
            }
            checked++;
        }
        System.out.println("checked " + checked);
    }

    /// Every height of the widest tiles, the greatest of the others; both operands in place, a packed B, a transposed
    /// A.
    static List<Product> products() {
        int[][] heights = {{16}, {14}, {3, 8}, {2, 3, 4, 5, 6}};
        Transpose no = Transpose.NO;
        Transpose yes = Transpose.YES;
        List<Product> products = new ArrayList<>();
        for (Precision precision : Precision.values()) {
            for (Transpose[] t : new Transpose[][] {{no, no}, {no, yes}, {yes, no}}) {
                for (int v = 1; v <= heights.length; v++) {
                    for (int m : heights[v - 1]) {
                        int i = products.size();
                        products.add(new Product(precision, t[0], t[1], m, v, v > 1 && i % 2 == 0, i / 2 % 2));
                    }
                }
            }
        }
        return products;
    }
}
