package adjoint.linalg.internal;

import adjoint.linalg.Attention.Heads;
import adjoint.linalg.Attention.Sizes;
import adjoint.linalg.Kernels;
import adjoint.linalg.Parallel;
import java.util.Arrays;

/// One call of attention forward. Per item, keys and values are packed once, in blocks of keys; per block of queries,
/// the blocks of keys pass by, and each panel of queries takes its online softmax one step further:
///
/// ```
/// S = K·Qᵀ       m' = max(m, max S)      P = 2^(S − m')      l ← 2^(m − m')·l + ΣP      Oᵀ ← 2^(m − m')·Oᵀ + Vᵀ·P
/// ```
///
/// A panel of queries is computed in the same way whichever thread does it.
@SuppressWarnings("cast")
final class DoubleAttentionForward {
    /// The keys of a block, about: scores of a panel for them stay in the L1 cache.
    private static final int KEYS = 216;

    /// The panels that share what is read of the keys.
    private static final int PANELS = 4;

    /// The elements of packed keys and values that items share a region of threads for, at most.
    private static final int SHARED = 1 << 22;

    /// The multiply-adds that are worth a piece of work for a thread.
    private static final long WORTH_A_PIECE = 400_000;

    private final Kernels<double[]> kernels;
    private final DoubleAttentionBlocks blocks;
    private final DoubleAttentionMasks masks;
    private final int panel;
    private final int keyBlock;
    private final int queryBlock;

    private AttentionProblem<double[]> problem;
    private Sizes sizes;
    private Heads<double[]> q;
    private Heads<double[]> k;
    private Heads<double[]> v;
    private Heads<double[]> out;
    private double[] lse;
    private int lseOff;

    DoubleAttentionForward(Kernels<double[]> kernels, DoubleAttentionBlocks blocks) {
        this.kernels = kernels;
        this.blocks = blocks;
        this.masks = new DoubleAttentionMasks(kernels, blocks);
        this.panel = blocks.panel;
        this.keyBlock = KEYS / blocks.group * blocks.group;
        this.queryBlock = PANELS * panel;
    }

    void set(
            AttentionProblem<double[]> problem,
            Heads<double[]> q,
            Heads<double[]> k,
            Heads<double[]> v,
            Heads<double[]> out,
            double[] lse,
            int lseOff) {
        this.problem = problem;
        this.sizes = problem.sizes();
        this.q = q;
        this.k = k;
        this.v = v;
        this.out = out;
        this.lse = lse;
        this.lseOff = lseOff;
    }

    /// Lets go of the operands.
    void clear() {
        set(problem, null, null, null, null, null, 0);
    }

    void run() {
        int items = problem.items();
        int perItem = Math.ceilDiv(sizes.queries(), queryBlock);
        if (items == 0 || perItem == 0) {
            return;
        }
        if (Parallel.threads() == 1) {
            items(0, items);
        } else if (perItem == 1 || items >= 4 * Parallel.threads()) {
            long work = (long) sizes.queries() * sizes.keys() * (sizes.width() + sizes.valueWidth());
            int grain = (int) Math.clamp(WORTH_A_PIECE / Math.max(1, work), 1, Math.ceilDiv(items, 2));
            Parallel.range(items, grain, this::items);
        } else {
            int atOnce = Math.clamp(SHARED / Math.max(1, packedItem()), 1, items);
            for (int first = 0; first < items; first += atOnce) {
                shared(first, Math.min(atOnce, items - first), perItem);
            }
        }
    }

    /// Items as a whole, each by this thread.
    private void items(int from, int to) {
        double[] packed = DoubleScratch.take(packedItem());
        double[] room = DoubleScratch.take(room());
        for (int item = from; item < to; item++) {
            for (int key = 0; key < sizes.keys(); key += keyBlock) {
                pack(item, key, packed, 0);
            }
            for (int query = 0; query < sizes.queries(); query += queryBlock) {
                queries(item, query, packed, 0, room);
            }
        }
        DoubleScratch.give(room);
        DoubleScratch.give(packed);
    }

    /// Items whose blocks of keys are packed, and then whose blocks of queries are computed, by all threads.
    private void shared(int first, int items, int perItem) {
        int keyBlocks = Math.ceilDiv(sizes.keys(), keyBlock);
        int each = packedItem();
        double[] packed = DoubleScratch.take(items * each);
        Parallel.tasks(items * keyBlocks, piece -> {
            int i = piece / keyBlocks;
            pack(first + i, piece % keyBlocks * keyBlock, packed, i * each);
        });
        Parallel.tasks(items * perItem, piece -> {
            int i = piece / perItem;
            double[] room = DoubleScratch.take(room());
            queries(first + i, piece % perItem * queryBlock, packed, i * each, room);
            DoubleScratch.give(room);
        });
        DoubleScratch.give(packed);
    }

    // ---- keys

    /// The elements of a packed block of keys, and of values; what packing writes too far is the spare.
    private int packedKeys() {
        return keyBlock * sizes.width() + 2 * blocks.lanes;
    }

    private int packedValues() {
        return keyBlock * sizes.valueWidth() + 2 * blocks.lanes;
    }

    private int packedItem() {
        int keyBlocks = Math.ceilDiv(sizes.keys(), keyBlock);
        return Math.multiplyExact(keyBlocks, packedKeys() + packedValues());
    }

    private int packedAt(int key) {
        return key / keyBlock * (packedKeys() + packedValues());
    }

    /// Packs the block of keys from `key` on: groups of keys, columns of values.
    private void pack(int item, int key, double[] packed, int off) {
        int n = Math.min(keyBlock, sizes.keys() - key);
        int width = sizes.width();
        int keysAt = off + packedAt(key);
        int kAt = problem.at(k, item) + key * k.rowStride();
        for (int r = 0; r < n; r += blocks.group) {
            int m = Math.min(blocks.group, n - r);
            int to = keysAt + r * width;
            blocks.packGroup(m, width, k.array(), kAt + r * k.rowStride(), k.rowStride(), packed, to);
            masks.clearHidden(problem, item, key + r, m, packed, to, 1, m, width);
        }
        int valuesAt = keysAt + packedKeys();
        int vAt = problem.at(v, item) + key * v.rowStride();
        int m;
        for (int c = 0; c < sizes.valueWidth(); c += m) {
            m = blocks.height(sizes.valueWidth() - c);
            int to = valuesAt + c * n;
            blocks.packColumns(m, n, v.array(), vAt + c, v.rowStride(), packed, to);
            masks.clearHidden(problem, item, key, n, packed, to, m, 1, m);
        }
    }

    // ---- queries

    // The work array of a block of queries: scores, biases, then per panel queries, outputs and the state of the
    // softmax.

    private int scores() {
        return keyBlock * panel;
    }

    private int onePanel() {
        return (sizes.width() + sizes.valueWidth() + 3) * panel;
    }

    private int room() {
        return 2 * scores() + PANELS * onePanel();
    }

    private int panelAt(int t) {
        return 2 * scores() + t * onePanel();
    }

    private int outAt(int t) {
        return panelAt(t) + sizes.width() * panel;
    }

    private int stateAt(int t) {
        return outAt(t) + sizes.valueWidth() * panel;
    }

    /// The outputs of the block of queries from `query` on.
    private void queries(int item, int query, double[] packed, int off, double[] room) {
        int n = Math.min(queryBlock, sizes.queries() - query);
        int panels = Math.ceilDiv(n, panel);
        for (int t = 0; t < panels; t++) {
            start(item, query + t * panel, Math.min(panel, n - t * panel), room, t);
        }
        Draws draws = Draws.of(problem);
        for (int key = 0; key < sizes.keys(); key += keyBlock) {
            int keys = Math.min(keyBlock, sizes.keys() - key);
            if (draws != null) {
                draws.keys(key, keys);
            }
            for (int t = 0; t < panels; t++) {
                step(item, query + t * panel, key, keys, packed, off + packedAt(key), room, t, draws);
            }
        }
        for (int t = 0; t < panels; t++) {
            finish(item, query + t * panel, Math.min(panel, n - t * panel), room, t);
        }
    }

    /// Packs the queries of a panel, and sets its state to that of no keys.
    private void start(int item, int query, int n, double[] room, int t) {
        int at = panelAt(t);
        if (n < panel) {
            Arrays.fill(room, at, at + sizes.width() * panel, 0);
        }
        int from = problem.at(q, item) + query * q.rowStride();
        kernels.transpose(n, sizes.width(), q.array(), from, q.rowStride(), room, at, panel);
        Arrays.fill(room, outAt(t), stateAt(t), 0);
        Arrays.fill(room, stateAt(t), stateAt(t) + panel, -Double.MAX_VALUE);
        Arrays.fill(room, stateAt(t) + panel, stateAt(t) + 3 * panel, 0);
    }
    /// The panel's scores for a block of keys, their weights, and what the weights make of the values.
    private void step(
            int item, int query, int key, int keys, double[] packed, int off, double[] room, int t, Draws draws) {
        int visible = problem.visible(keys, key, query + panel - 1);
        if (visible == 0) {
            return;
        }
        int width = sizes.width();
        double unit = (double) problem.scale() / DoubleAttentionBlocks.LN_2;
        for (int r = 0; r < visible; r += blocks.group) {
            int m = Math.min(blocks.group, keys - r);
            blocks.product(m, width, packed, off + r * width, room, panelAt(t), room, r * panel, panel, unit, false);
        }
        masks.apply(problem, item, query, key, visible, room, 0, panel, room, scores());
        if (draws != null) {
            draws.row(item * sizes.queries() + query);
        }
        boolean changed = blocks.softmax(visible, room, 0, room, stateAt(t), draws);
        if (changed && key > 0) {
            blocks.scaleColumns(sizes.valueWidth(), room, outAt(t), room, stateAt(t) + 2 * panel);
        }
        int values = off + packedKeys();
        int m;
        for (int c = 0; c < sizes.valueWidth(); c += m) {
            m = blocks.height(sizes.valueWidth() - c);
            int to = outAt(t) + c * panel;
            blocks.product(m, visible, packed, values + c * keys, room, 0, room, to, panel, 1, true);
        }
    }

    /// Divides a panel's outputs by the sums of the weights, and writes them.
    private void finish(int item, int query, int n, double[] room, int t) {
        int state = stateAt(t);
        double keep = (double) (1 - problem.dropout());
        int lseAt = lseOff + item * sizes.queries() + query;
        for (int i = 0; i < n; i++) {
            double sum = room[state + panel + i];
            room[state + 2 * panel + i] = sum == 0 ? 0 : 1 / (sum * keep);
            lse[lseAt + i] = room[state + i] * DoubleAttentionBlocks.LN_2 + (double) Math.log(sum);
        }
        blocks.scaleColumns(sizes.valueWidth(), room, outAt(t), room, state + 2 * panel);
        int to = problem.at(out, item) + query * out.rowStride();
        kernels.transpose(sizes.valueWidth(), n, room, outAt(t), panel, out.array(), to, out.rowStride());
    }
}
