package adjoint.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// An HTML file that asks no network for anything, follows the reader's choice of a light or a dark page, and fits a
/// phone.
public final class Document {
    private final String title;
    private final StringBuilder style = new StringBuilder(base());
    private final Element main = Element.of("main");

    /// An empty page.
    public Document(String title) {
        this.title = title;
    }

    /// Adds rules to the style sheet.
    public Document style(String css) {
        style.append(css);
        return this;
    }

    /// Adds what is to be read.
    public Document add(Element... content) {
        main.add(content);
        return this;
    }

    /// The text of the file.
    public String toHtml() {
        Element head = Element.of("head")
                .add(
                        Element.of("meta").with("charset", "utf-8"),
                        Element.of("meta")
                                .with("name", "viewport")
                                .with("content", "width=device-width, initial-scale=1"),
                        Element.of("meta").with("name", "color-scheme").with("content", "light dark"),
                        Element.of("title", title),
                        Element.of("style").text(style.toString()));
        Element body = Element.of("body").add(main);
        return "<!DOCTYPE html>\n" + Element.of("html").with("lang", "en").add(head, body) + "\n";
    }

    private static String base() {
        try (InputStream in = Document.class.getResourceAsStream("report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
