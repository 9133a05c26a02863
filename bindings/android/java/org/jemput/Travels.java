/* Syncs, bundles, and what else takes long: one call on the courier's handle. */
package org.jemput;

import java.io.IOException;
import java.util.List;

final class Travels {
    private final Store store;

    Travels(Store store) {
        this.store = store;
    }

    /** What the engine tells on the way, and what ends it: the listener, the token, an interrupt. */
    private static final class Way extends Upcall {
        private static final int SLACK_MS = 50; // clocks are read one after another

        private final Cancel cancel;
        private final SyncListener listener;
        boolean interrupted;
        private boolean refused; // by the listener

        Way(Cancel cancel, SyncListener listener) {
            this.cancel = cancel;
            this.listener = listener;
        }

        boolean isStopped() {
            interrupted = Thread.interrupted() || interrupted;
            return interrupted || cancel != null && cancel.isCancelled();
        }

        @Override
        boolean item(int kind, byte[] packed) {
            if (kind == PROGRESS && listener != null && !listener.progress(new Progress(new Packed(packed)))) {
                refused = true;
                return false;
            }
            return !isStopped();
        }

        /** Whether it was the deadline that has ended it, and nobody. */
        boolean isLate(JemputException error, long untilMs) {
            return error.status() == Code.CANCELLED && untilMs != 0 && Courier.now() + SLACK_MS >= untilMs && !refused && !interrupted
                && (cancel == null || !cancel.isCancelled());
        }
    }

    /** One call on the courier. */
    private interface Call {
        byte[] run(long handle);
    }

    private byte[] travel(Cancel cancel, long untilMs, Way way, Call call) {
        Link link = store.courier.enter(cancel, untilMs);
        long handle = link.handle();

        try {
            if (cancel != null)
                cancel.begin(handle);
            if (way.isStopped())
                throw way.interrupted ? Courier.interrupted() : new JemputException(Code.CANCELLED, "cancelled before it began");
            return call.run(handle);
        } finally {
            if (cancel != null)
                cancel.end(handle);
            store.courier.leave();
            if (way.interrupted)
                Thread.currentThread().interrupt();
        }
    }

    SyncReport sync(final Transport transport, final long deadlineMs, final Cancel cancel, SyncListener listener) {
        final Way way = new Way(cancel, listener);
        final Transport t = transport == null ? Transport.remembered() : transport;
        final long untilMs = deadlineMs > 0 ? Courier.now() + deadlineMs : 0;

        final Transport.Stop stop = new Transport.Stop() {
            @Override
            public boolean isStopped() {
                return way.isStopped();
            }
        };

        store.alive();
        if (store.lastSyncMs() < 0)
            statusOrNull(); // it is noted there, for a report of a store that is closed meanwhile
        Packed in = new Packed(travel(cancel, untilMs, way, new Call() {
            @Override
            public byte[] run(long handle) {
                Pins pins = new Pins(store, store.courier.link());
                Transport via = pins.with(t);
                long left = untilMs == 0 ? 0 : Math.max(1, untilMs - Courier.now());
                byte[] packed = Native.sync(handle, t.hub(), t.user(), t.secret(), left, t.isInRoom(), via.bridge(stop), way);

                if (error(new Packed(packed)) == null)
                    pins.keep(via);
                return packed;
            }
        }));
        JemputException error = error(in);
        Status now = statusOrNull();
        SyncReport report = SyncReport.of(new SyncReport.Facts(in), error, now, store.lastSyncMs(), store.language);

        if (error != null)
            throw (way.isLate(error, untilMs) ? error.late() : error).with(report);
        return report;
    }

    /* i32 status, text. */
    private static JemputException error(Packed in) {
        int status = in.i32();
        byte[] text = in.blob();

        return status == 0 ? null : new JemputException(status, 0, text);
    }

    /* The store may be closed or locked by now. */
    private Status statusOrNull() {
        try {
            return store.status();
        } catch (JemputException e) {
            return null;
        }
    }

    BundleMade exportBundle(final Bundling b, Cancel cancel, SyncListener listener) {
        final Way way = new Way(cancel, listener);

        if (b == null)
            throw JemputException.misuse("a bundle to be made is needed");
        store.alive();
        return new BundleMade(new Packed(travel(cancel, 0, way, new Call() {
            @Override
            public byte[] run(long handle) {
                return Native.bundleMake(handle, null, b.out, b.full, Utf8.plainOrNull(b.device, "a device"), b.attachmentBytes, way);
            }
        })));
    }

    BundleTaken importBundle(final BundleSource in, Cancel cancel, SyncListener listener) {
        final Way way = new Way(cancel, listener);

        if (in == null)
            throw JemputException.misuse("a bundle to read is needed");
        store.alive();
        Packed got = new Packed(travel(cancel, 0, way, new Call() {
            @Override
            public byte[] run(long handle) {
                return Native.bundleTake(handle, null, in, way);
            }
        }));
        JemputException error = error(got);
        Status now = statusOrNull();
        BundleTaken taken = new BundleTaken(got, error, now, store.lastSyncMs(), store.language);

        if (error != null)
            throw error.with(taken.sync);
        return taken;
    }

    List<String> verify(Cancel cancel, SyncListener listener) {
        final Way way = new Way(cancel, listener);

        store.alive();
        Packed in = new Packed(travel(cancel, 0, way, new Call() {
            @Override
            public byte[] run(long handle) {
                return Native.verify(handle, way);
            }
        }));

        return in.texts(in.i32());
    }

    Rebuilt rebuild(Cancel cancel, SyncListener listener) {
        final Way way = new Way(cancel, listener);

        store.alive();
        return new Rebuilt(new Packed(travel(cancel, 0, way, new Call() {
            @Override
            public byte[] run(long handle) {
                return Native.rebuild(handle, way);
            }
        })));
    }

    Trimmed trim() {
        store.alive();
        return new Trimmed(new Packed(travel(null, 0, new Way(null, null), new Call() {
            @Override
            public byte[] run(long handle) {
                return Native.cut(handle);
            }
        })));
    }

    Purged purge(final int days) {
        store.alive();
        return new Purged(new Packed(travel(null, 0, new Way(null, null), new Call() {
            @Override
            public byte[] run(long handle) {
                return Native.purge(handle, days);
            }
        })));
    }

    /** What a stream of the app's says by IOException. */
    static JemputException failed(String what, IOException e) {
        return new JemputException(Code.IO, what, e);
    }
}
