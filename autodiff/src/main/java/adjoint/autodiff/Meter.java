package adjoint.autodiff;

/// Measures the operations of one thread for a [Profile] and for Flight Recorder, while one of them is on.
final class Meter {
    /// The profile that is being taken, of all threads, or null.
    static volatile Profile profile;

    /// The time of the operations inside the one that is being measured.
    private long inside;
    /// What is being measured, or null.
    private Profile.Key running;

    static boolean isOn() {
        return profile != null || OperationEvent.isOn();
    }

    Profile.Key running() {
        return running;
    }

    <P> void forward(Op<P> op, P params, Call call) {
        measure(op, params, call, false, () -> {
            op.infer(call, params);
            op.compute(call, params);
        });
    }

    <P> void backward(Op<P> op, P params, Call call, Flow flow) {
        measure(op, params, call, true, () -> op.fusedVjp(call, params, flow));
    }

    private <P> void measure(Op<P> op, P params, Call call, boolean backward, Runnable body) {
        Profile to = profile;
        OperationEvent event = new OperationEvent();
        Profile.Key outer = running;
        long outside = inside;
        running = new Profile.Key(op.name(), backward);
        inside = 0;
        long start = System.nanoTime();
        event.begin();
        try {
            body.run();
        } finally {
            event.end();
            long nanos = System.nanoTime() - start;
            long own = nanos - inside;
            Profile.Key key = running;
            running = outer;
            inside = outside + nanos;
            if (call.outputs() > 0) {
                report(to, event, key, own, call, backward, op.cost(call, params));
            }
        }
    }

    private static void report(
            Profile to, OperationEvent event, Profile.Key key, long nanos, Call call, boolean backward, Op.Cost once) {
        Op.Cost cost = backward ? once.times(call.sources()) : once;
        if (to != null) {
            to.add(key, nanos, cost);
        }
        if (event.shouldCommit()) {
            event.describe(call, backward, cost);
            event.commit();
        }
    }
}
