package adjoint.bench;

/// What a figure counts, and which way is better.
public enum Unit {
    /// Floating-point operations, 10⁹ a second: more is better.
    GIGAFLOPS("GF/s", true) {
        @Override
        public double figure(double work, double nanos) {
            return work / nanos;
        }
    },
    /// Nanoseconds for one element: less is better.
    NANOSECONDS_PER_ELEMENT("ns/element", false) {
        @Override
        public double figure(double work, double nanos) {
            return nanos / work;
        }
    },
    /// Nanoseconds for one operation of many: less is better.
    NANOSECONDS_PER_OPERATION("ns/op", false) {
        @Override
        public double figure(double work, double nanos) {
            return nanos / work;
        }
    },
    /// Millions of bytes, which are the work itself, however long it takes: less is better.
    MEGABYTES("MB", false) {
        @Override
        public double figure(double work, double nanos) {
            return work / 1e6;
        }
    },
    /// A loss, which is the work itself, however long it takes.
    NATS("nats", false) {
        @Override
        public double figure(double work, double nanos) {
            return work;
        }
    },
    /// Seconds that a computation too long to be repeated took, which are the work itself: less is better.
    SECONDS("s", false) {
        @Override
        public double figure(double work, double nanos) {
            return work;
        }
    },
    /// Milliseconds for one call, whatever its work: less is better.
    MILLISECONDS("ms", false) {
        @Override
        public double figure(double work, double nanos) {
            return nanos / 1e6;
        }
    };

    private final String text;
    private final boolean moreIsBetter;

    Unit(String text, boolean moreIsBetter) {
        this.text = text;
        this.moreIsBetter = moreIsBetter;
    }

    /// The figure of a call that did `work` (floating-point operations, elements) in `nanos` nanoseconds.
    public abstract double figure(double work, double nanos);

    /// How many times better `ours` is than `theirs`: above 1 where ours is.
    public double ratio(double ours, double theirs) {
        return moreIsBetter ? ours / theirs : theirs / ours;
    }

    @Override
    public String toString() {
        return text;
    }
}
