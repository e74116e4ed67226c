package adjoint.bench;

import adjoint.cli.report.Document;
import adjoint.cli.report.Element;
import adjoint.cli.report.Figures;
import adjoint.cli.report.Tables;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The page that shows a run of a suite: what the groups come to, then every case as a dot on a scale of ratios.
record BenchPage(Report report) {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    /// Beyond that of the run reports.
    private static final String STYLE = """
            .summary { margin-bottom: 1.5rem; }
            .summary th[scope=row] { white-space: normal; min-width: 8.5rem; }
            .verdict-met { color: var(--right); }
            .verdict-missed { color: var(--wrong); }
            .plot { margin: 0 0 .5rem; padding: 0; }
            .case { display: grid; grid-template-columns: minmax(0, 19rem) minmax(0, 1fr) 3.2rem; gap: 0 1rem;
              align-items: center; font-size: .85rem; line-height: 1.9; font-variant-numeric: tabular-nums; }
            .case .name { overflow-wrap: anywhere; line-height: 1.35; }
            .case .remark { grid-column: 2 / span 2; }
            .case .ratio { text-align: right; }
            .track { position: relative; height: 1.5rem; border-bottom: 1px solid var(--rule); }
            .track i { position: absolute; }
            .track .one, .track .aim { left: var(--at); top: 0; bottom: 0; width: 0; }
            .track .one { border-left: 1px solid var(--soft); }
            .track .aim { border-left: 1px dashed var(--soft); }
            .track .span { left: var(--from); width: var(--wide); top: calc(50% - 2px); height: 4px; border-radius: 2px;
              background: var(--dot); opacity: .45; }
            .track .dot { left: calc(var(--at) - 5px); top: calc(50% - 5px); width: 10px; height: 10px;
              border-radius: 50%; background: var(--dot); }
            .reached { --dot: var(--right); }
            .short { --dot: var(--wrong); }
            .scale-row { color: var(--soft); font-size: .8rem; }
            .scale-row .track { border: 0; height: 1.3rem; }
            .scale-row .track i { font-style: normal; left: var(--at); transform: translateX(-50%); }
            @media (max-width: 42rem) {
              .case { grid-template-columns: minmax(0, 1fr) 3.2rem; margin-bottom: .35rem; }
              .case .name { grid-column: 1 / span 2; }
              .case .remark { grid-column: 1 / span 2; }
              .scale-row .name { display: none; }
            }
            """;

    /// The whole page.
    String toHtml() {
        Document page = new Document(report.suite() + " beside its peers · Adjoint")
                .style(STYLE)
                .add(header(), summary(), howToRead());
        for (Group group : report.groups()) {
            page.add(section(group));
        }
        return page.add(versions()).toHtml();
    }

    private Element header() {
        Element header = Element.of("header");
        header.add(Element.of("p", "Adjoint bench").kind("eyebrow"));
        header.add(Element.of("h1", report.suite() + " beside its peers"));
        header.add(Element.of(
                        "p",
                        "Measured on " + report.machine() + ", Java " + Runtime.version() + ", "
                                + DATE.format(report.started()) + ".")
                .kind("story"));
        if (report.quick()) {
            header.add(Element.of("p", "A short run: some of the cases, a few rounds each.")
                    .kind("note"));
        }
        return header;
    }

    private Element summary() {
        Element head = Element.of("tr");
        List.of("Group", "Cases", "Mean", "Worst", "Target", "")
                .forEach(title -> head.add(Element.of("th", title).with("scope", "col")));
        Element body = Element.of("tbody");
        for (Summary summary : report.summaries()) {
            Element line = Element.of("tr")
                    .add(Element.of("th", summary.group().title()).with("scope", "row"));
            line.add(
                    Element.of("td", Integer.toString(summary.measured())),
                    Element.of("td", Report.ratio(summary.mean())),
                    Element.of(
                            "td", Report.ratio(summary.worst().map(Row::ratio).orElse(Double.NaN))),
                    Element.of("td", summary.group().target()));
            boolean judged = !summary.group().target().isEmpty() && summary.measured() > 0;
            body.add(line.add(Element.of("td", !judged ? "" : summary.met() ? "met" : "missed")
                    .kind(summary.met() ? "verdict-met" : "verdict-missed")));
        }
        Element table = Element.of("table").add(Element.of("thead").add(head), body);
        return Element.of("section")
                .add(
                        Element.of("h2", "In short"),
                        Element.of("div").kind("scroll summary").add(table));
    }

    private static Element howToRead() {
        return Element.of(
                        "p",
                        "A dot is the median ratio of a case, a bar the middle half of its rounds. Right of the line at 1"
                                + " Adjoint is better; the dashed line is the target. Scales are logarithmic.")
                .kind("story");
    }

    private Element section(Group group) {
        List<Row> rows = report.rows().stream()
                .filter(row -> row.group().equals(group.title()))
                .toList();
        RatioScale scale = RatioScale.of(group, rows);
        Element plot = Element.of("div").kind("plot");
        rows.forEach(row -> plot.add(line(group, row, scale)));
        if (rows.stream().anyMatch(row -> Double.isFinite(row.ratio()))) {
            plot.add(axis(scale));
        }
        Element section = Element.of("section").add(Element.of("h2", title(group.title())));
        if (!group.target().isEmpty()) {
            section.add(Element.of("p", "Target: " + group.target() + ".").kind("story"));
        }
        String finding = group.finding().apply(report.rows());
        if (!finding.isEmpty()) {
            section.add(Element.of("p", title(finding) + ".").kind("story"));
        }
        return section.add(plot, Tables.folded("Every figure as a table", table(rows)));
    }

    private static String title(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private static Element line(Group group, Row row, RatioScale scale) {
        boolean measured = Double.isFinite(row.ratio());
        double aim = Double.isNaN(group.each()) ? 1 : group.each();
        Element line = Element.of("div").kind(measured && row.ratio() >= aim ? "case reached" : "case short");
        line.add(Element.of("span", row.of().toString()).kind("name"));
        if (!measured) {
            return line.add(Element.of("span", row.remark()).kind("remark"));
        }
        Element track = Element.of("span").kind("track").with("aria-hidden", "true");
        track.add(mark("one", scale.at(1)));
        if (!Double.isNaN(group.each()) && group.each() != 1) {
            track.add(mark("aim", scale.at(group.each())));
        }
        track.add(Element.of("i")
                .kind("span")
                .with(
                        "style",
                        "--from:" + percent(scale.at(row.low())) + ";--wide:"
                                + percent(scale.at(row.high()) - scale.at(row.low()))));
        track.add(mark("dot", scale.at(row.ratio())));
        line.with(
                "title",
                Report.figure(row.ours(), row.of().operation().unit()) + ", "
                        + row.of().peer().title() + " "
                        + Report.figure(row.theirs(), row.of().operation().unit()));
        return line.add(track, Element.of("span", Report.ratio(row.ratio())).kind("ratio"));
    }

    private static Element axis(RatioScale scale) {
        Element track = Element.of("span").kind("track");
        for (double tick : scale.ticks()) {
            track.add(Element.of("i", Figures.number(tick)).with("style", "--at:" + percent(scale.at(tick))));
        }
        return Element.of("div")
                .kind("case scale-row")
                .with("aria-hidden", "true")
                .add(Element.of("span", "ratio").kind("name"), track, Element.of("span"));
    }

    private static Element mark(String kind, double at) {
        return Element.of("i").kind(kind).with("style", "--at:" + percent(at));
    }

    private static String percent(double fraction) {
        return String.format(Locale.ROOT, "%.2f%%", 100 * fraction);
    }

    private static Element table(List<Row> rows) {
        List<List<String>> lines = new ArrayList<>();
        for (Row row : rows) {
            Unit unit = row.of().operation().unit();
            lines.add(List.of(
                    row.of().toString(),
                    Integer.toString(row.of().threads()),
                    Report.figure(row.ours(), unit),
                    row.of().peer().title(),
                    Report.figure(row.theirs(), unit),
                    Report.ratio(row.ratio()),
                    Report.spread(row),
                    Double.isNaN(row.bytes()) ? "–" : Figures.count((long) row.bytes()),
                    row.note()));
        }
        return Tables.of(
                List.of("Case", "Threads", "Adjoint", "Peer", "", "Ratio", "Middle half", "Bytes per call", ""), lines);
    }

    private Element versions() {
        Element section = Element.of("section").add(Element.of("h2", "Who took part"));
        List<List<String>> lines = new ArrayList<>();
        for (Map.Entry<String, String> version : report.versions().entrySet()) {
            lines.add(List.of(version.getKey(), version.getValue()));
        }
        report.absent().forEach((title, reason) -> lines.add(List.of(title, "absent: " + reason)));
        return section.add(Tables.of(List.of("Library", "Version and set-up"), lines));
    }
}
