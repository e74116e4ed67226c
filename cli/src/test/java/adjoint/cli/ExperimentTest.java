package adjoint.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import adjoint.autodiff.Tensor;
import adjoint.data.DirectedGraph;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentTest {
    @TempDir
    private Path folder;

    /// Three groups; nodes cite those of their own group ahead of them.
    private static DirectedGraph groups() {
        List<int[]> edges = new ArrayList<>();
        int[] labels = new int[60];
        for (int i = 0; i < 60; i++) {
            labels[i] = i % 3;
            for (int step = 3; step <= 9; step += 3) {
                if (i + step < 60) {
                    edges.add(new int[] {i, i + step});
                }
            }
        }
        int[] sources = edges.stream().mapToInt(e -> e[0]).toArray();
        int[] targets = edges.stream().mapToInt(e -> e[1]).toArray();
        return new DirectedGraph("groups", sources, targets, labels, 3);
    }

    @Test
    void embeddingsAreComparedOnTheSameSplits() {
        List<String> lines = new ArrayList<>();
        GraphExperiment experiment = new GraphExperiment(groups(), 12, 3, 1);
        experiment.run(lines::add);
        assertEquals("groups: 60 nodes, 162 edges, 3 classes; rank 12, 3 splits, a fifth trains", lines.getFirst());
        assertEquals("| embedding | micro-F1 | macro-F1 | KSVD − this | p |", lines.get(2));
        assertEquals(8, lines.size());
        assertTrue(
                lines.get(4).matches("\\| KSVD \\| [\\d.]+ ± [\\d.]+ \\| [\\d.]+ ± [\\d.]+ \\|  \\| \\|"),
                lines.get(4));
        double score = Double.parseDouble(lines.get(4).split("[|±]")[2].strip());
        assertTrue(score > 60, lines.get(4));
        List<String> again = new ArrayList<>();
        experiment.run(again::add);
        assertEquals(lines, again);
        for (Tensor embedding : experiment.embeddings().values()) {
            assertEquals(24, embedding.dim(1));
        }
    }

    @Test
    void allSignFlips() {
        assertEquals(0.25, GraphExperiment.signFlips(List.of(1.0, 2.0, 3.0)));
        assertEquals(1, GraphExperiment.signFlips(List.of(1.0, -1.0)));
        assertEquals(1, GraphExperiment.signFlips(List.of(0.0, 0.0)));
    }

    @Test
    void saysWhatItCannotDo() {
        Cli.Outcome unknown = Cli.run("experiment", "coral");
        assertEquals(2, unknown.status());
        assertEquals("adjoint: unknown experiment 'coral'; there are cora and uncertainty\n", unknown.err());
        Cli.Outcome missing = Cli.run("experiment", "cora", "--data", folder.toString());
        assertEquals(2, missing.status());
        assertTrue(missing.err().startsWith("adjoint: there is no graph"), missing.err());
        Cli.Outcome splits = Cli.run("experiment", "cora", "--splits", "1");
        assertEquals(2, splits.status());
        assertTrue(splits.err().contains("--splits must be from 2 to 20"), splits.err());
    }
}
