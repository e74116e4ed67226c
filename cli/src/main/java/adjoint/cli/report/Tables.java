package adjoint.cli.report;

import java.util.List;

/// Tables, the form of every chart for whoever does not see it.
public final class Tables {
    private Tables() {}

    /// A table whose first column names its rows; wider than the page, it scrolls.
    public static Element of(List<String> titles, List<List<String>> rows) {
        Element head = Element.of("tr");
        titles.forEach(title -> head.add(Element.of("th", title).with("scope", "col")));
        Element body = Element.of("tbody");
        for (List<String> row : rows) {
            Element line = Element.of("tr").add(Element.of("th", row.getFirst()).with("scope", "row"));
            row.subList(1, row.size()).forEach(cell -> line.add(Element.of("td", cell)));
            body.add(line);
        }
        Element table = Element.of("table").add(Element.of("thead").add(head), body);
        return Element.of("div").kind("scroll tall").add(table);
    }

    /// Content that is folded away until it is asked for.
    public static Element folded(String summary, Element content) {
        return Element.of("details").add(Element.of("summary", summary), content);
    }
}
