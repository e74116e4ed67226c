package adjoint.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/// Lines over a common x axis, as an SVG that takes the width it is given and the colours of the page.
///
/// @param title what is shown; also the name that a screen reader speaks
/// @param xLabel what runs along the x axis
/// @param scale of the y axis
/// @param format of the y axis's numbers
record LineChart(String title, String xLabel, Scale scale, DoubleFunction<String> format, List<Line> lines) {
    /// How the y axis runs: over the values, from 0 to the greatest, or in powers of ten.
    enum Scale {
        LINEAR,
        FROM_ZERO,
        LOG
    }

    /// @param color a CSS colour of the page, e.g. `var(--train)`
    /// @param label whether the line's name stands in the chart's legend; without, it is the line's tool tip only
    record Line(String name, String color, boolean label, List<Double> ys) {}

    private static final int WIDTH = 400;
    private static final int HEIGHT = 236;
    private static final int LEFT = 50;
    private static final int RIGHT = 388;
    private static final int TOP = 34;
    private static final int BOTTOM = 200;
    /// Below this fraction of its greatest value a logarithmic axis shows nothing but rounding.
    private static final double FLOOR = 1e-8;
    /// A linear axis covers at least this part of its greatest value, so that its three-digit numbers differ.
    private static final double LEAST_SPAN = 0.02;

    /// The chart. A point that is not finite, or not positive on a logarithmic axis, leaves a gap in its line.
    Element toSvg() {
        Element svg = Element.of("svg")
                .kind("chart")
                .with("xmlns", "http://www.w3.org/2000/svg")
                .with("viewBox", "0 0 " + WIDTH + " " + HEIGHT)
                .with("role", "img")
                .with("aria-label", title + ". " + summary());
        svg.add(Element.of("title", title));
        svg.add(text(0, 14, "start", title).kind("chart-title"));
        legend(svg);
        Axis y = yAxis();
        for (double tick : y.ticks()) {
            double at = y.place(tick);
            svg.add(line(LEFT, at, RIGHT, at).kind("grid"));
            svg.add(text(LEFT - 6, at + 4, "end", format.apply(tick)));
        }
        int points = lines.stream().mapToInt(line -> line.ys().size()).max().orElse(0);
        for (int x : xTicks(points)) {
            svg.add(text(x(x - 1, points), BOTTOM + 16, "middle", Integer.toString(x)));
        }
        svg.add(text((LEFT + RIGHT) / 2.0, BOTTOM + 32, "middle", xLabel).kind("axis-label"));
        for (Line line : lines) {
            svg.add(curve(line, y, points));
        }
        return svg;
    }

    private void legend(Element svg) {
        double x = RIGHT;
        for (Line line : lines.reversed()) {
            if (line.label()) {
                x -= 7.2 * line.name().length();
                svg.add(text(x, 14, "start", line.name()));
                svg.add(line(x - 20, 10, x - 6, 10).kind("line").with("style", "stroke:" + line.color()));
                x -= 34;
            }
        }
    }

    private Element curve(Line line, Axis y, int points) {
        Element group = Element.of("g").kind("curve").with("style", "stroke:" + line.color());
        group.add(Element.of("title", line.name()));
        StringBuilder path = new StringBuilder();
        boolean pen = false;
        int drawn = 0;
        for (int i = 0; i < line.ys().size(); i++) {
            double value = line.ys().get(i);
            boolean shown = y.shows(value);
            if (shown) {
                path.append(pen ? 'L' : 'M')
                        .append(round(x(i, points)))
                        .append(' ')
                        .append(round(y.place(value)));
                drawn++;
            }
            pen = shown;
        }
        group.add(Element.of("path").with("d", path.isEmpty() ? "M0 0" : path).kind("line"));
        if (drawn == 1) {
            int i = 0;
            while (!y.shows(line.ys().get(i))) {
                i++;
            }
            group.add(Element.of("circle")
                    .with("cx", round(x(i, points)))
                    .with("cy", round(y.place(line.ys().get(i))))
                    .with("r", 2.5));
        }
        return group;
    }

    private String summary() {
        List<String> parts = new ArrayList<>();
        for (Line line : lines) {
            if (!line.ys().isEmpty()) {
                parts.add(line.name() + ": from " + format.apply(line.ys().getFirst()) + " to "
                        + format.apply(line.ys().getLast()));
            }
        }
        return String.join("; ", parts);
    }

    private static double x(int index, int points) {
        return points < 2 ? (LEFT + RIGHT) / 2.0 : LEFT + (RIGHT - LEFT) * (double) index / (points - 1);
    }

    /// Whole numbers from 1 to `points`, at most six of them, at round steps.
    static List<Integer> xTicks(int points) {
        List<Integer> ticks = new ArrayList<>();
        if (points > 0) {
            int step = (int) Math.max(1, niceStep(points / 5.0));
            ticks.add(1);
            for (int x = step == 1 ? 2 : step; x <= points; x += step) {
                ticks.add(x);
            }
        }
        return ticks;
    }

    private Axis yAxis() {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (Line line : lines) {
            for (double value : line.ys()) {
                if (Double.isFinite(value) && (scale != Scale.LOG || value > 0)) {
                    low = Math.min(low, value);
                    high = Math.max(high, value);
                }
            }
        }
        if (low > high) {
            low = scale == Scale.LOG ? 0.1 : 0;
            high = 1;
        }
        return switch (scale) {
            case LINEAR -> Axis.linear(low, high);
            case FROM_ZERO -> Axis.linear(Math.min(low, 0), high);
            case LOG -> Axis.log(Math.max(low, high * FLOOR), high);
        };
    }

    /// The y axis from `low` to `high`, both in the units of the axis: values, or their decimal logarithms.
    private record Axis(boolean log, double low, double high, List<Double> ticks) {
        static Axis linear(double low, double high) {
            double least = LEAST_SPAN * Math.max(Math.abs(low), Math.abs(high));
            double step = niceStep(high == low && low == 0 ? 1 : Math.max(high - low, least) / 5);
            double from = Math.floor(low / step) * step;
            double to = Math.max(Math.ceil(high / step) * step, from + step);
            List<Double> ticks = new ArrayList<>();
            for (int i = 0; i <= Math.round((to - from) / step); i++) {
                ticks.add(from + i * step);
            }
            return new Axis(false, from, to, ticks);
        }

        static Axis log(double low, double high) {
            int from = (int) Math.floor(Math.log10(low));
            int to = Math.max((int) Math.ceil(Math.log10(high)), from + 1);
            List<Double> ticks = new ArrayList<>();
            int step = (to - from + 4) / 5;
            for (int decade = to; decade >= from; decade -= step) {
                ticks.add(Math.pow(10, decade));
            }
            return new Axis(true, from, to, ticks);
        }

        boolean shows(double value) {
            return Double.isFinite(value) && (!log || value > 0 && Math.log10(value) >= low);
        }

        double place(double value) {
            double position = log ? Math.log10(value) : value;
            return BOTTOM - (BOTTOM - TOP) * (position - low) / (high - low);
        }
    }

    /// The least of 1, 2, 5, 10, … times a power of ten that is at least `step`.
    private static double niceStep(double step) {
        double power = Math.pow(10, Math.floor(Math.log10(step)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= step * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private static Element line(double x1, double y1, double x2, double y2) {
        return Element.of("line")
                .with("x1", round(x1))
                .with("y1", round(y1))
                .with("x2", round(x2))
                .with("y2", round(y2));
    }

    private static Element text(double x, double y, String anchor, String text) {
        return Element.of("text", text).with("x", round(x)).with("y", round(y)).with("text-anchor", anchor);
    }

    private static String round(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
