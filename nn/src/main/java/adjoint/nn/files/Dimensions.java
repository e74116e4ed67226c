package adjoint.nn.files;

import java.io.IOException;
import java.util.Arrays;

/// Shapes as files have them: numbers nobody has checked.
final class Dimensions {
    static final int MAX_RANK = 32;

    private Dimensions() {}

    /// @throws IOException if there are too many elements for an array
    static int[] checked(long[] dims, String what) throws IOException {
        long size = 1;
        int[] shape = new int[dims.length];
        boolean empty = Arrays.stream(dims).anyMatch(dim -> dim == 0);
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] > Integer.MAX_VALUE || !empty && size > Integer.MAX_VALUE / dims[i]) {
                throw new IOException(
                        what + " of shape " + Arrays.toString(dims) + " has more elements than an array can hold");
            }
            shape[i] = (int) dims[i];
            size *= empty ? 1 : dims[i];
        }
        return shape;
    }
}
