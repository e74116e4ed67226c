package adjoint.nn.files;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import adjoint.nn.internal.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// An array in a file of NumPy's format, `.npy`: versions 1.0 to 3.0, either byte order, row- and column-major.
///
/// **Reading** trusts nothing: the header is at most 10000 bytes, and what follows has exactly the size of dtype and
/// shape. What is no array of numbers, pickled objects above all, is refused. **Writing** is atomic.
public final class Npy {
    private Npy() {}

    /// Reads `file`; halves become `F32`, small integers `I32`, as [Encoding] says.
    ///
    /// @throws IOException if it cannot be read or is not a valid file; the message names file and fault
    public static Tensor read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return read(channel.size(), Channels.from(channel, 0));
        } catch (IOException e) {
            throw Channels.naming(file, e);
        }
    }

    /// Writes `file`, atomically, in version 1.0.
    ///
    /// @throws IOException if it cannot be written; an older file of that name stays as it was
    public static void write(Path file, Tensor tensor) throws IOException {
        AtomicFile.write(file, channel -> write(tensor, bytes -> Channels.writeFully(channel, bytes)));
    }

    /// Reads an array that takes `size` bytes, header included.
    static Tensor read(long size, Encoding.Source source) throws IOException {
        long[] left = {size};
        NpyHeader header = NpyHeader.read(bytes -> {
            left[0] -= bytes.remaining();
            if (left[0] < 0) {
                throw new IOException("truncated: " + size + " bytes end within the header");
            }
            source.read(bytes);
        });
        if (header.dataBytes() != left[0]) {
            throw new IOException((header.dataBytes() > left[0] ? "truncated: " : "") + header.encoding() + " "
                    + Shape.of(header.shape()) + " needs " + header.dataBytes() + " bytes, " + left[0] + " follow the"
                    + " header");
        }
        int[] dims = header.shape();
        int rank = dims.length;
        int[] stored = new int[rank];
        int[] axes = new int[rank];
        for (int i = 0; i < rank; i++) {
            stored[i] = header.columnMajor() ? dims[rank - 1 - i] : dims[i];
            axes[i] = rank - 1 - i;
        }
        Shape shape = Shape.of(stored);
        Tensor tensor = Tensor.wrap(header.encoding().read(shape.size(), header.order(), source), 0, shape);
        return header.columnMajor() && rank > 1 ? tensor.permute(axes).contiguous() : tensor;
    }

    static void write(Tensor tensor, Encoding.Sink sink) throws IOException {
        sink.accept(ByteBuffer.wrap(NpyHeader.of(tensor)));
        Encoding.of(tensor.dtype()).write(tensor, sink);
    }
}
