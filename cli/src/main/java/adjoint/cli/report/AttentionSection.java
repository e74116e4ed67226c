package adjoint.cli.report;

import adjoint.cli.run.Epoch;
import adjoint.cli.run.Inspection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.function.Function;

/// The attention of every layer and head on one example: kernel, spectrum, and the course of its figures. The heads of
/// a layer share their charts, one colour each.
record AttentionSection(List<Epoch> epochs, Inspection inspection, Words words) {
    Element toHtml() {
        Element section = Element.of("section").add(Element.of("h2", "Attention"));
        section.add(Element.of("p", introduction()).kind("story"));
        for (int layer = 0; layer < inspection.layers().size(); layer++) {
            section.add(layer(layer, inspection.layers().get(layer)));
        }
        return section;
    }

    private boolean primal(int layer) {
        return inspection.layers().get(layer).jSquared().isPresent();
    }

    private static boolean hasGap(Inspection.Layer layer) {
        return layer.heads().getFirst().gap().isPresent();
    }

    private String introduction() {
        String token = words.token().equals("step") ? "time step" : words.token();
        String ofClass = inspection.exampleClass().isEmpty() ? "" : ", class " + inspection.exampleClass();
        String kernel = "Every head compares each " + token + " with each other one by a kernel K. Below it is seen at"
                + " work on " + words.example() + " " + (inspection.example() + 1) + " ("
                + inspection.exampleLength() + " " + words.part() + "s" + ofClass
                + "). The singular values σ of K tell how many"
                + " independent patterns the head uses; the effective rank Σσ/σ₁ sums that up.";
        return inspection.layers().stream().anyMatch(AttentionSection::hasGap)
                ? kernel
                        + " Training drives the gap 1 − Tr(UᵀMV)/Σσ of the learned vectors to Ky Fan's bound towards 0,"
                        + " where they span the leading singular subspaces of K; the KKT residual ρ tells how far they"
                        + " are from the singular vectors themselves."
                : inspection.layers().stream()
                                .anyMatch(layer -> layer.jSquared().isPresent())
                        ? kernel
                                + " Training drives J² towards 0, which alone proves little; the KKT residual ρ tells how far"
                                + " the head's weights are from true singular vectors of K: 0 there, about 1 for unrelated"
                                + " weights."
                        : kernel;
    }

    private Element layer(int layer, Inspection.Layer figures) {
        List<Inspection.Head> heads = figures.heads();
        Element block = Element.of("div").kind("layer");
        String objective =
                figures.jSquared().map(j -> ", J² " + Figures.number(j)).orElse("");
        block.add(Element.of("h3", "Layer " + (layer + 1) + objective));
        block.add(maps(layer, heads, words), scaleOfMaps(heads, words));
        block.add(Element.of("div").kind("pair").add(charts(layer, heads)));
        block.add(Tables.folded("Layer " + (layer + 1) + " as tables", tables(layer, heads)));
        return block;
    }

    /// The kernels of a layer, counted from 0.
    static Element maps(int layer, List<Inspection.Head> heads, Words words) {
        double full = heads.stream()
                .mapToDouble(head -> HeatMap.magnitude(head.kernel()))
                .max()
                .orElse(0);
        Element grid = Element.of("div").kind("maps").with("style", "--columns:" + Math.min(heads.size(), 8));
        for (int h = 0; h < heads.size(); h++) {
            Inspection.Head head = heads.get(h);
            Element caption = Element.of("figcaption")
                    .add(Element.of("span", "Head " + (h + 1))
                            .kind("swatch")
                            .with("style", "--line:" + color(h, heads.size())))
                    .add(Element.of("span", "rank " + Figures.number(head.effectiveRank()))
                            .kind("remark"));
            certificates(head)
                    .forEach(each -> caption.add(Element.of("span", each).kind("remark")));
            grid.add(Element.of("figure")
                    .add(Element.of("img")
                            .with("src", HeatMap.address(head.kernel(), full))
                            .with(
                                    "alt",
                                    "Heat map of the kernel of layer " + (layer + 1) + ", head " + (h + 1) + ": "
                                            + head.kernel().size() + " query " + words.tokens() + " by "
                                            + head.kernel().getFirst().size() + " key " + words.tokens()))
                    .add(caption));
        }
        return grid;
    }

    /// What there is to show of a head.
    static List<String> certificates(Inspection.Head head) {
        return Figures.certificates(head.kktResidual(), head.gap(), head.certificate());
    }

    static Element scaleOfMaps(List<Inspection.Head> heads, Words words) {
        double full = heads.stream()
                .mapToDouble(head -> HeatMap.magnitude(head.kernel()))
                .max()
                .orElse(0);
        boolean signed = heads.stream()
                .flatMap(head -> head.kernel().stream())
                .flatMap(List::stream)
                .anyMatch(value -> value < 0);
        List<List<Double>> ramp = new ArrayList<>();
        ramp.add(new ArrayList<>());
        int steps = 64;
        for (int i = 0; i <= steps; i++) {
            ramp.getFirst().add(signed ? full * (2.0 * i / steps - 1) : full * i / steps);
        }
        return Element.of("p")
                .kind("scale")
                .add(
                        Element.of(
                                "span",
                                "Kernel, query " + words.tokens() + " down, key " + words.tokens() + " across:"),
                        Element.of("span", signed ? Figures.number(-full) : "0"),
                        Element.of("img")
                                .with("src", HeatMap.address(ramp, full))
                                .with("alt", "to"),
                        Element.of("span", Figures.number(full)));
    }

    private List<Element> charts(int layer, List<Inspection.Head> heads) {
        List<Element> charts = new ArrayList<>();
        charts.add(chart(
                "Singular values of the kernel",
                "index",
                LineChart.Scale.LOG,
                heads.stream().map(Inspection.Head::spectrum).toList()));
        charts.add(chart("Effective rank", "epoch", LineChart.Scale.LINEAR, ranks(layer, heads.size())));
        if (hasGap(inspection.layers().get(layer))) {
            charts.add(chart("Gap", "epoch", LineChart.Scale.FROM_ZERO, gaps(layer, heads.size())));
        } else if (primal(layer)) {
            charts.add(chart("J² of the heads", "epoch", LineChart.Scale.LOG, objectives(layer, heads.size())));
        }
        if (primal(layer)) {
            charts.add(chart("KKT residual ρ", "epoch", LineChart.Scale.FROM_ZERO, residuals(layer, heads.size())));
        }
        return charts;
    }

    private static Element chart(String title, String xLabel, LineChart.Scale scale, List<List<Double>> byHead) {
        List<LineChart.Line> lines = new ArrayList<>();
        for (int h = 0; h < byHead.size(); h++) {
            lines.add(new LineChart.Line("head " + (h + 1), color(h, byHead.size()), false, byHead.get(h)));
        }
        return new LineChart(title, xLabel, scale, Figures::number, lines).toSvg();
    }

    private List<List<Double>> ranks(int layer, int heads) {
        return courses(layer, heads, figures -> Optional.of(figures.effectiveRank()));
    }

    private List<List<Double>> residuals(int layer, int heads) {
        return courses(layer, heads, Epoch.AttentionFigures::kktResidual);
    }

    private List<List<Double>> objectives(int layer, int heads) {
        return courses(layer, heads, Epoch.AttentionFigures::headJSquared);
    }

    private List<List<Double>> gaps(int layer, int heads) {
        return courses(layer, heads, Epoch.AttentionFigures::gap);
    }

    private List<Double> objective(int layer) {
        return epochs.stream()
                .map(epoch -> epoch.attention()
                        .flatMap(Epoch.AttentionFigures::jSquared)
                        .map(j -> j.get(layer))
                        .orElse(Double.NaN))
                .toList();
    }

    /// A figure `[head][epoch]`; NaN where an epoch has none.
    private List<List<Double>> courses(
            int layer, int heads, Function<Epoch.AttentionFigures, Optional<List<List<Double>>>> figure) {
        List<List<Double>> byHead = new ArrayList<>();
        for (int h = 0; h < heads; h++) {
            int head = h;
            byHead.add(epochs.stream()
                    .map(epoch -> epoch.attention()
                            .flatMap(figure)
                            .map(figures -> figures.get(layer).get(head))
                            .orElse(Double.NaN))
                    .toList());
        }
        return byHead;
    }

    private Element tables(int layer, List<Inspection.Head> heads) {
        List<List<String>> atTheEnd = new ArrayList<>();
        for (int h = 0; h < heads.size(); h++) {
            Inspection.Head head = heads.get(h);
            List<String> leading =
                    head.spectrum().stream().limit(8).map(Figures::number).toList();
            atTheEnd.add(List.of(
                    "Head " + (h + 1),
                    Figures.number(head.effectiveRank()),
                    certificates(head).isEmpty() ? "–" : String.join(", ", certificates(head)),
                    String.join(", ", leading)));
        }
        Element tables = Element.of("div")
                .add(Tables.of(List.of("At the end", "Effective rank", "Certificate", "σ₁ … σ₈"), atTheEnd));
        List<String> names = new ArrayList<>();
        for (int h = 0; h < heads.size(); h++) {
            names.add("Head " + (h + 1));
        }
        tables.add(courseTable("Effective rank", names, ranks(layer, heads.size()), Figures::number));
        if (primal(layer)) {
            List<String> layerAndHeads = new ArrayList<>(List.of("Layer"));
            layerAndHeads.addAll(names);
            List<List<Double>> objectives = new ArrayList<>(List.of(objective(layer)));
            objectives.addAll(objectives(layer, heads.size()));
            tables.add(courseTable("J²", layerAndHeads, objectives, Figures::number));
            tables.add(courseTable("ρ", names, residuals(layer, heads.size()), Figures::residual));
        }
        if (hasGap(inspection.layers().get(layer))) {
            tables.add(courseTable("Gap", names, gaps(layer, heads.size()), Figures::residual));
        }
        return tables;
    }

    /// A row per epoch, a column per course.
    private Element courseTable(
            String title, List<String> names, List<List<Double>> courses, DoubleFunction<String> format) {
        List<String> titles = new ArrayList<>(List.of(title + " after epoch"));
        titles.addAll(names);
        List<List<String>> rows = new ArrayList<>();
        for (int e = 0; e < epochs.size(); e++) {
            List<String> row =
                    new ArrayList<>(List.of(Integer.toString(epochs.get(e).epoch())));
            for (List<Double> course : courses) {
                row.add(format.apply(course.get(e)));
            }
            rows.add(row);
        }
        return Tables.of(titles, rows);
    }

    /// Heads run through the hues from blue to orange, so that neighbours look alike and no two look the same.
    static String color(int head, int heads) {
        int hue = heads == 1 ? 215 : Math.round(215 + 165f * head / (heads - 1)) % 360;
        return "hsl(" + hue + " var(--vivid))";
    }
}
