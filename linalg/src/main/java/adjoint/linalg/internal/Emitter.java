package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Arrays;

/// Writes bytecode for one element type: the vocabulary that the tile and the chain generator share. Arguments named
/// `…Local` or of the documented kind are numbers of local variables.
///
/// What it emits is straight-line code on the vector classes, in the form the JIT compiler C2 turns into single
/// instructions: the species read from its static final field where it is used, vectors in locals only, array indices
/// affine in a loop's counter.
final class Emitter {
    static final ClassDesc VECTOR = ClassDesc.of("jdk.incubator.vector.Vector");
    static final ClassDesc SPECIES = ClassDesc.of("jdk.incubator.vector.VectorSpecies");
    static final ClassDesc MASK = ClassDesc.of("jdk.incubator.vector.VectorMask");
    static final ClassDesc SHUFFLE = ClassDesc.of("jdk.incubator.vector.VectorShuffle");
    static final ClassDesc OPERATORS = ClassDesc.of("jdk.incubator.vector.VectorOperators");

    final CodeBuilder code;
    final ElementType type;

    Emitter(CodeBuilder code, ElementType type) {
        this.code = code;
        this.type = type;
    }

    static MethodTypeDesc signature(ClassDesc result, ClassDesc... parameters) {
        return MethodTypeDesc.of(result, parameters);
    }

    int newReference() {
        return code.allocateLocal(TypeKind.REFERENCE);
    }

    int newInt() {
        return code.allocateLocal(TypeKind.INT);
    }

    int newElement() {
        return code.allocateLocal(type.kind);
    }

    // ---- vectors

    /// Pushes the preferred species of the element type.
    void species() {
        code.getstatic(type.vector, "SPECIES_PREFERRED", SPECIES);
    }

    /// Pushes the zero vector.
    void zero() {
        species();
        code.invokestatic(type.vector, "zero", signature(type.vector, SPECIES));
    }

    /// Species, element → vector.
    void broadcast() {
        code.invokestatic(type.vector, "broadcast", signature(type.vector, SPECIES, type.element));
    }

    /// Pushes `array[index + offset …]`.
    void load(int array, int index, int offset) {
        species();
        code.aload(array);
        sum(index, offset);
        code.invokestatic(type.vector, "fromArray", signature(type.vector, SPECIES, type.array, CD_int));
    }

    /// Vector → nothing; writes `array[index + offset …]`.
    void store(int array, int index, int offset) {
        code.aload(array);
        sum(index, offset);
        code.invokevirtual(type.vector, "intoArray", signature(CD_void, type.array, CD_int));
    }

    /// As [#store], only where the mask is set.
    void storeMasked(int array, int index, int offset, int mask) {
        code.aload(array);
        sum(index, offset);
        code.aload(mask);
        code.invokevirtual(type.vector, "intoArray", signature(CD_void, type.array, CD_int, MASK));
    }

    /// `sum = x·y + sum` for three vector locals.
    void accumulateProduct(int x, int y, int sum) {
        code.aload(x).aload(y).aload(sum);
        vectorMethod("fma", 3);
        code.astore(sum);
    }

    /// Pushes a vector that lives longer than one turn of a loop, cast to the class of the preferred species.
    ///
    /// Of such a local C2 may know no more than its declared, abstract class when it parses the loop. Whether it finds
    /// the method that a call on it runs then hangs on the profile that the vector API happens to have in this JVM; if
    /// it does not, the local stays an object, one new in every turn, for good. The cast tells it, and costs nothing.
    void exact(int local) {
        ClassDesc type = ConstantDescs.CD_Class;
        code.getstatic(this.type.constants, "VECTOR", type).aload(local);
        code.invokevirtual(type, "cast", signature(ConstantDescs.CD_Object, ConstantDescs.CD_Object));
        code.checkcast(this.type.vector);
    }

    /// `operands` vectors → vector, by an instance method of the vector class.
    void vectorMethod(String name, int operands) {
        ClassDesc[] parameters = new ClassDesc[operands - 1];
        Arrays.fill(parameters, VECTOR);
        code.invokevirtual(type.vector, name, signature(type.vector, parameters));
    }

    /// Vector → vector, whose lane i is lane `i + distance`, around the end.
    void rotate(int distance) {
        code.getstatic(type.constants, "ROTATE_" + distance, SHUFFLE);
        code.invokevirtual(type.vector, "rearrange", signature(type.vector, SHUFFLE));
    }

    /// Vector → element, by an associative operator that is exact.
    void reduceLanes(String operator) {
        ClassDesc associative = OPERATORS.nested("Associative");
        code.getstatic(OPERATORS, operator, associative);
        code.invokevirtual(type.vector, "reduceLanes", signature(type.element, associative));
    }

    /// Vector, replacement, mask → vector: the replacement where the mask is set.
    void blend() {
        code.invokevirtual(type.vector, "blend", signature(type.vector, VECTOR, MASK));
    }

    /// Sets the mask local to the lanes below `end - start`.
    void maskBelow(int mask, int start, int end) {
        species();
        code.iload(start).iload(end);
        code.invokeinterface(SPECIES, "indexInRange", signature(MASK, CD_int, CD_int));
        code.astore(mask);
    }

    // ---- scalars and control

    /// Pushes `local + offset`.
    void sum(int local, int offset) {
        code.iload(local);
        if (offset != 0) {
            code.loadConstant(offset).iadd();
        }
    }

    /// Pushes a constant of the element type.
    void constant(double value) {
        if (type == ElementType.F32) {
            code.loadConstant((float) value);
        } else {
            code.loadConstant(value);
        }
    }

    /// `for (; counter < limit; counter += step)`, the counter being set already.
    void loop(int counter, int limit, int step, Runnable body) {
        Label top = code.newLabel();
        Label end = code.newLabel();
        code.labelBinding(top).iload(counter).iload(limit).if_icmpge(end);
        body.run();
        code.iinc(counter, step).goto_(top).labelBinding(end);
    }

    /// `if (x < y) body`, for int locals.
    void ifLess(int x, int y, Runnable body) {
        Label end = code.newLabel();
        code.iload(x).iload(y).if_icmpge(end);
        body.run();
        code.labelBinding(end);
    }

    /// `if (reference != null) body`.
    void ifPresent(int reference, Runnable body) {
        Label end = code.newLabel();
        code.aload(reference).ifnull(end);
        body.run();
        code.labelBinding(end);
    }
}
