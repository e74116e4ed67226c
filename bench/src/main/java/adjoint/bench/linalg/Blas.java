package adjoint.bench.linalg;

import adjoint.bench.Operation;
import adjoint.bench.Unit;
import adjoint.linalg.Precision;
import java.util.Arrays;

/// A product of BLAS that is not a general one of two matrices; all matrices are square, of order n, and row-major.
public record Blas(Kind kind, Precision precision, int n) implements Operation {
    /// What is computed of the matrix A, input 0, and inputs 1 and 2, and how many operations that takes, as n² or n³.
    public enum Kind {
        /// `A·x`.
        GEMV("gemv N", false),
        /// `Aᵀ·x`.
        GEMV_TRANSPOSED("gemv T", false),
        /// `A·x` for the symmetric A that has this lower triangle.
        SYMV("symv", false),
        /// `A + x·yᵀ`, in place: every second call takes away what the one before has added.
        GER("ger", false),
        /// The lower triangle of `A·Aᵀ`.
        SYRK("syrk", true),
        /// `L·B` for the lower triangle L of A, in place; that B is copied first is part of what is measured.
        TRMM("trmm", true),
        /// `L⁻¹·B`, likewise.
        TRSM("trsm", true);

        private final String text;
        private final boolean ofMatrices;

        Kind(String text, boolean ofMatrices) {
            this.text = text;
            this.ofMatrices = ofMatrices;
        }
    }

    @Override
    public String kernel() {
        return kind.text;
    }

    @Override
    public String shape() {
        return n + "×" + n;
    }

    @Override
    public Unit unit() {
        return Unit.GIGAFLOPS;
    }

    @Override
    public double work() {
        return kind.ofMatrices ? (double) n * n * n : 2.0 * n * n;
    }

    @Override
    public double tolerance() {
        return precision == Precision.F32 ? 2e-5 : 1e-12;
    }

    /// A of normal draws, with a diagonal that makes triangles of it well-conditioned, or another input: a vector or a
    /// matrix.
    public Object input(int number) {
        Object array = Inputs.normal(precision, 30 + number, number == 0 || kind.ofMatrices ? n * n : n);
        for (int i = 0; number == 0 && i < n; i++) {
            switch (array) {
                case float[] a -> a[i * (n + 1)] += (float) Math.sqrt(8.0 * n);
                case double[] a -> a[i * (n + 1)] += Math.sqrt(8.0 * n);
                default -> throw new IllegalArgumentException("no array of numbers: " + array);
            }
        }
        return array;
    }

    /// Of a triangle what belongs to it.
    @Override
    public double[] sketch(Object result) {
        double[] values = Operation.doubles(result);
        for (int i = 0; kind == Kind.SYRK && i < n; i++) {
            Arrays.fill(values, i * n + i + 1, (i + 1) * n, 0);
        }
        return Operation.samples(values);
    }
}
