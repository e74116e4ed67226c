package adjoint.cli.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// The known name that a mistyped one most likely means, by edit distance.
public final class Nearest {
    private Nearest() {}

    /// The nearest of `known` to `typed`, upper and lower case alike, or nothing where none is near enough to be
    /// meant (more than two edits, or more than a third of the letters of a long name). A name is also compared by its
    /// part after the last `.` or `/`, so that `head` finds `model.heads`.
    public static Optional<String> of(String typed, Collection<String> known) {
        return known.stream()
                .filter(name -> distance(typed, name) <= Math.max(2, typed.length() / 3))
                .min(Comparator.comparingInt((String name) -> distance(typed, name))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /// `", did you mean <nearest>?"`, or the empty string.
    public static String hint(String typed, Collection<String> known) {
        return of(typed, known).map(name -> ", did you mean " + name + "?").orElse("");
    }

    private static int distance(String typed, String name) {
        int whole = edits(typed, name);
        String last = name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('/')) + 1);
        return last.length() < 2 ? whole : Math.min(whole, edits(typed, last));
    }

    /// The optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
    static int edits(String a, String b) {
        String from = a.toLowerCase(Locale.ROOT);
        String to = b.toLowerCase(Locale.ROOT);
        int[][] d = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                boolean same = from.charAt(i - 1) == to.charAt(j - 1);
                int best = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (same ? 0 : 1));
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    best = Math.min(best, d[i - 2][j - 2] + 1);
                }
                d[i][j] = best;
            }
        }
        return d[from.length()][to.length()];
    }
}
