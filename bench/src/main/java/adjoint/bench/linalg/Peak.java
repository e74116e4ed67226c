package adjoint.bench.linalg;

import adjoint.bench.Contender;
import adjoint.bench.Operation;
import adjoint.bench.Task;
import adjoint.bench.Unit;
import adjoint.linalg.Precision;
import java.util.Optional;
import java.util.OptionalDouble;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The most that one core can do: fused multiply–adds on registers alone, as many independent ones as hide their
/// latency.
public final class Peak implements Contender {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    private static final int STEPS = 20_000;
    private static final int CHAINS = 12;

    @Override
    public String version() {
        return CHAINS + " chains of fused multiply–adds on " + FLOATS.vectorBitSize() + "-bit vectors";
    }

    @Override
    public Optional<Task> prepare(Operation operation) {
        if (operation.unit() != Unit.GIGAFLOPS) {
            return Optional.empty();
        }
        return Optional.of(operation.precision() == Precision.F32 ? new Floats() : new Doubles());
    }

    private static final class Floats implements Task {
        private final float[] sink = new float[FLOATS.length()];

        @Override
        public void call() {
            FloatVector factor = FloatVector.broadcast(FLOATS, 0.999f);
            FloatVector term = FloatVector.broadcast(FLOATS, 1e-3f);
            FloatVector a = term;
            FloatVector b = term;
            FloatVector c = term;
            FloatVector d = term;
            FloatVector e = term;
            FloatVector f = term;
            FloatVector g = term;
            FloatVector h = term;
            FloatVector i = term;
            FloatVector j = term;
            FloatVector k = term;
            FloatVector l = term;
            for (int step = 0; step < STEPS; step++) {
                a = a.fma(factor, term);
                b = b.fma(factor, term);
                c = c.fma(factor, term);
                d = d.fma(factor, term);
                e = e.fma(factor, term);
                f = f.fma(factor, term);
                g = g.fma(factor, term);
                h = h.fma(factor, term);
                i = i.fma(factor, term);
                j = j.fma(factor, term);
                k = k.fma(factor, term);
                l = l.fma(factor, term);
            }
            a.add(b).add(c).add(d).add(e).add(f).intoArray(sink, 0);
            g.add(h).add(i).add(j).add(k).add(l).intoArray(sink, 0);
        }

        @Override
        public Object result() {
            return null;
        }

        @Override
        public OptionalDouble work() {
            return OptionalDouble.of(2.0 * CHAINS * STEPS * FLOATS.length());
        }
    }

    private static final class Doubles implements Task {
        private final double[] sink = new double[DOUBLES.length()];

        @Override
        public void call() {
            DoubleVector factor = DoubleVector.broadcast(DOUBLES, 0.999);
            DoubleVector term = DoubleVector.broadcast(DOUBLES, 1e-3);
            DoubleVector a = term;
            DoubleVector b = term;
            DoubleVector c = term;
            DoubleVector d = term;
            DoubleVector e = term;
            DoubleVector f = term;
            DoubleVector g = term;
            DoubleVector h = term;
            DoubleVector i = term;
            DoubleVector j = term;
            DoubleVector k = term;
            DoubleVector l = term;
            for (int step = 0; step < STEPS; step++) {
                a = a.fma(factor, term);
                b = b.fma(factor, term);
                c = c.fma(factor, term);
                d = d.fma(factor, term);
                e = e.fma(factor, term);
                f = f.fma(factor, term);
                g = g.fma(factor, term);
                h = h.fma(factor, term);
                i = i.fma(factor, term);
                j = j.fma(factor, term);
                k = k.fma(factor, term);
                l = l.fma(factor, term);
            }
            a.add(b).add(c).add(d).add(e).add(f).intoArray(sink, 0);
            g.add(h).add(i).add(j).add(k).add(l).intoArray(sink, 0);
        }

        @Override
        public Object result() {
            return null;
        }

        @Override
        public OptionalDouble work() {
            return OptionalDouble.of(2.0 * CHAINS * STEPS * DOUBLES.length());
        }
    }
}
