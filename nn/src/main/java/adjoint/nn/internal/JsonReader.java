package adjoint.nn.internal;

import java.io.IOException;

/// Reads the part of JSON (RFC 8259) that file headers are made of, value by value: objects, arrays, strings and
/// non-negative integers. Anything else, or anything out of place, is an error that names the position.
///
/// ```
/// json.beginObject();
/// while (json.hasNext('}')) {
///     String name = json.name();
///     long value = json.integer();
/// }
/// json.end();
/// ```
///
/// It holds no more than the text: how much a caller keeps is the caller's to bound.
public final class JsonReader {
    private final String text;
    private int position;
    private boolean first;

    public JsonReader(String text) {
        this.text = text;
    }

    public void beginObject() throws IOException {
        expect('{');
        first = true;
    }

    public void beginArray() throws IOException {
        expect('[');
        first = true;
    }

    /// True if another element follows in the object or array that `close` ends; else goes past `close`.
    public boolean hasNext(char close) throws IOException {
        skipSpace();
        boolean wasFirst = first;
        first = false;
        if (peek() == close) {
            position++;
            return false;
        }
        if (!wasFirst) {
            expect(',');
        }
        return true;
    }

    /// The name of the next member of an object.
    public String name() throws IOException {
        String name = string();
        expect(':');
        return name;
    }

    public String string() throws IOException {
        expect('"');
        StringBuilder value = new StringBuilder();
        while (true) {
            char c = next("the string is not closed");
            if (c == '"') {
                return value.toString();
            }
            if (c < ' ') {
                throw fault("control character in a string");
            }
            value.append(c == '\\' ? escaped() : c);
        }
    }

    /// A whole number from 0 to 2⁶³ − 1.
    public long integer() throws IOException {
        skipSpace();
        int start = position;
        long value = 0;
        while (isDigit(peek())) {
            int digit = text.charAt(position++) - '0';
            if (value > (Long.MAX_VALUE - digit) / 10) {
                throw fault("the number is larger than 2^63 - 1");
            }
            value = value * 10 + digit;
        }
        if (position == start || position > start + 1 && text.charAt(start) == '0' || isInsideNumber(peek())) {
            throw fault("expected a whole number ≥ 0");
        }
        return value;
    }

    /// Makes sure that nothing but space follows.
    public void end() throws IOException {
        skipSpace();
        if (position < text.length()) {
            throw fault("text after the end");
        }
    }

    private char escaped() throws IOException {
        char c = next("the string is not closed");
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(next("the string is not closed"), 16);
                    if (digit < 0) {
                        throw fault("expected four hexadecimal digits after \\u");
                    }
                    code = code << 4 | digit;
                }
                yield (char) code;
            }
            default -> throw fault("unknown escape \\" + c);
        };
    }

    private void expect(char c) throws IOException {
        skipSpace();
        if (peek() != c) {
            throw fault(
                    "expected '" + c + "'" + (position < text.length() ? ", got '" + text.charAt(position) + "'" : ""));
        }
        position++;
    }

    private char next(String otherwise) throws IOException {
        if (position >= text.length()) {
            throw fault(otherwise);
        }
        return text.charAt(position++);
    }

    /// The next character, or −1 at the end.
    private int peek() {
        return position < text.length() ? text.charAt(position) : -1;
    }

    private void skipSpace() {
        while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
            position++;
        }
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isInsideNumber(int c) {
        return c == '.' || c == 'e' || c == 'E' || c == '-' || c == '+';
    }

    private IOException fault(String what) {
        return new IOException("JSON, character " + position + ": " + what);
    }
}
