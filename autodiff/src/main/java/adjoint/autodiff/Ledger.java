package adjoint.autodiff;

import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;

/// The lists a tape writes to, kept by the pool from one tape to the next: the recorded calls in order, the watched
/// tensors, and all storages taken.
final class Ledger {
    private Call[] calls = new Call[64];
    private int size;
    private Storage[] storages = new Storage[64];
    private int taken;
    final Map<Tensor, Call> leaves = new IdentityHashMap<>();

    int size() {
        return size;
    }

    Call call(int index) {
        return calls[index];
    }

    /// The entry behind the last one, to be filled in; it becomes part of the list with [#append].
    Call next() {
        if (size == calls.length) {
            calls = Arrays.copyOf(calls, 2 * size);
        }
        Call call = calls[size];
        if (call == null) {
            call = new Call();
            calls[size] = call;
        }
        return call;
    }

    void append(Call call) {
        call.index = size++;
    }

    int taken() {
        return taken;
    }

    void add(Storage storage) {
        if (taken == storages.length) {
            storages = Arrays.copyOf(storages, 2 * taken);
        }
        storages[taken++] = storage;
    }

    /// Gives back what was taken since `mark` and is held by nothing.
    void sweep(int mark) {
        int kept = mark;
        for (int i = mark; i < taken; i++) {
            Storage storage = storages[i];
            if (storage.holders > 0 || storage.lasting) {
                storages[kept++] = storage;
            } else {
                storage.pool.giveBack(storage);
            }
        }
        Arrays.fill(storages, kept, taken, null);
        taken = kept;
    }

    /// Forgets the calls from `start` on, and gives back what was taken since `mark` and is held by no others.
    void truncate(int start, int mark) {
        for (int i = start; i < size; i++) {
            if (calls[i].op == null) {
                leaves.remove(calls[i].out(0));
            }
            calls[i].forget();
        }
        size = start;
        for (int i = mark; i < taken; i++) {
            storages[i].lasting &= storages[i].holders > 0;
        }
        sweep(mark);
    }

    /// Gives everything back and forgets the calls.
    void clear() {
        for (int i = 0; i < size; i++) {
            calls[i].forget();
        }
        for (int i = 0; i < taken; i++) {
            storages[i].pool.giveBack(storages[i]);
            storages[i] = null;
        }
        size = 0;
        taken = 0;
        leaves.clear();
    }
}
