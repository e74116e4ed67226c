package adjoint.linalg.internal;

import adjoint.linalg.Attention.Heads;
import adjoint.linalg.Attention.Sizes;
import adjoint.linalg.Kernels;
import adjoint.linalg.Parallel;
import java.util.Arrays;

/// One call of attention backward. Per item, queries and gradients of outputs are packed once, in slabs of queries; per
/// block of keys, the slabs pass by:
///
/// ```
/// S = K·Qᵀ       P = 2^(S − lse)      δᵢ = dOutᵢ·outᵢ       G = V·dOutᵀ       dS = P·(G − δ)
/// dV += P·dOut   dK += dS·Q           dQᵀ += Kᵀ·dS
/// ```
///
/// The keys of an item are cut into chunks, one per piece of work, each with its own sum dQ; they are added up in the
/// order of the chunks. There is one chunk where there are many items; how many depends on sizes only.
@SuppressWarnings("cast")
final class DoubleAttentionBackward {
    /// The keys of a block, about: great, since all slabs of queries pass by for each block; what belongs to the block
    /// still stays in an L2 cache of 1 MB.
    private static final int KEYS = 1728 / Double.BYTES;

    /// The panels of a slab.
    private static final int PANELS = 2;

    /// The pieces of work that are made if items alone are fewer.
    private static final int PIECES = 8;

    /// The least keys of a chunk, and the most elements of all sums dQ of an item.
    private static final int CHUNK = 432;

    private static final int SUMS = 1 << 23;

    /// The elements that items share a region of threads for, at most.
    private static final int SHARED = 1 << 22;

    /// The multiply-adds that are worth a piece of work for a thread.
    private static final long WORTH_A_PIECE = 200_000;

    private final Kernels<double[]> kernels;
    private final DoubleAttentionBlocks blocks;
    private final DoubleAttentionMasks masks;
    private final int panel;
    private final int keyBlock;
    private final int slab;

    /// The length of rows of scores of a slab: not a power of 2, so that a column of them spreads over the cache.
    private final int ld;

    private AttentionProblem<double[]> problem;
    private Sizes sizes;
    private int width;
    private int valueWidth;
    private Heads<double[]> q;
    private Heads<double[]> k;
    private Heads<double[]> v;
    private Heads<double[]> out;
    private double[] lse;
    private int lseOff;
    private Heads<double[]> dOut;
    private Heads<double[]> dq;
    private Heads<double[]> dk;
    private Heads<double[]> dv;

    DoubleAttentionBackward(Kernels<double[]> kernels, DoubleAttentionBlocks blocks) {
        this.kernels = kernels;
        this.blocks = blocks;
        this.masks = new DoubleAttentionMasks(kernels, blocks);
        this.panel = blocks.panel;
        this.keyBlock = KEYS / blocks.group * blocks.group;
        this.slab = PANELS * panel;
        this.ld = slab + blocks.lanes;
    }

    void set(
            AttentionProblem<double[]> problem,
            Heads<double[]> q,
            Heads<double[]> k,
            Heads<double[]> v,
            Heads<double[]> out,
            double[] lse,
            int lseOff,
            Heads<double[]> dOut,
            Heads<double[]> dq,
            Heads<double[]> dk,
            Heads<double[]> dv) {
        this.problem = problem;
        this.sizes = problem.sizes();
        this.width = sizes.width();
        this.valueWidth = sizes.valueWidth();
        this.q = q;
        this.k = k;
        this.v = v;
        this.out = out;
        this.lse = lse;
        this.lseOff = lseOff;
        this.dOut = dOut;
        this.dq = dq;
        this.dk = dk;
        this.dv = dv;
    }

    /// Lets go of the operands.
    void clear() {
        set(problem, null, null, null, null, null, 0, null, null, null, null);
    }

    void run() {
        int items = problem.items();
        int chunks = chunks(items);
        if (items == 0) {
            return;
        }
        if (Parallel.threads() == 1 || items == 1 && chunks == 1) {
            items(0, items, chunks);
        } else if (chunks == 1) {
            long work = (long) sizes.queries() * sizes.keys() * (width + valueWidth);
            int grain = (int) Math.clamp(WORTH_A_PIECE / Math.max(1, work), 1, Math.ceilDiv(items, 2));
            Parallel.range(items, grain, (from, to) -> items(from, to, 1));
        } else {
            int atOnce = Math.clamp(SHARED / Math.max(1, packedItem(chunks)), 1, items);
            for (int first = 0; first < items; first += atOnce) {
                shared(first, Math.min(atOnce, items - first), chunks);
            }
        }
    }

    /// The chunks of the keys of an item.
    private int chunks(int items) {
        long most = Math.min(sizes.keys() / CHUNK, SUMS / Math.max(1, (long) sizes.queries() * width));
        return (int) Math.clamp(most, 1, Math.max(1, PIECES / Math.max(1, items)));
    }

    /// The first key of a chunk: chunks are cut between blocks.
    private int firstKey(int chunk, int chunks) {
        int keyBlocks = Math.ceilDiv(sizes.keys(), keyBlock);
        return Math.min(sizes.keys(), (int) ((long) keyBlocks * chunk / chunks) * keyBlock);
    }

    /// Items as a whole, each by this thread.
    private void items(int from, int to, int chunks) {
        double[] packed = DoubleScratch.take(packedItem(chunks));
        double[] room = DoubleScratch.take(room());
        for (int item = from; item < to; item++) {
            for (int query = 0; query < sizes.queries(); query += slab) {
                pack(item, query, packed, 0);
            }
            for (int chunk = 0; chunk < chunks; chunk++) {
                chunk(item, chunk, chunks, packed, 0, room);
            }
            for (int query = 0; query < sizes.queries(); query += slab) {
                finish(item, query, chunks, packed, 0);
            }
        }
        DoubleScratch.give(room);
        DoubleScratch.give(packed);
    }

    /// Items of which all threads pack the slabs, then compute the chunks, then add up dQ.
    private void shared(int first, int items, int chunks) {
        int slabs = Math.ceilDiv(sizes.queries(), slab);
        int each = packedItem(chunks);
        double[] packed = DoubleScratch.take(items * each);
        Parallel.tasks(
                items * slabs,
                piece -> pack(first + piece / slabs, piece % slabs * slab, packed, piece / slabs * each));
        Parallel.tasks(items * chunks, piece -> {
            double[] room = DoubleScratch.take(room());
            chunk(first + piece / chunks, piece % chunks, chunks, packed, piece / chunks * each, room);
            DoubleScratch.give(room);
        });
        Parallel.tasks(
                items * slabs,
                piece -> finish(first + piece / slabs, piece % slabs * slab, chunks, packed, piece / slabs * each));
        DoubleScratch.give(packed);
    }

    // ---- queries

    // A packed slab: panels of queries and of gradients, both as columns, too, and per panel the state of
    // [DoubleAttentionBlocks#gradient]. The slabs of an item are followed by the sums dQ, chunk after chunk.

    private int packedSlab() {
        return slab * (width + valueWidth + blocks.padded(width) + blocks.padded(valueWidth) + 2);
    }

    private int gradientsAt() {
        return slab * width;
    }

    private int queryRowsAt() {
        return gradientsAt() + slab * valueWidth;
    }

    private int gradientRowsAt() {
        return queryRowsAt() + slab * blocks.padded(width);
    }

    private int stateAt(int t) {
        return gradientRowsAt() + slab * blocks.padded(valueWidth) + 2 * t * panel;
    }

    private int packedItem(int chunks) {
        int slabs = Math.ceilDiv(sizes.queries(), slab);
        return Math.toIntExact(slabs * (packedSlab() + (long) chunks * slab * width));
    }

    /// Where the sums dQ of a slab start.
    private int sumsAt(int query, int chunk) {
        int slabs = Math.ceilDiv(sizes.queries(), slab);
        return slabs * packedSlab() + (chunk * slabs + query / slab) * slab * width;
    }

    /// Packs the slab of queries from `query` on.
    private void pack(int item, int query, double[] packed, int off) {
        int n = Math.min(slab, sizes.queries() - query);
        int at = off + query / slab * packedSlab();
        int qAt = problem.at(q, item) + query * q.rowStride();
        int gAt = problem.at(dOut, item) + query * dOut.rowStride();
        int oAt = problem.at(out, item) + query * out.rowStride();
        packPanels(n, width, q, qAt, packed, at);
        packPanels(n, valueWidth, dOut, gAt, packed, at + gradientsAt());
        packRows(n, width, q, qAt, packed, at + queryRowsAt());
        packRows(n, valueWidth, dOut, gAt, packed, at + gradientRowsAt());
        double keep = (double) (1 - problem.dropout());
        for (int i = 0; i < slab; i++) {
            int state = at + stateAt(i / panel) + i % panel;
            packed[state] = Double.POSITIVE_INFINITY;
            packed[state + panel] = 0;
            if (i < n) {
                double x = lse[lseOff + item * sizes.queries() + query + i];
                // A query that sees no key: its scores are -infinity, and their weights shall be 0.
                packed[state] = x == Double.NEGATIVE_INFINITY ? -x : x / DoubleAttentionBlocks.LN_2;
                packed[state + panel] = (double) kernels.dot(
                        dOut.array(), gAt + i * dOut.rowStride(), out.array(), oAt + i * out.rowStride(), valueWidth);
            }
        }
    }

    /// Panels of `n` rows; queries that are not there are 0.
    private void packPanels(int n, int columns, Heads<double[]> x, int from, double[] packed, int at) {
        for (int i = 0; i < n; i += panel) {
            int to = at + i * columns;
            int present = Math.min(panel, n - i);
            if (present < panel) {
                Arrays.fill(packed, to, to + panel * columns, 0);
            }
            kernels.transpose(present, columns, x.array(), from + i * x.rowStride(), x.rowStride(), packed, to, panel);
        }
    }

    /// Columns of `n` rows in parts as wide as a panel, the last one in whole vectors and filled up with 0.
    private void packRows(int n, int columns, Heads<double[]> x, int from, double[] packed, int at) {
        for (int c = 0; c < columns; c += panel) {
            int present = Math.min(panel, columns - c);
            int wide = blocks.padded(present);
            for (int i = 0; i < n; i++) {
                int to = at + c * n + i * wide;
                System.arraycopy(x.array(), from + i * x.rowStride() + c, packed, to, present);
                Arrays.fill(packed, to + present, to + wide, 0);
            }
        }
    }

    /// Adds up the sums dQ of a slab, and writes them.
    private void finish(int item, int query, int chunks, double[] packed, int off) {
        int n = Math.min(slab, sizes.queries() - query);
        int first = off + sumsAt(query, 0);
        for (int chunk = 1; chunk < chunks; chunk++) {
            kernels.axpy(slab * width, 1, packed, off + sumsAt(query, chunk), packed, first);
        }
        for (int i = 0; i < n; i += panel) {
            int to = problem.at(dq, item) + (query + i) * dq.rowStride();
            int present = Math.min(panel, n - i);
            kernels.transpose(width, present, packed, first + i * width, panel, dq.array(), to, dq.rowStride());
        }
    }

    // ---- keys

    // The work array of a chunk: for a block of keys and a slab the scores, later weights, the gradients of both, the
    // latter a second time in panels, biases; then for a block of keys groups of keys and of values, columns of keys,
    // and the sums dK and dV.

    private int room() {
        return sumsVAt() + keyBlock * blocks.padded(valueWidth);
    }

    private int gradients() {
        return keyBlock * ld;
    }

    private int panels() {
        return 2 * keyBlock * ld;
    }

    private int biases() {
        return panels() + keyBlock * slab;
    }

    private int keysAt() {
        return biases() + keyBlock * panel;
    }

    private int valuesAt() {
        return keysAt() + keyBlock * width + 2 * blocks.lanes;
    }

    private int columnsAt() {
        return valuesAt() + keyBlock * valueWidth + 2 * blocks.lanes;
    }

    private int sumsKAt() {
        return columnsAt() + keyBlock * width + 2 * blocks.lanes;
    }

    private int sumsVAt() {
        return sumsKAt() + keyBlock * blocks.padded(width);
    }

    /// dK and dV of a chunk of keys, and its part of dQ.
    private void chunk(int item, int chunk, int chunks, double[] packed, int off, double[] room) {
        int slabs = Math.ceilDiv(sizes.queries(), slab);
        int sums = off + sumsAt(0, chunk);
        Arrays.fill(packed, sums, sums + slabs * slab * width, 0);
        Draws draws = Draws.of(problem);
        int end = firstKey(chunk + 1, chunks);
        for (int key = firstKey(chunk, chunks); key < end; key += keyBlock) {
            int n = Math.min(keyBlock, end - key);
            packKeys(item, key, n, room);
            Arrays.fill(room, sumsKAt(), sumsKAt() + n * blocks.padded(width), 0);
            Arrays.fill(room, sumsVAt(), sumsVAt() + n * blocks.padded(valueWidth), 0);
            if (draws != null) {
                draws.keys(key, n);
            }
            for (int query = 0; query < sizes.queries(); query += slab) {
                int queries = Math.min(slab, sizes.queries() - query);
                int visible = problem.visible(n, key, query + queries - 1);
                if (visible > 0) {
                    int rows = Math.min(n, Math.ceilDiv(visible, blocks.group) * blocks.group);
                    step(item, query, queries, key, n, rows, packed, off, chunk, room, draws);
                }
            }
            write(n, width, room, sumsKAt(), dk, problem.at(dk, item) + key * dk.rowStride());
            write(n, valueWidth, room, sumsVAt(), dv, problem.at(dv, item) + key * dv.rowStride());
        }
    }

    private void packKeys(int item, int key, int n, double[] room) {
        int kAt = problem.at(k, item) + key * k.rowStride();
        int vAt = problem.at(v, item) + key * v.rowStride();
        packGroups(item, key, n, width, k, kAt, room, keysAt());
        packGroups(item, key, n, valueWidth, v, vAt, room, valuesAt());
        int m;
        for (int c = 0; c < width; c += m) {
            m = blocks.height(width - c);
            int to = columnsAt() + c * n;
            blocks.packColumns(m, n, k.array(), kAt + c, k.rowStride(), room, to);
            masks.clearHidden(problem, item, key, n, room, to, m, 1, m);
        }
    }

    private void packGroups(int item, int key, int n, int columns, Heads<double[]> x, int from, double[] room, int at) {
        for (int r = 0; r < n; r += blocks.group) {
            int m = Math.min(blocks.group, n - r);
            int to = at + r * columns;
            blocks.packGroup(m, columns, x.array(), from + r * x.rowStride(), x.rowStride(), room, to);
            masks.clearHidden(problem, item, key + r, m, room, to, 1, m, columns);
        }
    }

    private void write(int n, int columns, double[] room, int at, Heads<double[]> x, int to) {
        int row = blocks.padded(columns);
        for (int j = 0; j < n && columns > 0; j++) {
            System.arraycopy(room, at + j * row, x.array(), to + j * x.rowStride(), columns);
        }
    }

    /// A slab of queries and a block of `n` keys, of which the first `rows` are seen.
    private void step(
            int item,
            int query,
            int queries,
            int key,
            int n,
            int rows,
            double[] packed,
            int off,
            int chunk,
            double[] room,
            Draws draws) {
        int at = off + query / slab * packedSlab();
        double scale = (double) problem.scale();
        double keep = (double) (1 / (1 - problem.dropout()));
        for (int i = 0; i < queries; i += panel) {
            scores(width, rows, n, keysAt(), packed, at + i * width, room, i, scale / DoubleAttentionBlocks.LN_2);
            int g = at + gradientsAt() + i * valueWidth;
            scores(valueWidth, rows, n, valuesAt(), packed, g, room, gradients() + i, keep);
            masks.apply(problem, item, query + i, key, rows, room, i, ld, room, biases());
            if (draws != null) {
                draws.row(item * sizes.queries() + query + i);
            }
            int ds = panels() + i * rows;
            int state = at + stateAt(i / panel);
            blocks.gradient(rows, room, i, room, gradients() + i, ld, room, ds, packed, state, draws);
            int sums = off + sumsAt(query, chunk) + i * width;
            int m;
            for (int c = 0; c < width; c += m) {
                m = blocks.height(width - c);
                int from = columnsAt() + c * n;
                blocks.product(m, rows, room, from, room, ds, packed, sums + c * panel, panel, scale, true);
            }
        }
        sum(valueWidth, rows, queries, room, 0, packed, at + gradientRowsAt(), sumsVAt(), keep);
        sum(width, rows, queries, room, gradients(), packed, at + queryRowsAt(), sumsKAt(), scale);
    }

    /// `alpha · keys · queriesᵀ` for groups of the `n` keys, up to the key `rows`.
    private void scores(
            int depth, int rows, int n, int groups, double[] packed, int queries, double[] room, int to, double alpha) {
        for (int r = 0; r < rows; r += blocks.group) {
            int m = Math.min(blocks.group, n - r);
            blocks.product(m, depth, room, groups + r * depth, packed, queries, room, to + r * ld, ld, alpha, false);
        }
    }

    /// Adds `alpha · weights · x` to sums of rows of `columns`.
    private void sum(
            int columns,
            int rows,
            int queries,
            double[] room,
            int weights,
            double[] packed,
            int x,
            int sums,
            double alpha) {
        int row = blocks.padded(columns);
        for (int c = 0; c < columns; c += panel) {
            int wide = Math.min(panel, row - c);
            for (int r = 0; r < rows; r += blocks.group) {
                int m = Math.min(blocks.group, rows - r);
                blocks.addRows(
                        m,
                        wide,
                        queries,
                        room,
                        weights + r * ld,
                        ld,
                        packed,
                        x + c * queries,
                        room,
                        sums + r * row + c,
                        row,
                        alpha);
            }
        }
    }
}
