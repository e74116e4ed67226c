package adjoint.bench;

import adjoint.cli.report.Figures;
import java.io.PrintStream;
import java.util.Locale;

/// A run on the terminal: every row as soon as it is measured, then what the groups come to.
final class Table {
    private static final String LINE = "  %-22s %-22s %4s %3s %16s %16s %6s  %-11s %8s  %s";

    private final PrintStream out;

    Table(PrintStream out) {
        this.out = out;
    }

    void machine(Machine machine) {
        out.println(machine);
        out.println("JDK " + Runtime.version() + ", " + System.getProperty("java.vm.name"));
    }

    /// The head of a group.
    void group(Group group) {
        out.println();
        out.println(group.title() + (group.target().isEmpty() ? "" : " (" + group.target() + ")"));
        line("kernel", "shape", "", "thr", "ours", "peer", "ratio", "spread", "B/call", "");
    }

    void row(Row row) {
        Operation operation = row.of().operation();
        line(
                operation.kernel(),
                operation.shape(),
                Report.name(operation.precision()),
                Integer.toString(row.of().threads()),
                Report.figure(row.ours(), operation.unit()),
                Report.figure(row.theirs(), operation.unit()),
                Report.ratio(row.ratio()),
                Report.spread(row),
                Double.isNaN(row.bytes()) ? "" : Figures.count((long) row.bytes()),
                row.note());
    }

    private void line(Object... cells) {
        out.println(String.format(Locale.ROOT, LINE, cells).stripTrailing());
    }

    /// What the groups come to, who took part and who did not.
    void end(Report report) {
        out.println();
        String line = "%-44s %5s %6s %6s  %-26s %s";
        out.println(String.format(Locale.ROOT, line, "", "cases", "mean", "worst", "target", "")
                .stripTrailing());
        for (Summary summary : report.summaries()) {
            String verdict = summary.group().target().isEmpty() || summary.measured() == 0
                    ? ""
                    : summary.met()
                            ? "met"
                            : "missed by " + summary.worst().orElseThrow().of();
            out.println(String.format(
                            Locale.ROOT,
                            line,
                            summary.group().title(),
                            summary.measured(),
                            Report.ratio(summary.mean()),
                            Report.ratio(summary.worst().map(Row::ratio).orElse(Double.NaN)),
                            summary.group().target(),
                            verdict)
                    .stripTrailing());
            if (!summary.finding().isEmpty()) {
                out.println("  " + summary.finding());
            }
        }
        out.println();
        report.versions().forEach((title, version) -> out.println(title + ": " + version));
        report.absent().forEach((title, reason) -> out.println(title + " is absent: " + reason));
    }
}
