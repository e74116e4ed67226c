package adjoint.linalg.internal;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// What generated code reads about the preferred species: these are compile-time constants for the JIT compiler only
/// where they are static final fields.
final class DoubleVectorConstants {
    private static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

    static final int LANES = SPECIES.length();

    /// The class of a vector of the preferred species, see [Emitter#exact].
    static final Class<?> VECTOR = SPECIES.vectorType();

    /// Integers, as many as there are lanes.
    static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, VectorShape.forBitSize(LANES * Integer.SIZE));

    static final VectorOperators.Conversion<Integer, Double> FROM_INT =
            VectorOperators.Conversion.ofCast(int.class, double.class);

    // Lane i takes lane i + d, around the end.
    static final VectorShuffle<?> ROTATE_1 = rotation(1);
    static final VectorShuffle<?> ROTATE_2 = rotation(2);
    static final VectorShuffle<?> ROTATE_4 = rotation(4);
    static final VectorShuffle<?> ROTATE_8 = rotation(8);
    static final VectorShuffle<?> ROTATE_16 = rotation(16);
    static final VectorShuffle<?> ROTATE_32 = rotation(32);

    // For a power of two d, the two selections of [TransposeEmitter] from the lanes of two vectors.
    static final Vector<?> LOW_1 = low(lanes(), 1);
    static final Vector<?> LOW_2 = low(lanes(), 2);
    static final Vector<?> LOW_4 = low(lanes(), 4);
    static final Vector<?> LOW_8 = low(lanes(), 8);
    static final Vector<?> HIGH_1 = high(lanes(), 1);
    static final Vector<?> HIGH_2 = high(lanes(), 2);
    static final Vector<?> HIGH_4 = high(lanes(), 4);
    static final Vector<?> HIGH_8 = high(lanes(), 8);

    private DoubleVectorConstants() {}

    /// A vector that a loop carries, cast to its class, which C2 otherwise knows from the profile of this JVM or not at
    /// all; see [Emitter#exact].
    static DoubleVector exact(DoubleVector v) {
        return (DoubleVector) VECTOR.cast(v);
    }

    private static VectorShuffle<?> rotation(int distance) {
        return VectorShuffle.iota(SPECIES, distance % LANES, 1, true);
    }

    /// The numbers of the lanes, as integers of the size of an element.
    private static Vector<?> lanes() {
        return DoubleVector.zero(SPECIES).viewAsIntegralLanes().addIndex(1);
    }

    /// Lane l of the first vector where `l & d = 0`, else lane `l - d` of the second.
    private static <E> Vector<E> low(Vector<E> lane, int distance) {
        return lane.blend(lane.lanewise(VectorOperators.ADD, LANES - distance), isUpper(lane, distance));
    }

    /// Lane l of the second vector where `l & d ≠ 0`, else lane `l + d` of the first.
    private static <E> Vector<E> high(Vector<E> lane, int distance) {
        Vector<E> shifted = lane.lanewise(VectorOperators.ADD, distance);
        return shifted.blend(lane.lanewise(VectorOperators.ADD, LANES), isUpper(lane, distance));
    }

    private static <E> VectorMask<E> isUpper(Vector<E> lane, int distance) {
        return lane.lanewise(VectorOperators.AND, distance).compare(VectorOperators.NE, 0);
    }
}
