package adjoint.duality;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SpectrumTest {
    private final Rng rng = Rng.of(7);

    /// Identity 44: the singular values of the N×M kernel come out of p×p matrices.
    @ParameterizedTest
    @CsvSource({"60, 60, 8", "8, 8, 8", "5, 5, 12", "40, 25, 10"})
    void identity44IsTheSpectrumOfTheFullKernel(int n, int m, int p) {
        Tensor phiQ = normal("q", n, p);
        Tensor phiK = normal("k", m, p);
        Tensor kernel = phiQ.matmul(phiK.transpose(0, 1));
        double[] small = Spectrum.ofFeatures(phiQ, phiK).values();
        double[] full = Spectrum.ofKernel(kernel).values();
        assertEquals(Math.min(Math.min(n, m), p), small.length);
        for (int i = 0; i < full.length; i++) {
            assertEquals(full[i], i < small.length ? small[i] : 0, 1e-8 * full[0], "σ " + i);
        }
    }

    /// Identity 44: ‖K‖_F² = tr(C_q C_k) = Σσ², and Ky Fan's Tr(UᵀKV) = Σσ at the singular vectors.
    @Test
    void identity44EnergyAndKyFan() {
        Tensor phiQ = normal("q", 50, 6);
        Tensor phiK = normal("k", 50, 6);
        Spectrum spectrum = Spectrum.ofFeatures(phiQ, phiK);
        Tensor cq = phiQ.transpose(0, 1).matmul(phiQ);
        Tensor ck = phiK.transpose(0, 1).matmul(phiK);
        double energy = cq.mul(ck).sum().item();
        assertEquals(energy, spectrum.energy(), 1e-8 * energy);

        Ksvd ksvd = Ksvd.of(phiQ, phiK, 6);
        Tensor kernel = phiQ.matmul(phiK.transpose(0, 1));
        double trace =
                ksvd.queryDuals().mul(kernel.matmul(ksvd.keyDuals())).sum().item();
        assertEquals(spectrum.nuclearNorm(), trace, 1e-8 * trace);
    }

    @Test
    void measuresOfAKnownSpectrum() {
        Spectrum spectrum = new Spectrum(new double[] {4, 2, 1, 0});
        assertEquals(7.0 / 4, spectrum.effectiveRank());
        assertEquals(21.0 / 16, spectrum.stableRank());
        assertEquals(21, spectrum.energy());
        assertEquals(5, spectrum.tailEnergy(1));
        assertEquals(0, spectrum.tailEnergy(3));
        assertEquals(0, spectrum.tailEnergy(9));
        assertThrows(IllegalArgumentException.class, () -> spectrum.tailEnergy(-1));
    }

    @Test
    void extremesOfRank() {
        assertEquals(1, Spectrum.ofKernel(Tensor.ones(DType.F64, 5, 5)).effectiveRank(), 1e-12);
        Tensor eye = Tensor.of(new double[] {1, 0, 0, 1}, 2, 2);
        assertArrayEquals(new double[] {1, 1}, Spectrum.ofFeatures(eye, eye).values(), 1e-15);
        assertEquals(2, Spectrum.ofFeatures(eye, eye).effectiveRank(), 1e-12);
        Spectrum zero = Spectrum.ofKernel(Tensor.zeros(DType.F64, 3, 3));
        assertEquals(0, zero.effectiveRank());
        assertEquals(0, zero.stableRank());
    }

    /// A row-stochastic kernel has a leading singular value of at least 1.
    @Test
    void softmaxKernelHasItsMatrixDecomposed() {
        Tensor kernel = normal("scores", 12, 12).softmax(-1);
        Spectrum spectrum = Spectrum.ofKernel(kernel);
        assertTrue(spectrum.leading() >= 1 - 1e-12);
        double energy = kernel.square().sum().item();
        assertEquals(energy, spectrum.energy(), 1e-12 * energy);
    }

    @Test
    void refusesValuesThatAreNoSpectrum() {
        var error = assertThrows(IllegalArgumentException.class, () -> new Spectrum(new double[] {1, 2}));
        assertTrue(error.getMessage().endsWith("value 1 is 2.0 after 1.0"), error.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Spectrum(new double[] {-1}));
        assertThrows(IllegalArgumentException.class, () -> new Spectrum(new double[] {Double.NaN}));
    }

    private Tensor normal(String name, int rows, int cols) {
        return Tensor.normal(rng.child(name), 0, 1, DType.F64, rows, cols);
    }
}
