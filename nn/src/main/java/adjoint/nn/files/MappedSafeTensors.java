package adjoint.nn.files;

import adjoint.autodiff.Shape;
import adjoint.autodiff.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// A safetensors file of which only those tensors are read that are asked for, from mapped memory.
///
/// ```
/// try (MappedSafeTensors file = MappedSafeTensors.open(path)) {
///     for (String name : file.names()) {
///         Tensor tensor = file.read(name);
///     }
/// }
/// ```
///
/// Opening checks as much as [SafeTensors#read]. The file must not be truncated while it is open.
public final class MappedSafeTensors implements AutoCloseable {
    private final Path file;
    private final Arena arena;
    private final MemorySegment data;
    private final SortedMap<String, SafeTensorsHeader.Entry> entries = new TreeMap<>();
    private final SortedMap<String, String> metadata;

    private MappedSafeTensors(Path file, Arena arena, MemorySegment data, SafeTensorsHeader header) {
        this.file = file;
        this.arena = arena;
        this.data = data;
        this.metadata = Collections.unmodifiableSortedMap(header.metadata());
        header.entries().forEach(entry -> entries.put(entry.name(), entry));
    }

    /// @throws IOException if it cannot be read or is not a valid safetensors file; the message names file and fault
    public static MappedSafeTensors open(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long dataStart = 8 + SafeTensors.headerLength(channel);
            long size = channel.size() - dataStart;
            SafeTensorsHeader header = SafeTensorsHeader.parse(SafeTensors.headerText(channel, dataStart), size);
            Arena arena = Arena.ofShared();
            try {
                MemorySegment data = channel.map(FileChannel.MapMode.READ_ONLY, dataStart, size, arena);
                return new MappedSafeTensors(file, arena, data, header);
            } catch (IOException | RuntimeException e) {
                arena.close();
                throw e;
            }
        } catch (IOException e) {
            throw Channels.naming(file, e);
        }
    }

    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(entries.keySet()));
    }

    /// Free text by key.
    public SortedMap<String, String> metadata() {
        return metadata;
    }

    /// @throws IllegalArgumentException if there is no such tensor
    public Shape shape(String name) {
        return Shape.of(entry(name).shape());
    }

    /// @throws IllegalArgumentException if there is no such tensor
    public Encoding encoding(String name) {
        return entry(name).encoding();
    }

    /// Reads one tensor.
    ///
    /// @throws IllegalArgumentException if there is no such tensor
    /// @throws IOException if a value is none of its encoding
    /// @throws IllegalStateException if the file was closed
    public Tensor read(String name) throws IOException {
        SafeTensorsHeader.Entry entry = entry(name);
        long[] next = {entry.begin()};
        try {
            return SafeTensors.decode(entry, bytes -> {
                int n = bytes.remaining();
                bytes.put(data.asSlice(next[0], n).asByteBuffer());
                next[0] += n;
            });
        } catch (IOException e) {
            throw Channels.naming(file, e);
        }
    }

    private SafeTensorsHeader.Entry entry(String name) {
        SafeTensorsHeader.Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalArgumentException(file + " has no tensor " + name + "; there are " + entries.keySet());
        }
        return entry;
    }

    /// Ends the mapping.
    @Override
    public void close() {
        arena.close();
    }
}
