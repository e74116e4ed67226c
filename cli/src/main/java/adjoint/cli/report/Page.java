package adjoint.cli.report;

import adjoint.cli.config.Config;
import adjoint.cli.run.Epoch;
import adjoint.cli.run.Inspection;
import adjoint.cli.run.Result;
import adjoint.cli.run.RunFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// The page that shows a run: what was trained, its figures, its curves, where it errs, and its attention. One HTML
/// file that asks no network for anything, follows the reader's choice of a light or a dark page, and fits a phone.
///
/// @param epochs as recorded, in order
public record Page(Config config, List<Epoch> epochs, Result result, Inspection inspection) {
    /// The page of the run in a folder, from the files in it alone.
    public static Page of(RunFolder folder) {
        return new Page(folder.readConfig(), folder.readMetrics(), folder.readResult(), folder.readInspection());
    }

    /// The whole page.
    public String toHtml() {
        return new Document(result.experiment() + ", " + result.attention() + " attention · Adjoint")
                .add(header(), figures(), curves(), confusion())
                .add(new AttentionSection(epochs, inspection, words()).toHtml())
                .add(settings())
                .toHtml();
    }

    private Element header() {
        Element header = Element.of("header");
        header.add(Element.of("p", "Adjoint " + result.versions().getOrDefault("adjoint", ""))
                .kind("eyebrow"));
        header.add(Element.of("h1", result.experiment()));
        header.add(Element.of("p", story()).kind("story"));
        String ending = ending();
        if (!ending.isEmpty()) {
            header.add(Element.of("p", ending).kind("note"));
        }
        return header;
    }

    private String story() {
        Config.Model model = config.model();
        return "A transformer with " + count(model.layers(), "layer") + " of " + count(model.heads(), "head") + " of "
                + result.attention() + " attention"
                + (model.attending() < model.layers()
                        ? " in the last " + model.attending() + ", softmax attention before, "
                        : ", ")
                + model.width() + " features wide, "
                + Figures.count(result.parameters()) + " parameters in all, learned to " + aim() + ": "
                + Figures.count(result.trainCases()) + " for training, " + Figures.count(result.testCases())
                + " for testing. It saw the training " + words().cases() + " " + count(result.epochs(), "time") + ".";
    }

    private String aim() {
        return switch (config.data()) {
            case Config.Uea _, Config.Oscillators _ ->
                "tell apart " + result.classes() + " classes of series of up to " + count(result.length(), "step")
                        + " on " + count(result.channels(), "channel");
            case Config.Mnist _ ->
                "tell apart " + result.classes() + " classes of images of " + count(result.length(), "pixel");
            case Config.Text _ ->
                "predict the next one of " + result.classes() + " characters in windows of "
                        + count(result.length(), "character");
        };
    }

    private Words words() {
        return Words.of(config.data());
    }

    private String ending() {
        return switch (result.ending()) {
            case FINISHED -> "";
            case STOPPED_EARLY ->
                "The run stopped early, after epoch " + result.epochs() + " of " + result.epochsPlanned()
                        + ": its metric no longer got better.";
            case INTERRUPTED ->
                "The run was interrupted in epoch " + (result.epochs() + 1) + " of " + result.epochsPlanned()
                        + " and can be resumed.";
            case NOT_FINITE ->
                "The run stopped in epoch " + (result.epochs() + 1) + " of " + result.epochsPlanned()
                        + ", where the loss was no longer a finite number.";
        };
    }

    private static String count(int number, String noun) {
        return Figures.count(number) + " " + noun + (number == 1 ? "" : "s");
    }

    private Element figures() {
        Element list = Element.of("dl").kind("figures");
        boolean loss = result.measure() == Result.Measure.LOSS;
        String unit = loss ? "nats, " : "";
        list.add(figure(
                loss ? "Best test loss" : "Best accuracy",
                loss ? Figures.number(result.bestLoss()) : Figures.percent(result.bestAccuracy()),
                result.epochs() == 0 ? "no epoch was completed" : unit + "in epoch " + result.bestEpoch()));
        list.add(figure(
                loss ? "Last test loss" : "Last accuracy",
                loss ? Figures.number(result.lastLoss()) : Figures.percent(result.lastAccuracy()),
                result.epochs() == 0 ? "no epoch was completed" : unit + "after epoch " + result.epochs()));
        result.linearAccuracy()
                .ifPresent(accuracy ->
                        list.add(figure("Linear classifier", Figures.percent(accuracy), "on the same split")));
        double rate = epochs.isEmpty() ? Double.NaN : epochs.getLast().samplesPerSecond();
        list.add(figure(
                "Time per epoch",
                Figures.seconds(result.secondsPerEpoch()),
                Figures.number(rate) + " " + words().cases() + " per second, " + count(result.threads(), "thread")));
        double allocated = epochs.isEmpty() ? Double.NaN : epochs.getLast().bytesPerStep();
        list.add(figure(
                "Peak memory",
                Figures.bytes(result.peakMemoryMb() * (1 << 20)),
                Figures.bytes(allocated) + " allocated per step"));
        return section("", list);
    }

    private static Element figure(String name, String value, String remark) {
        return Element.of("div")
                .add(
                        Element.of("dt", name),
                        Element.of("dd", value),
                        Element.of("dd", remark).kind("remark"));
    }

    private Element curves() {
        LineChart loss = new LineChart(
                "Loss",
                "epoch",
                LineChart.Scale.LINEAR,
                Figures::number,
                List.of(line("train", Epoch::trainLoss), line("test", Epoch::testLoss)));
        LineChart accuracy = new LineChart(
                "Accuracy",
                "epoch",
                LineChart.Scale.LINEAR,
                value -> Math.round(100 * value) + " %",
                List.of(line("train", Epoch::trainAccuracy), line("test", Epoch::testAccuracy)));
        Element charts = Element.of("div").kind("pair").add(loss.toSvg(), accuracy.toSvg());
        return section("Learning", charts, epochTable());
    }

    private LineChart.Line line(String name, ToDoubleFunction<Epoch> figure) {
        List<Double> ys = epochs.stream().map(figure::applyAsDouble).toList();
        return new LineChart.Line(name, "var(--" + name + ")", true, ys);
    }

    private Element epochTable() {
        List<List<String>> rows = new ArrayList<>();
        for (Epoch epoch : epochs) {
            rows.add(List.of(
                    Integer.toString(epoch.epoch()),
                    Figures.number(epoch.trainLoss()),
                    Figures.percent(epoch.trainAccuracy()),
                    Figures.number(epoch.jSquared()),
                    Figures.number(epoch.testLoss()),
                    Figures.percent(epoch.testAccuracy()),
                    Figures.seconds(epoch.seconds())));
        }
        List<String> titles =
                List.of("Epoch", "Train loss", "Train accuracy", "J²", "Test loss", "Test accuracy", "Seconds");
        return Tables.folded("Every epoch as a table", Tables.of(titles, rows));
    }

    private Element confusion() {
        List<String> classes = inspection.classes();
        boolean longNames = classes.stream().anyMatch(name -> name.length() > 4);
        Element table = Element.of("table")
                .kind(longNames ? "confusion long" : "confusion")
                .with("aria-label", "Confusion matrix");
        Element names = Element.of("tr").add(Element.of("td"));
        classes.forEach(name -> names.add(Element.of("th").with("scope", "col").add(Element.of("span", name))));
        table.add(names.add(Element.of("th", "found").with("scope", "col").kind("found")));
        for (int i = 0; i < classes.size(); i++) {
            List<Double> row = inspection.confusion().get(i);
            double all = row.stream().mapToDouble(Double::doubleValue).sum();
            Element line = Element.of("tr").add(Element.of("th", classes.get(i)).with("scope", "row"));
            for (int j = 0; j < classes.size(); j++) {
                line.add(cell(row.get(j), all, i == j));
            }
            String found = all == 0 ? "–" : Figures.percent(row.get(i) / all);
            table.add(line.add(Element.of("td", found).kind("found")));
        }
        Element remark = Element.of(
                "p", words().answers() + " by true class (rows) and predicted class (columns), after the last epoch.");
        return section(
                "Where it errs",
                remark.kind("story"),
                Element.of("div").kind("scroll").add(table));
    }

    private static Element cell(double cases, double all, boolean right) {
        Element cell = Element.of("td", cases == 0 ? "·" : Figures.count(Math.round(cases)));
        if (cases == 0) {
            return cell.kind("none");
        }
        // A single wrong case must still be seen among hundreds of right ones.
        long share = Math.round(100 * Math.max(0.15, Math.sqrt(cases / all)));
        return cell.kind(right ? "right" : "wrong").with("style", "--share:" + share + "%");
    }

    private Element settings() {
        String yaml = config.toYaml(result.versions());
        Element text = Element.of("pre").add(Element.of("code", yaml));
        return section("Settings", Tables.folded("The resolved configuration and versions", text));
    }

    private static Element section(String title, Element... content) {
        Element section = Element.of("section");
        return (title.isEmpty() ? section : section.add(Element.of("h2", title))).add(content);
    }
}
