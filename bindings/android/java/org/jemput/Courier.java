/* The handle that syncs, reads and writes bundles, verifies: whatever takes long. Made when it is needed first; one thing at a time. */
package org.jemput;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

final class Courier {
    private static final int LOOK_MS = 50;

    final ReentrantLock lock = new ReentrantLock();
    private final Link desk;
    private final Readers readers;
    private final Watchers watchers;
    final Slot slot = new Slot();

    /** The handle, if it was made; by itself, so that it can be closed for a store that was collected. */
    static final class Slot {
        private volatile Link link;

        /** Not locked: what runs goes on to its end. */
        void close() {
            Link l = link;

            if (l != null)
                l.close();
        }
    }

    Courier(Link desk, Readers readers, Watchers watchers) {
        this.desk = desk;
        this.readers = readers;
        this.watchers = watchers;
    }

    /** Waits for its turn, then gives the handle: leave() afterwards. cancel may be null; untilMs 0 = no limit. */
    Link enter(Cancel cancel, long untilMs) {
        if (desk.lock.isHeldByCurrentThread())
            throw JemputException.misuse("not inside write(): it takes as long as the network does");
        if (lock.isHeldByCurrentThread())
            throw JemputException.misuse("not inside another sync, or its listener");
        await(cancel, untilMs);
        boolean good = false;

        try {
            if (slot.link == null)
                open();
            slot.link.handle();
            good = true;
            return slot.link;
        } finally {
            if (!good)
                lock.unlock();
        }
    }

    private void await(Cancel cancel, long untilMs) {
        try {
            while (!lock.tryLock(LOOK_MS, TimeUnit.MILLISECONDS)) {
                desk.handle();
                if (cancel != null && cancel.isCancelled())
                    throw new JemputException(Code.CANCELLED, "cancelled while another sync was under way");
                if (untilMs != 0 && now() >= untilMs)
                    throw new JemputException(Code.CANCELLED, "another sync was under way until the deadline").late();
            }
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    static JemputException interrupted() {
        Thread.currentThread().interrupt();
        return new JemputException(Code.CANCELLED, "the thread was interrupted");
    }

    static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    private void open() {
        Link made = readers.other();
        boolean good = false;

        try {
            watchers.observe(made);
            good = true;
        } finally {
            if (!good)
                readers.endOther(made);
        }
        readers.keepOther(made); // it is counted by its own lock from here on
        slot.link = made;
    }

    void leave() {
        if (desk.peek() == 0)
            slot.close(); // the store was closed from inside
        lock.unlock();
    }

    void cancel() {
        Link l = slot.link;
        long h = l == null ? 0 : l.peek();

        if (h != 0)
            Cancel.stop(h);
    }

    /** What enter() gave. */
    Link link() {
        return slot.link;
    }

    /** The caller holds the lock. */
    void drop() {
        slot.close();
        slot.link = null;
    }
}
