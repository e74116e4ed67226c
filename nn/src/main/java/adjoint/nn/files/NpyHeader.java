package adjoint.nn.files;

import adjoint.autodiff.DType;
import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// The header of NumPy's format: a Python dictionary of exactly `descr`, `fortran_order` and `shape`.
///
/// @param order of the bytes of a number
/// @param columnMajor whether the first index runs fastest
/// @param length of the header, magic string included
record NpyHeader(Encoding encoding, ByteOrder order, boolean columnMajor, int[] shape, int length) {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

    /// NumPy itself refuses headers of more than 10000 characters.
    private static final int MAX_TEXT = 10_000;

    /// Bytes of the numbers behind the header.
    long dataBytes() {
        return (long) Shape.of(shape).size() * encoding.bytes();
    }

    /// Reads a header.
    ///
    /// @throws IOException if it is none, or one of what is no array of numbers
    static NpyHeader read(Encoding.Source source) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(8);
        source.read(start);
        if (!Arrays.equals(Arrays.copyOf(start.array(), 6), MAGIC)) {
            throw new IOException("not an npy file: it does not begin with \\x93NUMPY");
        }
        int major = start.get(6);
        int minor = start.get(7);
        if (major < 1 || major > 3 || minor != 0) {
            throw new IOException("npy version " + major + "." + minor + "; known are 1.0, 2.0 and 3.0");
        }
        int lengthBytes = major == 1 ? 2 : 4;
        ByteBuffer length = ByteBuffer.allocate(lengthBytes).order(ByteOrder.LITTLE_ENDIAN);
        source.read(length);
        long characters =
                major == 1 ? Short.toUnsignedLong(length.getShort(0)) : Integer.toUnsignedLong(length.getInt(0));
        if (characters > MAX_TEXT) {
            throw new IOException("a header of " + characters + " bytes, allowed are " + MAX_TEXT);
        }
        ByteBuffer text = ByteBuffer.allocate((int) characters);
        source.read(text);
        String dictionary = new String(text.array(), StandardCharsets.ISO_8859_1);
        return new Dictionary(dictionary).parse(8 + lengthBytes + (int) characters);
    }

    /// A header of version 1.0 for values in row-major order.
    static byte[] of(Tensor tensor) {
        DType dtype = tensor.dtype();
        StringBuilder text = new StringBuilder("{'descr': '<");
        text.append(dtype.isFloating() ? 'f' : 'i').append(Encoding.of(dtype).bytes());
        text.append("', 'fortran_order': False, 'shape': (");
        int[] dims = tensor.shape().dims();
        for (int i = 0; i < dims.length; i++) {
            text.append(i > 0 ? ", " : "").append(dims[i]);
        }
        text.append(dims.length == 1 ? ",), }" : "), }");
        // NumPy ends headers with a newline at a multiple of 64 bytes.
        text.repeat(' ', -(10 + text.length() + 1) & 63).append('\n');
        ByteBuffer bytes = ByteBuffer.allocate(10 + text.length()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) text.length());
        return bytes.put(text.toString().getBytes(StandardCharsets.US_ASCII)).array();
    }

    /// The part of Python's syntax that headers are written in.
    private static final class Dictionary {
        private final String text;
        private int position;

        Dictionary(String text) {
            this.text = text;
        }

        NpyHeader parse(int length) throws IOException {
            String descr = null;
            Boolean columnMajor = null;
            long[] shape = null;
            expect('{');
            while (!accept('}')) {
                String key = string();
                expect(':');
                boolean again = false;
                switch (key) {
                    case "descr" -> {
                        again = descr != null;
                        descr = string();
                    }
                    case "fortran_order" -> {
                        again = columnMajor != null;
                        columnMajor = truth();
                    }
                    case "shape" -> {
                        again = shape != null;
                        shape = tuple();
                    }
                    default -> throw fault("unknown key '" + key + "'");
                }
                if (again) {
                    throw fault("two keys '" + key + "'");
                }
                if (!accept(',')) {
                    expect('}');
                    break;
                }
            }
            skipSpace();
            if (position < text.length()) {
                throw fault("text after the end");
            }
            if (descr == null || columnMajor == null || shape == null) {
                throw fault("needed are 'descr', 'fortran_order' and 'shape'");
            }
            return new NpyHeader(
                    encoding(descr),
                    descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
                    columnMajor,
                    Dimensions.checked(shape, "an array"),
                    length);
        }

        private static Encoding encoding(String descr) throws IOException {
            boolean single = descr.length() == 3 && descr.charAt(2) == '1';
            boolean ordered = !descr.isEmpty() && (single ? "|<>=" : "<>").indexOf(descr.charAt(0)) >= 0;
            return switch (ordered ? descr.substring(1) : "") {
                case "f8" -> Encoding.F64;
                case "f4" -> Encoding.F32;
                case "f2" -> Encoding.F16;
                case "i8" -> Encoding.I64;
                case "i4" -> Encoding.I32;
                case "u4" -> Encoding.U32;
                case "i2" -> Encoding.I16;
                case "u2" -> Encoding.U16;
                case "i1" -> Encoding.I8;
                case "u1" -> Encoding.U8;
                case "b1" -> Encoding.BOOL;
                default ->
                    throw new IOException("arrays of '" + descr
                            + "' are not supported, but f8, f4, f2, i8, i4, i2, i1, u4, u2, u1, b1 of either byte order"
                            + " are");
            };
        }

        private String string() throws IOException {
            skipSpace();
            char quote = peek();
            if (quote != '\'' && quote != '"') {
                throw fault("expected a string");
            }
            int end = text.indexOf(quote, position + 1);
            if (end < 0 || text.substring(position, end).indexOf('\\') >= 0) {
                throw fault("expected a plain string");
            }
            String value = text.substring(position + 1, end);
            position = end + 1;
            return value;
        }

        private boolean truth() throws IOException {
            skipSpace();
            for (String word : new String[] {"True", "False"}) {
                if (text.startsWith(word, position)) {
                    position += word.length();
                    return word.equals("True");
                }
            }
            throw fault("expected True or False");
        }

        private long[] tuple() throws IOException {
            long[] dims = new long[Dimensions.MAX_RANK];
            int rank = 0;
            expect('(');
            boolean comma = true;
            while (!accept(')')) {
                if (!comma || rank == dims.length) {
                    throw fault(comma ? "more than " + dims.length + " axes" : "expected ',' or ')'");
                }
                dims[rank++] = integer();
                comma = accept(',');
            }
            if (rank == 1 && !comma) {
                throw fault("a tuple of one number needs a comma");
            }
            return Arrays.copyOf(dims, rank);
        }

        private long integer() throws IOException {
            skipSpace();
            int start = position;
            while (Character.digit(peek(), 10) >= 0) {
                position++;
            }
            try {
                return Long.parseLong(text.substring(start, position));
            } catch (NumberFormatException e) {
                throw fault("expected a whole number ≥ 0 and < 2^63");
            }
        }

        private void expect(char c) throws IOException {
            if (!accept(c)) {
                throw fault("expected '" + c + "'");
            }
        }

        private boolean accept(char c) {
            skipSpace();
            if (peek() != c) {
                return false;
            }
            position++;
            return true;
        }

        private char peek() {
            return position < text.length() ? text.charAt(position) : '\0';
        }

        private void skipSpace() {
            while (peek() == ' ' || peek() == '\n') {
                position++;
            }
        }

        private IOException fault(String what) {
            return new IOException("npy header, character " + position + ": " + what);
        }
    }
}
