package adjoint.linalg.internal;

import adjoint.linalg.Chain;
import adjoint.linalg.Chains;
import adjoint.linalg.Epilogue;
import adjoint.linalg.Expr;
import adjoint.linalg.Precision;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// What is left of an [Epilogue] when a block of C is done: chains over the block, which still lies in the cache. One
/// term a tile adds for nothing, as the S of its `alpha·sums + s`; that one is not left.
final class Finish {
    /// The terms of an epilogue, as bits.
    static final int COLUMN_BIAS = 1;

    static final int ROW_BIAS = 2;
    static final int RESIDUAL = 4;

    /// By the terms that they add.
    private static final AtomicReferenceArray<Chain> SUMS = new AtomicReferenceArray<>(8);

    /// At n, what a chain of n arrays takes, for the thread's own use.
    private static final ThreadLocal<Arguments[]> ARGUMENTS = ThreadLocal.withInitial(() -> new Arguments[6]);

    private static final double[] NO_SCALARS = {};

    private record Arguments(Object[] arrays, int[] offsets, int[] strides) {
        static Arguments of(int n) {
            Arguments[] mine = ARGUMENTS.get();
            if (mine[n] == null) {
                mine[n] = new Arguments(new Object[n], new int[n], new int[n]);
            }
            return mine[n];
        }

        void set(int i, Object array, int offset, int stride) {
            arrays[i] = array;
            offsets[i] = offset;
            strides[i] = stride;
        }

        void run(Chain chain, Precision precision, int rows, int cols) {
            chain.run(precision, rows, cols, arrays, offsets, strides, NO_SCALARS);
            Arrays.fill(arrays, null);
        }
    }

    private Finish() {}

    /// All terms of an epilogue.
    static int terms(Epilogue<?> e) {
        return (e.columnBias() == null ? 0 : COLUMN_BIAS)
                | (e.rowBias() == null ? 0 : ROW_BIAS)
                | (e.residual() == null ? 0 : RESIDUAL);
    }

    /// Adds these terms to `rows × cols` elements of C that start at `(row, column)` of it, and applies the function.
    static void run(
            Epilogue<?> e,
            int terms,
            Precision precision,
            int rows,
            int cols,
            Object c,
            int cOff,
            int ldc,
            int row,
            int column) {
        if (terms != 0) {
            Arguments sum = Arguments.of(2 + Integer.bitCount(terms));
            int n = 0;
            sum.set(n++, c, cOff, ldc);
            if ((terms & COLUMN_BIAS) != 0) {
                sum.set(n++, e.columnBias(), e.columnBiasOff() + column, 0);
            }
            if ((terms & ROW_BIAS) != 0) {
                sum.set(n++, e.rowBias(), e.rowBiasOff() + row, 1);
            }
            if ((terms & RESIDUAL) != 0) {
                int at = e.residualOff() + row * e.ldResidual() + column;
                sum.set(n++, e.residual(), at, e.ldResidual());
            }
            sum.set(n, c, cOff, ldc);
            sum.run(sum(terms), precision, rows, cols);
        }
        Chain function = switch (e.activation()) {
            case NONE -> null;
            case RELU -> Chains.RELU;
            case GELU -> Chains.GELU;
        };
        if (function != null) {
            Arguments inPlace = Arguments.of(2);
            inPlace.set(0, c, cOff, ldc);
            inPlace.set(1, c, cOff, ldc);
            inPlace.run(function, precision, rows, cols);
        }
    }

    private static Chain sum(int terms) {
        if (SUMS.get(terms) == null) {
            SUMS.compareAndSet(terms, null, define(terms));
        }
        return SUMS.get(terms);
    }

    private static Chain define(int terms) {
        return Chain.define("epilogue" + terms, c -> {
            Expr x = c.in();
            if ((terms & COLUMN_BIAS) != 0) {
                x = x.add(c.in());
            }
            if ((terms & ROW_BIAS) != 0) {
                x = x.add(c.perRow());
            }
            if ((terms & RESIDUAL) != 0) {
                x = x.add(c.in());
            }
            c.out(x);
        });
    }
}
