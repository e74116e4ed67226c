package adjoint.cli.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// An element of HTML or SVG. Text and attribute values are escaped here and nowhere else, and every element is closed,
/// so that whatever a data set calls its classes, the page is well-formed XML.
public final class Element {
    /// Elements that HTML writes without an end tag.
    private static final Set<String> EMPTY = Set.of("meta", "img", "br");
    /// Elements followed by a line end, for whoever reads the source.
    private static final Set<String> BLOCKS = Set.of(
            "head", "style", "header", "section", "div", "p", "h1", "h2", "h3", "figure", "table", "tr", "svg",
            "details", "dl");

    private final String name;
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private final List<Object> children = new ArrayList<>();

    private Element(String name) {
        this.name = name;
    }

    /// An empty element.
    public static Element of(String name) {
        return new Element(name);
    }

    /// An element with a text in it.
    public static Element of(String name, String text) {
        return new Element(name).text(text);
    }

    /// Sets an attribute.
    public Element with(String attribute, Object value) {
        attributes.put(attribute, value.toString());
        return this;
    }

    /// Sets the CSS class.
    public Element kind(String cssClass) {
        return with("class", cssClass);
    }

    /// Adds a text.
    public Element text(String text) {
        children.add(text);
        return this;
    }

    /// Adds elements.
    public Element add(Element... elements) {
        children.addAll(List.of(elements));
        return this;
    }

    /// Adds elements.
    public Element add(List<Element> elements) {
        children.addAll(elements);
        return this;
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        write(out);
        return out.toString();
    }

    private void write(StringBuilder out) {
        out.append('<').append(name);
        attributes.forEach((key, value) ->
                out.append(' ').append(key).append("=\"").append(escape(value)).append('"'));
        if (EMPTY.contains(name)) {
            out.append("/>");
            return;
        }
        out.append('>');
        for (Object child : children) {
            if (child instanceof Element element) {
                element.write(out);
            } else {
                out.append(name.equals("style") ? child : escape(child.toString()));
            }
        }
        out.append("</").append(name).append('>');
        if (BLOCKS.contains(name)) {
            out.append('\n');
        }
    }

    private static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\t', '\n', '\r' -> out.appendCodePoint(c);
                default -> out.appendCodePoint(isXml(c) ? c : 0xFFFD);
            }
        });
        return out.toString();
    }

    private static boolean isXml(int c) {
        return c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000;
    }
}
