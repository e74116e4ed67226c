package adjoint.bench.autodiff;

import adjoint.bench.Case;
import adjoint.bench.Group;
import adjoint.bench.Operation;
import adjoint.bench.Peer;
import adjoint.bench.Suite;
import adjoint.bench.autodiff.EncoderPass.Aspect;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What `adjoint bench autodiff` measures: recording and differentiating, beside libtorch.
public final class AutodiffSuite implements Suite.Source {
    private static final String PEERS = "adjoint.bench.peers.";
    private static final Peer ADJOINT = new Peer("adjoint", "Adjoint", Adjoint.class.getName());
    private static final Peer LIBTORCH = new Peer("libtorch", "libtorch", PEERS + "TorchAutodiff");
    /// In a process of its own, in which large blocks are given back to the system when they are freed.
    private static final Peer LIBTORCH_MEMORY = new Peer(
            "libtorch-memory",
            "libtorch, alone",
            PEERS + "TorchAutodiff",
            1,
            Map.of("MALLOC_MMAP_MAX_", "65536", "MALLOC_MMAP_THRESHOLD_", "65536"));
    private static final Peer ONE_GRADIENT = new Peer("gradient", "one gradient", OneGradient.class.getName());
    private static final double NONE = Double.NaN;

    @Override
    public String name() {
        return "autodiff";
    }

    @Override
    public Suite create() {
        List<Group> groups = new ArrayList<>();
        groups.add(new Group(
                "recording, forward and backward, beside libtorch",
                15,
                NONE,
                List.of(
                        of(new OperationChain(OperationChain.Kind.ADD, 100, 16), LIBTORCH, true),
                        of(new OperationChain(OperationChain.Kind.MUL, 100, 16), LIBTORCH, true))));
        groups.add(new Group("a training step, beside libtorch", 4, NONE, List.of(of(new MlpStep(), LIBTORCH, true))));
        List<Case> rows = new ArrayList<>();
        for (RowPass.Function function : RowPass.Function.values()) {
            rows.add(of(new RowPass(function, 64, 128), LIBTORCH, false));
            rows.add(of(new RowPass(function, 512, 512), LIBTORCH, true));
        }
        groups.add(new Group("row functions, forward and backward, beside libtorch", 1, NONE, rows));
        groups.add(new Group(
                "convolutions, forward and backward, beside libtorch",
                NONE,
                NONE,
                List.of(
                        of(new ImagePass(8, 16, 32, 32), LIBTORCH, true),
                        of(new ImagePass(16, 64, 64, 14), LIBTORCH, false))));
        groups.add(new Group(
                "transformer encoders, forward and backward, beside libtorch",
                1,
                NONE,
                List.of(
                        of(encoder(Aspect.GRADIENT, 4, 128, 64, 1, 0), LIBTORCH, true),
                        of(encoder(Aspect.GRADIENT, 16, 29, 512, 1, 0), LIBTORCH, false),
                        of(encoder(Aspect.GRADIENT, 4, 128, 64, 2, 0.1), LIBTORCH, false))));
        groups.add(new Group(
                "peak memory of a training step, beside libtorch",
                1 / 0.7,
                NONE,
                List.of(
                        of(encoder(Aspect.MEMORY, 8, 256, 128, 4, 0.1), LIBTORCH_MEMORY, true),
                        of(encoder(Aspect.MEMORY, 8, 256, 128, 4, 0), LIBTORCH_MEMORY, false),
                        of(encoder(Aspect.MEMORY, 16, 29, 512, 3, 0.1), LIBTORCH_MEMORY, false))));
        groups.add(new Group(
                "hessian times vector, beside one gradient",
                1 / 3.5,
                NONE,
                List.of(of(encoder(Aspect.HVP, 4, 128, 64, 1, 0), ONE_GRADIENT, true))));
        return new Suite(name(), ADJOINT, List.copyOf(groups));
    }

    private static EncoderPass encoder(Aspect aspect, int batch, int tokens, int width, int layers, double dropout) {
        return new EncoderPass(aspect, batch, tokens, width, width / 32, 4 * width, layers, dropout);
    }

    private static Case of(Operation operation, Peer peer, boolean quick) {
        return new Case(operation, peer, 1, Case.Vectors.WIDEST, quick);
    }
}
