package adjoint.duality.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Autodiff;
import adjoint.autodiff.DType;
import adjoint.autodiff.GradCheck;
import adjoint.autodiff.Tensor;
import adjoint.duality.Cosine;
import adjoint.linalg.Rng;
import adjoint.nn.Linear;
import adjoint.nn.Parameters;
import adjoint.testkit.KernelLaws;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class KernelTest {
    private static final Tensor NET = normal("net", 3, 5);
    private static final Tensor MAP = normal("map", 3, 3);
    private static final UnaryOperator<Tensor> TANH = x -> net(x).tanh();

    private static Tensor net(Tensor x) {
        return x.matmul(NET.to(x.dtype()));
    }

    static Stream<Kernel> kernels() {
        return Stream.of(
                Polynomial.linear(),
                new Polynomial(2, 0.5),
                new Polynomial(3, 1, Positive.of(0.3)),
                new Rbf(1.3),
                new Rbf(Positive.learned(DType.F64, 0.5, 1, 2)),
                new Laplace(2),
                new Matern(Matern.Order.HALF, 1.5),
                new Matern(Matern.Order.THREE_HALVES, 1.5),
                new Matern(Matern.Order.FIVE_HALVES, 1.5),
                new ExponentialDot(0.4),
                FeatureKernel.cosine(),
                new ArcCosine(0),
                new ArcCosine(1),
                new Periodic(3, 1.2),
                new Sne(1.1),
                new Rbf(1).plus(Polynomial.linear()),
                new Polynomial(2, 1).plus(FeatureKernel.cosine()),
                new Polynomial(2, 1).times(FeatureKernel.cosine()),
                new Rbf(1).times(new Periodic(2, 1)).scaled(0.7),
                Polynomial.linear().scaled(Positive.learned(DType.F64, 2.5)),
                new Polynomial(2, 1).normalised(),
                new ExponentialDot(1).normalised(),
                new Rbf(1).compose(TANH),
                Polynomial.linear().compose(TANH),
                Polynomial.linear().compose(TANH, KernelTest::net),
                new Rbf(1).compose(UnaryOperator.identity(), z -> z.matmul(MAP.to(z.dtype()))),
                new ExponentialDot(0.5).compose(TANH, KernelTest::net).scaled(Positive.learned(DType.F64, 0.7)),
                new Rbf(Positive.learned(DType.F64, 1.5))
                        .times(new ExponentialDot(0.3))
                        .scaled(3),
                new Rbf(1).compose(TANH).times(new Rbf(2)).normalised(),
                new Polynomial(1, 0).normalised(),
                new FeatureKernel(new FeaturePair(new Cosine(), new Monomials(1))));
    }

    /// One line per kernel: its claims, held by the suite.
    @ParameterizedTest
    @MethodSource("kernels")
    void laws(Kernel kernel) {
        laws(kernel.toString(), kernel).hold(normal("x", 6, 3), normal("y", 5, 3));
    }

    /// Columns of some rows of the reference are those of the Gram matrix with all of it.
    @ParameterizedTest
    @MethodSource("kernels")
    void someRowsOfTheReference(Kernel kernel) {
        Tensor x = normal("x", 6, 3);
        Tensor y = normal("y", 5, 3);
        double[] expected = kernel.gram(x, y).slice(1, 1, 4).toDoubles();
        double[] some = kernel.gram(x, y.slice(0, 1, 4), y).toDoubles();
        double largest = kernel.gram(x, y).abs().max().item();
        assertArrayEquals(expected, some, 1e-14 * Math.max(1, largest), kernel.toString());
    }

    /// Claims of kernels of tokens, by the same suite.
    @Test
    void lawsOfSubstrings() {
        int[] tokens = new int[11 * 12];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = Rng.of(6).below(i, 4) - 1;
        }
        Tensor x = Tensor.ofInts(java.util.Arrays.copyOf(tokens, 72), 6, 12);
        Tensor y = Tensor.ofInts(java.util.Arrays.copyOfRange(tokens, 72, 132), 5, 12);
        Kernel pairs = new Substrings(2);
        for (Kernel kernel : List.of(
                new Substrings(1),
                pairs,
                new Substrings(3),
                new Substrings(13),
                pairs.normalised(),
                pairs.plus(new Substrings(1)).scaled(0.5),
                pairs.times(new Substrings(1)))) {
            assertTrue(kernel.symmetric() && kernel.positive() && kernel.range().low() == 0, kernel.toString());
            laws(kernel.toString(), kernel).hold(x, y);
        }
    }

    /// A row of zeros on each side, in both precisions.
    @ParameterizedTest
    @MethodSource("kernels")
    void lawsAtZero(Kernel kernel) {
        Tensor x = zeroAt(2, normal("x", 6, 3));
        Tensor y = zeroAt(1, normal("y", 5, 3));
        laws(kernel.toString(), kernel).kinked().hold(x, y);
        KernelLaws single = laws(kernel + " in F32", kernel);
        // An angle near 0 comes out of its cosine, to the root of a rounding.
        (kernel instanceof ArcCosine ? single.tolerance(1e-3) : single).hold(x.to(DType.F32), y.to(DType.F32));
    }

    private static Tensor zeroAt(int row, Tensor x) {
        return x.where(Tensor.range(x.dim(0), x.dtype()).notEqual(row).unsqueeze(1), 0);
    }

    static KernelLaws laws(String name, Kernel kernel) {
        KernelLaws laws = KernelLaws.of(name, kernel::gram)
                .range(kernel.range().low(), kernel.range().high())
                .diagonal(kernel::diagonal);
        if (kernel.symmetric()) {
            laws.symmetric();
        }
        if (kernel.positive()) {
            laws.positive();
        }
        if (!kernel.pointwise()) {
            laws.rowStochastic();
        }
        kernel.features().ifPresent(pair -> laws.features(pair.query()::features, pair.key()::features));
        return laws;
    }

    @Test
    void valuesByHand() {
        Tensor x = Tensor.of(new double[] {1, 2}, 1, 2);
        Tensor y = Tensor.of(new double[] {3, 1}, 1, 2);
        assertValue(5, Polynomial.linear(), x, y);
        assertValue(36, new Polynomial(2, 1), x, y);
        assertValue(1000, new Polynomial(3, 0, Positive.of(2)), x, y);
        assertValue(Math.exp(-5 / 8.0), new Rbf(2), x, y);
        assertValue(Math.exp(-1.5), new Laplace(2), x, y);
        assertValue(Math.exp(-Math.sqrt(5) / 2), new Matern(Matern.Order.HALF, 2), x, y);
        double s = Math.sqrt(15);
        assertValue((1 + s) * Math.exp(-s), new Matern(Matern.Order.THREE_HALVES, 1), x, y);
        assertValue((1 + 5 + 25 / 3.0) * Math.exp(-5), new Matern(Matern.Order.FIVE_HALVES, 1), x, y);
        assertValue(Math.exp(2.5), new ExponentialDot(0.5), x, y);
        assertValue(Math.sqrt(0.5), FeatureKernel.cosine(), x, y);
        assertValue(0.75, new ArcCosine(0), x, y);
        double root = Math.sqrt(0.5);
        assertValue(Math.sqrt(50) * (root + 0.75 * Math.PI * root) / Math.PI, new ArcCosine(1), x, y);
        double sines = Math.pow(Math.sin(Math.PI * 2 / 5), 2) + Math.pow(Math.sin(Math.PI / 5), 2);
        assertValue(Math.exp(-2 * sines / 9), new Periodic(5, 3), x, y);
        assertValue(25 / Math.sqrt(25 * 100), new Polynomial(2, 0).normalised(), x, y);
    }

    /// Of exponential kernels, whose own values overflow where their exponents do not.
    @Test
    void exponentsOfCombinations() {
        Tensor x = normal("x", 4, 3);
        Tensor y = normal("y", 5, 3);
        List<Kernel> kernels = List.of(
                new Rbf(1.3),
                new ExponentialDot(0.4),
                new ExponentialDot(0.4).scaled(2.5),
                new ExponentialDot(0.4).compose(TANH, KernelTest::net),
                new Rbf(1.3).times(new ExponentialDot(0.4)).times(new Rbf(2)),
                new ExponentialDot(0.4).times(new Rbf(1)).normalised());
        for (Kernel kernel : kernels) {
            for (boolean centred : new boolean[] {false, true}) {
                ExponentialForm.Sides s = kernel.exponential().orElseThrow().of(x, y, centred);
                Tensor exponent = s.a().matmul(s.b().transpose(0, 1))
                        .add(s.alpha().unsqueeze(1))
                        .add(s.beta());
                assertArrayEquals(kernel.gram(x, y).log().toDoubles(), exponent.toDoubles(), 1e-13, kernel.toString());
            }
        }
        for (Kernel kernel :
                List.of(new Rbf(1).plus(new Rbf(2)), new Rbf(1).times(new Laplace(1)), new Laplace(1).scaled(2))) {
            assertTrue(kernel.exponential().isEmpty(), kernel.toString());
        }
    }

    @Test
    void widthsOfNetsInSinglePrecision() {
        Tensor net = NET.to(DType.F32);
        Kernel kernel = Polynomial.linear().compose(x -> x.matmul(net));
        assertEquals(5, kernel.features().orElseThrow().query().dimension(3));
    }

    @Test
    void monomialsOfDegreeFour() {
        double[] phi =
                new Monomials(4).features(Tensor.of(new double[] {1, 2}, 1, 2)).toDoubles();
        assertArrayEquals(new double[] {1, 4, Math.sqrt(96), 16, 16}, phi, 1e-14);
        Tensor x = normal("x", 4, 8);
        Tensor y = normal("y", 3, 8);
        assertEquals(330, new Monomials(4).dimension(8));
        laws("degree 4", new Polynomial(4, 0)).hold(x, y);
        assertRefused("the monomials of degree 10 of 64 components", () -> new Monomials(10).dimension(64));
    }

    @Test
    void sneIsRowStochasticAndAsymmetric() {
        Tensor x = normal("x", 7, 2);
        Kernel sne = new Sne(0.8);
        Tensor k = sne.gram(x, x);
        assertArrayEquals(new double[] {1, 1, 1, 1, 1, 1, 1}, k.sum(-1).toDoubles(), 1e-14);
        assertTrue(k.sub(k.transpose(0, 1)).abs().max().item() > 1e-2);
        assertArrayEquals(k.diagonal(0).toDoubles(), sne.diagonal(x).toDoubles());
        Tensor y = normal("y", 3, 2);
        Tensor some = sne.gram(x, y, x);
        for (int i = 0; i < 7; i++) {
            double sum = 0;
            for (int j = 0; j < 7; j++) {
                sum += near(x, i, x, j);
            }
            for (int j = 0; j < 3; j++) {
                assertEquals(near(x, i, y, j) / sum, some.get(i, j), 1e-14);
            }
        }
    }

    private static double near(Tensor x, int i, Tensor y, int j) {
        double square = Math.pow(x.get(i, 0) - y.get(j, 0), 2) + Math.pow(x.get(i, 1) - y.get(j, 1), 2);
        return Math.exp(-square / (2 * 0.64));
    }

    @Test
    void substrings() {
        Tensor s = Tensor.ofInts(new int[] {1, 2, 1, 2, -1, 7, 7, 7, 7, 7, 3, -1, 1, 2, 3}, 3, 5);
        Tensor t = Tensor.ofInts(new int[] {1, 2, 3, 7, 7}, 1, 5);
        Kernel kernel = new Substrings(2);
        assertArrayEquals(new double[] {2, 4, 2}, kernel.gram(s, t).toDoubles());
        assertArrayEquals(new double[] {5, 16, 2}, kernel.diagonal(s).toDoubles());
        assertArrayEquals(
                kernel.diagonal(s).toDoubles(), kernel.gram(s, s).diagonal(0).toDoubles());
        assertArrayEquals(new double[] {0, 0, 0}, new Substrings(6).gram(s, t).toDoubles());
        Tensor unit = kernel.normalised().gram(s, s).diagonal(0);
        assertArrayEquals(new double[] {1, 1, 1}, unit.toDoubles(), 1e-15);
        assertRefused("token sequences I32 [N, L], got F64 [2]", () -> kernel.gram(Tensor.of(new double[2]), t));
    }

    /// Against a count of all pairs of places.
    @Test
    void substringsOfRandomSequences() {
        int length = 30;
        int[] tokens = new int[4 * length];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = Rng.of(5).below(i, 3);
        }
        for (int k = 1; k < 5; k++) {
            double[] gram = new Substrings(k)
                    .gram(Tensor.ofInts(tokens, 4, length), Tensor.ofInts(tokens, 4, length))
                    .toDoubles();
            for (int i = 0; i < 16; i++) {
                int count = 0;
                for (int a = 0; a + k <= length; a++) {
                    for (int b = 0; b + k <= length; b++) {
                        int u = i / 4 * length + a;
                        int v = i % 4 * length + b;
                        count += java.util.Arrays.equals(tokens, u, u + k, tokens, v, v + k) ? 1 : 0;
                    }
                }
                assertEquals(count, gram[i]);
            }
        }
    }

    @Test
    void hyperparametersAreLearned() {
        Positive length = Positive.learned(DType.F64, 0.7);
        Linear net = new Linear(3, 2, DType.F64, Rng.of(4));
        record Net(Linear linear) implements UnaryOperator<Tensor>, adjoint.nn.Module {
            @Override
            public Tensor apply(Tensor x) {
                return linear.forward(x);
            }

            @Override
            public void describe(adjoint.nn.Parts parts) {
                parts.module("linear", linear);
            }
        }
        Kernel kernel = new Rbf(length).compose(new Net(net)).scaled(Positive.learned(DType.F64, 2));
        assertEquals(
                Set.of("kernel.kernel.log_length", "kernel.f.linear.weight", "kernel.f.linear.bias", "log_factor"),
                Parameters.of(kernel).values().keySet());
        assertEquals(0.7, length.value(DType.F64).item(), 1e-15);

        Tensor x = normal("x", 4, 3);
        Tensor log = Parameters.of(kernel).values().get("kernel.kernel.log_length");
        try (var tape = adjoint.autodiff.Tape.open()) {
            tape.watch(log);
            Tensor slope = tape.backward(kernel.gram(x, x).sum()).of(log);
            Tensor z = net.forward(x);
            Tensor squares = Distances.squared(z, z).div(0.49);
            double expected = squares.mul(-0.5).exp().mul(squares).sum().item() * 2;
            assertEquals(expected, slope.item(), 1e-10 * expected);
        }
    }

    /// A net of single precision, of rows in double precision, and the other way round.
    @Test
    void aNetHasItsOwnPrecision() {
        record Net(Linear linear) implements UnaryOperator<Tensor>, adjoint.nn.Module {
            @Override
            public Tensor apply(Tensor x) {
                return linear.forward(x).tanh();
            }

            @Override
            public void describe(adjoint.nn.Parts parts) {
                parts.module("linear", linear);
            }
        }
        for (DType own : new DType[] {DType.F32, DType.F64}) {
            DType rows = own == DType.F32 ? DType.F64 : DType.F32;
            Net f = new Net(new Linear(3, 2, own, Rng.of(4)));
            Net g = new Net(new Linear(3, 2, own, Rng.of(5)));
            Tensor x = normal("x", 4, 3).to(DType.F32).to(rows);
            Tensor y = normal("y", 5, 3).to(DType.F32).to(rows);
            for (Kernel kernel :
                    List.of(Polynomial.linear().compose(f), Polynomial.linear().compose(f, g))) {
                Tensor right = (kernel.symmetric() ? f : g).apply(y.to(own)).to(rows);
                Tensor expected = f.apply(x.to(own)).to(rows).matmul(right.transpose(0, 1));
                assertEquals(rows, kernel.gram(x, y).dtype());
                assertArrayEquals(expected.toDoubles(), kernel.gram(x, y).toDoubles());
                FeaturePair pair = kernel.features().orElseThrow();
                assertArrayEquals(expected.toDoubles(), pair.gram(x, y).toDoubles());
                assertEquals(2, pair.query().dimension(3));
                assertEquals(2, pair.key().dimension(3));
                Tensor v = normal("v", 5).to(rows);
                assertArrayEquals(
                        expected.to(DType.F64).matmul(v.to(DType.F64)).toDoubles(),
                        new LazyGram(kernel, 4).apply(x, y, v).toDoubles(),
                        1e-6);
            }
        }
    }

    @Test
    void gradientsOfGradients() {
        Tensor x = normal("x", 3, 2);
        Tensor y = normal("y", 2, 2);
        for (Kernel kernel : List.of(new Rbf(1), new Matern(Matern.Order.FIVE_HALVES, 1), new ArcCosine(1))) {
            GradCheck.checkSecondOrder(kernel.toString(), in -> kernel.gram(in.get(0), in.get(1)), x, y);
        }
    }

    /// Gradients on the diagonal are finite, where distances and angles have their kinks.
    @Test
    void gradientsOfEqualRowsAreFinite() {
        Tensor rows = normal("x", 3, 3);
        kernels().forEach(kernel -> {
            Tensor slope = Autodiff.grad(a -> kernel.gram(a, a).sum()).apply(rows);
            assertTrue(slope.isFinite().all().item() == 1, kernel + ": " + slope);
        });
    }

    @Test
    void infinitiesAndNaNsPropagate() {
        Tensor x = Tensor.of(new double[] {Double.NaN, 1, 1, 1}, 2, 2);
        Tensor y = Tensor.of(new double[] {1, 1}, 1, 2);
        for (Kernel kernel : List.of(new Rbf(1), new Laplace(1), new Matern(Matern.Order.HALF, 1), new Sne(1))) {
            double[] k = kernel.gram(x, y).toDoubles();
            assertTrue(Double.isNaN(k[0]) && k[1] == 1, kernel.toString());
        }
    }

    @Test
    void refusals() {
        assertRefused("a hyperparameter must be positive and finite, not 0.0", () -> new Rbf(0));
        assertRefused("not NaN", () -> Positive.learned(DType.F32, Double.NaN));
        assertRefused("the degree of a polynomial kernel is at least 1, not 0", () -> new Polynomial(0, 1));
        assertRefused("at least 0, not -1.0", () -> new Polynomial(2, -1));
        assertRefused("order 0 or 1, not 2", () -> new ArcCosine(2));
        assertRefused("only a symmetric kernel of two rows", () -> new Sne(1).normalised());
        record Shares() implements Kernel {
            @Override
            public Tensor gram(Tensor a, Tensor b) {
                return a.matmul(b.transpose(0, 1)).softmax(-1);
            }

            @Override
            public boolean pointwise() {
                return false;
            }
        }
        Tensor rows = normal("x", 3, 2);
        assertRefused(
                "Shares[] depends on all rows of y, and does not say what it is for others",
                () -> new Shares().gram(rows, rows, rows));
    }

    private static void assertRefused(String message, org.junit.jupiter.api.function.Executable call) {
        Throwable error = assertThrows(IllegalArgumentException.class, call);
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    private static void assertValue(double expected, Kernel kernel, Tensor x, Tensor y) {
        assertEquals(expected, kernel.gram(x, y).item(), 1e-12 * Math.abs(expected), kernel.toString());
        assertEquals(kernel.gram(x, x).item(), kernel.diagonal(x).item(), 1e-15, kernel.toString());
    }

    static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(11).child(name), 0, 1, DType.F64, shape);
    }
}
