package adjoint.cli;

import static adjoint.cli.Picture.BLUE;
import static adjoint.cli.Picture.GREEN;
import static adjoint.cli.Picture.GREY;
import static adjoint.cli.Picture.INK;
import static adjoint.cli.Picture.ORANGE;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.cli.Picture.Axis;
import adjoint.cli.report.Figures;
import adjoint.duality.Kkt;
import adjoint.duality.Ksvd;
import adjoint.duality.convex.FenchelYoung;
import adjoint.duality.kernel.ArcCosine;
import adjoint.duality.kernel.ExponentialDot;
import adjoint.duality.kernel.FeaturePair;
import adjoint.duality.kernel.Frequencies;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.Laplace;
import adjoint.duality.kernel.LazyGram;
import adjoint.duality.kernel.LazySpectrum;
import adjoint.duality.kernel.Polynomial;
import adjoint.duality.kernel.Positive;
import adjoint.duality.kernel.RandomFeatures;
import adjoint.duality.kernel.Rbf;
import adjoint.duality.machine.KernelSvd;
import adjoint.duality.pair.Execution;
import adjoint.duality.pair.Pair;
import adjoint.linalg.Rng;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/// The pictures of the guide's way from a kernel to attention, one for each step, drawn from what the step works out:
/// the
/// kernels, seeds and rows are those of the chapter's snippets, or rows along a line where these would be no curve.
final class GuidePictures {
    private final Tensor x = Tensor.of(new double[] {1, 2}, 1, 2);
    private final Tensor y = Tensor.of(new double[] {3, 1}, 1, 2);
    private final Tensor q = Tensor.normal(Rng.of(1), 0, 0.5, DType.F64, 1, 2, 50, 4);
    private final Tensor k = Tensor.normal(Rng.of(2), 0, 0.5, DType.F64, 1, 2, 50, 4);
    private final Tensor v = Tensor.normal(Rng.of(3), 0, 1, DType.F64, 1, 2, 50, 3);
    private final Tensor w = Tensor.normal(Rng.of(4), 0, 1, DType.F64, 4, 4);
    private final Kernel attention = new ExponentialDot(0.5).compose(t -> t, t -> t.matmul(w));
    private final Pair linear = Pair.of(new Polynomial(2, 1)).rows();

    /// The pictures in order.
    List<Picture> all() {
        return List.of(
                similarity(),
                combination(),
                features(),
                asymmetry(),
                normalisedRows(),
                executions(),
                recurrence(),
                randomFeatures(),
                spectrum(),
                twoSides(),
                residual(),
                gap());
    }

    private Picture similarity() {
        int n = 33;
        Tensor line = Tensor.linspace(-4, 4, n, DType.F64);
        Tensor across = line.expand(n, n).reshape(n * n);
        Tensor down = line.neg().unsqueeze(1).expand(n, n).reshape(n * n);
        Tensor plane = Tensor.stack(1, across, down);
        List<Kernel> kernels = List.of(new Polynomial(2, 1), new Laplace(3), new ArcCosine(1));
        List<String> names = List.of("polynomial, (xᵀz + 1)²", "Laplace, e^(−‖x − z‖₁/3)", "arc-cosine of order 1");
        Picture picture = new Picture(
                266,
                "Three kernels of x = (1, 2) with every row z of the plane: the polynomial one is 0 along a line and grows to"
                        + " both sides, 36 at y = (3, 1); Laplace's has its peak, 1, at x; the arc-cosine one grows with z, but"
                        + " is almost 0 on the side away from x.");
        for (int i = 0; i < kernels.size(); i++) {
            Kernel kernel = kernels.get(i);
            Tensor values = kernel.gram(x, plane).reshape(n, n);
            double left = 26 + 231 * i;
            picture.heat(left, 34, 6, values, values.max().item(), names.get(i), "all z from −4 to 4");
            double middle = left + 99;
            mark(picture, middle, x, "x", kernel);
            mark(picture, middle, y, "y", kernel);
        }
        return picture;
    }

    private void mark(Picture picture, double middle, Tensor row, String name, Kernel kernel) {
        picture.mark(
                middle + 24 * row.get(0, 0),
                34 + 99 - 24 * row.get(0, 1),
                name + ": " + Figures.number(kernel.gram(x, row).item()));
    }

    private Picture combination() {
        Tensor rows = Tensor.linspace(-3, 3, 31, DType.F64).unsqueeze(1);
        Kernel gauss = new Rbf(Positive.learned(DType.F64, 1.5));
        Kernel line = new Polynomial(1, 1);
        Kernel angle = new ArcCosine(1).scaled(0.1);
        Picture picture = new Picture(
                200,
                "Kernel matrices of 31 rows from −3 to 3: a Gaussian band times a linear saddle, plus an arc-cosine kernel,"
                        + " normalised, are a kernel again: 1 on the diagonal, almost 0 between rows of different sides.");
        List<Kernel> kernels =
                List.of(gauss, line, angle, gauss.times(line).plus(angle).normalised());
        List<String> names = List.of("Rbf(1.5)", "Polynomial(1, 1)", "0.1 · ArcCosine(1)", "normalised");
        List<String> remarks =
                List.of("near rows are alike", "sides are alike", "same side, else 0", "1 on the diagonal");
        List<String> signs = List.of("×", "+", "→");
        for (int i = 0; i < kernels.size(); i++) {
            Tensor gram = kernels.get(i).gram(rows, rows);
            double left = 24 + 182.5 * i;
            picture.heat(left, 36, 4, gram, magnitude(gram), names.get(i), remarks.get(i));
            if (i < signs.size()) {
                picture.sign(left + 124 + 29.25, 98, signs.get(i));
            }
        }
        return picture;
    }

    private Picture features() {
        FeaturePair phi = new Polynomial(2, 0).features().orElseThrow();
        Tensor left = phi.query().features(head(q));
        Tensor right = phi.key().features(head(k)).transpose(0, 1).contiguous();
        Tensor gram = new Polynomial(2, 0).gram(head(q), head(k));
        double full = Math.max(strong(left), strong(right));
        return new Picture(
                        270,
                        "Φ of 50 queries, 50 × 10, times Φᵀ of 50 keys, 10 × 50, is the kernel matrix, 50 × 50: features have"
                                + " signs, their products (qᵀk)² have none.")
                .heat(70, 34, 4, left, full, "Φ(Q)", "50 · 10")
                .sign(145, 134, "·")
                .heat(180, 114, 4, right, full, "Φ(K)ᵀ", "10 · 50")
                .sign(415, 134, "=")
                .heat(450, 34, 4, gram, strong(gram), "(qᵀk)² of all pairs", "50 · 50");
    }

    private Picture asymmetry() {
        Tensor tokens = head(q).slice(0, 0, 20).contiguous();
        Picture picture = new Picture(
                204,
                "Two kernel matrices of the same 20 tokens, and what each differs from its transpose: nothing for"
                        + " ExponentialDot; where keys are mapped by a matrix W, as much as its values vary.");
        Tensor symmetric = new ExponentialDot(0.5).gram(tokens, tokens);
        Tensor gram = attention.gram(tokens, tokens);
        double full = strong(gram);
        double difference = strong(skew(gram));
        return picture.heat(24, 36, 7, symmetric, full, "K = e^(tᵀt′/2)", "symmetric")
                .heat(194, 36, 7, skew(symmetric), difference, "K − Kᵀ", "0")
                .heat(386, 36, 7, gram, full, "K = e^(tᵀWᵀt′/2)", "queries t, keys Wᵀt")
                .heat(556, 36, 7, skew(gram), difference, "K − Kᵀ", "up to " + Figures.number(magnitude(skew(gram))));
    }

    private static Tensor skew(Tensor gram) {
        return gram.sub(gram.transpose(0, 1)).contiguous();
    }

    private Picture normalisedRows() {
        int n = 20;
        Tensor queries = q.slice(2, 0, n);
        Tensor keys = k.slice(2, 0, n);
        Tensor values = v.slice(2, 0, n);
        Pair softmax = Pair.of(new ExponentialDot(0.5)).rows();
        Tensor gram = head(new ExponentialDot(0.5).gram(queries, keys));
        Tensor weights = head(softmax.attend(queries, keys, unit(n), null, Execution.DUAL));
        Tensor out = head(softmax.attend(queries, keys, values, null, Execution.DUAL));
        double[] sums = gram.sum(-1).toDoubles();
        double least = Arrays.stream(sums).min().orElseThrow();
        double most = Arrays.stream(sums).max().orElseThrow();
        double full = magnitude(head(values));
        Picture picture = new Picture(
                226,
                "A kernel matrix of 20 queries and 20 keys, whose rows have sums from "
                        + Figures.number(least) + " to " + Figures.number(most)
                        + "; divided by them it is attention's weights, all of whose rows have the sum 1; and these times"
                        + " the values are the output.");
        return picture.heat(20, 36, 8, gram, magnitude(gram), "K = e^(qᵀk/2)", "keys")
                .rows(186, 36, 8, sums, 46 / most)
                .note(211, 214, Figures.number(least) + " – " + Figures.number(most))
                .note(209, 27, "sums")
                .sign(252, 116, "→")
                .heat(276, 36, 8, weights, magnitude(weights), "weights", "keys")
                .rows(442, 36, 8, weights.sum(-1).toDoubles(), 46)
                .note(465, 27, "sums")
                .note(465, 214, "1")
                .sign(510, 116, "·")
                .heat(536, 36, 8, 8, head(values), full)
                .text(548, 27, "V")
                .sign(590, 116, "=")
                .heat(624, 36, 8, 8, out, magnitude(out))
                .text(636, 27, "output");
    }

    private Picture executions() {
        int n = 30;
        Tensor queries = q.slice(2, 0, n);
        Tensor keys = k.slice(2, 0, n);
        Tensor values = v.slice(2, 0, n);
        FeaturePair phi = linear.features().orElseThrow();
        Tensor left = phi.query().features(head(queries));
        Tensor right = phi.key().features(head(keys)).transpose(0, 1);
        Tensor one = Tensor.concat(1, head(values), Tensor.ones(DType.F64, n, 1));
        Tensor gram = left.matmul(right);
        Tensor state = right.matmul(one);
        Tensor dual = head(linear.attend(queries, keys, values, null, Execution.DUAL));
        Tensor primal = head(linear.attend(queries, keys, values, null, Execution.PRIMAL));
        double full = magnitude(one);
        double outFull = magnitude(dual);
        Picture picture = new Picture(
                244,
                "The same output of 30 tokens in two ways. Dual: a matrix of 30 × 30, times the values. Primal: features,"
                        + " 30 × 15, times their sums with the values, 15 × 4, which stay as small for more tokens.");
        return picture.heat(24, 54, 5, gram, strong(gram), "ΦΦᵀ", n + " · " + n + ", grows as N²")
                .sign(193, 129, "·")
                .heat(212, 54, 5, one, full, "V, 1", "")
                .sign(256, 129, "→")
                .heat(284, 54, 5, dual, outFull, "output", "")
                .text(24, 24, "start", INK, "Execution.DUAL: (ΦΦᵀ)V")
                .heat(392, 54, 5, left, strong(left), "Φ", n + " · " + left.dim(1) + ", grows as N")
                .sign(494, 129, "·")
                .heat(
                        563,
                        91.5,
                        5,
                        state,
                        strong(state),
                        "ΦᵀV, Φᵀ1",
                        state.dim(0) + " · " + state.dim(1) + ", does not grow")
                .sign(626, 129, "→")
                .heat(668, 54, 5, primal, outFull, "output", "")
                .text(392, 24, "start", INK, "Execution.PRIMAL: Φ(ΦᵀV)");
    }

    private Picture recurrence() {
        int n = 24;
        Pair causal = linear.masked();
        Tensor keys = k.slice(2, 0, n);
        Tensor weights = head(causal.attend(q.slice(2, 0, n), keys, unit(n), null, Execution.RECURRENT));
        Tensor phi = causal.features().orElseThrow().key().features(head(keys));
        Tensor one = Tensor.concat(1, head(v).slice(0, 0, n), Tensor.ones(DType.F64, n, 1));
        int size = phi.dim(1) * one.dim(1);
        Tensor states = phi.unsqueeze(2).mul(one.unsqueeze(1)).reshape(n, size).cumsum(0);
        Picture picture = new Picture(
                262,
                "Left, weights of causal attention over 24 tokens, worked out token by token: nothing above the diagonal."
                        + " Right, the state after each token, a column of " + size
                        + " numbers that sums up what was seen and never gets longer.");
        picture.heat(40, 36, 8, weights, 0.4, "weights by Execution.RECURRENT", "keys seen by each query");
        picture.heat(336, 36, 14, 3.2, states.transpose(0, 1).contiguous(), strong(states))
                .text(504, 27, "the state, Σ φ(k)·(v, 1)ᵀ: " + size + " numbers")
                .note(504, 246, "after token 1, 2, …, " + n);
        return picture;
    }

    private Picture randomFeatures() {
        double[] counts = {8, 32, 128, 512};
        Tensor x = head(q).div(2);
        Tensor y = head(k).div(2);
        Picture picture = new Picture(
                278,
                "Error of the kernel by positive random features over their number, from 8 to 512, on logarithmic axes:"
                        + " measured errors fall along the straight line of the formula, 1/√m, and those of orthogonal directions"
                        + " are below those of independent ones.");
        Picture.Plot plot = picture.plot(
                70,
                36,
                390,
                194,
                Axis.log(7, 585, "8", "32", "128", "512"),
                Axis.log(0.02, 0.5, "0.02", "0.05", "0.1", "0.2", "0.5"),
                "error of e^(qᵀk/4), root of the mean square",
                "features m");
        plot.line(
                counts,
                values(
                        counts,
                        m -> favor(Frequencies.INDEPENDENT, (int) m, 0)
                                .variance(x, y)
                                .mean()
                                .sqrt()
                                .item()),
                GREY);
        plot.dots(counts, values(counts, m -> measured(x, y, Frequencies.INDEPENDENT, (int) m)), ORANGE);
        plot.dots(counts, values(counts, m -> measured(x, y, Frequencies.ORTHOGONAL, (int) m)), BLUE);
        picture.text(490, 90, "start", GREY, "line: formula of the variance")
                .text(490, 120, "start", ORANGE, "dots: independent, measured")
                .text(490, 150, "start", BLUE, "dots: orthogonal, measured");
        return picture;
    }

    private static RandomFeatures favor(Frequencies kind, int m, int draw) {
        return RandomFeatures.positive(4, m, kind, Rng.of(5 + draw));
    }

    /// The error over all pairs and many draws, more of the smaller ones.
    private static double measured(Tensor x, Tensor y, Frequencies kind, int m) {
        Tensor exact = favor(kind, m, 0).kernel().gram(x, y);
        return Math.sqrt(IntStream.range(0, Math.max(16, 1024 / m))
                .mapToDouble(draw -> favor(kind, m, draw)
                        .pair()
                        .gram(x, y)
                        .sub(exact)
                        .square()
                        .mean()
                        .item())
                .average()
                .orElseThrow());
    }

    /// With fewer rows than the step's, so that it is quick.
    private Picture spectrum() {
        Tensor rows = Tensor.normal(Rng.of(6), 0, 1, DType.F64, 400, 3);
        LazySpectrum spectrum = LazySpectrum.untilTail(new LazyGram(new Rbf(2)), rows, rows, 0.01, Rng.of(7));
        int rank = spectrum.rank(0.01);
        double[] leading = spectrum.leading();
        double norm = Math.sqrt(spectrum.energy());
        Picture picture = new Picture(
                278,
                "Leading singular values of a Gaussian kernel matrix of 400 × 400 that was never formed, on a logarithmic"
                        + " axis, and the certified error of each rank, which falls below 1 % at rank " + rank + ".");
        double end = leading.length + 1;
        double[] ranks = numbers(leading.length + 1, s -> s);
        double[] errors = numbers(ranks.length, s -> Math.sqrt(spectrum.tailEnergy(s)) / norm);
        picture.plot(
                        70,
                        36,
                        400,
                        194,
                        Axis.linear(0, end, "0", "5", "10", "15"),
                        Axis.log(1e-3, 1, "0.001", "0.01", "0.1", "1"),
                        "relative to ‖K‖",
                        "s")
                .bars(numbers(leading.length, i -> i + 1), numbers(leading.length, i -> leading[i] / norm), 9, BLUE)
                .line(new double[] {0, end}, new double[] {0.01, 0.01}, INK, "5 4")
                .line(ranks, errors, ORANGE)
                .dots(new double[] {rank}, new double[] {errors[rank]}, ORANGE);
        picture.text(490, 90, "start", BLUE, "singular values σ")
                .text(490, 120, "start", ORANGE, "certified error of rank s")
                .text(490, 150, "start", INK, "1 %: certified at rank " + rank);
        return picture;
    }

    private Picture twoSides() {
        Tensor rows = path(24);
        Tensor more = path(96);
        KernelSvd machine = KernelSvd.fit(attention, rows, rows, 5);
        double[] sigma = machine.singularValues().toDoubles();
        Tensor gram = attention.gram(rows, rows);
        double most = 1.02 * Math.max(magnitude(machine.queryDuals()), magnitude(machine.keyDuals()));
        Picture picture = new Picture(
                248,
                "The kernel of step 4 on 24 rows along a closed path: its matrix, its five leading singular values, and for"
                        + " three of them the function of queries u and that of keys v, which differ; dots are the rows of the"
                        + " decomposition, the curves new rows between them.");
        picture.heat(24, 36, 6, gram, strong(gram), "K = Σ σ u vᵀ", "24 rows along a path");
        Picture.Plot values = picture.plot(
                208,
                36,
                100,
                164,
                Axis.linear(0.4, 5.6, "1", "2", "3", "4", "5"),
                Axis.linear(0, 1.02 * sigma[0], "0", "10", "20", "30"),
                "σ",
                "i");
        Picture.Plot left = functions(picture, 352, most, "u, of queries");
        Picture.Plot right = functions(picture, 552, most, "v, of keys");
        List<String> colors = List.of(BLUE, ORANGE, GREEN, GREY, GREY);
        for (int i = 0; i < sigma.length; i++) {
            values.bars(new double[] {i + 1}, new double[] {sigma[i]}, 13, colors.get(i));
        }
        for (int i = 0; i < 3; i++) {
            double sign = Math.signum(machine.queryDuals().get(0, i));
            String color = colors.get(i);
            draw(left, machine.queryDuals(), machine.queryScores(more), i, sign, sign / sigma[i], color);
            draw(right, machine.keyDuals(), machine.keyScores(more), i, sign, sign / sigma[i], color);
        }
        return picture;
    }

    private static Picture.Plot functions(Picture picture, double left, double most, String name) {
        return picture.plot(
                left,
                36,
                150,
                164,
                Axis.linear(0, 1, "0", "0.5", "1"),
                Axis.linear(-most, most, "−0.4", "−0.2", "0", "0.2", "0.4"),
                name,
                "along the path");
    }

    private static void draw(
            Picture.Plot plot, Tensor duals, Tensor scores, int i, double dot, double line, String color) {
        int n = duals.dim(0);
        int m = scores.dim(0);
        plot.line(numbers(m, j -> (double) j / m), numbers(m, j -> line * scores.get(j, i)), color);
        plot.dots(numbers(n, j -> (double) j / n), numbers(n, j -> dot * duals.get(j, i)), color);
    }

    /// Rows along a closed path in four dimensions, which has `n` of them in one turn.
    private static Tensor path(int n) {
        Tensor turn = Tensor.linspace(0, 2 * Math.PI * (n - 1) / n, n, DType.F64);
        return Tensor.stack(
                1, turn.cos(), turn.sin(), turn.mul(2).cos(), turn.mul(2).sin());
    }

    /// From the step's arbitrary weights, scaled to the decomposition's norm, straight to the decomposition.
    private Picture residual() {
        Tensor phiQ = head(q);
        Tensor phiK = head(k);
        Ksvd ksvd = Ksvd.of(phiQ, phiK, 2);
        Tensor arbitrary = Tensor.normal(Rng.of(8), 0, 1, DType.F64, 4, 2);
        arbitrary = arbitrary.mul(Math.sqrt(ksvd.queryWeights().square().sum().item()
                / arbitrary.square().sum().item()));
        int n = 61;
        double[] at = numbers(n, i -> (double) i / (n - 1));
        double[] objective = new double[n];
        double[] residual = new double[n];
        for (int i = 0; i < n; i++) {
            Tensor we = between(arbitrary, ksvd.queryWeights(), at[i]);
            Tensor wr = between(arbitrary, ksvd.keyWeights(), at[i]);
            Tensor lambda = between(Tensor.full(ksvd.lambda().mean().item(), DType.F64, 2), ksvd.lambda(), at[i]);
            double trace = we.mul(wr).sum().item();
            double scores = phiQ.matmul(we)
                    .square()
                    .add(phiK.matmul(wr).square())
                    .mul(lambda)
                    .sum()
                    .item();
            Kkt kkt = Kkt.of(phiQ, phiK, we, wr, lambda.mul(2 * trace / scores));
            objective[i] = kkt.objective();
            residual[i] = kkt.residual();
        }
        Picture picture = new Picture(
                240,
                "Between arbitrary weights and the decomposition, each with the Λ that makes J = 0: J is 0 everywhere, while"
                        + " the residual ρ falls from " + Figures.number(residual[0])
                        + " and is 0 at the decomposition alone.");
        picture.plot(
                        70,
                        36,
                        600,
                        156,
                        Axis.linear(0, 1, "0", "0.2", "0.4", "0.6", "0.8", "1"),
                        Axis.linear(-0.02, 0.4, "0", "0.1", "0.2", "0.3", "0.4"),
                        "objective J and residual ρ",
                        "share of the decomposition in the weights")
                .line(at, objective, ORANGE)
                .line(at, residual, BLUE)
                .dots(new double[] {1}, new double[] {residual[n - 1]}, BLUE)
                .label(0.3, 0.02, "middle", ORANGE, "J: 0 everywhere")
                .label(0.62, 0.24, "start", BLUE, "ρ: 0 only at the decomposition");
        return picture;
    }

    private static Tensor between(Tensor a, Tensor b, double share) {
        return a.mul(1 - share).add(b.mul(share));
    }

    private Picture gap() {
        int n = 20;
        Tensor queries = q.slice(2, 0, n);
        Tensor keys = k.slice(2, 0, n);
        Tensor logits = queries.matmul(keys.transpose(-1, -2)).mul(0.5);
        FenchelYoung entropy = FenchelYoung.entmax(1);
        Tensor exact = logits.softmax(-1);
        Picture picture = new Picture(
                346,
                "Weights of 20 queries and 20 keys, and below what they differ from softmax: softmax itself, whose gap is 0,"
                        + " and FAVOR+ with 4,000, 256 and 16 features, whose gap grows with the differences.");
        double full = strong(head(exact));
        int[] counts = {0, 4000, 256, 16};
        for (int i = 0; i < counts.length; i++) {
            Tensor weights = exact;
            if (counts[i] > 0) {
                Tensor gram = favor(Frequencies.ORTHOGONAL, counts[i], 0)
                        .pair()
                        .gram(queries.mul(Math.sqrt(0.5)), keys.mul(Math.sqrt(0.5)));
                weights = gram.div(gram.sum(true, -1));
            }
            double left = 34 + 177.5 * i;
            String name = counts[i] == 0 ? "softmax" : "FAVOR+, m = " + Figures.count(counts[i]);
            picture.heat(left, 36, 6, head(weights), full, name, "minus softmax:")
                    .heat(left, 190, 6, 6, head(weights.sub(exact)), full / 2)
                    .text(left + 60, 330, gap(entropy, logits, weights));
        }
        return picture;
    }

    private static String gap(FenchelYoung entropy, Tensor logits, Tensor weights) {
        double gap = entropy.certificate(logits, weights).value();
        return "gap " + (gap < 1e-12 ? "0" : Figures.number(gap));
    }

    /// The first head of the first case.
    private static Tensor head(Tensor heads) {
        return heads.select(0, 0).select(0, 0).contiguous();
    }

    /// Values whose output is the weights themselves.
    private static Tensor unit(int n) {
        return Tensor.eye(n, DType.F64).expand(1, 2, n, n).contiguous();
    }

    /// A full colour for entries of which a few are very large.
    private static double strong(Tensor values) {
        return Math.min(
                magnitude(values), 2.5 * Math.sqrt(values.square().mean().item()));
    }

    private static double magnitude(Tensor values) {
        return values.abs().max().item();
    }

    private static double[] values(double[] xs, DoubleUnaryOperator y) {
        return Arrays.stream(xs).map(y).toArray();
    }

    private static double[] numbers(int n, IntToDoubleFunction of) {
        return IntStream.range(0, n).mapToDouble(of).toArray();
    }
}
