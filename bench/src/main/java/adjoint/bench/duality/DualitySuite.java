package adjoint.bench.duality;

import adjoint.bench.Case;
import adjoint.bench.Group;
import adjoint.bench.Operation;
import adjoint.bench.Peer;
import adjoint.bench.Suite;
import adjoint.bench.duality.LayerPass.Aspect;
import adjoint.bench.linalg.Attention;
import adjoint.linalg.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What `adjoint bench duality` measures: what a primal side, a Gram matrix that is not formed, and landmarks bring,
/// and how good the choice between executions is. Peers are Adjoint itself without these, the machine's peak, and
/// libtorch.
public final class DualitySuite implements Suite.Source {
    private static final Peer ADJOINT = new Peer("adjoint", "Adjoint", Adjoint.class.getName());
    private static final Peer LIBTORCH =
            new Peer("libtorch", "libtorch", "adjoint.bench.peers.LibTorch", 0, Map.of("OPENBLAS_NUM_THREADS", "1"));
    private static final Peer PEAK = new Peer("peak", "FMA peak", GaussianPeak.class.getName());
    private static final Peer SOFTMAX = plain("softmax", "softmax attention");
    private static final Peer MATRIX = plain("matrix", "the whole matrix");
    private static final Peer FASTEST = plain("fastest", "the fastest execution");
    private static final double NONE = Double.NaN;
    /// Tokens in a batch, if there is more than one sequence.
    private static final int TOKENS = 8192;

    private static Peer plain(String id, String title) {
        return new Peer(id, title, Plain.class.getName());
    }

    @Override
    public String name() {
        return "duality";
    }

    @Override
    public Suite create() {
        List<Group> groups = new ArrayList<>();
        layers(groups);
        products(groups);
        groups.add(new Group(
                "values from 200 landmarks, beside the whole matrix",
                50,
                NONE,
                List.of(of(new LeadingValues(5000), MATRIX, 1, false))));
        groups.add(new Group(
                "the same of a smaller matrix", NONE, NONE, List.of(of(new LeadingValues(1500), MATRIX, 1, true))));
        choices(groups);
        return new Suite(name(), ADJOINT, List.copyOf(groups));
    }

    private static void layers(List<Group> groups) {
        List<Case> target = new ArrayList<>();
        for (int threads = 1; threads <= 2; threads++) {
            target.add(of(layer(LayerPass.PRIMAL, 4096), SOFTMAX, threads, threads == 1));
        }
        groups.add(new Group("Primal-Attention of 4,096 tokens, beside softmax", 5, NONE, target));
        List<Case> lengths = new ArrayList<>();
        for (int tokens : new int[] {64, 128, 256, 512, 1024, 2048, 8192, 16384}) {
            boolean quick = tokens == 64 || tokens == 256 || tokens == 1024;
            lengths.add(of(layer(LayerPass.PRIMAL, tokens), SOFTMAX, 1, quick));
        }
        groups.add(
                new Group("Primal-Attention of other lengths, beside softmax", NONE, NONE, lengths, Findings::lengths));
        List<Case> memory = new ArrayList<>();
        for (int tokens : new int[] {256, 1024, 4096, 16384}) {
            memory.add(of(new LayerPass(LayerPass.PRIMAL, Aspect.MEMORY, 1, tokens), SOFTMAX, 1, tokens == 4096));
        }
        groups.add(new Group("peak memory of Primal-Attention, beside softmax", NONE, NONE, memory));
        List<Case> others = new ArrayList<>();
        for (String mechanism : List.of("linear", "cosformer", "favor", "nystrom")) {
            others.add(of(layer(mechanism, 4096), SOFTMAX, 1, true));
        }
        groups.add(new Group("other linear mechanisms, 4,096 tokens, beside softmax", NONE, NONE, others));
        groups.add(new Group(
                "softmax, 4,096 tokens, beside libtorch",
                NONE,
                NONE,
                List.of(of(new Attention(Precision.F32, 2, 4096, 32, 0), LIBTORCH, 1, true))));
    }

    private static LayerPass layer(String mechanism, int tokens) {
        return new LayerPass(mechanism, Aspect.TIME, Math.max(1, TOKENS / tokens), tokens);
    }

    private static void products(List<Group> groups) {
        List<Case> speed = new ArrayList<>();
        List<Case> memory = new ArrayList<>();
        for (Precision precision : Precision.values()) {
            for (int n : new int[] {20_000, 100_000}) {
                boolean quick = n < 100_000;
                speed.add(of(product(precision, GaussianProduct.Aspect.SPEED, n), PEAK, 1, quick));
                memory.add(of(product(precision, GaussianProduct.Aspect.MEMORY, n), MATRIX, 1, quick));
            }
        }
        groups.add(new Group("exact Gaussian products, share of the FMA peak", 1 / 1.5, NONE, speed));
        groups.add(new Group(
                "exact Gaussian products, bytes allocated beside those of the matrix",
                NONE,
                NONE,
                memory,
                Findings::memory));
        groups.add(new Group(
                "exact Gaussian products, beside the matrix formed",
                NONE,
                NONE,
                List.of(of(product(Precision.F32, GaussianProduct.Aspect.TIME, 4000), MATRIX, 1, true))));
    }

    private static GaussianProduct product(Precision precision, GaussianProduct.Aspect aspect, int n) {
        return new GaussianProduct(precision, aspect, n, 8);
    }

    private static void choices(List<Group> groups) {
        List<Case> grid = new ArrayList<>();
        for (int features : new int[] {0, 64}) {
            for (boolean causal : new boolean[] {false, true}) {
                for (int width : new int[] {8, 32}) {
                    for (int heads : new int[] {1, 8}) {
                        for (int tokens : new int[] {32, 128, 512, 2048}) {
                            boolean quick = (heads == 8) == (width == 32) && (tokens == 128 || tokens == 2048);
                            grid.add(of(new Choice(features, causal, heads, tokens, width), FASTEST, 1, quick));
                        }
                    }
                }
            }
        }
        groups.add(new Group("the choice AUTO, beside the fastest execution", NONE, NONE, grid, Findings::choices));
    }

    private static Case of(Operation operation, Peer peer, int threads, boolean quick) {
        return new Case(operation, peer, threads, Case.Vectors.WIDEST, quick);
    }
}
