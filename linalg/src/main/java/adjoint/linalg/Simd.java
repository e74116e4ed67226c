package adjoint.linalg;

import adjoint.linalg.internal.DoubleLanes;
import adjoint.linalg.internal.DoubleTiles;
import adjoint.linalg.internal.FloatTiles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/// The choice of kernels, made once when the first is asked for.
///
/// | provider | when |
/// |---|---|
/// | [Provider#SIMD] | the module `jdk.incubator.vector` is in the boot layer and the JIT compiler C2 is at work |
/// | [Provider#SCALAR] | otherwise: same results to rounding, several times slower |
///
/// The system property `adjoint.linalg.provider` (`simd` or `scalar`) overrides the choice. Without the
/// module no class that mentions it is ever linked; one warning names the flag that would add it.
public final class Simd {
    /// Where the kernels come from.
    public enum Provider {
        /// Vector instructions by way of `jdk.incubator.vector`.
        SIMD,
        /// Plain Java.
        SCALAR
    }

    private record Choice(Provider provider, String reason) {}

    private static final String PROPERTY = "adjoint.linalg.provider";
    private static final String MODULE = "jdk.incubator.vector";

    private static final Choice CHOICE = choose();

    static final Kernels<float[]> F32 = kernels("adjoint.linalg.FloatKernels", "adjoint.linalg.FloatSimdKernels");
    static final Kernels<double[]> F64 = kernels("adjoint.linalg.DoubleKernels", "adjoint.linalg.DoubleSimdKernels");

    private Simd() {}

    /// The provider that was chosen.
    public static Provider provider() {
        return CHOICE.provider;
    }

    /// What was chosen and why, in one line.
    public static String describe() {
        return switch (CHOICE.provider) {
            case SIMD ->
                "simd kernels on " + DoubleLanes.bits() + "-bit vectors: " + CHOICE.reason + "; products in fp32 on "
                        + FloatTiles.describe() + ", in fp64 on " + DoubleTiles.describe();
            case SCALAR -> "scalar kernels: " + CHOICE.reason;
        };
    }

    private static Choice choose() {
        boolean present = ModuleLayer.boot().findModule(MODULE).isPresent();
        String wanted = System.getProperty(PROPERTY);
        if (wanted != null) {
            return forced(wanted, present);
        }
        if (!present) {
            warn("The module " + MODULE + " is not present: kernels run scalar, several times slower. "
                    + "Start Java with --add-modules " + MODULE);
            return new Choice(
                    Provider.SCALAR, "the module " + MODULE + " is absent, --add-modules " + MODULE + " would add it");
        }
        String mode = System.getProperty("java.vm.info", "");
        if (mode.contains("interpreted") || mode.contains("emulated-client")) {
            warn("The JIT compiler C2 is off (" + mode + "): kernels run scalar, many times slower.");
            return new Choice(Provider.SCALAR, "the JIT compiler C2 is off (" + mode + ")");
        }
        return new Choice(Provider.SIMD, "the module " + MODULE + " is present and C2 is on");
    }

    private static Choice forced(String wanted, boolean present) {
        String reason = "set by -D" + PROPERTY + "=" + wanted;
        return switch (wanted) {
            case "scalar" -> new Choice(Provider.SCALAR, reason);
            case "simd" -> {
                if (!present) {
                    throw new IllegalStateException("-D" + PROPERTY + "=simd needs the module " + MODULE
                            + ": start Java with --add-modules " + MODULE);
                }
                yield new Choice(Provider.SIMD, reason);
            }
            default ->
                throw new IllegalStateException("-D" + PROPERTY + " must be simd or scalar, got \"" + wanted + "\"");
        };
    }

    private static void warn(String text) {
        System.getLogger("adjoint.linalg").log(System.Logger.Level.WARNING, text);
    }

    private static <A> Kernels<A> kernels(String scalar, String simd) {
        return kernels(CHOICE.provider == Provider.SIMD ? simd : scalar);
    }

    /// A new instance of the kernels class of that name; the class is linked here and not before.
    @SuppressWarnings("unchecked")
    static <A> Kernels<A> kernels(String className) {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            Class<?> type = lookup.findClass(className);
            return (Kernels<A>) lookup.findConstructor(type, MethodType.methodType(void.class))
                    .invoke();
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("cannot create the kernels " + className, e);
        }
    }
}
