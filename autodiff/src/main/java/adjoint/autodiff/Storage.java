package adjoint.autodiff;

/// The array under one or more tensors.
///
/// Storages of a [BufferPool] are used again and again; `generation` counts how often, so that a tensor that outlived
/// its tape is told from the one that has the array now. `holders` counts what keeps it: results that the user of the
/// tape may still read, values that a gradient will be worked out from, and gradients. Other storages belong to the
/// garbage collector, and `holders` means nothing.
final class Storage {
    final Object array;
    final BufferPool pool;
    final int sizeClass;
    /// The size of the array, for storages of a pool.
    final long bytes;
    int generation;
    int holders;
    boolean taken;
    /// That of a result that is not recorded: it lasts until its tape is closed, held or not.
    boolean lasting;

    /// While a [Profile] is taken: the operation that took it.
    String user;
    /// For a tensor inside vmap, which has no array: the vmap, and the tensor of all its examples. Else null.
    final Level level;
    final Tensor whole;

    /// A storage over an array of the caller.
    Storage(Object array) {
        this(array, null, 0, 0);
    }

    Storage(Object array, BufferPool pool, int sizeClass, long bytes) {
        this.array = array;
        this.pool = pool;
        this.sizeClass = sizeClass;
        this.bytes = bytes;
        level = null;
        whole = null;
    }

    /// What stands for `whole` inside a vmap.
    Storage(Level level, Tensor whole) {
        array = null;
        pool = null;
        sizeClass = 0;
        bytes = 0;
        this.level = level;
        this.whole = whole;
    }

    void retain() {
        holders++;
    }

    /// Gives the storage back to its pool when nothing holds it any more.
    void release() {
        if (--holders == 0 && pool != null && !lasting) {
            pool.giveBack(this);
        }
    }

    /// Whether a single gradient has this storage for itself, so that it may be written in place.
    boolean isExclusive() {
        return pool != null && holders == 1;
    }
}
