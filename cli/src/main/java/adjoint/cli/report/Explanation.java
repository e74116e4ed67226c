package adjoint.cli.report;

import adjoint.cli.config.Config;
import adjoint.cli.run.Inspection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What each head of a trained model attends to in one test case: the leading singular functions of its kernel over the
/// tokens, as lines of text and as a page.
///
/// @param of the test case
/// @param layers those that are shown
public record Explanation(Config.Data data, Case of, List<Layer> layers) {
    /// How many functions of a head are shown, and how many tokens of a function.
    public static final int SHOWN = 3;

    /// @param number from 1
    /// @param count of the test cases
    /// @param tokens what the layers compare
    /// @param columns of the patches of an image, which are the last tokens; else 0
    /// @param answer what the model says beside what is true
    public record Case(int number, int count, List<String> tokens, int columns, String answer) {}

    /// @param number from 1
    public record Layer(int number, List<Head> heads) {}

    /// @param figures of the kernel K
    /// @param learned whether the functions are the columns of the scores e and r, and not singular vectors of K
    /// @param functions the strongest first
    public record Head(Inspection.Head figures, boolean learned, List<Pair> functions) {}

    /// A function of queries u and one of keys v, of norm 1.
    ///
    /// @param strength uᵀKv, which is σ for singular vectors
    /// @param share of the kernel's energy: (uᵀKv)²/Σσ²
    public record Pair(double strength, double share, double[] left, double[] right) {}

    private String name() {
        return Words.of(data).example() + " " + of.number + " of " + Figures.count(of.count);
    }

    private String title() {
        return name().substring(0, 1).toUpperCase(Locale.ROOT) + name().substring(1);
    }

    /// The explanation in lines for a terminal.
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(name() + ", " + of.tokens.size() + " " + Words.of(data).tokens() + ": " + of.answer);
        for (Layer layer : layers) {
            lines.add("layer " + layer.number);
            for (int h = 0; h < layer.heads.size(); h++) {
                Head head = layer.heads.get(h);
                lines.add("  head " + (h + 1) + ": " + summary(head));
                for (Pair pair : shown(head)) {
                    lines.add("    " + strength(head, pair));
                    lines.add("      queries  " + tokens(pair.left));
                    lines.add("      keys     " + tokens(pair.right));
                }
            }
        }
        return lines;
    }

    private static List<Pair> shown(Head head) {
        return head.functions.stream().limit(SHOWN).toList();
    }

    /// `σ 12.1, 3.4, 1.2; effective rank 2.31; …`.
    private static String summary(Head head) {
        List<Double> sigma = head.figures.spectrum();
        double energy = sigma.stream().mapToDouble(s -> s * s).sum();
        double leading = sigma.stream().limit(SHOWN).mapToDouble(s -> s * s).sum();
        String text = "σ "
                + sigma.stream().limit(SHOWN).map(Figures::number).collect(Collectors.joining(", "))
                + (energy > 0 ? " (" + Figures.percent(leading / energy) + " of the energy)" : "") + ", effective rank "
                + Figures.number(head.figures.effectiveRank());
        return text
                + AttentionSection.certificates(head.figures).stream()
                        .map(words -> ", " + words)
                        .collect(Collectors.joining());
    }

    private static String strength(Head head, Pair pair) {
        return (head.learned ? "uᵀKv " : "σ ") + Figures.number(pair.strength) + ", " + Figures.percent(pair.share)
                + " of the energy";
    }

    /// The tokens that carry a function, with their shares of its squares.
    private String tokens(double[] function) {
        boolean text = data instanceof Config.Text;
        return IntStream.range(0, function.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -function[i] * function[i]))
                .limit(SHOWN)
                .map(i -> (text ? "'" + of.tokens.get(i) + "' at " + (i + 1) : of.tokens.get(i)) + " ("
                        + Figures.percent(function[i] * function[i]) + ")")
                .collect(Collectors.joining(", "));
    }

    /// The page.
    public String toHtml() {
        Document page = new Document(title() + " explained · Adjoint")
                .style(
                        ".shaded { font-family: ui-monospace, monospace; line-height: 1.9; overflow-wrap: anywhere; }"
                                + " .shaded span { background: color-mix(in srgb, var(--right) calc(var(--share) * 1%), var(--page)); }");
        page.add(
                Element.of("h1", title()),
                Element.of("p", of.answer),
                Element.of("p", story()).kind("story"));
        layers.forEach(layer -> page.add(html(layer)));
        return page.toHtml();
    }

    private String story() {
        return "A head compares " + Words.of(data).tokens()
                + " by its kernel K = Σ σ u vᵀ: what the queries in u have in"
                + " common is looked for in the keys of v. "
                + shown(
                        true,
                        "Shown are the functions that the head has, the columns of its scores e (u) and r (v), by what"
                                + " of K lies along them, uᵀKv; ρ is 0 where they are the singular functions. ")
                + shown(false, "Shown are the singular functions with the greatest σ. ")
                + "A token's share is that of its square in u or v.";
    }

    /// What is said of the layers whose functions are learned, or of the others: all of them, those of some numbers, or
    /// none.
    private String shown(boolean learned, String sentence) {
        List<String> numbers = layers.stream()
                .filter(layer -> layer.heads.getFirst().learned == learned)
                .map(layer -> Integer.toString(layer.number))
                .toList();
        if (numbers.isEmpty() || numbers.size() == layers.size()) {
            return numbers.isEmpty() ? "" : sentence;
        }
        return (numbers.size() == 1 ? "In layer " : "In layers ") + String.join(", ", numbers) + ": "
                + sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
    }

    private Element html(Layer layer) {
        Words words = Words.of(data);
        List<Inspection.Head> figures = layer.heads.stream().map(Head::figures).toList();
        Element section = Element.of("section").add(Element.of("h2", "Layer " + layer.number));
        section.add(
                AttentionSection.maps(layer.number - 1, figures, words), AttentionSection.scaleOfMaps(figures, words));
        for (int h = 0; h < layer.heads.size(); h++) {
            Head head = layer.heads.get(h);
            Element block = Element.of("div").kind("layer").add(Element.of("h3", "Head " + (h + 1)));
            block.add(Element.of("p", summary(head)).kind("remark"));
            if (data instanceof Config.Text) {
                block.add(texts(head));
            } else if (of.columns > 0) {
                block.add(pictures(head));
            } else {
                block.add(Element.of("div")
                        .kind("pair")
                        .add(chart("u, of queries", head, Pair::left), chart("v, of keys", head, Pair::right)));
            }
            List<List<String>> rows = new ArrayList<>();
            for (Pair pair : shown(head)) {
                rows.add(List.of(strength(head, pair), tokens(pair.left), tokens(pair.right)));
            }
            section.add(block.add(Tables.of(List.of("", "queries", "keys"), rows)));
        }
        return section;
    }

    private Element chart(String title, Head head, Function<Pair, double[]> side) {
        List<LineChart.Line> lines = new ArrayList<>();
        List<Pair> shown = shown(head);
        for (int i = 0; i < shown.size(); i++) {
            List<Double> values =
                    Arrays.stream(side.apply(shown.get(i))).boxed().toList();
            lines.add(
                    new LineChart.Line(Integer.toString(i + 1), AttentionSection.color(i, shown.size()), true, values));
        }
        return new LineChart(title, Words.of(data).token(), LineChart.Scale.LINEAR, Figures::number, lines).toSvg();
    }

    /// The functions on the patches of the image.
    private Element pictures(Head head) {
        List<Pair> shown = shown(head);
        Element grid = Element.of("div").kind("maps").with("style", "--columns:" + 2 * shown.size());
        for (int i = 0; i < shown.size(); i++) {
            grid.add(picture("u" + (i + 1), shown.get(i).left), picture("v" + (i + 1), shown.get(i).right));
        }
        return grid;
    }

    private Element picture(String name, double[] function) {
        List<List<Double>> rows = new ArrayList<>();
        for (int at = function.length % of.columns; at < function.length; at += of.columns) {
            rows.add(Arrays.stream(function, at, at + of.columns).boxed().toList());
        }
        return Element.of("figure")
                .add(
                        Element.of("img")
                                .with("src", HeatMap.address(rows, HeatMap.magnitude(rows)))
                                .with("alt", name + " on the patches"),
                        Element.of("figcaption", name));
    }

    /// The text once for each function, its characters shaded by their shares.
    private Element texts(Head head) {
        Element all = Element.of("div");
        List<Pair> shown = shown(head);
        for (int i = 0; i < shown.size(); i++) {
            all.add(text("u" + (i + 1), shown.get(i).left), text("v" + (i + 1), shown.get(i).right));
        }
        return all;
    }

    private Element text(String name, double[] function) {
        double most = Arrays.stream(function).map(x -> x * x).max().orElse(0);
        Element line = Element.of("p").kind("shaded").text(name + "  ");
        for (int i = 0; i < function.length; i++) {
            long share = most == 0 ? 0 : Math.round(100 * function[i] * function[i] / most);
            line.add(Element.of("span", of.tokens.get(i)).with("style", "--share:" + share));
        }
        return line;
    }
}
