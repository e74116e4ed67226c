package adjoint.nn.internal;

/// Writes JSON strings.
public final class JsonText {
    private JsonText() {}

    /// Appends `value` in quotes; all but printable ASCII is escaped.
    public static void quote(StringBuilder out, String value) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7F) {
                out.append(c);
            } else {
                out.append("\\u%04x".formatted((int) c));
            }
        }
        out.append('"');
    }
}
