package adjoint.linalg;

import static adjoint.linalg.KernelCase.Fill.DEFINITE;
import static adjoint.linalg.KernelCase.Fill.DOMINANT;
import static adjoint.linalg.KernelCase.Fill.LABELS;
import static adjoint.linalg.KernelCase.Fill.LOWER;
import static adjoint.linalg.KernelCase.Fill.UPPER;
import static adjoint.linalg.KernelCase.Role.IN;
import static adjoint.linalg.KernelCase.Role.OUT;
import static adjoint.linalg.KernelCase.Role.UPDATE;
import static adjoint.linalg.KernelCase.Size.K;
import static adjoint.linalg.KernelCase.Size.LEAST;
import static adjoint.linalg.KernelCase.Size.M;
import static adjoint.linalg.KernelCase.Size.N;
import static adjoint.linalg.KernelCase.Size.NK;
import static adjoint.linalg.KernelCase.Size.TWO_K;
import static adjoint.linalg.KernelCase.Size.TWO_M;
import static adjoint.linalg.KernelCase.Size.TWO_N;

import adjoint.linalg.internal.ChainCompiler;
import adjoint.linalg.internal.Graph;
import adjoint.linalg.internal.RowKernel;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Every kernel in a line: its name, its call on operands 0, 1, …, then these operands in order, with their sizes and
/// storage and, where that is not the default, with the numbers they hold. [KernelTableTest] says what is held of all.
final class KernelTable {
    private static final Rng KEY = Rng.of(3);

    private KernelTable() {}

    static List<KernelCase> all() {
        List<KernelCase> all = new ArrayList<>(products());
        all.addAll(triangles());
        all.addAll(sums());
        all.addAll(reductions());
        all.addAll(elements());
        all.addAll(draws());
        all.addAll(decompositions());
        all.addAll(attention());
        all.addAll(chains());
        return all;
    }

    private static KernelCase kernel(String name, KernelCase.Body body) {
        return new KernelCase(name, body);
    }

    private static List<KernelCase> products() {
        return List.of(
                kernel(
                                "gemm",
                                (q, c) -> q.gemm(
                                        c.t(0), c.t(1), c.m, c.n, c.k, 1.25, c.a(0), c.off(0), c.ld(0), c.a(1),
                                        c.off(1), c.ld(1), 0.5, c.a(2), c.off(2), c.ld(2)))
                        .flippable("a", M, K)
                        .flippable("b", K, N)
                        .matrix(UPDATE, "c", M, N),
                kernel(
                                "gemm",
                                (q, c) -> q.gemm(
                                        c.t(0), c.t(1), c.m, c.n, c.k, 1, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1),
                                        c.ld(1), 0, c.a(2), c.off(2), c.ld(2)))
                        .flippable("a", M, K)
                        .flippable("b", K, N)
                        .matrix(OUT, "c", M, N),
                kernel(
                                "gemmBatched",
                                (q, c) -> q.gemmBatched(
                                        c.t(0),
                                        c.t(1),
                                        c.m,
                                        c.n,
                                        c.k,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.beside(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1),
                                        0,
                                        0.5,
                                        c.a(2),
                                        c.off(2),
                                        c.ld(2),
                                        Math.max(1, c.beside(2)),
                                        2))
                        .flippable("a", M, TWO_K)
                        .flippable("b", K, N)
                        .matrix(UPDATE, "c", M, TWO_N),
                kernel(
                                "gemmBatched",
                                (q, c) -> q.gemmBatched(
                                        c.t(0),
                                        c.t(1),
                                        c.m,
                                        c.n,
                                        c.k,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.below(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1),
                                        c.below(1),
                                        0,
                                        c.a(2),
                                        c.off(2),
                                        c.ld(2),
                                        Math.max(1, c.below(2)),
                                        2))
                        .flippable("a", TWO_M, K)
                        .flippable("b", TWO_K, N)
                        .matrix(OUT, "c", TWO_M, N),
                kernel(
                                "gemm",
                                (q, c) -> q.gemm(
                                        c.t(0),
                                        c.t(1),
                                        c.m,
                                        c.n,
                                        c.k,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1),
                                        0.5,
                                        c.a(2),
                                        c.off(2),
                                        c.ld(2),
                                        Epilogue.columnBias(c.a(3), c.off(3))
                                                .plus(c.a(4), c.off(4), c.ld(4))
                                                .andThen(Epilogue.Activation.GELU)))
                        .flippable("a", M, K)
                        .flippable("b", K, N)
                        .matrix(UPDATE, "c", M, N)
                        .row(IN, "the column bias", N)
                        .matrix(IN, "the residual", M, N),
                kernel(
                                "gemm",
                                (q, c) -> q.gemm(
                                        c.t(0),
                                        c.m,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        q.pack(c.t(1), c.k, c.n, c.a(1), c.off(1), c.ld(1)),
                                        0,
                                        c.a(2),
                                        c.off(2),
                                        c.ld(2),
                                        Epilogue.activation(Epilogue.Activation.RELU)))
                        .calls("pack")
                        .flippable("a", M, K)
                        .flippable("b", K, N)
                        .matrix(OUT, "c", M, N)
                        .packs("b"),
                kernel(
                                "gemmBias",
                                (q, c) -> q.gemmBias(
                                        c.t(0), c.t(1), c.m, c.n, c.k, 1.25, c.a(0), c.off(0), c.ld(0), c.a(1),
                                        c.off(1), c.ld(1), c.a(2), c.off(2), c.ld(2), c.a(3), c.off(3)))
                        .flippable("a", M, K)
                        .flippable("b", K, N)
                        .matrix(OUT, "c", M, N)
                        .row(IN, "bias", N),
                kernel(
                                "gemv",
                                (q, c) -> q.gemv(
                                        c.t(0),
                                        c.storedRows(0),
                                        c.storedCols(0),
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1),
                                        0.5,
                                        c.a(2),
                                        c.off(2),
                                        c.ld(2)))
                        .flippable("a", M, N)
                        .increment(IN, "x", N)
                        .increment(UPDATE, "y", M),
                kernel(
                                "symv",
                                (q, c) -> q.symv(
                                        Triangle.LOWER,
                                        c.m,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1),
                                        0,
                                        c.a(2),
                                        c.off(2),
                                        c.ld(2)))
                        .of(LOWER)
                        .matrix(IN, "a", M, M)
                        .increment(IN, "x", M)
                        .increment(OUT, "y", M)
                        .threadedFrom(740),
                kernel(
                                "symv",
                                (q, c) -> q.symv(
                                        Triangle.UPPER,
                                        c.m,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1),
                                        0.5,
                                        c.a(2),
                                        c.off(2),
                                        c.ld(2)))
                        .of(UPPER)
                        .matrix(IN, "a", M, M)
                        .increment(IN, "x", M)
                        .increment(UPDATE, "y", M)
                        .threadedFrom(740),
                kernel(
                                "ger",
                                (q, c) -> q.ger(
                                        c.m, c.n, 1.25, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1), c.ld(1), c.a(2),
                                        c.off(2), c.ld(2)))
                        .increment(IN, "x", M)
                        .increment(IN, "y", N)
                        .matrix(UPDATE, "a", M, N));
    }

    private static List<KernelCase> triangles() {
        return List.of(
                kernel(
                                "syrk",
                                (q, c) -> q.syrk(
                                        Triangle.LOWER,
                                        c.t(0),
                                        c.m,
                                        c.k,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        0.5,
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .flippable("a", M, K)
                        .matrix(UPDATE, "c", M, M),
                kernel(
                                "syrk",
                                (q, c) -> q.syrk(
                                        Triangle.UPPER,
                                        c.t(0),
                                        c.m,
                                        c.k,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        0.5,
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .flippable("a", M, K)
                        .matrix(UPDATE, "c", M, M),
                kernel(
                                "trmm",
                                (q, c) -> q.trmm(
                                        Side.LEFT,
                                        Triangle.LOWER,
                                        Transpose.NO,
                                        Diagonal.NON_UNIT,
                                        c.m,
                                        c.n,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .of(LOWER)
                        .matrix(IN, "a", M, M)
                        .matrix(UPDATE, "b", M, N),
                kernel(
                                "trmm",
                                (q, c) -> q.trmm(
                                        Side.RIGHT,
                                        Triangle.LOWER,
                                        Transpose.YES,
                                        Diagonal.UNIT,
                                        c.m,
                                        c.n,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .of(LOWER)
                        .matrix(IN, "a", N, N)
                        .matrix(UPDATE, "b", M, N),
                kernel(
                                "trsm",
                                (q, c) -> q.trsm(
                                        Side.LEFT,
                                        Triangle.LOWER,
                                        Transpose.NO,
                                        Diagonal.NON_UNIT,
                                        c.m,
                                        c.n,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .of(LOWER)
                        .matrix(IN, "a", M, M)
                        .matrix(UPDATE, "b", M, N),
                kernel(
                                "trsm",
                                (q, c) -> q.trsm(
                                        Side.RIGHT,
                                        Triangle.LOWER,
                                        Transpose.YES,
                                        Diagonal.NON_UNIT,
                                        c.m,
                                        c.n,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .of(LOWER)
                        .matrix(IN, "a", N, N)
                        .matrix(UPDATE, "b", M, N),
                kernel(
                                "trmm",
                                (q, c) -> q.trmm(
                                        Side.LEFT,
                                        Triangle.UPPER,
                                        Transpose.YES,
                                        Diagonal.NON_UNIT,
                                        c.m,
                                        c.n,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .of(UPPER)
                        .matrix(IN, "a", M, M)
                        .matrix(UPDATE, "b", M, N),
                kernel(
                                "trmm",
                                (q, c) -> q.trmm(
                                        Side.RIGHT,
                                        Triangle.UPPER,
                                        Transpose.NO,
                                        Diagonal.UNIT,
                                        c.m,
                                        c.n,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .of(UPPER)
                        .matrix(IN, "a", N, N)
                        .matrix(UPDATE, "b", M, N),
                kernel(
                                "trsm",
                                (q, c) -> q.trsm(
                                        Side.LEFT,
                                        Triangle.UPPER,
                                        Transpose.YES,
                                        Diagonal.NON_UNIT,
                                        c.m,
                                        c.n,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .of(UPPER)
                        .matrix(IN, "a", M, M)
                        .matrix(UPDATE, "b", M, N),
                kernel(
                                "trsm",
                                (q, c) -> q.trsm(
                                        Side.RIGHT,
                                        Triangle.UPPER,
                                        Transpose.NO,
                                        Diagonal.NON_UNIT,
                                        c.m,
                                        c.n,
                                        1.25,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .of(UPPER)
                        .matrix(IN, "a", N, N)
                        .matrix(UPDATE, "b", M, N));
    }

    private static List<KernelCase> sums() {
        return List.of(
                kernel("sum", (q, c) -> c.result(1, q.sum(c.a(0), c.off(0), c.n)))
                        .row(IN, "x", N)
                        .result(),
                kernel("dot", (q, c) -> c.result(2, q.dot(c.a(0), c.off(0), c.a(1), c.off(1), c.n)))
                        .row(IN, "x", N)
                        .row(IN, "y", N)
                        .result(),
                kernel("sumSquares", (q, c) -> c.result(1, q.sumSquares(c.a(0), c.off(0), c.n)))
                        .calls("dot")
                        .row(IN, "x", N)
                        .result(),
                kernel("allFinite", (q, c) -> c.result(1, q.allFinite(c.a(0), c.off(0), c.n) ? 1 : 0))
                        .calls("firstNonFinite")
                        .row(IN, "x", N)
                        .result(),
                kernel("firstNonFinite", (q, c) -> c.result(1, q.firstNonFinite(c.a(0), c.off(0), c.n)))
                        .row(IN, "x", N)
                        .result(),
                kernel("sumRows", (q, c) -> q.sumRows(c.m, c.n, c.a(0), c.off(0), c.ld(0), 0, c.a(1), c.off(1)))
                        .matrix(IN, "x", M, N)
                        .row(OUT, "out", N),
                kernel("sumRows", (q, c) -> q.sumRows(c.m, c.n, c.a(0), c.off(0), c.ld(0), 0.5, c.a(1), c.off(1)))
                        .matrix(IN, "x", M, N)
                        .row(UPDATE, "out", N),
                kernel(
                                "cumulativeSum",
                                (q, c) -> q.cumulativeSum(
                                        c.m, c.n, false, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1), c.ld(1)))
                        .matrix(IN, "in", M, N)
                        .matrix(OUT, "out", M, N),
                kernel(
                                "cumulativeSumRows",
                                (q, c) -> q.cumulativeSumRows(
                                        c.m, c.n, true, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1), c.ld(1)))
                        .matrix(IN, "in", M, N)
                        .matrix(OUT, "out", M, N),
                kernel(
                                "cumulativeSum",
                                (q, c) -> q.cumulativeSum(
                                        c.m, c.n, true, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1), c.ld(1)))
                        .matrix(IN, "in", M, N)
                        .matrix(OUT, "out", M, N),
                kernel(
                                "cumulativeSumRows",
                                (q, c) -> q.cumulativeSumRows(
                                        c.m, c.n, false, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1), c.ld(1)))
                        .matrix(IN, "in", M, N)
                        .matrix(OUT, "out", M, N),
                kernel("argMax", (q, c) -> {
                            int[] out = c.indices(c.rowsWithElements());
                            q.argMax(c.rowsWithElements(), c.n, c.a(0), c.off(0), c.ld(0), out, 0);
                            c.results(1, out);
                        })
                        .matrix(IN, "in", M, N)
                        .results(M),
                kernel("argMin", (q, c) -> {
                            int[] out = c.indices(c.rowsWithElements());
                            q.argMin(c.rowsWithElements(), c.n, c.a(0), c.off(0), c.ld(0), out, 0);
                            c.results(1, out);
                        })
                        .matrix(IN, "in", M, N)
                        .results(M));
    }

    /// Over an axis in the middle, and over the last one.
    private static List<KernelCase> reductions() {
        List<KernelCase> reductions = new ArrayList<>();
        for (Reduction reduction : Reduction.values()) {
            reductions.add(
                    kernel("reduce", (q, c) -> q.reduce(reduction, c.m, c.n, c.k, c.a(0), c.off(0), c.a(1), c.off(1)))
                            .dense(IN, "in", M, NK)
                            .dense(OUT, "out", M, K));
            reductions.add(
                    kernel("reduce", (q, c) -> q.reduce(reduction, c.m, c.n, 1, c.a(0), c.off(0), c.a(1), c.off(1)))
                            .dense(IN, "in", M, N)
                            .row(OUT, "out", M));
        }
        return reductions;
    }

    private static List<KernelCase> elements() {
        return List.of(
                kernel("fill", (q, c) -> q.fill(c.a(0), c.off(0), c.n, 1.5)).row(OUT, "x", N),
                kernel("axpy", (q, c) -> q.axpy(c.n, 0.75, c.a(0), c.off(0), c.a(1), c.off(1)))
                        .row(IN, "x", N)
                        .row(UPDATE, "y", N),
                kernel("rot", (q, c) -> q.rot(c.n, c.a(0), c.off(0), c.a(1), c.off(1), 0.6, 0.8))
                        .row(UPDATE, "x", N)
                        .row(UPDATE, "y", N),
                kernel("scale", (q, c) -> q.scale(c.n, 0.75, c.a(0), c.off(0))).row(UPDATE, "x", N),
                kernel(
                                "transpose",
                                (q, c) -> q.transpose(c.m, c.n, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1), c.ld(1)))
                        .matrix(IN, "in", M, N)
                        .matrix(OUT, "out", N, M)
                        .tolerance(0),
                kernel(
                                "copyStrided",
                                (q, c) -> q.copyStrided(
                                        new int[] {c.m, c.n},
                                        c.a(0),
                                        c.off(0),
                                        new int[] {c.ld(0), 1},
                                        c.a(1),
                                        c.off(1),
                                        new int[] {1, c.ld(1)}))
                        .strided(IN, "in", M, N)
                        .strided(OUT, "out", N, M)
                        .tolerance(0)
                        .apart(),
                kernel(
                                "gatherRows",
                                (q, c) -> q.gatherRows(
                                        c.picked(),
                                        c.n,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.index(),
                                        0,
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .matrix(IN, "in", K, N)
                        .matrix(OUT, "out", M, N)
                        .implies(K)
                        .tolerance(0),
                kernel(
                                "scatterAddRows",
                                (q, c) -> q.scatterAddRows(
                                        c.picked(),
                                        c.n,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.index(),
                                        0,
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .matrix(IN, "in", M, N)
                        .matrix(UPDATE, "out", K, N)
                        .implies(K),
                kernel("uniform", (q, c) -> q.uniform(KEY.key0(), KEY.key1(), 5, c.a(0), c.off(0), c.n, -1, 1))
                        .row(OUT, "x", N),
                kernel("normal", (q, c) -> q.normal(KEY.key0(), KEY.key1(), 5, c.a(0), c.off(0), c.n, 0, 1))
                        .row(OUT, "x", N)
                        .tolerance(64));
    }

    private static List<KernelCase> draws() {
        Distribution[] distributions = {
            new Distribution.Uniform(-1, 1),
            new Distribution.Normal(1, 2),
            new Distribution.Rademacher(),
            new Distribution.Exponential(2),
            new Distribution.TruncatedNormal(0, 1, -1, 3),
            new Distribution.Gamma(1.5, 1),
            new Distribution.Gamma(0.5, 2),
            new Distribution.Beta(2, 0.5)
        };
        List<KernelCase> draws = new ArrayList<>();
        for (Distribution distribution : distributions) {
            draws.add(kernel("draw", (q, c) -> q.draw(distribution, KEY.key0(), KEY.key1(), 5, c.a(0), c.off(0), c.n))
                    .calls("uniform")
                    .calls("normal")
                    .row(OUT, "x", N)
                    .tolerance(64));
        }
        return draws;
    }

    private static List<KernelCase> decompositions() {
        return List.of(
                kernel(
                                "MatrixExponential.inPlace",
                                (q, c) -> MatrixExponential.inPlace(q, c.m, c.a(0), c.off(0), c.ld(0)))
                        .of(DOMINANT)
                        .matrix(UPDATE, "a", M, M)
                        .tolerance(64),
                kernel(
                                "PivotedQr.factor",
                                (q, c) -> PivotedQr.factor(
                                        q, c.m, c.n, c.a(0), c.off(0), c.ld(0), c.indices(c.n), 0, c.a(1), c.off(1)))
                        .of(DOMINANT)
                        .matrix(UPDATE, "a", M, N)
                        .row(OUT, "tau", LEAST)
                        .destroys("a")
                        .destroys("tau"),
                kernel(
                                "GeneralizedEigen.decompose",
                                (q, c) -> GeneralizedEigen.decompose(
                                        q, c.m, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1), c.ld(1), c.a(2), c.off(2)))
                        .of(DEFINITE)
                        .matrix(UPDATE, "a", M, M)
                        .of(DEFINITE)
                        .matrix(UPDATE, "b", M, M)
                        .row(OUT, "values", M)
                        .tolerance(32)
                        .destroys("a")
                        .destroys("b"),
                kernel("Cholesky.factor", (q, c) -> Cholesky.factor(q, c.m, c.a(0), c.off(0), c.ld(0)))
                        .of(DEFINITE)
                        .matrix(UPDATE, "a", M, M),
                kernel(
                                "Cholesky.solve",
                                (q, c) -> Cholesky.solve(
                                        q, c.m, c.n, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1), c.ld(1)))
                        .of(LOWER)
                        .matrix(IN, "l", M, M)
                        .matrix(UPDATE, "b", M, N),
                kernel(
                                "Lu.factor",
                                (q, c) -> Lu.factor(
                                        q,
                                        c.m,
                                        c.n,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        new int[Math.max(0, Math.min(c.m, c.n))],
                                        0))
                        .of(DOMINANT)
                        .matrix(UPDATE, "a", M, N),
                kernel(
                                "Lu.solve",
                                (q, c) -> Lu.solve(
                                        q,
                                        Transpose.YES,
                                        c.m,
                                        c.n,
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.numbers(c.m),
                                        0,
                                        c.a(1),
                                        c.off(1),
                                        c.ld(1)))
                        .of(DOMINANT)
                        .matrix(IN, "factors", M, M)
                        .matrix(UPDATE, "b", M, N),
                kernel(
                                "Qr.apply",
                                (q, c) -> Qr.apply(
                                        q,
                                        Transpose.YES,
                                        c.m,
                                        c.n,
                                        c.cols(0),
                                        c.a(0),
                                        c.off(0),
                                        c.ld(0),
                                        c.a(1),
                                        c.off(1),
                                        c.a(2),
                                        c.off(2),
                                        c.ld(2)))
                        .of(DOMINANT)
                        .matrix(IN, "a", M, LEAST)
                        .row(IN, "tau", LEAST)
                        .matrix(UPDATE, "c", M, N),
                kernel(
                                "Qr.form",
                                (q, c) -> Qr.form(
                                        q, c.m, c.cols(0), c.cols(0), c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1),
                                        c.a(2), c.off(2), c.ld(2)))
                        .of(DOMINANT)
                        .matrix(IN, "a", M, LEAST)
                        .row(IN, "tau", LEAST)
                        .matrix(OUT, "q", M, LEAST),
                kernel(
                                "Svd.compute",
                                (q, c) -> Svd.compute(
                                        q, c.m, c.n, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1), c.ld(1), c.a(2),
                                        c.off(2), c.a(3), c.off(3), c.ld(3)))
                        .of(DOMINANT)
                        .matrix(IN, "a", M, N)
                        .matrix(OUT, "u", M, LEAST)
                        .row(OUT, "s", LEAST)
                        .matrix(OUT, "vt", LEAST, N)
                        .tolerance(32)
                        .destroys("u")
                        .destroys("vt")
                        .threadedFrom(200),
                kernel(
                                "SymmetricEigen.decompose",
                                (q, c) -> SymmetricEigen.decompose(q, c.m, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1)))
                        .of(DEFINITE)
                        .matrix(UPDATE, "a", M, M)
                        .row(OUT, "values", M)
                        .tolerance(32)
                        .destroys("a"),
                kernel(
                                "MatrixSquareRoot.symmetricInPlace",
                                (q, c) -> MatrixSquareRoot.symmetricInPlace(q, true, c.m, c.a(0), c.off(0), c.ld(0)))
                        .of(DEFINITE)
                        .matrix(UPDATE, "a", M, M)
                        .tolerance(64),
                kernel(
                                "MatrixSquareRoot.inPlace",
                                (q, c) -> MatrixSquareRoot.inPlace(q, false, c.m, c.a(0), c.off(0), c.ld(0)))
                        .of(DOMINANT)
                        .matrix(UPDATE, "a", M, M)
                        .tolerance(64),
                kernel(
                                "Polar.orthogonalInPlace",
                                (q, c) -> Polar.orthogonalInPlace(q, c.m, c.n, c.a(0), c.off(0), c.ld(0)))
                        .of(DOMINANT)
                        .matrix(UPDATE, "a", M, N)
                        .tolerance(64)
                        .threadedFrom(200),
                kernel("Qr.factor", (q, c) -> Qr.factor(q, c.m, c.n, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1)))
                        .of(DOMINANT)
                        .matrix(UPDATE, "a", M, N)
                        .row(OUT, "tau", LEAST),
                kernel(
                                "Svd.computeValues",
                                (q, c) -> Svd.computeValues(q, c.m, c.n, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1)))
                        .of(DOMINANT)
                        .matrix(IN, "a", M, N)
                        .row(OUT, "s", LEAST)
                        .tolerance(32),
                kernel(
                                "SymmetricEigen.values",
                                (q, c) -> SymmetricEigen.values(q, c.m, c.a(0), c.off(0), c.ld(0), c.a(1), c.off(1)))
                        .of(DEFINITE)
                        .matrix(UPDATE, "a", M, M)
                        .row(OUT, "values", M)
                        .tolerance(32)
                        .destroys("a"));
    }

    /// One head, with M queries, N keys, and K elements of each.
    private static List<KernelCase> attention() {
        return List.of(
                kernel(
                                "attention.forward",
                                (q, c) -> attention(q, c)
                                        .causal()
                                        .forward(c.head(0), c.head(1), c.head(2), c.head(3), c.a(4), c.off(4)))
                        .strided(IN, "q", M, K)
                        .strided(IN, "k", N, K)
                        .strided(IN, "v", N, K)
                        .strided(OUT, "out", M, K)
                        .row(OUT, "lse", M)
                        .calls("attention"),
                kernel(
                                "attention.backward",
                                (q, c) -> attention(q, c)
                                        .dropout(0.25, KEY)
                                        .backward(
                                                c.head(0), c.head(1), c.head(2), c.head(3), c.a(4), c.off(4), c.head(5),
                                                c.head(6), c.head(7), c.head(8)))
                        .strided(IN, "q", M, K)
                        .strided(IN, "k", N, K)
                        .strided(IN, "v", N, K)
                        .strided(IN, "out", M, K)
                        .row(IN, "lse", M)
                        .strided(IN, "dOut", M, K)
                        .strided(OUT, "dq", M, K)
                        .strided(OUT, "dk", N, K)
                        .strided(OUT, "dv", N, K)
                        .calls("attention"));
    }

    private static Attention<Object> attention(Kernels<Object> q, KernelCall c) {
        return Attention.of(q, new Attention.Sizes(1, 1, c.m, c.n, c.k, c.k), 0.5);
    }

    /// The ready chains, with all arrays as matrices and vectors of their own strides.
    private static List<KernelCase> chains() {
        List<KernelCase> chains = new ArrayList<>();
        for (Field field : Chains.class.getFields()) {
            if (field.getType() == Chain.class) {
                try {
                    chains.add(chain((Chain) field.get(null)));
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return chains;
    }

    private static KernelCase chain(Chain chain) {
        Graph graph = chain.graph();
        double[] scalars = new double[graph.scalars()];
        Arrays.fill(scalars, 0.25);
        RowKernel[] others = new RowKernel[Precision.values().length];
        boolean simd = Simd.provider() == Simd.Provider.SIMD;
        KernelCase line = kernel("chain " + chain.name(), (q, c) -> {
            Precision precision = q.precision();
            if (c.isOfThisProvider()) {
                chain.run(precision, c.m, c.n, c.arrays, c.offsets, c.lds, scalars);
                return;
            }
            if (others[precision.ordinal()] == null) {
                others[precision.ordinal()] = ChainCompiler.compile(chain.name(), graph, precision, !simd);
            }
            others[precision.ordinal()].run(c.m, c.n, c.arrays, c.offsets, c.lds, scalars);
        });
        for (int k = 0; k < graph.arrays(); k++) {
            int array = k;
            if (chain == Chains.CROSS_ENTROPY && k == 1) {
                line.of(LABELS);
            }
            boolean added = graph.stores().stream()
                    .anyMatch(store -> store instanceof Graph.Store.Accumulate && store.array() == array);
            line.strided(
                    !graph.isOutput(k) ? IN : added ? UPDATE : OUT,
                    "array " + k,
                    M,
                    graph.isPerRow(k) ? KernelCase.Size.ONE : N);
        }
        return line.checkedByThisProvider();
    }
}
