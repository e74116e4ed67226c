package adjoint.nn.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import adjoint.autodiff.DType;
import adjoint.autodiff.Tensor;
import adjoint.linalg.Rng;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// What parts of a stream merge to is, to the last bit, what the whole comes to, in any order; and that is what the
/// definition says, in plain loops over all samples.
class StreamingLaws {
    private static final int CLASSES = 4;

    /// A sample: logits (or scores) and a label.
    private record Sample(double[] logits, int label) {
        double score() {
            return logits[0];
        }

        int predicted() {
            int best = 0;
            for (int c = 1; c < logits.length; c++) {
                best = logits[c] > logits[best] ? c : best;
            }
            return best;
        }

        double[] probabilities() {
            double sum = Arrays.stream(logits).map(Math::exp).sum();
            return Arrays.stream(logits).map(x -> Math.exp(x) / sum).toArray();
        }
    }

    private record Kind<M extends Mergeable<M>>(
            String name,
            Supplier<M> empty,
            BiConsumer<M, Sample> add,
            Function<M, double[]> values,
            Function<List<Sample>, double[]> definition,
            double tolerance) {
        @Override
        public String toString() {
            return name;
        }

        M of(List<Sample> samples) {
            M metric = empty.get();
            samples.forEach(sample -> add.accept(metric, sample));
            return metric;
        }

        void check(List<Sample> samples, List<Integer> order, int parts) {
            double[] whole = values.apply(of(samples));
            assertArrayEquals(definition.apply(samples), whole, tolerance, name);
            List<Sample> mixed = order.stream().map(samples::get).toList();
            M merged = empty.get();
            for (int part = parts - 1; part >= 0; part--) {
                List<Sample> own = new ArrayList<>();
                for (int i = part; i < mixed.size(); i += parts) {
                    own.add(mixed.get(i));
                }
                merged.merge(of(own));
            }
            assertArrayEquals(whole, values.apply(merged), name);
        }
    }

    private static Tensor logits(Sample sample) {
        return Tensor.of(sample.logits, 1, CLASSES);
    }

    private static Tensor label(Sample sample) {
        return Tensor.ofInts(new int[] {sample.label}, 1);
    }

    private static List<Kind<?>> kinds() {
        return List.of(
                new Kind<>(
                        "confusion",
                        () -> new Confusion(CLASSES),
                        (m, s) -> m.add(logits(s), label(s)),
                        m -> new double[] {m.accuracy(), m.macroF1(), m.microF1(), m.matthews()},
                        StreamingLaws::confusion,
                        1e-12),
                new Kind<>(
                        "top 2",
                        () -> new TopK(2),
                        (m, s) -> m.add(logits(s), label(s)),
                        m -> new double[] {m.value()},
                        samples -> mean(samples, s -> {
                            List<Integer> classes = new ArrayList<>(List.of(0, 1, 2, 3));
                            classes.sort((a, b) -> Double.compare(s.logits[b], s.logits[a]));
                            return classes.subList(0, 2).contains(s.label) ? 1 : 0;
                        }),
                        1e-15),
                new Kind<>(
                        "likelihood",
                        Likelihood::new,
                        (m, s) -> m.add(logits(s), label(s)),
                        m -> new double[] {m.negativeLogLikelihood(), Math.log(m.perplexity())},
                        samples -> {
                            double nll = mean(samples, s -> -Math.log(s.probabilities()[s.label]))[0];
                            return new double[] {nll, nll};
                        },
                        1e-12),
                new Kind<>(
                        "Brier",
                        Brier::new,
                        (m, s) -> m.add(logits(s), label(s)),
                        m -> new double[] {m.value()},
                        samples -> mean(samples, s -> {
                            double sum = 0;
                            for (int c = 0; c < CLASSES; c++) {
                                sum += Math.pow(s.probabilities()[c] - (c == s.label ? 1 : 0), 2);
                            }
                            return sum;
                        }),
                        1e-13),
                new Kind<>(
                        "calibration",
                        () -> new CalibrationError(7),
                        (m, s) -> m.add(logits(s), label(s)),
                        m -> new double[] {m.value()},
                        StreamingLaws::calibration,
                        1e-12),
                new Kind<>(
                        "binary",
                        BinaryScores::new,
                        (m, s) -> m.add(s.score(), s.label > 1),
                        m -> new double[] {m.auroc(), m.fpr95()},
                        StreamingLaws::binary,
                        1e-13),
                new Kind<>(
                        "selective risk",
                        SelectiveRisk::new,
                        (m, s) -> m.add(s.score(), s.label > 1),
                        m -> new double[] {m.aurc()},
                        StreamingLaws::selective,
                        1e-12),
                new Kind<>(
                        "determination",
                        Determination::new,
                        (m, s) -> m.add(Tensor.of(s.logits), Tensor.of(target(s))),
                        m -> new double[] {m.value()},
                        StreamingLaws::determination,
                        1e-12));
    }

    private static double[] target(Sample s) {
        double[] target = s.logits.clone();
        target[s.label] += 0.3;
        return target;
    }

    private static double[] mean(List<Sample> samples, ToDoubleFunction<Sample> f) {
        return new double[] {samples.stream().mapToDouble(f).average().orElse(Double.NaN)};
    }

    private static double[] confusion(List<Sample> samples) {
        double sum = 0;
        int present = 0;
        for (int c = 0; c < CLASSES; c++) {
            int k = c;
            double tp = samples.stream()
                    .filter(s -> s.label == k && s.predicted() == k)
                    .count();
            double fp = samples.stream()
                    .filter(s -> s.label != k && s.predicted() == k)
                    .count();
            double fn = samples.stream()
                    .filter(s -> s.label == k && s.predicted() != k)
                    .count();
            if (tp + fp + fn > 0) {
                sum += 2 * tp / (2 * tp + fp + fn);
                present++;
            }
        }
        double accuracy = mean(samples, s -> s.label == s.predicted() ? 1 : 0)[0];
        return new double[] {accuracy, sum / present, accuracy, matthews(samples)};
    }

    /// The Pearson correlation of the one-hot encodings, all classes together.
    private static double matthews(List<Sample> samples) {
        double covariance = 0;
        double actual = 0;
        double predicted = 0;
        for (int c = 0; c < CLASSES; c++) {
            int k = c;
            double meanActual = mean(samples, s -> s.label == k ? 1 : 0)[0];
            double meanPredicted = mean(samples, s -> s.predicted() == k ? 1 : 0)[0];
            for (Sample s : samples) {
                double a = (s.label == k ? 1 : 0) - meanActual;
                double p = (s.predicted() == k ? 1 : 0) - meanPredicted;
                covariance += a * p;
                actual += a * a;
                predicted += p * p;
            }
        }
        // Deviations of equal numbers from their mean are rounding.
        return actual < 1e-9 || predicted < 1e-9 ? Double.NaN : covariance / Math.sqrt(actual * predicted);
    }

    private static double[] calibration(List<Sample> samples) {
        double sum = 0;
        for (int bin = 0; bin < 7; bin++) {
            double difference = 0;
            for (Sample s : samples) {
                double confidence = s.probabilities()[s.predicted()];
                if (confidence > bin / 7.0 && confidence <= (bin + 1) / 7.0) {
                    difference += (s.label == s.predicted() ? 1 : 0) - confidence;
                }
            }
            sum += Math.abs(difference);
        }
        return new double[] {sum / samples.size()};
    }

    /// The area by pairs; the false positive rate by all thresholds.
    private static double[] binary(List<Sample> samples) {
        List<Sample> positives = samples.stream().filter(s -> s.label > 1).toList();
        List<Sample> negatives = samples.stream().filter(s -> s.label <= 1).toList();
        double area = 0;
        for (Sample p : positives) {
            for (Sample n : negatives) {
                area += p.score() > n.score() ? 1 : p.score() == n.score() ? 0.5 : 0;
            }
        }
        double best = Double.NaN;
        for (Sample threshold : positives) {
            double t = threshold.score();
            double found = positives.stream().filter(p -> p.score() >= t).count();
            if (found >= 0.95 * positives.size()) {
                double taken = negatives.stream().filter(n -> n.score() >= t).count() / (double) negatives.size();
                best = Double.isNaN(best) ? taken : Math.min(best, taken);
            }
        }
        return new double[] {area / positives.size() / negatives.size(), best};
    }

    /// The mean over orders of ties by symmetry: the k-th of a group of m with e errors has e/m errors.
    private static double[] selective(List<Sample> samples) {
        double sum = 0;
        int n = samples.size();
        for (int k = 1; k <= n; k++) {
            double errors = 0;
            for (Sample s : samples) {
                double above =
                        samples.stream().filter(o -> o.score() > s.score()).count();
                double tied =
                        samples.stream().filter(o -> o.score() == s.score()).count();
                double included = Math.clamp((k - above) / tied, 0, 1);
                errors += s.label > 1 ? 0 : included;
            }
            sum += errors / k;
        }
        return new double[] {sum / n};
    }

    private static double[] determination(List<Sample> samples) {
        double[] y =
                samples.stream().flatMapToDouble(s -> Arrays.stream(target(s))).toArray();
        double[] predicted =
                samples.stream().flatMapToDouble(s -> Arrays.stream(s.logits)).toArray();
        double mean = Arrays.stream(y).average().orElse(Double.NaN);
        double residual = 0;
        double variation = 0;
        for (int i = 0; i < y.length; i++) {
            residual += Math.pow(y[i] - predicted[i], 2);
            variation += Math.pow(y[i] - mean, 2);
        }
        return new double[] {1 - residual / variation};
    }

    @Provide
    Arbitrary<Kind<?>> kind() {
        return Arbitraries.of(kinds());
    }

    /// Scores with ties: whole halves half of the time.
    @Property(tries = 400)
    void partsMergeToTheWholeAndTheWholeIsTheDefinition(
            @ForAll("kind") Kind<?> kind,
            @ForAll @IntRange(min = 2, max = 40) int n,
            @ForAll @IntRange(min = 1, max = 6) int parts,
            @ForAll @IntRange(max = 100_000) int seed,
            @ForAll boolean ties) {
        double[] draws =
                Tensor.normal(Rng.of(seed), 0, 2, DType.F64, n, CLASSES).toDoubles();
        List<Sample> samples = new ArrayList<>();
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            double[] logits = Arrays.copyOfRange(draws, i * CLASSES, (i + 1) * CLASSES);
            if (ties) {
                // Without −0, which sorting tells apart from 0.
                Arrays.setAll(logits, c -> Math.rint(logits[c]) / 2 + 0.0);
            }
            samples.add(new Sample(logits, Rng.of(seed).child("labels").below(i, CLASSES)));
            order.add(Rng.of(seed).child("order").below(i, order.size() + 1), i);
        }
        kind.check(samples, order, parts);
    }

    /// Sums of any doubles: their order is nowhere to be seen, and what is small beside the rest is not lost.
    @Property
    void anExactSumHasNoOrder(@ForAll List<Double> values, @ForAll @IntRange(min = 1, max = 4) int parts) {
        ExactSum forward = new ExactSum();
        values.forEach(forward::add);
        ExactSum merged = new ExactSum();
        for (int part = parts - 1; part >= 0; part--) {
            ExactSum own = new ExactSum();
            for (int i = part; i < values.size(); i += parts) {
                own.add(values.get(i));
            }
            merged.add(own);
        }
        assertEquals(forward.value(), merged.value());
        BigDecimal exact = values.stream().map(BigDecimal::new).reduce(BigDecimal.ZERO, BigDecimal::add);
        assertEquals(0, exact.compareTo(forward.exact()));
        assertEquals(exact.doubleValue() + 0.0, forward.value());
    }
}
