package adjoint.cli.report;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A strict reader of XML elements, enough to hold a page to the rules: every element closed, every attribute quoted
/// and given once, every `&` an entity.
final class Markup {
    record Tag(String name, Map<String, String> attributes) {}

    private static final Pattern PIECE = Pattern.compile(
            "<(/?)([a-z][a-z0-9]*)((?: [a-zA-Z0-9:-]+=\"[^\"<]*\")*)(/?)>|<!DOCTYPE html>|[^<>]+", Pattern.DOTALL);
    private static final Pattern ATTRIBUTE = Pattern.compile(" ([a-zA-Z0-9:-]+)=\"([^\"]*)\"");
    private static final Pattern BARE_AMPERSAND = Pattern.compile("&(?!(amp|lt|gt|quot);)");

    private Markup() {}

    /// The elements of a well-formed text, in order.
    static List<Tag> parse(String text) {
        List<Tag> tags = new ArrayList<>();
        Deque<String> open = new ArrayDeque<>();
        Matcher piece = PIECE.matcher(text);
        int at = 0;
        while (piece.find()) {
            if (piece.start() != at) {
                throw new AssertionError("not markup: " + excerpt(text, at));
            }
            at = piece.end();
            boolean style = "style".equals(open.peek());
            if (!style && BARE_AMPERSAND.matcher(piece.group()).find()) {
                throw new AssertionError("a bare & in " + piece.group());
            }
            if (piece.group(2) == null) {
                continue;
            }
            if (!piece.group(1).isEmpty()) {
                String opened = open.poll();
                if (!piece.group(2).equals(opened)) {
                    throw new AssertionError("</" + piece.group(2) + "> closes <" + opened + ">");
                }
                continue;
            }
            tags.add(new Tag(piece.group(2), attributes(piece.group(3))));
            if (piece.group(4).isEmpty()) {
                open.push(piece.group(2));
            }
        }
        if (at != text.length() || !open.isEmpty()) {
            throw new AssertionError("ends within " + open + ": " + excerpt(text, at));
        }
        return tags;
    }

    private static Map<String, String> attributes(String text) {
        Map<String, String> attributes = new LinkedHashMap<>();
        Matcher attribute = ATTRIBUTE.matcher(text);
        while (attribute.find()) {
            if (attributes.put(attribute.group(1), attribute.group(2)) != null) {
                throw new AssertionError("twice " + attribute.group());
            }
        }
        return attributes;
    }

    private static String excerpt(String text, int at) {
        return text.substring(at, Math.min(text.length(), at + 60));
    }
}
