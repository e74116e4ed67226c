package adjoint.duality;

import adjoint.autodiff.Tensor;
import adjoint.linalg.Parallel;
import adjoint.nn.Pass;
import adjoint.nn.SoftmaxMechanism;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// What the attention layers of a model look like from inside on a batch: spectrum, effective rank, J², the KKT
/// residual ρ or another [Certificate], and the kernel of one example.
///
/// ```java
/// AttentionReport report = AttentionReport.of(pass -> model.forward(x, mask, pass));
/// for (AttentionReport.Layer layer : report.layers()) {
///     layer.heads().getFirst().effectiveRank();
/// }
/// ```
///
/// Everything is computed in double precision, per example and head. Attention with features needs `[N, p]` matrices
/// only, and the N×N matrix of the one example that is shown; softmax attention needs the N×N matrix of each example,
/// and O(N³) time. A few examples are enough.
///
/// K, W_e and W_r are those of the example: `K = Φ_q Φ_kᵀ`, and the weights are the ones its scores are made with,
/// data-dependent weights after they have met its data.
///
/// @param layers in the order in which the model runs them
public record AttentionReport(List<Layer> layers) {
    /// Φ_q `[B, H, N, p]`.
    static final String QUERY_FEATURES = "query_features";
    /// Φ_k `[B, H, N, p]`.
    static final String KEY_FEATURES = "key_features";
    /// W_e `[B, H, p, s]`.
    static final String QUERY_WEIGHTS = "query_weights";
    /// W_r `[B, H, p, s]`.
    static final String KEY_WEIGHTS = "key_weights";
    /// The diagonal of Λ `[H, s]`, or per example `[B, H, s]`, as in [Kkt].
    static final String LAMBDA = "lambda";
    /// What each head adds to J, `[B, H]`; J is their mean.
    static final String OBJECTIVES = "objectives";
    /// `1 − Tr(W_eᵀ W_r)/Σ_{i≤s} σ_i`, `[B, H]`, of weights that it bounds.
    static final String GAP = "gap";
    /// K `[B, H, N, N]`, of attention without finite features.
    static final String KERNEL = SoftmaxMechanism.KERNEL;

    /// One attention layer.
    ///
    /// @param path the module's path, such as `encoder.layers.0.self_attn`
    /// @param squaredObjective the mean of J² over the batch, if the mechanism has an objective
    public record Layer(String path, OptionalDouble squaredObjective, List<Head> heads) {}

    /// One head of a layer.
    ///
    /// @param spectrum the singular values of the kernel, each averaged over the batch
    /// @param effectiveRank Σσ/σ₁, averaged over the batch
    /// @param squaredObjective the mean over the batch of the square of what this head adds to J, if there is one
    /// @param residual ρ of [Kkt], averaged over the batch, if the mechanism has primal weights
    /// @param gap of [StiefelAttention], averaged over the batch
    /// @param certificate that the mechanism shows ([Certificate.Kind]), averaged over the batch
    /// @param scores e above r of the batch's first example, `[2, N, s]`, if the mechanism has primal weights
    /// @param kernel K of the batch's first example, `[N, N]`: `φ_q(x_i)ᵀ φ_k(x_j)`, or the softmax matrix
    public record Head(
            Spectrum spectrum,
            double effectiveRank,
            OptionalDouble squaredObjective,
            OptionalDouble residual,
            OptionalDouble gap,
            Optional<Certificate> certificate,
            Optional<Tensor> scores,
            Tensor kernel) {}

    /// Runs a model's forward pass, which must use the pass it is given, and looks into its attention layers.
    ///
    /// @throws IllegalArgumentException if no attention layer of this package ran
    public static AttentionReport of(Consumer<Pass> forward) {
        Map<String, Map<String, Tensor>> seen = new LinkedHashMap<>();
        forward.accept(Pass.probing((path, value) -> {
            int dot = path.lastIndexOf('.');
            seen.computeIfAbsent(path.substring(0, Math.max(dot, 0)), _ -> new LinkedHashMap<>())
                    .put(path.substring(dot + 1), value.detach());
        }));
        List<Layer> layers = new ArrayList<>();
        seen.forEach((path, values) -> {
            if (values.containsKey(KERNEL) || values.containsKey(QUERY_FEATURES)) {
                layers.add(layer(path, values));
            }
        });
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("no attention layer ran; values shown to the pass were under "
                    + seen.keySet() + ". Does the model use the pass it is given?");
        }
        return new AttentionReport(List.copyOf(layers));
    }

    private static Layer layer(String path, Map<String, Tensor> values) {
        Tensor objectives = values.get(OBJECTIVES);
        return new Layer(
                path,
                objectives == null ? OptionalDouble.empty() : OptionalDouble.of(meanSquare(objectives.mean(1))),
                values.containsKey(KERNEL) ? dualHeads(values) : primalHeads(values));
    }

    private static List<Head> primalHeads(Map<String, Tensor> values) {
        Tensor phiQ = values.get(QUERY_FEATURES);
        Tensor phiK = values.get(KEY_FEATURES);
        Tensor we = values.get(QUERY_WEIGHTS);
        Tensor wr = values.get(KEY_WEIGHTS);
        Tensor lambda = values.get(LAMBDA);
        Tensor objectives = values.get(OBJECTIVES);
        Tensor gaps = values.get(GAP);
        return heads(
                phiQ.dim(0),
                phiQ.dim(1),
                (b, h) -> Spectrum.ofFeatures(at(phiQ, b, h), at(phiK, b, h)),
                (b, h) -> OptionalDouble.of(Kkt.of(
                                at(phiQ, b, h),
                                at(phiK, b, h),
                                at(we, b, h),
                                at(wr, b, h),
                                lambda.rank() == 3 ? at(lambda, b, h) : lambda.select(0, h))
                        .residual()),
                h -> OptionalDouble.of(meanSquare(objectives.select(1, h))),
                h -> gaps == null ? OptionalDouble.empty() : OptionalDouble.of(mean(gaps, h)),
                h -> certificate(values, h),
                h -> Optional.of(Tensor.stack(
                        0,
                        Core.f64(at(phiQ, 0, h)).matmul(Core.f64(at(we, 0, h))),
                        Core.f64(at(phiK, 0, h)).matmul(Core.f64(at(wr, 0, h))))),
                h -> Core.f64(at(phiQ, 0, h)).matmul(Core.f64(at(phiK, 0, h)).transpose(0, 1)));
    }

    private static List<Head> dualHeads(Map<String, Tensor> values) {
        Tensor kernel = values.get(KERNEL);
        return heads(
                kernel.dim(0),
                kernel.dim(1),
                (b, h) -> Spectrum.ofKernel(at(kernel, b, h)),
                (_, _) -> OptionalDouble.empty(),
                _ -> OptionalDouble.empty(),
                _ -> OptionalDouble.empty(),
                h -> certificate(values, h),
                _ -> Optional.empty(),
                h -> Core.f64(at(kernel, 0, h)));
    }

    private static Optional<Certificate> certificate(Map<String, Tensor> values, int head) {
        return Arrays.stream(Certificate.Kind.values())
                .filter(kind -> values.containsKey(kind.name()))
                .findFirst()
                .map(kind -> Certificate.exact(kind, mean(values.get(kind.name()), head)));
    }

    /// One value per example and head.
    private interface PerHead<T> {
        T of(int example, int head);
    }

    private static List<Head> heads(
            int batch,
            int heads,
            PerHead<Spectrum> spectrum,
            PerHead<OptionalDouble> residual,
            IntFunction<OptionalDouble> squaredObjective,
            IntFunction<OptionalDouble> gap,
            IntFunction<Optional<Certificate>> certificate,
            IntFunction<Optional<Tensor>> scores,
            IntFunction<Tensor> kernel) {
        Spectrum[] spectra = new Spectrum[batch * heads];
        OptionalDouble[] residuals = new OptionalDouble[batch * heads];
        Parallel.tasks(batch * heads, i -> {
            spectra[i] = spectrum.of(i / heads, i % heads);
            residuals[i] = residual.of(i / heads, i % heads);
        });
        List<Head> all = new ArrayList<>();
        for (int h = 0; h < heads; h++) {
            int head = h;
            List<Spectrum> examples = IntStream.range(0, batch)
                    .mapToObj(b -> spectra[b * heads + head])
                    .toList();
            all.add(new Head(
                    mean(examples),
                    examples.stream()
                            .mapToDouble(Spectrum::effectiveRank)
                            .average()
                            .orElseThrow(),
                    squaredObjective.apply(h),
                    IntStream.range(0, batch)
                            .mapToObj(b -> residuals[b * heads + head])
                            .flatMapToDouble(OptionalDouble::stream)
                            .average(),
                    gap.apply(h),
                    certificate.apply(h),
                    scores.apply(h),
                    kernel.apply(h)));
        }
        return List.copyOf(all);
    }

    private static Spectrum mean(List<Spectrum> spectra) {
        double[] mean = new double[spectra.getFirst().values().length];
        for (int i = 0; i < mean.length; i++) {
            for (Spectrum spectrum : spectra) {
                mean[i] += spectrum.values()[i] / spectra.size();
            }
        }
        return new Spectrum(mean);
    }

    private static double mean(Tensor each, int head) {
        return Core.f64(each.select(1, head)).mean().item();
    }

    private static double meanSquare(Tensor perExample) {
        return Core.f64(perExample).square().mean().item();
    }

    private static Tensor at(Tensor tensor, int example, int head) {
        return tensor.select(0, example).select(0, head);
    }
}
