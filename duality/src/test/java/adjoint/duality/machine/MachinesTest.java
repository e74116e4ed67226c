package adjoint.duality.machine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.DType;
import adjoint.autodiff.Linalg;
import adjoint.autodiff.ShapeError;
import adjoint.autodiff.Tensor;
import adjoint.duality.Certificate;
import adjoint.duality.FeatureMap;
import adjoint.duality.Ksvd;
import adjoint.duality.Spectrum;
import adjoint.duality.kernel.ArcCosine;
import adjoint.duality.kernel.ExponentialDot;
import adjoint.duality.kernel.FeatureKernel;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.LazyGram;
import adjoint.duality.kernel.LazySpectrum;
import adjoint.duality.kernel.Matern;
import adjoint.duality.kernel.Monomials;
import adjoint.duality.kernel.Polynomial;
import adjoint.duality.kernel.Rbf;
import adjoint.duality.kernel.Sne;
import adjoint.linalg.Rng;
import adjoint.nn.Linear;
import adjoint.nn.Parts;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

final class MachinesTest {
    private final Tensor x = normal("x", 30, 4);
    private final Tensor z = normal("z", 22, 4);
    private final Kernel asymmetric = Polynomial.linear()
            .compose(
                    a -> a.matmul(normal("f", 4, 6)).tanh(),
                    a -> a.matmul(normal("g", 4, 6)).sin());

    /// Identities 1 and 2: of the linear kernel, the singular value decomposition; and e = Φ_qW_e = KH_r = H_eΣ.
    @Test
    void identity01And02KernelSvdOfTheLinearKernel() {
        KernelSvd dual = KernelSvd.fit(Polynomial.linear(), x, z, 4);
        Ksvd primal = Ksvd.of(x, z, 4);
        assertArrayEquals(
                primal.singularValues().toDoubles(), dual.singularValues().toDoubles(), 1e-10);
        assertClose(projector(primal.queryDuals()), projector(dual.queryDuals()), 1e-10);
        assertClose(projector(primal.keyDuals()), projector(dual.keyDuals()), 1e-10);
        assertClose(projector(primal.queryScores(x)), projector(dual.queryScores(x)), 1e-10);
        assertClose(dual.queryDuals().mul(dual.singularValues()), dual.queryScores(x), 1e-12);
        assertClose(dual.keyDuals().mul(dual.singularValues()), dual.keyScores(z), 1e-12);
        assertTrue(dual.certificate().exact() && dual.certificate().value() < 1e-13);
        assertEquals(0, dual.tail(), 1e-7);
    }

    @Test
    void kernelSvdOfManyRowsComesFromGolubKahan() {
        Tensor many = normal("many", 300, 2);
        Tensor others = normal("others", 280, 2);
        Kernel kernel = new Sne(1);
        KernelSvd svd = KernelSvd.fit(kernel, many, others, 5);
        double[] full = Spectrum.ofKernel(kernel.gram(many, others)).values();
        for (int i = 0; i < 5; i++) {
            assertEquals(full[i], svd.singularValues().get(i), 1e-10 * full[0]);
        }
        assertTrue(svd.certificate().value() < 1e-10, svd.certificate().toString());
        assertEquals(new Spectrum(full).tailEnergy(5), svd.tail() * svd.tail() * svd.energy(), 1e-8 * svd.energy());
    }

    /// Identity 4: both equations of the coupled covariances, in an explicit feature space.
    @Test
    void identity04CoupledCovariances() {
        FeaturePair pair = new FeaturePair(
                new Monomials(2),
                FeatureMap.of(_ -> 10, rows -> rows.matmul(normal("psi", 4, 10)).tanh()));
        CoupledCovariances cce = CoupledCovariances.fit(new FeatureKernel(pair), x, z, 5);
        Tensor phi = pair.query().features(x);
        Tensor psi = pair.key().features(z);
        int n = x.dim(0);
        int m = z.dim(0);
        Tensor wPhi = phi.transpose(0, 1).matmul(cce.svd().queryDuals()).div(Math.sqrt(n));
        Tensor wPsi = psi.transpose(0, 1).matmul(cce.svd().keyDuals()).div(Math.sqrt(m));
        Tensor covariancePhi = phi.transpose(0, 1).matmul(phi).div(n);
        Tensor covariancePsi = psi.transpose(0, 1).matmul(psi).div(m);
        assertClose(wPhi.mul(cce.eigenvalues()), covariancePhi.matmul(wPsi), 1e-12);
        assertClose(wPsi.mul(cce.eigenvalues()), covariancePsi.matmul(wPhi), 1e-12);
        assertClose(phi.matmul(wPsi), cce.queryScores(x), 1e-12);
        assertClose(psi.matmul(wPhi), cce.keyScores(z), 1e-12);
    }

    /// Identity 5: exact where the landmarks carry the kernel's rank.
    @Test
    void identity05NystromIsExactAtRank() {
        AsymmetricNystrom nystrom = AsymmetricNystrom.fit(asymmetric, x, z, 12, 6, Rng.of(3));
        Tensor gram = asymmetric.gram(x, z);
        Tensor product = nystrom.left()
                .mul(nystrom.singularValues())
                .matmul(nystrom.right().transpose(0, 1));
        assertClose(gram, product, 1e-10);
        double[] full = Spectrum.ofKernel(gram).values();
        for (int i = 0; i < 6; i++) {
            assertEquals(full[i], nystrom.singularValues().get(i), 1e-10 * full[0]);
        }
        assertClose(nystrom.left(), nystrom.queryScores(x), 1e-9);
        assertClose(nystrom.right(), nystrom.keyScores(z), 1e-9);
        assertTrue(nystrom.certificate(100).exact() && nystrom.certificate(100).value() < 1e-10);
        assertTrue(!nystrom.certificate(3).exact() && nystrom.certificate(3).value() < 1e-10);
    }

    /// Twenty leading singular values of a smooth kernel within 1 % from a twentieth of the rows; sampled values alone
    /// are far less accurate, and better with more landmarks.
    @Test
    void nystromOfASmoothKernel() {
        Tensor many = normal("many", 1000, 3);
        Tensor others = normal("others", 1000, 3);
        Kernel kernel = new Rbf(2).compose(java.util.function.UnaryOperator.identity(), a -> a.mul(0.8));
        double[] full = KernelSvd.fit(kernel, many, others, 20).singularValues().toDoubles();
        AsymmetricNystrom nystrom = AsymmetricNystrom.fit(kernel, many, others, 100, 20, Rng.of(3));
        for (int i = 0; i < 20; i++) {
            assertEquals(full[i], nystrom.singularValues().get(i), 0.01 * full[i], "σ " + i);
        }
        assertEquals(full[0], nystrom.sampledValues().get(0), 0.3 * full[0]);
        assertTrue(
                nystrom.certificate(20).value() < 0.05, nystrom.certificate(20).toString());
    }

    @Test
    void kernelPcaOfTheLinearKernelIsPca() {
        KernelPca pca = KernelPca.fit(Polynomial.linear(), x, 3);
        Tensor centred = x.sub(x.mean(true, 0));
        Linalg.Svd svd = Linalg.svd(centred);
        for (int i = 0; i < 3; i++) {
            double sigma = svd.s().get(i);
            assertEquals(sigma * sigma, pca.eigenvalues().get(i), 1e-10 * sigma * sigma);
        }
        Tensor directions = svd.vt().slice(0, 0, 3);
        Tensor expected = z.sub(x.mean(true, 0)).matmul(directions.transpose(0, 1));
        assertClose(expected.abs(), pca.transform(z).abs(), 1e-10);
        Tensor lost =
                z.sub(x.mean(true, 0)).square().sum(1).sub(expected.square().sum(1));
        assertClose(lost, pca.reconstructionError(z), 1e-10);
        double[] variances = pca.transform(x).square().mean(0).toDoubles();
        assertEquals(pca.eigenvalues().get(0) / 30, variances[0], 1e-10);
        assertTrue(pca.certificate().value() < 1e-12);
        assertEquals(1, KernelPca.fit(Polynomial.linear(), x, 4).explained(), 1e-12);
    }

    @Test
    void kernelPcaOfManyRowsComesFromLanczos() {
        Tensor many = normal("many", 300, 3);
        KernelPca few = KernelPca.fit(new Rbf(1), many, 5);
        KernelPca all = KernelPca.fit(new Rbf(1), many, 60);
        assertClose(all.eigenvalues().slice(0, 0, 5), few.eigenvalues(), 1e-10);
        assertClose(
                all.transform(x.slice(1, 0, 3)).slice(1, 0, 5).abs(),
                few.transform(x.slice(1, 0, 3)).abs(),
                1e-8);
        assertTrue(few.certificate().value() < 1e-10, few.certificate().toString());
    }

    /// Identity 12: primal equals dual, the gap is 0; leaving a row out by refitting.
    @Test
    void identity12KernelRidge() {
        Tensor y = normal("y", 30, 2);
        KernelRidge linear = KernelRidge.fit(Polynomial.linear(), x, y, 0.3);
        Tensor normalMatrix =
                x.transpose(0, 1).matmul(x).add(Tensor.eye(4, DType.F64).mul(0.3));
        Tensor weights = Linalg.solve(normalMatrix, x.transpose(0, 1).matmul(y));
        assertClose(z.matmul(weights), linear.predict(z), 1e-10);
        assertTrue(linear.certificate().value() < 1e-10);

        KernelRidge ridge = KernelRidge.fit(new Matern(Matern.Order.THREE_HALVES, 1.5), x, y, 0.1);
        assertTrue(ridge.certificate().exact() && ridge.certificate().value() < 1e-10);
        Tensor without = Tensor.concat(0, x.slice(0, 0, 7), x.slice(0, 8, 30));
        Tensor others = Tensor.concat(0, y.slice(0, 0, 7), y.slice(0, 8, 30));
        Tensor left = KernelRidge.fit(ridge.kernel(), without, others, 0.1).predict(x.slice(0, 7, 8));
        assertClose(y.slice(0, 7, 8).sub(left), ridge.leaveOneOutErrors().slice(0, 7, 8), 1e-10);
    }

    /// The classifier's own equations, with α = y∘A.
    @Test
    void leastSquaresSvm() {
        Tensor labels = x.select(1, 0).greater(0).to(DType.I32);
        Tensor y = labels.to(DType.F64).mul(2).sub(1);
        LeastSquaresSvm svm = LeastSquaresSvm.fit(new Rbf(2), x, y, 50);
        Tensor k = new Rbf(2).gram(x, x);
        Tensor alpha = svm.duals().squeeze(1).mul(y);
        Tensor margins = y.mul(k.matmul(alpha.mul(y)).add(svm.bias()));
        assertEquals(0, alpha.mul(y).sum().item(), 1e-10);
        assertClose(Tensor.ones(DType.F64, 30), margins.add(alpha.div(50)), 1e-10);
        assertTrue(svm.certificate().value() < 1e-12);
        assertArrayEquals(labels.toInts(), svm.classify(x).toInts());
        LeastSquaresSvm both = LeastSquaresSvm.classifier(new Rbf(2), x, labels, 2, 50);
        assertArrayEquals(labels.toInts(), both.classify(x).toInts());
        assertClose(svm.predict(z).squeeze(1), both.predict(z).select(1, 1), 1e-10);
    }

    @Test
    void asymmetricSvm() {
        Tensor labels = x.select(1, 0).add(x.select(1, 1)).greater(0).to(DType.I32);
        Tensor y = labels.to(DType.F64).mul(2).sub(1);
        LeastSquaresSvm svm = LeastSquaresSvm.fit(new Rbf(2), x, y, 50);
        AsymmetricSvm same = AsymmetricSvm.fit(new Rbf(2), x, y, 50);
        assertClose(svm.duals(), same.sourceDuals(), 1e-8);
        assertClose(svm.duals(), same.targetDuals(), 1e-8);
        assertClose(svm.predict(z), same.predict(z), 1e-9);

        AsymmetricSvm ask = AsymmetricSvm.fit(asymmetric, x, y, 20);
        assertTrue(ask.certificate().value() < 1e-10, ask.certificate().toString());
        FeaturePair pair = asymmetric.features().orElseThrow();
        Tensor omega = pair.key().features(x).transpose(0, 1).matmul(ask.targetDuals());
        Tensor nu = pair.query().features(x).transpose(0, 1).matmul(ask.sourceDuals());
        Tensor e = y.unsqueeze(1).sub(pair.query().features(x).matmul(omega)).sub(ask.sourceBias());
        Tensor h = y.unsqueeze(1).sub(pair.key().features(x).matmul(nu)).sub(ask.targetBias());
        assertClose(ask.sourceDuals(), e.mul(20), 1e-9);
        assertClose(ask.targetDuals(), h.mul(20), 1e-9);
        int[] found = AsymmetricSvm.classifier(asymmetric, x, labels, 2, 20)
                .classify(x)
                .toInts();
        int right = 0;
        for (int i = 0; i < 30; i++) {
            right += found[i] == (int) labels.to(DType.F64).get(i) ? 1 : 0;
        }
        assertTrue(right >= 27, "" + right);
    }

    /// Spectra of kernels without a matrix, and the rank that a certified tail chooses.
    @Test
    void spectraWithoutTheMatrix() {
        for (Kernel kernel : List.of(new Rbf(1.5), new ExponentialDot(0.3), new Sne(1))) {
            Spectrum full = Spectrum.ofKernel(kernel.gram(x, z));
            LazySpectrum lazy = LazySpectrum.of(new LazyGram(kernel, 64), x, z, 6, Rng.of(1));
            assertEquals(full.energy(), lazy.energy(), 1e-10 * full.energy());
            assertEquals(full.stableRank(), lazy.stableRank(), 1e-8);
            assertEquals(full.tailEnergy(6), lazy.tailEnergy(6), 1e-8 * full.energy());
            assertTrue(lazy.effectiveRankFromBelow() <= full.effectiveRank() + 1e-9);
            assertTrue(lazy.effectiveRankFromAbove() >= full.effectiveRank() - 1e-9);
            LazySpectrum enough = LazySpectrum.untilTail(new LazyGram(kernel, 64), x, z, 0.05, Rng.of(1));
            assertEquals(full.rank(0.05), enough.rank(0.05));
        }
        Kernel zero = Polynomial.linear().compose(t -> t.mul(0));
        LazySpectrum nothing = LazySpectrum.of(new LazyGram(zero), x, z, 3, Rng.of(1));
        assertEquals(0, nothing.stableRank() + nothing.effectiveRankFromBelow() + nothing.effectiveRankFromAbove());
        assertEquals(0, nothing.rank(0));
        Spectrum known = new Spectrum(new double[] {4, 3, 0});
        assertEquals(1, known.rank(0.6));
        assertEquals(2, known.rank(0.59));
        assertEquals(2, known.rank(0));
        assertEquals(0, known.rank(1));
    }

    /// A tail that the difference of two energies does not see: σ = (1, 1e-9).
    @Test
    void tailsBelowRounding() {
        Tensor rows = Tensor.of(new double[] {1, 0, 0, 1e-9}, 2, 2);
        Tensor eye = Tensor.eye(2, DType.F64);
        LazyGram lazy = new LazyGram(Polynomial.linear());
        LazySpectrum both = LazySpectrum.of(lazy, rows, eye, 2, Rng.of(1));
        assertEquals(2, both.rank(1e-10));
        assertEquals(2, both.rank(0));
        assertEquals(1, both.rank(1e-6));
        assertEquals(0, both.rank(1));
        assertEquals(-1, LazySpectrum.of(lazy, rows, eye, 1, Rng.of(1)).rank(1e-10));
        assertTrue(both.tailEnergy(1) >= 1e-18 && both.tailEnergy(1) < 1e-14, "" + both.tailEnergy(1));
        assertEquals(0, both.tailEnergy(2));
        assertEquals(1, LazySpectrum.untilTail(lazy, rows, eye, 1e-7, Rng.of(1)).rank(1e-7));
        assertRefused(
                "a tail of 1.0E-8 beside the norm is lost in rounding for 2 by 2 elements: choose a tolerance of at"
                        + " least 8.4",
                () -> LazySpectrum.untilTail(lazy, rows, eye, 1e-8, Rng.of(1)));
        for (double tolerance : new double[] {-1, Double.NaN}) {
            String message = "a tolerance is at least 0, not " + tolerance;
            assertRefused(message, () -> LazySpectrum.untilTail(lazy, rows, eye, tolerance, Rng.of(1)));
            assertRefused(message, () -> both.rank(tolerance));
            assertRefused(message, () -> KernelSvd.untilTail(Polynomial.linear(), rows, eye, tolerance));
        }
        assertEquals(1e-9, KernelSvd.fit(Polynomial.linear(), rows, eye, 1).tail(), 1e-15);
        assertEquals(
                1,
                KernelSvd.untilTail(Polynomial.linear(), rows, eye, 1.1e-9)
                        .singularValues()
                        .size());
        assertEquals(
                2,
                KernelSvd.untilTail(Polynomial.linear(), rows, eye, 0.9e-9)
                        .singularValues()
                        .size());
    }

    /// The least rank whose tail is within the tolerance, by all singular values.
    @Test
    void kernelSvdUntilItsTail() {
        for (Kernel kernel : List.of(new Rbf(2), new Sne(1), asymmetric)) {
            Spectrum full = Spectrum.ofKernel(kernel.gram(x, z));
            for (double tolerance : new double[] {0.5, 0.05, 1e-3}) {
                KernelSvd svd = KernelSvd.untilTail(kernel, x, z, tolerance);
                assertEquals(full.rank(tolerance), svd.singularValues().size());
                assertTrue(svd.tail() <= tolerance && svd.certificate().value() < 1e-12);
            }
            assertEquals(
                    1, KernelSvd.untilTail(kernel, x, z, 2).singularValues().size());
        }
        assertRefused(
                "a tail of 1.0E-15 beside the norm is lost in the rounding of 22 singular values",
                () -> KernelSvd.untilTail(new Rbf(2), x, z, 1e-15));
        Kernel zero = Polynomial.linear().compose(t -> t.mul(0));
        assertRefused(
                "rank 1 asked for, but the kernel matrix carries 0: it is 0",
                () -> KernelSvd.untilTail(zero, x, z, 0.1));
    }

    /// Scores of some rows of the sample are some of its scores, whatever the kernel is normalised over.
    @Test
    void scoresOfSomeRows() {
        Kernel sne = new Sne(1.2);
        Tensor y = x.select(1, 0).sin();
        for (Kernel kernel : List.of(
                sne, sne.scaled(2), sne.plus(new Rbf(1)), sne.times(sne), sne.compose(a -> a.mul(0.7)), asymmetric)) {
            KernelSvd svd = KernelSvd.fit(kernel, x, z, 4);
            Tensor e = svd.queryDuals().mul(svd.singularValues());
            Tensor r = svd.keyDuals().mul(svd.singularValues());
            assertClose(e.slice(0, 5, 9), svd.queryScores(x.slice(0, 5, 9)), 1e-12);
            assertClose(r.slice(0, 5, 9), svd.keyScores(z.slice(0, 5, 9)), 1e-12);
            CoupledCovariances cce = CoupledCovariances.fit(kernel, x, z, 4);
            assertClose(cce.queryScores(x).slice(0, 5, 9), cce.queryScores(x.slice(0, 5, 9)), 1e-12);
            assertClose(cce.keyScores(z).slice(0, 5, 9), cce.keyScores(z.slice(0, 5, 9)), 1e-12);
            AsymmetricSvm svm = AsymmetricSvm.fit(kernel, x, y, 20);
            Tensor gram = kernel.gram(x, x);
            Tensor source = gram.matmul(svm.targetDuals()).add(svm.sourceBias());
            Tensor target = gram.transpose(0, 1).matmul(svm.sourceDuals()).add(svm.targetBias());
            assertClose(source.slice(0, 5, 9), svm.source(x.slice(0, 5, 9)), 1e-12);
            assertClose(target.slice(0, 5, 9), svm.target(x.slice(0, 5, 9)), 1e-12);
            assertTrue(svm.certificate().value() < 1e-10, svm.certificate().toString());
        }
    }

    private record Net(Linear linear) implements UnaryOperator<Tensor>, adjoint.nn.Module {
        @Override
        public Tensor apply(Tensor rows) {
            return linear.forward(rows).tanh();
        }

        @Override
        public void describe(Parts parts) {
            parts.module("linear", linear);
        }
    }

    /// Every machine takes rows and targets of single precision, and kernels with nets of it, and gives in double
    /// precision what the same numbers give.
    @Test
    void singlePrecision() {
        UnaryOperator<Tensor> f = new Net(new Linear(4, 5, DType.F32, Rng.of(1)));
        UnaryOperator<Tensor> g = new Net(new Linear(4, 5, DType.F32, Rng.of(2)));
        Tensor a = x.to(DType.F32);
        Tensor b = z.to(DType.F32);
        Tensor y = normal("y", 30, 2).to(DType.F32);
        for (Kernel kernel : List.of(new Rbf(2), new Matern(Matern.Order.HALF, 1), new Rbf(1).compose(f))) {
            for (Kernel other :
                    List.of(asymmetric, new Sne(1), Polynomial.linear().compose(f, g))) {
                List<Tensor> single = answers(kernel, other, a, b, y);
                List<Tensor> wide = answers(kernel, other, a.to(DType.F64), b.to(DType.F64), y.to(DType.F64));
                for (int i = 0; i < wide.size(); i++) {
                    assertEquals(DType.F64, single.get(i).dtype());
                    assertArrayEquals(
                            wide.get(i).toDoubles(), single.get(i).toDoubles(), kernel + ", " + other + ", " + i);
                }
            }
        }
    }

    private static List<Tensor> answers(Kernel kernel, Kernel other, Tensor x, Tensor z, Tensor y) {
        KernelSvd svd = KernelSvd.fit(other, x, z, 3);
        CoupledCovariances cce = CoupledCovariances.fit(other, x, z, 3);
        AsymmetricNystrom nystrom = AsymmetricNystrom.fit(kernel, x, z, 10, 3, Rng.of(3));
        KernelPca pca = KernelPca.fit(kernel, x, 3);
        KernelRidge ridge = KernelRidge.fit(kernel, x, y, 0.1);
        LeastSquaresSvm svm = LeastSquaresSvm.fit(kernel, x, y, 10);
        AsymmetricSvm ask = AsymmetricSvm.fit(other, x, y, 10);
        LazySpectrum lazy = LazySpectrum.untilTail(new LazyGram(other, 64), x, z, 0.1, Rng.of(4));
        List<Tensor> answers = new ArrayList<>(List.of(
                svd.queryScores(x),
                svd.keyScores(z),
                cce.eigenvalues(),
                cce.queryScores(x),
                cce.keyScores(z),
                nystrom.queryScores(x),
                nystrom.keyScores(z),
                nystrom.sampledValues(),
                pca.transform(z),
                pca.reconstructionError(z),
                ridge.predict(z),
                ridge.leaveOneOutErrors(),
                svm.predict(z),
                ask.predict(z),
                Tensor.of(lazy.leading()),
                Tensor.of(new double[] {lazy.energy(), svd.tail(), pca.explained(), ridge.primal(), ridge.dual()})));
        for (Certificate certificate : List.of(
                svd.certificate(),
                cce.certificate(),
                nystrom.certificate(7),
                pca.certificate(),
                ridge.certificate(),
                svm.certificate(),
                ask.certificate())) {
            answers.add(Tensor.of(new double[] {certificate.value()}));
        }
        return answers;
    }

    /// Symmetric, with eigenvalues of both signs.
    private record Sigmoid() implements Kernel {
        @Override
        public Tensor gram(Tensor a, Tensor b) {
            return a.matmul(b.transpose(-1, -2)).sub(1).tanh();
        }
    }

    private record Negative() implements Kernel {
        @Override
        public Tensor gram(Tensor a, Tensor b) {
            return new Rbf(1).gram(a, b).neg();
        }
    }

    @Test
    void kernelsThatAreNotPositive() {
        Tensor y = normal("y", 30, 1);
        Tensor many = normal("many", 300, 3);
        double smallest =
                Linalg.eigenvalues(new Sigmoid().gram(x, x)).slice(0, 0, 1).item();
        assertTrue(smallest < -1, "" + smallest);
        for (Kernel kernel : List.of(new Sigmoid(), new Negative())) {
            String end = "·I of " + kernel + " must be positive definite, but pivot ";
            String cause = ": the kernel has to be positive semidefinite";
            assertRefused("K + 0.1" + end, () -> KernelRidge.fit(kernel, x, y, 0.1));
            assertRefused(cause + ", or λ larger", () -> KernelRidge.fit(kernel, x, y, 0.1));
            assertRefused("K + 0.1" + end, () -> LeastSquaresSvm.fit(kernel, x, y, 10));
            assertRefused(cause + ", or γ smaller", () -> LeastSquaresSvm.fit(kernel, x, y, 10));
            for (Tensor rows : List.of(x, many)) {
                assertRefused("the centred K + ", () -> KernelPca.fit(kernel, rows, 2));
                assertRefused(end, () -> KernelPca.fit(kernel, rows, 2));
                assertRefused(cause + "; KernelSvd takes any", () -> KernelPca.fit(kernel, rows, 2));
            }
            assertTrue(KernelSvd.fit(kernel, x, x, 2).certificate().value() < 1e-12);
        }
        double enough = 2 - smallest;
        assertTrue(KernelRidge.fit(new Sigmoid(), x, y, enough).certificate().value() < 1e-10);
        assertTrue(LeastSquaresSvm.fit(new Sigmoid(), x, y, 1 / enough)
                        .certificate()
                        .value()
                < 1e-12);
        double explained = KernelPca.fit(new ArcCosine(1), x, 25).explained();
        assertTrue(explained > 0.5 && explained < 1 + 1e-6, "" + explained);
    }

    /// With targets that are all 0 so is the solution, and no residual is left.
    @Test
    void targetsOfZero() {
        Tensor y = Tensor.zeros(DType.F64, 30, 2);
        LeastSquaresSvm svm = LeastSquaresSvm.fit(new Rbf(1), x, y, 3);
        AsymmetricSvm ask = AsymmetricSvm.fit(asymmetric, x, y, 3);
        KernelRidge ridge = KernelRidge.fit(new Rbf(1), x, y, 3);
        assertArrayEquals(new double[44], svm.predict(z).abs().toDoubles());
        assertArrayEquals(new double[44], ask.predict(z).abs().toDoubles());
        assertArrayEquals(new double[44], ridge.predict(z).abs().toDoubles());
        assertEquals(0, svm.certificate().value());
        assertEquals(0, ask.certificate().value());
        assertEquals(0, ridge.certificate().value());
    }

    @Test
    void oneRow() {
        Tensor one = normal("one", 1, 4);
        Tensor other = normal("other", 1, 4);
        double k = asymmetric.gram(one, other).item();
        assertTrue(Math.abs(k) > 0.1);
        KernelSvd svd = KernelSvd.fit(asymmetric, one, other, 1);
        assertEquals(Math.abs(k), svd.singularValues().item(), 1e-15);
        assertEquals(k, svd.queryDuals().mul(svd.keyDuals()).item() * Math.abs(k), 1e-15);
        assertEquals(Math.abs(k), Math.abs(svd.queryScores(one).item()), 1e-15);
        assertEquals(0, svd.tail(), 1e-15);
        CoupledCovariances cce = CoupledCovariances.fit(asymmetric, one, other, 1);
        assertEquals(Math.abs(k), cce.eigenvalues().item(), 1e-15);
        assertEquals(
                k * Math.abs(k), cce.queryScores(one).mul(cce.keyScores(other)).item(), 1e-14);
        AsymmetricNystrom nystrom = AsymmetricNystrom.fit(asymmetric, one, other, 3, 1, Rng.of(1));
        assertEquals(Math.abs(k), nystrom.singularValues().item(), 1e-15);
        assertEquals(Math.abs(k), nystrom.sampledValues().item(), 1e-15);
        assertEquals(
                Math.signum(k),
                nystrom.queryScores(one).mul(nystrom.keyScores(other)).item(),
                1e-14);
        assertTrue(nystrom.certificate(1).exact());
        assertEquals(0, nystrom.certificate(1).value(), 1e-15);
        AsymmetricSvm ask = AsymmetricSvm.fit(asymmetric, one, Tensor.of(new double[] {3}), 1);
        assertEquals(0, ask.sourceDuals().item(), 1e-15);
        assertEquals(3, ask.predict(other).item(), 1e-15);
        assertEquals(0, ask.certificate().value(), 1e-15);
        assertEquals(1, KernelSvd.fit(new Rbf(1), one, one, 1).singularValues().item(), 1e-15);
        assertEquals(
                0.5,
                KernelRidge.fit(new Rbf(1), one, Tensor.of(new double[] {1}), 1)
                        .predict(one)
                        .item(),
                1e-15);
        assertEquals(
                3,
                LeastSquaresSvm.fit(new Rbf(1), one, Tensor.of(new double[] {3}), 1)
                        .predict(one)
                        .item(),
                1e-15);
        assertRefused(
                "rank 1 asked for, but the centred kernel matrix carries 0: it is 0",
                () -> KernelPca.fit(new Rbf(1), one, 1));
        assertRefused(
                "rank 3 asked for, but the centred kernel matrix carries 2: choose a rank from 1 to 2",
                () -> KernelPca.fit(new Rbf(1), x.slice(0, 0, 3), 3));
        Tensor alike = one.expand(5, 4).contiguous();
        assertRefused(
                "rank 1 asked for, but the centred kernel matrix carries 0: it is 0",
                () -> KernelPca.fit(new Rbf(1), alike, 1));
        assertRefused(
                "at least 1 row is needed for an error, not 0",
                () -> AsymmetricNystrom.fit(new Rbf(1), x, z, 5, 2, Rng.of(1)).certificate(0));
    }

    @Test
    void refusals() {
        assertRefused(
                "rank 5 asked for, but the kernel matrix carries 4", () -> KernelSvd.fit(Polynomial.linear(), x, z, 5));
        assertRefused("is not symmetric: use KernelSvd", () -> KernelPca.fit(asymmetric, x, 1));
        assertRefused("is not symmetric: use AsymmetricSvm", () -> KernelRidge.fit(asymmetric, x, x, 1));
        assertRefused("the ridge λ must be positive and finite, not 0.0", () -> KernelRidge.fit(new Rbf(1), x, x, 0));
        assertRefused(
                "landmarks cannot stand for them", () -> AsymmetricNystrom.fit(new Sne(1), x, z, 5, 2, Rng.of(1)));
        assertRefused("at least 1 landmark", () -> AsymmetricNystrom.fit(new Rbf(1), x, z, 0, 2, Rng.of(1)));
        assertRefused(
                "of row 2 of x and row 0 of y is Infinity",
                () -> KernelSvd.fit(new ExponentialDot(1), rowsWithAnOutlier(), Tensor.ones(DType.F64, 1, 4), 1));
        assertThrows(ShapeError.class, () -> KernelRidge.fit(new Rbf(1), x, z, 1));
        assertThrows(ShapeError.class, () -> KernelSvd.fit(new Rbf(1), x.slice(0, 0, 0), z, 1));
    }

    private static Tensor rowsWithAnOutlier() {
        return Tensor.of(new double[] {1, 1, 1000}, 3, 1).expand(3, 4);
    }

    private static Tensor projector(Tensor columns) {
        Tensor q = Linalg.qr(columns.contiguous()).q();
        return q.matmul(q.transpose(0, 1));
    }

    private static void assertRefused(String message, org.junit.jupiter.api.function.Executable call) {
        Throwable error = assertThrows(IllegalArgumentException.class, call);
        assertTrue(error.getMessage().contains(message), error.getMessage());
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape());
        double scale = Math.max(1, expected.abs().max().item());
        assertArrayEquals(expected.toDoubles(), actual.toDoubles(), tolerance * scale);
    }

    private static Tensor normal(String name, int... shape) {
        return Tensor.normal(Rng.of(31).child(name), 0, 1, DType.F64, shape);
    }
}
