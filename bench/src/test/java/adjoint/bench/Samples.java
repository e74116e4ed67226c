package adjoint.bench;

import adjoint.bench.Case.Vectors;
import adjoint.linalg.Precision;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Rows and reports as a run makes them.
final class Samples {
    static final Peer PEER = new Peer("rival", "Rival & Sons", "adjoint.bench.NoSuchClass");

    private Samples() {}

    /// An operation that nobody computes.
    record Named(String kernel, String shape, Unit unit) implements Operation {
        @Override
        public Precision precision() {
            return Precision.F32;
        }

        @Override
        public double work() {
            return 1;
        }

        @Override
        public double tolerance() {
            return 1e-6;
        }
    }

    static Case caseOf(String kernel, String shape) {
        return new Case(new Named(kernel, shape, Unit.GIGAFLOPS), PEER, 1, Vectors.WIDEST, true);
    }

    static Row row(String group, Case of, double ours, double theirs) {
        double ratio = ours / theirs;
        return new Row("linalg", group, of, ours, theirs, ratio, 0.9 * ratio, 1.1 * ratio, 15, 0, Double.NaN, "", "");
    }

    static Report report(List<Group> groups, List<Row> rows) {
        return new Report(
                "linalg",
                Instant.parse("2026-01-02T03:04:05Z"),
                true,
                Machine.here(),
                Map.of("Adjoint", "1.0"),
                Map.of(PEER.title(), "it is <not> here"),
                groups,
                rows);
    }

    static Group group(String title, double each, double mean) {
        return new Group(title, each, mean, List.of(caseOf("gemm", "1×2×3")));
    }
}
