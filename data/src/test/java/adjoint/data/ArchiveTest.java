package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import adjoint.linalg.Rng;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The sets of the archive in the folder of the environment variable ADJOINT_DATA; skipped without it.
class ArchiveTest {

    private static DataFolder folder() {
        String folder = System.getenv(DataFolder.VARIABLE);
        assumeTrue(folder != null, "ADJOINT_DATA is not set: real data sets are not tested");
        return new DataFolder(List.of(Path.of(folder)));
    }

    @ParameterizedTest
    @CsvSource({
        "JapaneseVowels, 270, 370, 12, 7, 26, 7, 29, 9",
        "UWaveGestureLibrary, 120, 320, 3, 315, 315, 315, 315, 8",
        "Handwriting, 150, 850, 3, 152, 152, 152, 152, 26",
        "BasicMotions, 40, 40, 6, 100, 100, 100, 100, 4",
        "ArrowHead, 36, 175, 1, 251, 251, 251, 251, 3",
        "GunPoint, 50, 150, 1, 150, 150, 150, 150, 2",
        "ItalyPowerDemand, 67, 1029, 1, 24, 24, 24, 24, 2",
        "UnitTest, 20, 22, 1, 24, 24, 24, 24, 2"
    })
    void readsTheArchive(
            String name,
            int trainCases,
            int testCases,
            int channels,
            int trainShortest,
            int trainLongest,
            int testShortest,
            int testLongest,
            int classes)
            throws IOException {
        Split split = folder().find("uea/" + name).read();
        assertEquals(name, split.train().name());
        assertEquals(name, split.test().name());
        assertEquals(trainCases, split.train().size());
        assertEquals(testCases, split.test().size());
        assertEquals(channels, split.train().channels().size());
        assertEquals(
                List.of(trainShortest, trainLongest, testShortest, testLongest),
                List.of(
                        split.train().minLength(),
                        split.train().maxLength(),
                        split.test().minLength(),
                        split.test().maxLength()));
        assertEquals(classes, split.train().classNames().size());
        assertEquals(0, split.train().missing() + split.test().missing());
    }

    @Test
    void readsTheFirstCaseOfJapaneseVowels() throws IOException {
        TimeSeries train = folder().find("uea/JapaneseVowels").read().train();
        assertEquals(1.860936f, train.cases()[0][0][0]);
        assertEquals("1", train.classNames().get(train.labels()[0]));
        for (int count : train.classCounts()) {
            assertEquals(30, count);
        }
    }

    @Test
    void listsWhatIsThere() throws IOException {
        List<DataFolder.Found> found = folder().available();
        assertTrue(found.stream()
                .anyMatch(set -> set.name().equals("uea/JapaneseVowels") && set.kind() == DataFolder.Kind.TS));
        DataFolder.Found arff = folder().find("uea/ERing");
        assertEquals(DataFolder.Kind.ARFF, arff.kind());
        String message = assertThrows(IOException.class, arff::read).getMessage();
        assertTrue(message.contains("is in the format .arff; only .ts can be read"), message);
    }

    @Test
    void linearClassifierOfJapaneseVowels() throws IOException {
        Split split = folder().find("uea/JapaneseVowels").read().prepared();
        LinearClassifier linear = LinearClassifier.measure(split, Rng.of(1));
        assertTrue(linear.accuracy() > 0.95 && linear.accuracy() < 0.99, linear.toString());
    }

    /// The reference motion: H = p₁²/2m₁ + p₂²/2m₂ + k₁q₁²/2 + k₂q₂²/2 + k·σ(q₁)(q₂ − q₁)²/2 with m = (2, 1),
    /// k₁ = 1.5, k₂ = 0.3, k = 1 from q = (1, 0), p = (2, 0), integrated elsewhere to an energy error of 2·10⁻¹³.
    @Test
    void integratesTheReferenceMotion() throws IOException {
        Path csv = folder().roots().getFirst().resolve("physics/coupled_oscillator.csv");
        SeparableHamiltonian system = new LogisticCoupling();
        double[] q = {1, 0};
        double[] p = {2, 0};
        double energy = system.energy(q, p);
        List<String> lines = Files.readAllLines(csv);
        assertEquals(252, lines.size());
        for (String line : lines.subList(1, lines.size())) {
            String[] row = line.split(",");
            double[] expected = {
                Double.parseDouble(row[1]),
                Double.parseDouble(row[2]),
                Double.parseDouble(row[3]),
                Double.parseDouble(row[4])
            };
            double[] actual = {q[0], q[1], p[0], p[1]};
            for (int i = 0; i < 4; i++) {
                assertEquals(expected[i], actual[i], 1e-6, "t = " + row[0] + ", column " + i);
            }
            assertEquals(energy, system.energy(q, p), 1e-9 * energy);
            Symplectic.YOSHIDA.advance(system, q, p, 0.002, 200);
        }
    }

    private record LogisticCoupling() implements SeparableHamiltonian {
        private static double sigma(double x) {
            return 1 / (1 + Math.exp(-x));
        }

        @Override
        public double energy(double[] q, double[] p) {
            double stretch = q[1] - q[0];
            return p[0] * p[0] / 4
                    + p[1] * p[1] / 2
                    + 0.75 * q[0] * q[0]
                    + 0.15 * q[1] * q[1]
                    + sigma(q[0]) * stretch * stretch / 2;
        }

        @Override
        public void velocity(double[] p, double[] velocity) {
            velocity[0] = p[0] / 2;
            velocity[1] = p[1];
        }

        @Override
        public void force(double[] q, double[] force) {
            double s = sigma(q[0]);
            double stretch = q[1] - q[0];
            force[0] = -1.5 * q[0] - s * (1 - s) * stretch * stretch / 2 + s * stretch;
            force[1] = -0.3 * q[1] - s * stretch;
        }
    }
}
