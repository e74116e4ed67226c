package adjoint.cli.run;

import adjoint.duality.Certificate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is looked at once, when a run ends: the confusion of the classes on the test cases, and every attention head
/// on one example. The content of `inspection.json`, from which the report is written again without data or model.
///
/// @param classes names of the classes
/// @param confusion `[true class][predicted class]`, counts of test cases
/// @param example which test case the heads were looked at with, from 0
/// @param exampleClass its true class
/// @param exampleLength its time steps
public record Inspection(
        List<String> classes,
        List<List<Double>> confusion,
        int example,
        String exampleClass,
        int exampleLength,
        List<Layer> layers) {

    /// One attention layer on the example.
    ///
    /// @param jSquared J² as the layer adds it to the loss, primal attention only
    public record Layer(Optional<Double> jSquared, List<Head> heads) {}

    /// One attention head on the example.
    ///
    /// @param spectrum singular values of the attention kernel, greatest first
    /// @param effectiveRank Σσ/σ₁
    /// @param kktResidual ρ of this head, primal attention only
    /// @param gap of this head to Ky Fan's bound, stiefel attention only
    /// @param certificate of another mechanism, where it has one
    /// @param kernel the kernel's values `[query step][key step]`, averaged over neighbours where the example is long
    public record Head(
            List<Double> spectrum,
            double effectiveRank,
            Optional<Double> kktResidual,
            Optional<Double> gap,
            Optional<Certificate> certificate,
            List<List<Double>> kernel) {}

    /// The file's content.
    public String toJson() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("classes", classes);
        fields.put("confusion", confusion);
        fields.put("example", example);
        fields.put("example_class", exampleClass);
        fields.put("example_length", exampleLength);
        fields.put("layers", layers.stream().map(Inspection::fields).toList());
        return Json.write(fields) + "\n";
    }

    /// The inspection that a file's content holds.
    ///
    /// @throws IllegalArgumentException where a field is missing or of the wrong type
    static Inspection of(String json) {
        Fields fields = Fields.of(Json.parse(json));
        return new Inspection(
                fields.list("classes").stream().map(Object::toString).toList(),
                fields.table("confusion"),
                fields.whole("example"),
                fields.string("example_class"),
                fields.whole("example_length"),
                fields.list("layers").stream()
                        .map(layer -> layer(Fields.of(layer)))
                        .toList());
    }

    private static Map<String, Object> fields(Layer layer) {
        Map<String, Object> fields = new LinkedHashMap<>();
        layer.jSquared().ifPresent(figure -> fields.put("j_squared", figure));
        fields.put("heads", layer.heads().stream().map(Inspection::fields).toList());
        return fields;
    }

    private static Layer layer(Fields fields) {
        return new Layer(
                fields.has("j_squared") ? Optional.of(fields.number("j_squared")) : Optional.empty(),
                fields.list("heads").stream().map(head -> head(Fields.of(head))).toList());
    }

    private static Map<String, Object> fields(Head head) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("spectrum", head.spectrum());
        fields.put("effective_rank", head.effectiveRank());
        head.kktResidual().ifPresent(figure -> fields.put("kkt_residual", figure));
        head.gap().ifPresent(figure -> fields.put("gap", figure));
        head.certificate()
                .ifPresent(one -> fields.put("certificate", Map.of(one.kind().name(), one.value())));
        fields.put("kernel", head.kernel());
        return fields;
    }

    private static Head head(Fields fields) {
        return new Head(
                fields.numbers("spectrum"),
                fields.number("effective_rank"),
                fields.has("kkt_residual") ? Optional.of(fields.number("kkt_residual")) : Optional.empty(),
                fields.has("gap") ? Optional.of(fields.number("gap")) : Optional.empty(),
                fields.has("certificate") ? certificate(fields.object("certificate")) : Optional.empty(),
                fields.table("kernel"));
    }

    private static Optional<Certificate> certificate(Fields fields) {
        return Arrays.stream(Certificate.Kind.values())
                .filter(kind -> fields.has(kind.name()))
                .findFirst()
                .map(kind -> Certificate.exact(kind, fields.number(kind.name())));
    }
}
