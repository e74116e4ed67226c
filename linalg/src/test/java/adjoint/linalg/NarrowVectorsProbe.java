package adjoint.linalg;

import adjoint.linalg.internal.FloatTiles;
import adjoint.linalg.internal.WarmUp;
import java.util.ArrayList;
import java.util.List;

/// Prints where products and attention of the vector kernels differ from the scalar ones: once while stand-ins compute,
/// and once when all that was met is compiled.
final class NarrowVectorsProbe {
    /// Around the edges of the panels and blocks of tiles.
    private static final int[][] MORE_SIZES = {
        {31, 33, 5}, {37, 53, 71}, {65, 64, 9}, {5, 129, 66}, {130, 17, 3}, {1, 70, 40}, {70, 1, 40}
    };

    /// Tiles see where operands begin and how far rows are apart, and what is transposed.
    private static final List<KernelCall.Layout> LAYOUTS =
            List.of(KernelCall.Layout.STRIDED, KernelCall.Layout.TRANSPOSED);

    public static void main(String[] args) throws InterruptedException {
        System.out.println(FloatTiles.describe());
        int checked = compare();
        WarmUp.await();
        checked += compare();
        System.out.println(FloatTiles.describe());
        System.out.println("given up " + WarmUp.givenUp());
        System.out.println("checked " + checked);
    }

    private static int compare() {
        int checked = 0;
        List<Provided<?>> all = Provided.all();
        for (KernelCase kernel : KernelTable.all()) {
            if (!kernel.name.startsWith("gemm") && !kernel.name.startsWith("attention")) {
                continue;
            }
            List<int[]> sizes = new ArrayList<>(kernel.sizes());
            sizes.addAll(List.of(MORE_SIZES));
            for (int[] size : sizes) {
                KernelCall expected = call(kernel, all.get(1), KernelCall.Layout.CONTIGUOUS, size);
                for (Provided<?> p : all.subList(2, all.size())) {
                    for (KernelCall.Layout layout : LAYOUTS) {
                        String difference = call(kernel, p, layout, size).difference(expected);
                        if (!difference.isEmpty()) {
                            System.out.println("Differs: " + kernel + " " + p + " " + layout + " " + size[0] + ", "
                                    + size[1] + ", " + size[2] + ": " + difference);
                        }
                        checked++;
                    }
                }
            }
        }
        return checked;
    }

    private static KernelCall call(KernelCase kernel, Provided<?> p, KernelCall.Layout layout, int[] size) {
        KernelCall call = new KernelCall(kernel, p, layout, size[0], size[1], size[2]);
        call.run();
        return call;
    }
}
