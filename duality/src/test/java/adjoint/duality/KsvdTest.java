package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tape;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.util.Arrays;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The golden identities of the kernel singular value decomposition, by their number, at their tolerance.
final class KsvdTest {
    /// More tokens than features, as many, fewer; and more keys than queries.
    private static final String SIZES = "40, 40, 12, 7\n12, 12, 12, 5\n9, 9, 16, 9\n23, 31, 8, 8\n";

    private final Rng rng = Rng.of(2026);

    /// Identity 1: the KSVD of a linear kernel is the SVD of its matrix, up to signs.
    @ParameterizedTest
    @CsvSource(textBlock = SIZES)
    void identity01IsTheSvdOfTheKernel(int n, int m, int p, int s) {
        Tensor phiQ = features("q", n, p);
        Tensor phiK = features("k", m, p);
        Ksvd ksvd = Ksvd.of(phiQ, phiK, s);

        RealMatrix kernel = matrix(phiQ).multiply(matrix(phiK).transpose());
        var reference = new SingularValueDecomposition(kernel);
        double scale = reference.getSingularValues()[0];
        for (int l = 0; l < s; l++) {
            assertEquals(reference.getSingularValues()[l], ksvd.singularValues().get(l), 1e-10 * scale, "σ " + l);
        }
        assertClose(1e-10, projector(reference.getU(), s), projector(matrix(ksvd.queryDuals()), s));
        assertClose(1e-10, projector(reference.getV(), s), projector(matrix(ksvd.keyDuals()), s));
    }

    /// Identity 2: e = Φ_q W_e = K H_r = H_e Σ and r = Φ_k W_r = Kᵀ H_e = H_r Σ.
    @ParameterizedTest
    @CsvSource(textBlock = SIZES)
    void identity02PrimalScoresAreDualScores(int n, int m, int p, int s) {
        Tensor phiQ = features("q", n, p);
        Tensor phiK = features("k", m, p);
        Ksvd ksvd = Ksvd.of(phiQ, phiK, s);
        Tensor kernel = phiQ.matmul(phiK.transpose(0, 1));

        Tensor e = ksvd.queryScores(phiQ);
        assertClose(1e-12, e, kernel.matmul(ksvd.keyDuals()));
        assertClose(1e-12, e, ksvd.queryDuals().mul(ksvd.singularValues()));
        Tensor r = ksvd.keyScores(phiK);
        assertClose(1e-12, r, kernel.transpose(0, 1).matmul(ksvd.queryDuals()));
        assertClose(1e-12, r, ksvd.keyDuals().mul(ksvd.singularValues()));
    }

    /// Identity 2 for gradients: with the dual variables fixed, a loss of the scores has the same gradient with respect
    /// to the features, whether it goes through weights (primal) or through the kernel (dual).
    @Test
    void identity02HoldsForGradients() {
        Tensor phiQ = features("q", 14, 6);
        Tensor phiK = features("k", 11, 6);
        Tensor hr = Ksvd.of(phiQ, phiK, 4).keyDuals();
        Tensor cotangent = features("loss", 14, 4);

        try (Tape tape = Tape.open()) {
            tape.watch(phiQ, phiK);
            Tensor primal = phiQ.matmul(phiK.transpose(0, 1).matmul(hr));
            var gradient = tape.backward(primal.mul(cotangent).sum());
            Tensor primalQ = tape.keep(gradient.of(phiQ));
            Tensor primalK = tape.keep(gradient.of(phiK));
            try (Tape other = Tape.open()) {
                other.watch(phiQ, phiK);
                Tensor dual = phiQ.matmul(phiK.transpose(0, 1)).matmul(hr);
                var dualGradient = other.backward(dual.mul(cotangent).sum());
                assertClose(1e-12, dualGradient.of(phiQ), primalQ);
                assertClose(1e-12, dualGradient.of(phiK), primalK);
            }
        }
    }

    /// Identity 3: J = 0 and ∇J = 0 at the solution, ∇J by the closed form and by autodiff.
    @ParameterizedTest
    @CsvSource(textBlock = SIZES)
    void identity03ObjectiveAndItsGradientVanish(int n, int m, int p, int s) {
        Tensor phiQ = features("q", n, p);
        Tensor phiK = features("k", m, p);
        Ksvd ksvd = Ksvd.of(phiQ, phiK, s);
        Kkt certificate = ksvd.certificate(phiQ, phiK);
        double nuclear = ksvd.singularValues().sum().item();
        assertEquals(0, certificate.objective(), 1e-10 * nuclear);
        assertEquals(0, certificate.residual(), 1e-12);

        Tensor we = ksvd.queryWeights();
        Tensor wr = ksvd.keyWeights();
        try (Tape tape = Tape.open()) {
            tape.watch(we, wr);
            var gradient = tape.backward(objective(phiQ, phiK, we, wr, ksvd.lambda()));
            double scale = norm(we) + norm(wr);
            assertEquals(0, norm(gradient.of(we)) / scale, 1e-12);
            assertEquals(0, norm(gradient.of(wr)) / scale, 1e-12);
        }
    }

    /// The closed form of ∇J in ρ is the gradient by autodiff, away from the solution too.
    @Test
    void residualIsTheNormOfTheGradient() {
        Tensor phiQ = features("q", 13, 5);
        Tensor phiK = features("k", 13, 5);
        Tensor we = features("we", 5, 3);
        Tensor wr = features("wr", 5, 3);
        Tensor lambda = Tensor.of(new double[] {0.5, 1, 2}, 3);
        try (Tape tape = Tape.open()) {
            tape.watch(we, wr);
            Tensor objective = objective(phiQ, phiK, we, wr, lambda);
            double value = objective.item();
            var gradient = tape.backward(objective);
            double expected = (norm(gradient.of(we)) + norm(gradient.of(wr))) / (norm(we) + norm(wr));
            Kkt kkt = Kkt.of(phiQ, phiK, we, wr, lambda);
            assertEquals(expected, kkt.residual(), 1e-12 * expected);
            assertEquals(value, kkt.objective(), 1e-12 * Math.abs(value));
        }
    }

    /// Tr(W_eᵀ W_r) = Σ σ.
    @Test
    void traceOfTheWeightsIsTheNuclearNorm() {
        Tensor phiQ = features("q", 20, 6);
        Tensor phiK = features("k", 20, 6);
        Ksvd ksvd = Ksvd.of(phiQ, phiK, 6);
        double nuclear = Spectrum.ofFeatures(phiQ, phiK).nuclearNorm();
        assertEquals(nuclear, ksvd.queryWeights().mul(ksvd.keyWeights()).sum().item(), 1e-10 * nuclear);
    }

    /// Identity 41: weights off the solution, whose Λ is scaled until J = 0, are found out by ρ ≈ 1.
    @Test
    void identity41CertificateSeesThroughZeroObjective() {
        Tensor phiQ = new Cosine().features(features("q", 64, 16));
        Tensor phiK = new Cosine().features(features("k", 64, 16));
        Tensor we = features("w", 16, 4);
        Tensor wr = we.add(features("w2", 16, 4).mul(0.5));
        double trace = we.mul(wr).sum().item();
        double scores = (phiQ.matmul(we).square().sum().item()
                        + phiK.matmul(wr).square().sum().item())
                / 2;
        assertTrue(trace > 0, "Λ can be scaled only where the trace is positive");
        Tensor lambda = Tensor.full(trace / scores, DType.F64, 4);

        Kkt fooled = Kkt.of(phiQ, phiK, we, wr, lambda);
        assertEquals(0, fooled.objective(), 1e-12 * trace);
        assertTrue(fooled.residual() > 0.5 && fooled.residual() < 1.5, "ρ = " + fooled.residual());

        Kkt exact = Ksvd.of(phiQ, phiK, 4).certificate(phiQ, phiK);
        assertEquals(0, exact.objective(), 1e-10);
        assertEquals(0, exact.residual(), 1e-12);
    }

    @Test
    void zeroWeightsAreNotCertified() {
        Tensor phi = features("q", 6, 3);
        Tensor zero = Tensor.zeros(DType.F64, 3, 2);
        Kkt kkt = Kkt.of(phi, phi, zero, zero, Tensor.ones(DType.F64, 2));
        assertEquals(0, kkt.objective());
        assertEquals(1, kkt.residual());
    }

    /// ρ does not change when the weights and Λ⁻¹ keep their proportions: W → c·W.
    @Test
    void residualIsScaleFree() {
        Tensor phiQ = features("q", 10, 4);
        Tensor phiK = features("k", 10, 4);
        Tensor we = features("we", 4, 2);
        Tensor wr = features("wr", 4, 2);
        Tensor lambda = Tensor.of(new double[] {0.3, 0.7}, 2);
        double once = Kkt.of(phiQ, phiK, we, wr, lambda).residual();
        assertEquals(once, Kkt.of(phiQ, phiK, we.mul(8), wr.mul(8), lambda).residual(), 1e-14);
    }

    /// Identity 43: H_e, H_r from thin QR and the p×p SVD are orthonormal and solve both dual equations.
    @ParameterizedTest
    @CsvSource(textBlock = SIZES)
    void identity43DualEquationsHold(int n, int m, int p, int s) {
        Tensor phiQ = features("q", n, p);
        Tensor phiK = features("k", m, p);
        Ksvd ksvd = Ksvd.of(phiQ, phiK, s);
        Tensor he = ksvd.queryDuals();
        Tensor hr = ksvd.keyDuals();
        Tensor kernel = phiQ.matmul(phiK.transpose(0, 1));
        assertClose(1e-10, he.mul(ksvd.singularValues()), kernel.matmul(hr));
        assertClose(1e-10, hr.mul(ksvd.singularValues()), kernel.transpose(0, 1).matmul(he));
        assertClose(1e-12, identity(s), he.transpose(0, 1).matmul(he));
        assertClose(1e-12, identity(s), hr.transpose(0, 1).matmul(hr));
        assertClose(1e-10, he, ksvd.queryScores(phiQ).mul(ksvd.lambda()));
        assertClose(1e-10, hr, ksvd.keyScores(phiK).mul(ksvd.lambda()));
    }

    @Test
    void worksOnAWorkedExample() {
        Tensor phiQ = Tensor.of(new double[] {2, 0, 0, 1}, 2, 2);
        Ksvd ksvd = Ksvd.of(phiQ, identity(2), 2);
        assertArrayEquals(new double[] {2, 1}, ksvd.singularValues().toDoubles(), 1e-15);
        assertArrayEquals(new double[] {0.5, 1}, ksvd.lambda().toDoubles(), 1e-15);
        double[] e = ksvd.queryScores(phiQ).square().sum(0).toDoubles();
        assertArrayEquals(new double[] {4, 1}, e, 1e-14);
    }

    @Test
    void takesSinglePrecisionFeatures() {
        Tensor phi = Tensor.uniform(rng.child("f32"), -1, 1, DType.F32, 7, 3);
        Ksvd ksvd = Ksvd.of(phi, phi, 2);
        assertEquals(DType.F64, ksvd.queryWeights().dtype());
        assertEquals(0, ksvd.certificate(phi, phi).residual(), 1e-12);
        Tensor wide = phi.to(DType.F64);
        assertArrayEquals(
                ksvd.queryScores(wide).toDoubles(), ksvd.queryScores(phi).toDoubles());
        assertArrayEquals(ksvd.keyScores(wide).toDoubles(), ksvd.keyScores(phi).toDoubles());
    }

    /// Against the tails of all singular values of the matrix.
    @ParameterizedTest
    @CsvSource(textBlock = SIZES)
    void untilItsTail(int n, int m, int p, int most) {
        Tensor phiQ = features("q", n, p);
        Tensor phiK = features("k", m, p);
        Spectrum full = Spectrum.ofKernel(phiQ.matmul(phiK.transpose(0, 1)));
        for (double tolerance : new double[] {0.7, 0.2, 0.01, 1e-12}) {
            Ksvd ksvd = Ksvd.untilTail(phiQ, phiK, tolerance);
            int s = ksvd.singularValues().size();
            double norm = Math.sqrt(full.energy());
            assertTrue(Math.sqrt(full.tailEnergy(s)) <= tolerance * norm, "rank " + s);
            assertTrue(s == 1 || Math.sqrt(full.tailEnergy(s - 1)) > tolerance * norm, "rank " + s);
            assertArrayEquals(
                    Ksvd.of(phiQ, phiK, s).queryWeights().toDoubles(),
                    ksvd.queryWeights().toDoubles());
        }
        assertEquals(1, Ksvd.untilTail(phiQ, phiK, 3).singularValues().size());
    }

    /// Of rank 2 up to rounding: no tolerance finds more, and one below rounding is refused.
    @Test
    void untilItsTailIsCertified() {
        Tensor rankTwo = features("a", 9, 2).matmul(features("b", 2, 5));
        assertEquals(2, Ksvd.untilTail(rankTwo, rankTwo, 1e-13).singularValues().size());
        assertMessage(
                "a tail of 1.0E-16 beside the norm is lost in the rounding of 5 singular values: choose a tolerance of",
                () -> Ksvd.untilTail(rankTwo, rankTwo, 1e-16));
        assertMessage("a tolerance is at least 0, not -1.0", () -> Ksvd.untilTail(rankTwo, rankTwo, -1));
        assertMessage("a tolerance is at least 0, not NaN", () -> Ksvd.untilTail(rankTwo, rankTwo, Double.NaN));
        Tensor zero = Tensor.zeros(DType.F64, 4, 3);
        assertMessage("rank 1 asked for, but the kernel carries 0: it is 0", () -> Ksvd.untilTail(zero, zero, 0.1));
    }

    private static void assertMessage(String start, org.junit.jupiter.api.function.Executable call) {
        var error = assertThrows(IllegalArgumentException.class, call);
        assertTrue(error.getMessage().startsWith(start), error.getMessage());
    }

    /// One token: K = (3, 4)·(1, 2) = 11.
    @Test
    void oneToken() {
        Tensor phiQ = Tensor.of(new double[] {3, 4}, 1, 2);
        Tensor phiK = Tensor.of(new double[] {1, 2}, 1, 2);
        Ksvd ksvd = Ksvd.of(phiQ, phiK, 1);
        assertEquals(11, ksvd.singularValues().item(), 1e-14);
        double h = ksvd.keyDuals().item();
        assertEquals(1, Math.abs(h), 1e-15);
        assertArrayEquals(new double[] {h, 2 * h}, ksvd.queryWeights().toDoubles(), 1e-14);
        assertEquals(11 * h, ksvd.queryScores(phiQ).item(), 1e-13);
        assertEquals(11 * h, ksvd.keyScores(phiK).item(), 1e-13);
        assertEquals(0, ksvd.certificate(phiQ, phiK).residual(), 1e-14);
    }

    @Test
    void refusesARankAboveWhatTheKernelCarries() {
        Tensor rankTwo = features("a", 9, 2).matmul(features("b", 2, 5));
        var error = assertThrows(IllegalArgumentException.class, () -> Ksvd.of(rankTwo, rankTwo, 3));
        assertTrue(error.getMessage().startsWith("rank 3 asked for, but the kernel carries 2"), error.getMessage());
        assertTrue(error.getMessage().endsWith("choose a rank from 1 to 2"), error.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Ksvd.of(rankTwo, rankTwo, 0));
        Tensor zero = Tensor.zeros(DType.F64, 4, 3);
        var none = assertThrows(IllegalArgumentException.class, () -> Ksvd.of(zero, zero, 1));
        assertEquals("rank 1 asked for, but the kernel carries 0: it is 0", none.getMessage());
    }

    @Test
    void refusesFeaturesThatDoNotFit() {
        var error = assertThrows(
                IllegalArgumentException.class, () -> Ksvd.of(features("q", 4, 3), features("k", 4, 2), 1));
        assertEquals(
                "query features [4, 3] and key features [4, 2] must have the same number of columns",
                error.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Ksvd.of(Tensor.range(3, DType.F64), features("k", 3, 1), 1));
        Tensor nan = Tensor.of(new double[] {1, Double.NaN}, 2, 1);
        assertThrows(IllegalArgumentException.class, () -> Ksvd.of(nan, nan, 1));
    }

    @Test
    void refusesANegativeLambda() {
        Tensor phi = features("q", 4, 2);
        Tensor w = features("w", 2, 2);
        var error = assertThrows(
                IllegalArgumentException.class, () -> Kkt.of(phi, phi, w, w, Tensor.of(new double[] {1, -0.5}, 2)));
        assertEquals("the diagonal of Λ must not be negative; entry 1 is -0.5", error.getMessage());
    }

    /// J as the paper writes it, in recorded operations.
    private static Tensor objective(Tensor phiQ, Tensor phiK, Tensor we, Tensor wr, Tensor lambda) {
        Tensor e = phiQ.matmul(we);
        Tensor r = phiK.matmul(wr);
        Tensor scores = e.square().mul(lambda).sum().add(r.square().mul(lambda).sum());
        return scores.mul(0.5).sub(we.mul(wr).sum());
    }

    private Tensor features(String name, int rows, int cols) {
        return Tensor.normal(rng.child(name), 0, 1, DType.F64, rows, cols);
    }

    private static Tensor identity(int n) {
        double[] values = new double[n * n];
        for (int i = 0; i < n; i++) {
            values[i * n + i] = 1;
        }
        return Tensor.of(values, n, n);
    }

    private static RealMatrix matrix(Tensor tensor) {
        int cols = tensor.dim(1);
        double[] values = tensor.toDoubles();
        double[][] rows = new double[tensor.dim(0)][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(values, i * cols, (i + 1) * cols));
        return new Array2DRowRealMatrix(rows, false);
    }

    /// U Uᵀ of the first s columns: the subspace, whatever the signs.
    private static Tensor projector(RealMatrix vectors, int s) {
        int n = vectors.getRowDimension();
        RealMatrix u = vectors.getSubMatrix(0, n - 1, 0, s - 1);
        double[][] rows = u.multiply(u.transpose()).getData();
        return Tensor.of(Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray(), n, n);
    }

    private static double norm(Tensor a) {
        return Math.sqrt(a.square().sum().item());
    }

    /// Relative to the norm of what is expected.
    private static void assertClose(double tolerance, Tensor expected, Tensor actual) {
        assertEquals(expected.shape(), actual.shape());
        double error = norm(actual.sub(expected)) / norm(expected);
        assertTrue(error <= tolerance, "relative error " + error + " > " + tolerance);
    }
}
