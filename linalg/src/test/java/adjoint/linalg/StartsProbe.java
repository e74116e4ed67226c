package adjoint.linalg;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;

/// Warms up a share of the chains, and prints those that go on allocating: `StartsProbe share shares`.
final class StartsProbe {
    private static final int ROWS = 16;

    /// Several vectors for the main loop, one or more for the loop behind it, and a rest.
    private static final int COLUMNS = 93;

    public static void main(String[] args) throws IllegalAccessException {
        int share = Integer.parseInt(args[0]);
        int shares = Integer.parseInt(args[1]);
        List<Chain> chains = chains();
        int checked = 0;
        for (int i = share; i < chains.size(); i += shares) {
            for (Precision precision : Precision.values()) {
                long bytes = Allocated.least(call(chains.get(i), precision, ROWS, COLUMNS));
                if (bytes > 0) {
                    System.out.println(chains.get(i) + " in " + precision + ": " + bytes + " bytes");
                }
                checked++;
            }
        }
        System.out.println("checked " + checked);
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
