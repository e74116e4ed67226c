package adjoint.cli;

import adjoint.autodiff.Tensor;
import adjoint.cli.report.Element;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/// A picture of the guide: an SVG file that stands alone, with its colours in it, on a white card that suits a light
/// page
/// and a dark one. Places are rounded to a tenth of a pixel and colours to few levels, so that the last bits of a
/// number,
/// which the kernels' provider decides, don't show.
final class Picture {
    static final String BLUE = "#2f6fde";
    static final String ORANGE = "#d9722e";
    static final String GREEN = "#2a8a57";
    static final String INK = "#1f2328";
    static final String GREY = "#59636e";
    private static final String RULE = "#d8dde3";
    private static final int WIDTH = 720;
    private static final int LEVELS = 10;

    private final Element svg = Element.of("svg");
    private final String words;

    /// @param words what the picture shows, for whoever does not see it
    Picture(int height, String words) {
        this.words = words;
        svg.with("xmlns", "http://www.w3.org/2000/svg")
                .with("viewBox", "0 0 " + WIDTH + " " + height)
                .with("width", WIDTH)
                .with("height", height)
                .with("role", "img")
                .with("font-family", "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif")
                .with("font-size", 13)
                .with("fill", INK);
        svg.add(Element.of("title", words));
        svg.add(box(0.5, 0.5, WIDTH - 1, height - 1)
                .with("rx", 8)
                .with("fill", "#ffffff")
                .with("stroke", RULE));
    }

    String words() {
        return words;
    }

    @Override
    public String toString() {
        return svg.toString();
    }

    /// A text in the middle of `x`.
    Picture text(double x, double y, String text) {
        return text(x, y, "middle", INK, text);
    }

    /// A text in the middle of `x`, of less weight.
    Picture note(double x, double y, String text) {
        return text(x, y, "middle", GREY, text);
    }

    /// @param anchor `start`, `middle` or `end`
    Picture text(double x, double y, String anchor, String color, String text) {
        Element element = at(Element.of("text", text), x, y).with("text-anchor", anchor);
        svg.add(color.equals(INK) ? element : element.with("fill", color));
        return this;
    }

    /// A sign between two matrices.
    Picture sign(double x, double y, String sign) {
        svg.add(at(Element.of("text", sign), x, y + 7)
                .with("text-anchor", "middle")
                .with("font-size", 20));
        return this;
    }

    /// A matrix: positive entries blue and negative ones orange, the darker the larger.
    ///
    /// @param width of an entry
    /// @param height of an entry
    /// @param full the magnitude that has the full colour; larger ones have no more
    Picture heat(double x, double y, double width, double height, Tensor matrix, double full) {
        int rows = matrix.dim(0);
        int columns = matrix.dim(1);
        double[] values = matrix.toDoubles();
        Element cells = Element.of("g")
                .with(
                        "transform",
                        "translate(" + place(x) + " " + place(y + height / 2) + ") scale(" + place(width) + " "
                                + place(height) + ")")
                .with("shape-rendering", "crispEdges");
        for (int level = -LEVELS; level <= LEVELS; level++) {
            String path = level == 0 ? "" : path(values, rows, columns, full, level);
            if (!path.isEmpty()) {
                cells.add(Element.of("path").with("stroke", color(level)).with("d", path));
            }
        }
        svg.add(
                cells,
                box(x - 0.5, y - 0.5, columns * width + 1, rows * height + 1)
                        .with("fill", "none")
                        .with("stroke", RULE));
        return this;
    }

    /// The same in square entries, with a name above and a remark below.
    Picture heat(double x, double y, double side, Tensor matrix, double full, String name, String remark) {
        double middle = x + side * matrix.dim(1) / 2;
        heat(x, y, side, side, matrix, full).text(middle, y - 9, name);
        return note(middle, y + side * matrix.dim(0) + 18, remark);
    }

    /// The entries of one level, as strokes along the rows, each relative to the end of the one before.
    private static String path(double[] values, int rows, int columns, double full, int level) {
        StringBuilder path = new StringBuilder();
        int atX = 0;
        int atY = 0;
        for (int row = 0; row < rows; row++) {
            for (int from = 0; from < columns; from++) {
                int to = from;
                while (to < columns && level(values[row * columns + to], full) == level) {
                    to++;
                }
                if (to > from) {
                    int dx = from - atX;
                    int dy = row - atY;
                    path.append('m').append(dx).append(dy < 0 ? "" : " ").append(dy);
                    path.append('h').append(to - from);
                    atX = to;
                    atY = row;
                    from = to;
                }
            }
        }
        return path.toString();
    }

    private static int level(double value, double full) {
        return (int) Math.signum(value) * (int) Math.floor(Math.min(1, Math.abs(value) / full) * LEVELS + 0.5 + 1e-7);
    }

    private static String color(int level) {
        int full = Integer.parseInt((level < 0 ? ORANGE : BLUE).substring(1), 16);
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int part = full >> shift & 0xFF;
            mixed |= 255 - (255 - part) * Math.abs(level) / LEVELS << shift;
        }
        return String.format("#%06x", mixed);
    }

    /// Horizontal bars one below the other from `x` on, as rows of a matrix have them.
    ///
    /// @param scale the length of 1
    Picture rows(double x, double y, double height, double[] values, double scale) {
        for (int i = 0; i < values.length; i++) {
            svg.add(box(x, y + i * height + 1, values[i] * scale, height - 2).with("fill", GREEN));
        }
        return this;
    }

    /// A place with its name beside it.
    Picture mark(double x, double y, String name) {
        svg.add(dot(x, y, INK).with("stroke", "#ffffff"));
        svg.add(at(Element.of("text", name), x, y - 9)
                .with("text-anchor", "middle")
                .with("stroke", "#ffffff")
                .with("stroke-width", 3)
                .with("paint-order", "stroke"));
        return this;
    }

    /// An axis with its numbers.
    ///
    /// @param log whether equal steps are equal factors
    record Axis(double low, double high, boolean log, List<Tick> ticks) {
        private double share(double value) {
            return log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
        }

        /// @param ticks in words, the numbers that they say
        static Axis linear(double low, double high, String... ticks) {
            return new Axis(low, high, false, Tick.of(ticks));
        }

        static Axis log(double low, double high, String... ticks) {
            return new Axis(low, high, true, Tick.of(ticks));
        }
    }

    record Tick(double value, String words) {
        private static List<Tick> of(String... words) {
            List<Tick> ticks = new ArrayList<>();
            for (String word : words) {
                ticks.add(new Tick(Double.parseDouble(word.replace(",", "").replace('−', '-')), word));
            }
            return ticks;
        }
    }

    /// A frame with axes.
    ///
    /// @param name above it
    /// @param below what runs along the x axis
    Plot plot(double x, double y, double width, double height, Axis across, Axis up, String name, String below) {
        return new Plot(x, y, width, height, across, up, name, below);
    }

    /// A frame, and what is drawn into it.
    final class Plot {
        private final double x;
        private final double y;
        private final double width;
        private final double height;
        private final Axis across;
        private final Axis up;

        private Plot(double x, double y, double width, double height, Axis across, Axis up, String name, String below) {
            this.x = x;
            this.y = y;
            this.width = width;
            this.height = height;
            this.across = across;
            this.up = up;
            text(x, y - 11, "start", INK, name);
            note(x + width / 2, y + height + 34, below);
            for (Tick tick : up.ticks) {
                double at = y(tick.value);
                svg.add(stroke("M" + place(x) + " " + place(at) + "h" + place(width), RULE, 1));
                text(x - 6, at + 4.5, "end", GREY, tick.words);
            }
            for (Tick tick : across.ticks) {
                note(x(tick.value), y + height + 17, tick.words);
            }
        }

        private double x(double value) {
            return x + width * across.share(value);
        }

        private double y(double value) {
            return y + height * (1 - up.share(value));
        }

        Plot line(double[] xs, double[] ys, String color) {
            return line(xs, ys, color, "");
        }

        /// @param dashes of the line, or empty
        Plot line(double[] xs, double[] ys, String color, String dashes) {
            StringBuilder path = new StringBuilder();
            for (int i = 0; i < xs.length; i++) {
                path.append(i == 0 ? 'M' : 'L')
                        .append(place(x(xs[i])))
                        .append(' ')
                        .append(place(y(ys[i])));
            }
            Element line = stroke(path.toString(), color, 2);
            svg.add(dashes.isEmpty() ? line : line.with("stroke-dasharray", dashes));
            return this;
        }

        Plot dots(double[] xs, double[] ys, String color) {
            for (int i = 0; i < xs.length; i++) {
                svg.add(dot(x(xs[i]), y(ys[i]), color));
            }
            return this;
        }

        /// Bars from 0, or from the foot of a logarithmic axis.
        Plot bars(double[] xs, double[] ys, double wide, String color) {
            for (int i = 0; i < xs.length; i++) {
                double top = y(ys[i]);
                svg.add(box(x(xs[i]) - wide / 2, top, wide, y + height - top).with("fill", color));
            }
            return this;
        }

        /// A text in the colour of what it is about.
        Plot label(double x, double y, String anchor, String color, String text) {
            text(x(x), y(y), anchor, color, text);
            return this;
        }
    }

    private static Element stroke(String path, String color, double width) {
        return Element.of("path")
                .with("d", path)
                .with("fill", "none")
                .with("stroke", color)
                .with("stroke-width", place(width))
                .with("stroke-linejoin", "round");
    }

    private static Element dot(double x, double y, String color) {
        return Element.of("circle")
                .with("cx", place(x))
                .with("cy", place(y))
                .with("r", "2.8")
                .with("fill", color);
    }

    private static Element box(double x, double y, double width, double height) {
        return at(Element.of("rect"), x, y).with("width", place(width)).with("height", place(height));
    }

    private static Element at(Element element, double x, double y) {
        return element.with("x", place(x)).with("y", place(y));
    }

    /// A length in pixels, to a tenth.
    private static String place(double value) {
        BigDecimal rounded = BigDecimal.valueOf(value + 1e-7).setScale(1, RoundingMode.HALF_UP);
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }
}
