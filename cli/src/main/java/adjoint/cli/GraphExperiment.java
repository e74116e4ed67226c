package adjoint.cli;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.data.DirectedGraph;
import adjoint.duality.kernel.FeatureKernel;
import adjoint.duality.kernel.Kernel;
import adjoint.duality.kernel.Polynomial;
import adjoint.duality.kernel.Rbf;
import adjoint.duality.machine.KernelPca;
import adjoint.duality.machine.KernelSvd;
import adjoint.duality.machine.LeastSquaresSvm;
import adjoint.linalg.Rng;
import adjoint.nn.metrics.Confusion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// The classes of a directed graph's nodes from embeddings that know the edges alone, by LS-SVM.
///
/// With the adjacency matrix A, a node's row of A + I says whom it cites, its column who cites it, and it itself:
///
/// | embedding | |
/// |---|---|
/// | KSVD | scores [e, r] of the asymmetric kernel cos(row i, column j) |
/// | KPCA | of the Gaussian kernel on the rows of (A + Aᵀ)/2 |
/// | KPCA, same kernel | of the cosine kernel on the rows of (A + Aᵀ)/2 + I |
/// | SVD | [UΣ, VΣ] of A |
///
/// Each has twice the rank in components, scaled to length 1. A fifth of the nodes trains; γ is chosen on a third of
/// these. Splits are the same for all; differences are tested by all sign flips of the paired differences (exact,
/// two-sided).
///
/// @param rank singular triplets
/// @param splits random splits
record GraphExperiment(DirectedGraph graph, int rank, int splits, long seed) {
    static final int MOST_SPLITS = 20;

    private static final double[] GAMMAS = {0.3, 1, 3, 10, 30};
    private static final double LENGTH = 1;

    private record Scores(double[] micro, double[] macro) {}

    void run(Consumer<String> out) {
        out.accept(String.format(
                Locale.ROOT,
                "%s: %d nodes, %d edges, %d classes; rank %d, %d splits, a fifth trains",
                graph.name(),
                graph.nodes(),
                graph.edges(),
                graph.classes(),
                rank,
                splits));
        out.accept("");
        out.accept("| embedding | micro-F1 | macro-F1 | KSVD − this | p |");
        out.accept("|---|---|---|---|---|");
        Scores first = null;
        for (Map.Entry<String, Tensor> embedding : embeddings().entrySet()) {
            Scores scores = scores(embedding.getValue());
            first = first == null ? scores : first;
            out.accept("| " + embedding.getKey() + " | " + cell(scores.micro) + " | " + cell(scores.macro) + " | "
                    + (scores == first ? " | |" : difference(first.micro, scores.micro)));
        }
    }

    Map<String, Tensor> embeddings() {
        int n = graph.nodes();
        double[] edges = new double[n * n];
        for (int e = 0; e < graph.edges(); e++) {
            edges[graph.sources()[e] * n + graph.targets()[e]] = 1;
        }
        Tensor a = Tensor.of(edges, n, n);
        Tensor eye = Tensor.eye(n, DType.F64);
        Tensor self = a.add(eye);
        Tensor symmetric = a.add(a.transpose(0, 1)).mul(0.5);
        Kernel cosine = FeatureKernel.cosine();
        Map<String, Tensor> all = new LinkedHashMap<>();
        all.put("KSVD", scores(cosine, self, self.transpose(0, 1).contiguous()));
        all.put("KPCA", components(new Rbf(1), symmetric));
        all.put("KPCA, same kernel", components(cosine, symmetric.add(eye)));
        all.put("SVD", scores(Polynomial.linear(), a, eye));
        return all;
    }

    private Tensor scores(Kernel kernel, Tensor x, Tensor z) {
        KernelSvd svd = KernelSvd.fit(kernel, x, z, rank);
        return Tensor.concat(1, svd.queryScores(x), svd.keyScores(z)).normalize(Double.MIN_NORMAL);
    }

    private Tensor components(Kernel kernel, Tensor x) {
        return KernelPca.fit(kernel, x, 2 * rank).transform(x).normalize(Double.MIN_NORMAL);
    }

    private Scores scores(Tensor embedding) {
        double[] micro = new double[splits];
        double[] macro = new double[splits];
        for (int s = 0; s < splits; s++) {
            int[] order = Rng.of(seed).child("split").child(s).permutation(graph.nodes());
            int[] train = Arrays.copyOf(order, graph.nodes() / 5);
            int[] test = Arrays.copyOfRange(order, train.length, order.length);
            Confusion confusion = test(embedding, train, test, gamma(embedding, train));
            micro[s] = confusion.microF1();
            macro[s] = confusion.macroF1();
        }
        return new Scores(micro, macro);
    }

    private double gamma(Tensor embedding, int[] train) {
        int held = train.length / 3;
        int[] validation = Arrays.copyOf(train, held);
        int[] rest = Arrays.copyOfRange(train, held, train.length);
        double best = GAMMAS[0];
        double most = -1;
        for (double gamma : GAMMAS) {
            double f1 = test(embedding, rest, validation, gamma).microF1();
            if (f1 > most) {
                most = f1;
                best = gamma;
            }
        }
        return best;
    }

    private Confusion test(Tensor embedding, int[] train, int[] test, double gamma) {
        Tensor labels =
                Tensor.ofInts(Arrays.stream(train).map(i -> graph.labels()[i]).toArray(), train.length);
        LeastSquaresSvm svm =
                LeastSquaresSvm.classifier(new Rbf(LENGTH), embedding.take(train, 0), labels, graph.classes(), gamma);
        int[] found = svm.classify(embedding.take(test, 0)).toInts();
        Confusion confusion = new Confusion(graph.classes());
        for (int i = 0; i < test.length; i++) {
            confusion.add(graph.labels()[test[i]], found[i]);
        }
        return confusion;
    }

    private static String cell(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return String.format(Locale.ROOT, "%.1f ± %.1f", 100 * mean, 100 * Math.sqrt(squares / (values.length - 1)));
    }

    private static String difference(double[] first, double[] other) {
        List<Double> differences = new ArrayList<>();
        for (int i = 0; i < first.length; i++) {
            differences.add(first[i] - other[i]);
        }
        double mean = differences.stream().mapToDouble(d -> d).average().orElse(0);
        return String.format(Locale.ROOT, "%+.1f | %.3f |", 100 * mean, signFlips(differences));
    }

    /// The share of all assignments of signs for which the sum of the differences is at least as far from 0.
    static double signFlips(List<Double> differences) {
        double observed = Math.abs(differences.stream().mapToDouble(d -> d).sum());
        int all = 1 << differences.size();
        int far = 0;
        for (int signs = 0; signs < all; signs++) {
            double sum = 0;
            for (int i = 0; i < differences.size(); i++) {
                sum += (signs >> i & 1) == 0 ? differences.get(i) : -differences.get(i);
            }
            far += Math.abs(sum) >= observed * (1 - 1e-12) ? 1 : 0;
        }
        return (double) far / all;
    }
}
