package adjoint.linalg;

import adjoint.linalg.internal.WarmUp;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Has a share of the chains compiled, which takes that they are tried at their first call, and prints those that go on
/// allocating: `StartsProbe share shares`.
final class StartsProbe {
    private static final int ROWS = 16;

    /// Several vectors for the main loop, one or more for the loop behind it, and a rest.
    private static final int COLUMNS = 93;

    public static void main(String[] args) throws IllegalAccessException, InterruptedException {
        int share = Integer.parseInt(args[0]);
        int shares = Integer.parseInt(args[1]);
        List<Chain> chains = chains();
        Map<String, Runnable> calls = new LinkedHashMap<>();
        for (int i = share; i < chains.size(); i += shares) {
            for (Precision precision : Precision.values()) {
                calls.put(chains.get(i) + " in " + precision, call(chains.get(i), precision, ROWS, COLUMNS));
            }
        }
        calls.values().forEach(Runnable::run);
        WarmUp.await();
        System.out.println("given up " + WarmUp.givenUp());
        calls.forEach((name, call) -> {
            long bytes = Allocated.least(call);
            if (bytes > 0) {
                System.out.println(name + ": " + bytes + " bytes");
            }
        });
        System.out.println("checked " + calls.size());
    }

    static List<Chain> chains() throws IllegalAccessException {
        List<Chain> chains = new ArrayList<>();
        for (Field field : Chains.class.getFields()) {
            chains.add((Chain) field.get(null));
        }
        return chains;
    }

    private static Runnable call(Chain chain, Precision precision, int rows, int cols) {
        int n = chain.graph().arrays();
        Object[] arrays = new Object[n];
        int[] strides = new int[n];
        for (int k = 0; k < n; k++) {
            arrays[k] = precision.allocate(rows * cols);
            strides[k] = chain.graph().isPerRow(k) ? 1 : cols;
        }
        int[] offsets = new int[n];
        double[] scalars = new double[chain.graph().scalars()];
        return () -> chain.run(precision, rows, cols, arrays, offsets, strides, scalars);
    }
}
