package adjoint.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataFolderTest {
    @TempDir
    Path root;

    @BeforeEach
    void sets() throws IOException {
        write("uea/Walks/Walks_TRAIN.ts", "@classLabel true a b\n@data\n1:a\n2:b\n");
        write("uea/Walks/Walks_TEST.ts", "@classLabel true a b\n@data\n1:a\n");
        write("Rings/Rings_TRAIN.arff", "");
        write("Words/WordsDimension1_TRAIN.arff", "");
        write("uea/Half/Half_TRAIN.ts", "");
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    @Test
    void findsSetsByTheirNameOrItsLastPart() throws IOException {
        DataFolder.Found found = DataFolder.of(root, Map.of()).find("uea/Walks");
        assertEquals(new DataFolder.Found("uea/Walks", root.resolve("uea/Walks"), DataFolder.Kind.TS), found);
        assertEquals(2, found.read().train().size());
        assertEquals(
                found.folder(),
                DataFolder.of(root.resolve("uea"), Map.of()).find("uea/Walks").folder());
    }

    @Test
    void listsSetsByName() throws IOException {
        List<String> found = DataFolder.of(root, Map.of()).available().stream()
                .map(set -> set.name() + " " + set.kind())
                .toList();
        assertEquals(List.of("Rings ARFF", "Words ARFF", "uea/Walks TS"), found);
        assertEquals(List.of(), new DataFolder(List.of(root.resolve("none"))).available());
    }

    @Test
    void namedFolderStandsAlone() {
        assertEquals(
                List.of(root),
                DataFolder.of(root, Map.of(DataFolder.VARIABLE, "x")).roots());
        assertEquals(
                List.of(Path.of("x"), Path.of("data")),
                DataFolder.of(null, Map.of(DataFolder.VARIABLE, "x")).roots());
        assertEquals(List.of(Path.of("data")), DataFolder.of(null, Map.of()).roots());
    }

    @Test
    void saysWhereItSearchedAndWhereToGetIt() {
        DataFolder folder = new DataFolder(List.of(root, root.resolve("none")));
        String message =
                assertThrows(IOException.class, () -> folder.find("uea/walks")).getMessage();
        assertEquals(
                "data set uea/walks not found; searched " + root + ", " + root.resolve("none")
                        + " (no such folder); did you mean uea/Walks? Get it from " + DataFolder.HOME
                        + ", unpack it to a folder walks with walks_TRAIN.ts and walks_TEST.ts, and name the folder above"
                        + " it with --data or ADJOINT_DATA",
                message);
    }

    @Test
    void saysThatArffCannotBeRead() throws IOException {
        DataFolder.Found found = DataFolder.of(root, Map.of()).find("Rings");
        String message = assertThrows(IOException.class, found::read).getMessage();
        assertTrue(message.contains("is in the format .arff; only .ts can be read"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../Walks", "uea/../../Walks", "/uea/Walks", "uea//Walks", "uea\\Walks", "a\u0000b"})
    void refusesNamesThatAreNone(String name) {
        String message = assertThrows(
                        IOException.class, () -> DataFolder.of(root, Map.of()).find(name))
                .getMessage();
        assertTrue(message.contains("is no name of a data set"), message);
    }
}
