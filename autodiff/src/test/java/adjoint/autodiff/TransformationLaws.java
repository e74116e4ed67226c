package adjoint.autodiff;

import adjoint.linalg.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Transformations nest in any order: a random function of one row under a random nest of derivatives along fixed
/// vectors, each taken forward, in reverse or over a checkpoint, and with a vmap put around any of them, equals the
/// same derivatives all taken in reverse, row by row.
class TransformationLaws {
    private static final int ROWS = 2;
    private static final int COLS = 3;

    /// A way to turn f into x ↦ f'(x)·v, whose values have the same shape.
    private enum Way {
        REVERSE {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                return x -> Autodiff.grad(y -> f.apply(y).mul(v).sum()).apply(x);
            }
        },
        PULLBACK {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                return x -> Autodiff.vjp(f, x).pullback().apply(v);
            }
        },
        /// The transpose of a Jacobian applied by ways of forward mode: the rows of Jᵀ·v one by one.
        FORWARD {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                return x -> {
                    Tensor[] entries = new Tensor[COLS];
                    for (int i = 0; i < COLS; i++) {
                        Tensor tangent = Autodiff.jvp(f, x, unit(i)).tangent();
                        entries[i] = tangent.mul(v).sum();
                    }
                    return Tensor.stack(0, entries);
                };
            }
        },
        /// The same with all directions at once.
        FORWARD_BATCHED {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                Tensor units = Tensor.stack(0, unit(0), unit(1), unit(2));
                return x -> Autodiff.vmap(
                                e -> Autodiff.jvp(f, x, e).tangent().mul(v).sum())
                        .apply(units);
            }
        },
        JACOBIAN {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                return x -> v.matmul(Autodiff.jacobian(f, x));
            }
        },
        FEW_VALUES {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                return x -> Autodiff.jacobian(y -> f.apply(y).mul(v).sum(), x);
            }
        },
        CHECKPOINT {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                return REVERSE.slope(x -> Autodiff.checkpoint(f, x), v);
            }
        },
        IN_A_CHECKPOINT {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                UnaryOperator<Tensor> slope = REVERSE.slope(f, v);
                return x -> Autodiff.checkpoint(slope, x);
            }
        },
        CUSTOM_VJP {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                var own = Autodiff.customVjp(
                        f,
                        (Tensor x, Tensor _, Tensor g) ->
                                Autodiff.vjp(f, x).pullback().apply(g));
                return REVERSE.slope(own::apply, v);
            }
        },
        CUSTOM_JVP {
            @Override
            UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v) {
                var own = Autodiff.customJvp(
                        f,
                        (Tensor x, Tensor _, Tensor t) -> Autodiff.jvp(f, x, t).tangent());
                return REVERSE.slope(own::apply, v);
            }
        };

        abstract UnaryOperator<Tensor> slope(UnaryOperator<Tensor> f, Tensor v);
    }

    @Provide
    Arbitrary<List<Way>> ways() {
        return Arbitraries.of(Way.values()).list().ofMinSize(1).ofMaxSize(3);
    }

    @Property(tries = 300)
    void derivativesDoNotDependOnHowTheyAreTaken(@ForAll("ways") List<Way> ways, @ForAll long seed) {
        Tensor x = draw(seed, "x", COLS);
        UnaryOperator<Tensor> nest = program(seed);
        UnaryOperator<Tensor> reverse = nest;
        for (int i = 0; i < ways.size(); i++) {
            Tensor v = draw(seed, "v" + i, COLS);
            nest = ways.get(i).slope(nest, v);
            reverse = Way.REVERSE.slope(reverse, v);
        }
        Tensor expected = reverse.apply(x);
        Close.assertClose(ways.toString(), expected, nest.apply(x), 1e-9);
    }

    @Property(tries = 300)
    void theyDoNotDependOnWhetherRowsAreTakenTogether(
            @ForAll("ways") List<Way> ways, @ForAll long seed, @ForAll boolean around) {
        Tensor rows = draw(seed, "rows", ROWS, COLS);
        UnaryOperator<Tensor> nest = program(seed);
        for (int i = 0; i < ways.size(); i++) {
            nest = ways.get(i).slope(nest, draw(seed, "v" + i, COLS));
        }
        UnaryOperator<Tensor> f = nest;
        List<Tensor> expected = new ArrayList<>();
        for (int r = 0; r < ROWS; r++) {
            UnaryOperator<Tensor> one =
                    around ? Autodiff.grad(y -> f.apply(y).square().sum()) : f;
            expected.add(one.apply(rows.select(0, r)));
        }
        UnaryOperator<Tensor> all = Autodiff.vmap(f);
        UnaryOperator<Tensor> whole =
                around ? Autodiff.grad(y -> all.apply(y).square().sum()) : all;
        Tensor stacked = Tensor.stack(0, expected.toArray(Tensor[]::new));
        Close.assertClose(ways.toString(), stacked, whole.apply(rows), 1e-9);
    }

    /// A smooth function of a row, of rows' operations and captured constants.
    private static UnaryOperator<Tensor> program(long seed) {
        Rng key = Rng.of(seed).child("program");
        Tensor matrix = draw(seed, "matrix", COLS, COLS);
        Tensor row = draw(seed, "row", COLS);
        return x -> {
            Tensor y = x;
            for (int step = 0; step < 3; step++) {
                y = switch (key.below(step, 9)) {
                    case 0 -> y.linear(matrix, row).tanh();
                    case 1 -> matrix.matmul(y.tanh());
                    case 2 -> y.softmax(-1).mul(y);
                    case 3 -> y.layerNorm(row, null, 0.5).mul(x);
                    case 4 -> y.sigmoid().sub(y.mean(true, 0));
                    case 5 ->
                        Tensor.concat(0, y.slice(0, 1, COLS), y.slice(0, 0, 1)).mul(x);
                    case 6 -> y.gelu().take(new int[] {2, 2, 0}, 0);
                    case 7 -> y.unsqueeze(1).mul(y.tanh()).sum(0);
                    default -> y.square().add(1).normalize(1e-9);
                };
            }
            return y;
        };
    }

    private static Tensor draw(long seed, String name, int... shape) {
        return Tensor.uniform(Rng.of(seed).child(name), -1, 1, DType.F64, shape);
    }

    private static Tensor unit(int i) {
        double[] unit = new double[COLS];
        unit[i] = 1;
        return Tensor.of(unit);
    }
}
