package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;

import adjoint.linalg.Precision;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;

/// The element type of generated code, with the names of its array and vector types. Names only: nothing of
/// `jdk.incubator.vector` is linked by using this.
enum ElementType {
    F32(TypeKind.FLOAT, CD_float, "Float", "Int"),
    F64(TypeKind.DOUBLE, CD_double, "Double", "Long");

    final TypeKind kind;
    final ClassDesc element;
    final ClassDesc array;
    final ClassDesc vector;
    /// The vector of integers of the size of an element.
    final ClassDesc integers;
    /// The class with the constants that generated code needs about `vector`.
    final ClassDesc constants;
    /// `Float` or `Double`: how names of classes of this type begin.
    final String prefix;

    static ElementType of(Precision precision) {
        return precision == Precision.F32 ? F32 : F64;
    }

    ElementType(TypeKind kind, ClassDesc element, String prefix, String integer) {
        this.kind = kind;
        this.element = element;
        this.array = element.arrayType();
        this.vector = ClassDesc.of("jdk.incubator.vector." + prefix + "Vector");
        this.integers = ClassDesc.of("jdk.incubator.vector." + integer + "Vector");
        this.constants = ClassDesc.of(ElementType.class.getPackageName(), prefix + "VectorConstants");
        this.prefix = prefix;
    }
}
