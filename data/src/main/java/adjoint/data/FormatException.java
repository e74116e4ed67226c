package adjoint.data;

import java.io.IOException;

/// A file that does not keep to its format: where, what was found, and what was expected there.
///
/// The message is one line, `file:line:column: found …; expected …`, without the column where the whole line is meant;
/// of a binary file `file: byte offset: found …; expected …`.
public final class FormatException extends IOException {
    private static final long serialVersionUID = 1L;

    private static final int LONGEST_EXCERPT = 40;

    private final String file;
    private final int line;
    private final int column;

    /// @param file the file as the user named it
    /// @param line the line, from 1
    /// @param column the byte in the line, from 1; 0 for the whole line
    /// @param found what stands there
    /// @param expected what should stand there
    public FormatException(String file, int line, int column, String found, String expected) {
        super(file + ":" + line + (column > 0 ? ":" + column : "") + ": found " + found + "; expected " + expected);
        this.file = file;
        this.line = line;
        this.column = column;
    }

    /// @param file the binary file as the user named it
    /// @param offset the byte of its content, unpacked, from 0
    /// @param found what stands there
    /// @param expected what should stand there
    public FormatException(String file, long offset, String found, String expected) {
        super(file + ": byte " + offset + ": found " + found + "; expected " + expected);
        this.file = file;
        this.line = 0;
        this.column = 0;
    }

    /// The file as the user named it.
    public String file() {
        return file;
    }

    /// The line, from 1; 0 of a binary file.
    public int line() {
        return line;
    }

    /// The byte in the line, from 1; 0 where the whole line is meant.
    public int column() {
        return column;
    }

    /// `text` in quotes as it can stand in a message: control characters escaped, a long text cut.
    static String excerpt(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        int end = Math.min(text.length(), LONGEST_EXCERPT);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                quoted.append("\\u%04x".formatted((int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append(end < text.length() ? "…\"" : "\"").toString();
    }
}
