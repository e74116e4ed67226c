package adjoint.linalg.internal;

import adjoint.linalg.Distribution;

/// Draws of the distributions that are computed in double precision whatever the array.
public final class DistributionDraws {
    private static final int BLOCK = DoubleDraws.BLOCK;

    private final DoubleDraws draws;

    private DistributionDraws(DoubleDraws draws) {
        this.draws = draws;
    }

    /// Draws in plain Java.
    public static DistributionDraws scalar() {
        return new DistributionDraws(new DoubleDraws());
    }

    /// Draws with vector instructions. Links `jdk.incubator.vector`.
    public static DistributionDraws simd() {
        return new DistributionDraws(new DoubleSimdDraws());
    }

    /// `x[off + i]` = the draw of `counter + i`.
    public void fill(Distribution distribution, long key, long counter, double[] x, int off, int n) {
        double[] block = DoubleScratch.take(BLOCK);
        for (int from = 0; from < n; from += BLOCK) {
            int length = Math.min(BLOCK, n - from);
            fill(distribution, key, counter + from, block, length);
            System.arraycopy(block, 0, x, off + from, length);
        }
        DoubleScratch.give(block);
    }

    /// `x[off + i]` = the draw of `counter + i`, rounded.
    public void fill(Distribution distribution, long key, long counter, float[] x, int off, int n) {
        double[] block = DoubleScratch.take(BLOCK);
        for (int from = 0; from < n; from += BLOCK) {
            int length = Math.min(BLOCK, n - from);
            fill(distribution, key, counter + from, block, length);
            for (int i = 0; i < length; i++) {
                x[off + from + i] = (float) block[i];
            }
        }
        DoubleScratch.give(block);
    }

    private void fill(Distribution distribution, long key, long counter, double[] x, int n) {
        switch (distribution) {
            case Distribution.Uniform d ->
                draws.uniform(Keys.first(key), Keys.second(key), counter, x, 0, n, d.lo(), d.hi() - d.lo());
            case Distribution.Normal d ->
                draws.normal(Keys.first(key), Keys.second(key), counter, x, 0, n, d.mean(), d.deviation());
            case Distribution.Rademacher _ -> draws.signs(Keys.first(key), Keys.second(key), counter, x, 0, n);
            case Distribution.Exponential d -> exponential(d, key, counter, x, n);
            case Distribution.TruncatedNormal d -> truncatedNormal(d, key, counter, x, n);
            case Distribution.Gamma d -> GammaDraws.gamma(draws, key, counter, d.shape(), d.scale(), x, n);
            case Distribution.Beta d -> GammaDraws.beta(draws, key, counter, d.a(), d.b(), x, n);
        }
    }

    private void exponential(Distribution.Exponential d, long key, long counter, double[] x, int n) {
        draws.open(key, counter, x, n);
        draws.negativeLog(x, 0, n);
        for (int i = 0; i < n; i++) {
            x[i] *= d.mean();
        }
    }

    private void truncatedNormal(Distribution.TruncatedNormal d, long key, long counter, double[] x, int n) {
        double lo = (d.lo() - d.mean()) / d.deviation();
        double hi = (d.hi() - d.mean()) / d.deviation();
        TruncatedNormalDraws.fill(draws, key, counter, lo, hi, x, n);
        for (int i = 0; i < n; i++) {
            x[i] = Math.clamp(d.mean() + d.deviation() * x[i], d.lo(), d.hi());
        }
    }
}
