package adjoint.linalg.internal;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/// Defines generated classes. They are hidden: no name to look up, unloaded when no longer used, and their frames do
/// not show in stack traces unless Java runs with `-XX:+UnlockDiagnosticVMOptions -XX:+ShowHiddenFrames`.
///
/// With the system property `adjoint.linalg.dump=FOLDER` the bytes of each are also written to that folder, for
/// `javap -c -p`.
final class HiddenClass {
    private static final String DUMP = System.getProperty("adjoint.linalg.dump");

    private HiddenClass() {}

    /// An instance of a new class of this package that implements `type`, its methods written by `body`, which gets
    /// the builder and the class's own name.
    static <T> T instance(String name, Class<T> type, BiConsumer<ClassBuilder, ClassDesc> body) {
        ClassDesc self = ClassDesc.of(HiddenClass.class.getPackageName(), name);
        byte[] bytes = ClassFile.of().build(self, builder -> {
            builder.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
            builder.withInterfaceSymbols(type.describeConstable().orElseThrow());
            builder.withMethodBody(
                    INIT_NAME,
                    MTD_void,
                    ClassFile.ACC_PUBLIC,
                    code -> code.aload(0)
                            .invokespecial(CD_Object, INIT_NAME, MTD_void)
                            .return_());
            body.accept(builder, self);
        });
        if (DUMP != null) {
            dump(name, bytes);
        }
        try {
            MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
            Object instance = hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
            return type.cast(instance);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("cannot define the generated class " + name, e);
        }
    }

    private static void dump(String name, byte[] bytes) {
        try {
            Files.write(Path.of(DUMP, name + ".class"), bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the generated class to adjoint.linalg.dump=" + DUMP, e);
        }
    }
}
