package adjoint.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What the `@key value` lines of a `.ts` file say; [TsReader] has the table of keys.
///
/// @param name the name of the set
/// @param channels the number of channels, 0 where the header does not say
/// @param length the length of every case, 0 where the header does not say
/// @param equalLength whether the header says that all cases are equally long
/// @param complete whether the header says that no value is missing
/// @param labelled whether each case ends with its class
/// @param classNames the classes in their order
record TsHeader(
        String name,
        int channels,
        int length,
        boolean equalLength,
        boolean complete,
        boolean labelled,
        List<String> classNames) {

    /// Far above any header (a thousand classes take about 10 KiB).
    private static final int LONGEST_LINE = 1 << 20;

    /// Reads up to and with the line `@data`.
    static TsHeader read(String file, LineSource source) throws IOException {
        Map<String, String> values = new HashMap<>();
        while (source.next()) {
            if (source.isSilent()) {
                continue;
            }
            int first = source.firstNonBlank();
            if (source.line()[first] != '@') {
                throw source.error(
                        first, source.excerpt(first, source.length()), "a header line \"@key value\", or @data");
            }
            if (source.length() > LONGEST_LINE) {
                throw source.error("a header line of " + source.length() + " bytes", "at most " + LONGEST_LINE);
            }
            String line = source.text(first + 1, source.length()).strip();
            String word = line.split("\\s", 2)[0];
            String key = word.toLowerCase(Locale.ROOT);
            String value = line.substring(word.length()).strip();
            if (key.equals("data")) {
                if (!value.isEmpty()) {
                    throw source.error(FormatException.excerpt(value) + " after @data", "@data on a line of its own");
                }
                return of(file, values, source);
            }
            check(key, value, values.putIfAbsent(key, value), source);
        }
        throw source.error("the end of the file", "a line @data and the cases after it");
    }

    /// Checks one header line by itself, so that a message names its line.
    private static void check(String key, String value, String before, LineSource source) throws FormatException {
        switch (key) {
            case "" -> throw source.error("\"@\" without a key", "a header line \"@key value\", or @data");
            case "univariate", "equallength", "missing" -> flag(key, value, source);
            case "timestamps" -> {
                if (flag(key, value, source)) {
                    throw source.error("@timeStamps true", "@timeStamps false; series with time stamps cannot be read");
                }
            }
            case "targetlabel" -> {
                if (flag(key, value, source)) {
                    throw source.error(
                            "@targetLabel true",
                            "@classLabel true and the classes; sets with numeric targets (regression) cannot be read");
                }
            }
            case "dimensions", "dimension", "serieslength" -> positive(key, value, source);
            case "classlabel" -> classNames(value, source);
            default -> {
                // Any other key says nothing about the cases.
                return;
            }
        }
        if (before != null && !before.equals(value)) {
            throw source.error(
                    "@" + key + " " + FormatException.excerpt(value),
                    "only one @" + key + ", it was " + FormatException.excerpt(before) + " before");
        }
    }

    private static TsHeader of(String file, Map<String, String> values, LineSource source) throws FormatException {
        String classes = values.get("classlabel");
        if (classes == null && !values.containsKey("targetlabel")) {
            throw source.error("no @classLabel before @data", "\"@classLabel true\" and the classes, or false");
        }
        String univariate = values.get("univariate");
        String dimensions = values.getOrDefault("dimensions", values.get("dimension"));
        int channels = dimensions == null ? 0 : positive("dimensions", dimensions, source);
        if (univariate != null && flag("univariate", univariate, source)) {
            if (channels > 1) {
                throw source.error("@univariate true and @dimensions " + channels, "one channel, or @univariate false");
            }
            channels = 1;
        }
        boolean equal = flag("equalLength", values.getOrDefault("equallength", "false"), source);
        boolean unequal = values.containsKey("equallength") && !equal;
        int length = unequal || !values.containsKey("serieslength")
                ? 0
                : positive("seriesLength", values.get("serieslength"), source);
        List<String> names = classes == null ? List.of() : classNames(classes, source);
        return new TsHeader(
                values.getOrDefault("problemname", fileName(file)),
                channels,
                length,
                equal,
                !flag("missing", values.getOrDefault("missing", "true"), source),
                !names.isEmpty(),
                names);
    }

    private static String fileName(String file) {
        return file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
    }

    private static boolean flag(String key, String value, LineSource source) throws FormatException {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw source.error("@" + key + " " + FormatException.excerpt(value), "true or false");
        };
    }

    private static int positive(String key, String value, LineSource source) throws FormatException {
        if (value.matches("0*[1-9][0-9]{0,8}")) {
            return Integer.parseInt(value);
        }
        throw source.error("@" + key + " " + FormatException.excerpt(value), "a whole number from 1 to 999999999");
    }

    /// The classes after `true`; none after `false`.
    private static List<String> classNames(String value, LineSource source) throws FormatException {
        List<String> words = words(value, source);
        if (words.isEmpty()) {
            throw source.error("@classLabel without a value", "\"@classLabel true\" and the classes, or false");
        }
        List<String> names = words.subList(1, words.size());
        if (flag("classLabel", words.getFirst(), source) == names.isEmpty()) {
            throw names.isEmpty()
                    ? source.error("@classLabel true without classes", "at least one class")
                    : source.error("@classLabel false with " + names.size() + " classes", "true, or no class");
        }
        Map<String, Integer> seen = new HashMap<>();
        for (String name : names) {
            if (seen.merge(name, 1, Integer::sum) > 1) {
                throw source.error("the class " + FormatException.excerpt(name) + " twice", "each class once");
            }
        }
        return List.copyOf(names);
    }

    /// The words between blanks; a word that starts with a quote goes up to the same quote before a blank.
    private static List<String> words(String text, LineSource source) throws FormatException {
        List<String> words = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            char first = text.charAt(at);
            if (Character.isWhitespace(first)) {
                at++;
                continue;
            }
            boolean quoted = first == '"' || first == '\'';
            int end = at + 1;
            while (end < text.length()
                    && !(quoted ? closes(text, end, first) : Character.isWhitespace(text.charAt(end)))) {
                end++;
            }
            if (quoted && end == text.length()) {
                throw source.error(FormatException.excerpt(text.substring(at)), "a closing " + first);
            }
            words.add(quoted ? text.substring(at + 1, end) : text.substring(at, end));
            at = end + 1;
        }
        return words;
    }

    private static boolean closes(String text, int at, char quote) {
        return text.charAt(at) == quote && (at + 1 == text.length() || Character.isWhitespace(text.charAt(at + 1)));
    }
}
