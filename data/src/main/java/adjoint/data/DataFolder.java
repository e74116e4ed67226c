package adjoint.data;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Where data sets are looked for.
///
/// A set `uea/JapaneseVowels` is the folder of that name below one of the roots, with the files
/// `JapaneseVowels_TRAIN.ts` and `JapaneseVowels_TEST.ts` in it; a root may also hold `JapaneseVowels` directly, as the
/// archive unpacks. The roots are the folder that the user named and nothing else, or, where none was named, the folder
/// of the environment variable `ADJOINT_DATA` and then `data` in the current folder.
///
/// @param roots the folders that are searched, in order
public record DataFolder(List<Path> roots) {
    /// The environment variable that names the folder of the data sets.
    public static final String VARIABLE = "ADJOINT_DATA";

    /// Where the sets of the UEA and UCR archives are to be had.
    public static final String HOME = "https://www.timeseriesclassification.com/dataset.php";

    private static final int DEPTH = 3;

    /// What a data set consists of.
    public enum Kind {
        /// `.ts` files, which [TsReader] reads.
        TS,
        /// `.arff` files, which cannot be read.
        ARFF
    }

    /// A data set that was found.
    ///
    /// @param name its name below its root, `uea/JapaneseVowels`
    /// @param folder its folder
    /// @param kind what it consists of
    public record Found(String name, Path folder, Kind kind) {

        /// The training and the test set.
        ///
        /// @throws FormatException if a file is malformed
        /// @throws IOException if a file cannot be read
        public Split read() throws IOException {
            if (kind != Kind.TS) {
                throw new IOException("data set " + name + " in " + folder + " is in the format ."
                        + kind.name().toLowerCase(Locale.ROOT) + "; only .ts can be read, to be had from " + HOME);
            }
            String stem = folder.getFileName().toString();
            return TsReader.readSplit(folder.resolve(stem + "_TRAIN.ts"), folder.resolve(stem + "_TEST.ts"));
        }
    }

    /// @param roots the folders that are searched, in order
    public DataFolder {
        roots = List.copyOf(roots);
    }

    /// The roots for what the user asked for.
    ///
    /// @param named the folder that the user named, or null
    /// @param environment the environment, `System.getenv()`
    public static DataFolder of(Path named, Map<String, String> environment) {
        if (named != null) {
            return new DataFolder(List.of(named));
        }
        List<Path> roots = new ArrayList<>();
        String variable = environment.getOrDefault(VARIABLE, "");
        if (!variable.isBlank()) {
            roots.add(Path.of(variable));
        }
        roots.add(Path.of("data"));
        return new DataFolder(roots);
    }

    /// The data set of that name.
    ///
    /// @throws IOException if it is not there; the message says where it was looked for and where to get it
    public Found find(String name) throws IOException {
        String[] parts = name.split("/");
        for (String part : parts) {
            if (!part.matches("[A-Za-z0-9_+-][A-Za-z0-9_.+-]*")) {
                throw new IOException("\"" + name + "\" is no name of a data set; names look like uea/JapaneseVowels");
            }
        }
        for (Path root : roots) {
            for (String below : List.of(name, parts[parts.length - 1])) {
                Path folder = root.resolve(below);
                Optional<Kind> kind = kind(folder);
                if (kind.isPresent()) {
                    return new Found(name, folder, kind.get());
                }
            }
        }
        throw new IOException(notFound(name, parts[parts.length - 1]));
    }

    /// A file of a set that consists of plain files: below one of the roots, in the folder of the set's name or the
    /// last part of it, or directly.
    ///
    /// @param set its name, `text/tinyshakespeare`
    /// @param names what the file may be called
    /// @throws IOException if it is not there; the message says where it was looked for
    public Path file(String set, List<String> names) throws IOException {
        List<Path> folders = roots.stream()
                .flatMap(root ->
                        Stream.of(root.resolve(set), root.resolve(set.substring(set.lastIndexOf('/') + 1)), root))
                .distinct()
                .toList();
        for (Path folder : folders) {
            for (String name : names) {
                if (Files.isRegularFile(folder.resolve(name))) {
                    return folder.resolve(name);
                }
            }
        }
        StringJoiner searched = new StringJoiner(", ");
        folders.forEach(
                folder -> searched.add(folder.toAbsolutePath().normalize().toString()));
        throw new IOException("data set " + set + " needs a file " + String.join(" or ", names) + "; searched "
                + searched + "; name the folder above " + set + " with --data or " + VARIABLE);
    }

    private String notFound(String name, String last) throws IOException {
        StringBuilder message = new StringBuilder("data set " + name + " not found; searched ");
        for (int i = 0; i < roots.size(); i++) {
            Path root = roots.get(i);
            message.append(i == 0 ? "" : ", ").append(root.toAbsolutePath().normalize());
            message.append(Files.isDirectory(root) ? "" : " (no such folder)");
        }
        Optional<String> near = available().stream()
                .map(Found::name)
                .filter(found -> found.substring(found.lastIndexOf('/') + 1).equalsIgnoreCase(last))
                .findFirst();
        message.append(near.map(found -> "; did you mean " + found + "?").orElse("."));
        return message + " Get it from " + HOME + ", unpack it to a folder " + last + " with " + last + "_TRAIN.ts and "
                + last + "_TEST.ts, and name the folder above it with --data or " + VARIABLE;
    }

    /// The data sets below the roots, by name; of two with the same name the one that [#find] takes.
    ///
    /// @throws IOException if a folder cannot be listed
    public List<Found> available() throws IOException {
        Map<String, Found> found = new TreeMap<>();
        for (Path root : roots) {
            if (Files.isDirectory(root)) {
                collect(root, "", DEPTH, found);
            }
        }
        return List.copyOf(found.values());
    }

    private static void collect(Path folder, String prefix, int depth, Map<String, Found> found) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
            for (Path entry : entries) {
                String name = prefix + entry.getFileName();
                Optional<Kind> kind = kind(entry);
                if (kind.isPresent()) {
                    found.putIfAbsent(name, new Found(name, entry, kind.get()));
                } else if (depth > 1) {
                    collect(entry, name + "/", depth - 1, found);
                }
            }
        }
    }

    /// What the data set in that folder consists of, if there is one.
    private static Optional<Kind> kind(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        String stem = folder.getFileName().toString();
        if (Files.exists(folder.resolve(stem + "_TRAIN.ts")) && Files.exists(folder.resolve(stem + "_TEST.ts"))) {
            return Optional.of(Kind.TS);
        }
        boolean arff = Files.exists(folder.resolve(stem + "_TRAIN.arff"))
                || Files.exists(folder.resolve(stem + "Dimension1_TRAIN.arff"));
        return arff ? Optional.of(Kind.ARFF) : Optional.empty();
    }
}
