package adjoint.cli.report;

import adjoint.duality.Certificate;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Numbers as a reader wants them: three significant digits, units, no noise.
public final class Figures {
    private Figures() {}

    /// A fraction as percent with one decimal: `98.4 %`.
    public static String percent(double fraction) {
        return Double.isFinite(fraction) ? String.format(Locale.ROOT, "%.1f %%", 100 * fraction) : "–";
    }

    /// Three significant digits: `0.0123`, `12.3`, `1,230`; very large and very small numbers as `1.23·10⁻⁸`.
    public static String number(double value) {
        if (!Double.isFinite(value)) {
            return "–";
        }
        double size = Math.abs(value);
        String digits;
        if (size != 0 && (size < 1e-3 || size >= 1e6)) {
            String[] parts = String.format(Locale.ROOT, "%.2e", size).split("e");
            String mantissa = new BigDecimal(parts[0]).stripTrailingZeros().toPlainString();
            digits = (mantissa.equals("1") ? "" : mantissa + "·") + "10" + superscript(Integer.parseInt(parts[1]));
        } else if (size >= 1000) {
            digits = String.format(Locale.ROOT, "%,.0f", size);
        } else {
            digits = new BigDecimal(size)
                    .round(new MathContext(3))
                    .stripTrailingZeros()
                    .toPlainString();
        }
        return value < 0 ? "−" + digits : digits;
    }

    /// Three decimals, for a figure between 0 and 1 whose distance from 1 matters: `0.998`.
    public static String residual(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "–";
    }

    /// What certifies a result, by name: `ρ 0.981`, `gap 0.031`, `relative error 1.2·10⁻⁷`.
    public static List<String> certificates(
            Optional<Double> kktResidual, Optional<Double> gap, Optional<Certificate> other) {
        List<String> words = new ArrayList<>();
        kktResidual.ifPresent(rho -> words.add("ρ " + residual(rho)));
        gap.ifPresent(value -> words.add("gap " + residual(value)));
        other.ifPresent(one -> words.add(one.kind().words() + " " + number(one.value())));
        return words;
    }

    private static String superscript(int exponent) {
        return Integer.toString(exponent)
                .chars()
                .map(c -> c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c - '0'))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    /// A count with thousands apart: `5,912,345`.
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /// A size in the unit that fits: `812 MiB`.
    public static String bytes(double bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
        int unit = 0;
        while (bytes >= 1024 && unit < units.length - 1) {
            bytes /= 1024;
            unit++;
        }
        return number(bytes) + " " + units[unit];
    }

    /// A duration: `0.42 s`, `3 min 10 s`, `2 h 5 min`.
    public static String seconds(double seconds) {
        long whole = Math.round(seconds);
        if (!Double.isFinite(seconds)) {
            return "–";
        } else if (seconds < 100) {
            return number(seconds) + " s";
        } else if (whole < 3600) {
            return whole / 60 + " min " + whole % 60 + " s";
        }
        return whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }
}
