package adjoint.bench;

import static org.bytedeco.openblas.global.openblas.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasTrans;
import static org.bytedeco.openblas.global.openblas.cblas_sgemm;

import adjoint.linalg.Kernels;
import adjoint.linalg.Parallel;
import adjoint.linalg.Rng;
import adjoint.linalg.Simd;
import adjoint.linalg.Transpose;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.FloatPointer;

/// Single-precision matrix products beside OpenBLAS, one thread each, in turn in the same process:
///
/// ```
/// ./mvnw -q -Ppeers -pl bench -am -Dmaven.test.skip=true package
/// ```
///
/// Each line has the medians over the rounds, and the median of the rounds' ratios: both run within the same tenths of
/// a second, so that a machine whose speed drifts does not decide. OpenBLAS must be told to use its AVX-512 kernels
/// (`OPENBLAS_CORETYPE=SKYLAKEX`), which the profile does.
public final class GemmPeer {
    private static final int ROUNDS = 15;
    private static final long ROUND_NANOS = 40_000_000;
    private static final long WARMUP_NANOS = 1_500_000_000;

    private GemmPeer() {}

    private record Product(Transpose ta, Transpose tb, int m, int n, int k) {
        @Override
        public String toString() {
            return "%d×%d×%d %s%s".formatted(m, n, k, letter(ta), letter(tb));
        }

        private static String letter(Transpose t) {
            return t == Transpose.YES ? "T" : "N";
        }

        double gigaflops(double nanos) {
            return 2.0 * m * n * k / nanos;
        }
    }

    public static void main(String[] arguments) {
        try (var _ = Parallel.with(1)) {
            System.out.println("Adjoint: " + Simd.describe());
            System.out.println("OpenBLAS: OPENBLAS_CORETYPE=" + System.getenv("OPENBLAS_CORETYPE")
                    + " OPENBLAS_NUM_THREADS=" + System.getenv("OPENBLAS_NUM_THREADS"));
            System.out.printf("%-18s %12s %13s %7s%n", "m×n×k", "Adjoint GF", "OpenBLAS GF", "ratio");
            for (Product product : products()) {
                compare(product);
            }
        }
    }

    private static List<Product> products() {
        Transpose no = Transpose.NO;
        Transpose yes = Transpose.YES;
        return List.of(
                new Product(no, no, 256, 256, 256),
                new Product(no, no, 512, 512, 512),
                new Product(no, no, 1024, 1024, 1024),
                new Product(no, no, 2048, 2048, 2048),
                new Product(no, yes, 1024, 1024, 1024),
                new Product(yes, no, 1024, 1024, 1024),
                // A training step's: forward, gradient of the input, gradient of the weight.
                new Product(no, yes, 208, 2048, 512),
                new Product(no, no, 208, 512, 2048),
                new Product(yes, no, 2048, 512, 208),
                // Ragged edges.
                new Product(no, no, 100, 100, 100),
                new Product(no, no, 37, 53, 71));
    }

    private static void compare(Product p) {
        float[] a = new float[p.m * p.k];
        float[] b = new float[p.k * p.n];
        float[] c = new float[p.m * p.n];
        Rng.of(1).fillNormal(a, 0, a.length, 0, 1);
        Rng.of(2).fillNormal(b, 0, b.length, 0, 1);
        int lda = p.ta == Transpose.YES ? p.m : p.k;
        int ldb = p.tb == Transpose.YES ? p.k : p.n;
        Kernels<float[]> kernels = Kernels.f32();
        try (FloatPointer na = new FloatPointer(a);
                FloatPointer nb = new FloatPointer(b);
                FloatPointer nc = new FloatPointer(c)) {
            Runnable ours = () -> kernels.gemm(p.ta, p.tb, p.m, p.n, p.k, 1, a, 0, lda, b, 0, ldb, 0, c, 0, p.n);
            Runnable theirs = () -> cblas_sgemm(
                    CblasRowMajor, cblas(p.ta), cblas(p.tb), p.m, p.n, p.k, 1, na, lda, nb, ldb, 0, nc, p.n);
            time(ours, WARMUP_NANOS);
            time(theirs, WARMUP_NANOS / 10);
            requireEqual(p, c, nc);
            double[] our = new double[ROUNDS];
            double[] their = new double[ROUNDS];
            double[] ratio = new double[ROUNDS];
            for (int i = 0; i < ROUNDS; i++) {
                our[i] = p.gigaflops(time(ours, ROUND_NANOS));
                their[i] = p.gigaflops(time(theirs, ROUND_NANOS));
                ratio[i] = our[i] / their[i];
            }
            System.out.printf("%-18s %12.1f %13.1f %7.2f%n", p, median(our), median(their), median(ratio));
        }
    }

    private static int cblas(Transpose t) {
        return t == Transpose.YES ? CblasTrans : CblasNoTrans;
    }

    /// Nanoseconds per call, over as many calls as fit.
    private static double time(Runnable call, long nanos) {
        long start = System.nanoTime();
        long calls = 0;
        long now;
        do {
            call.run();
            calls++;
            now = System.nanoTime();
        } while (now - start < nanos);
        return (double) (now - start) / calls;
    }

    private static void requireEqual(Product p, float[] ours, FloatPointer theirs) {
        float[] other = new float[ours.length];
        theirs.get(other);
        double tolerance = 1e-5 * p.k;
        for (int i = 0; i < ours.length; i++) {
            if (!(Math.abs(ours[i] - other[i]) <= tolerance)) {
                throw new IllegalStateException(
                        p + ": element " + i + " is " + ours[i] + " here and " + other[i] + " in OpenBLAS");
            }
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
