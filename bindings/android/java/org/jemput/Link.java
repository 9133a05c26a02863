/* One native handle of a store, used by one thread at a time, and the statements that it keeps ready. Whoever calls anything but `ready` and close()
 * holds the lock. */
package org.jemput;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

final class Link {
    private static final int STATEMENTS_MAX = 32;
    private static final int LOOK_MS = 100; // so often whoever waits looks whether the store was closed meanwhile

    final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<String, Prepared> ready = new LinkedHashMap<String, Prepared>(16, 0.75f, true);
    private volatile long handle;

    Link(long handle) {
        this.handle = handle;
    }

    /** 0: closed. */
    long peek() {
        return handle;
    }

    long handle() {
        long h = handle;

        if (h == 0)
            throw closed();
        return h;
    }

    static JemputException closed() {
        return JemputException.misuse("the store is closed");
    }

    /** Waits for the lock, but not for a store that is closed meanwhile. */
    void enter() {
        boolean interrupted = false;

        try {
            for (;;) {
                try {
                    if (lock.tryLock(LOOK_MS, TimeUnit.MILLISECONDS))
                        break;
                } catch (InterruptedException e) {
                    interrupted = true; // what waits here is short: the caller sees it afterwards
                }
                handle();
            }
        } finally {
            if (interrupted)
                Thread.currentThread().interrupt();
        }
        if (handle == 0) {
            lock.unlock();
            throw closed();
        }
    }

    void leave() {
        lock.unlock();
    }

    /** Ready to be used, and marked as in use: release() it. */
    Prepared prepared(String sql, boolean reads) {
        Prepared st = ready.get(sql);

        if (st != null && !st.inUse && (st.reads || !reads)) {
            st.inUse = true;
            return st;
        }
        Prepared made = new Prepared(this, sql, st == null ? Prepared.CACHED : Prepared.ONCE, reads);

        if (st == null) {
            ready.put(sql, made);
            trim();
        }
        return made;
    }

    /** Statements in use stay: they are ended when they are released. */
    private void trim() {
        Iterator<Prepared> eldest = ready.values().iterator();

        while (ready.size() > STATEMENTS_MAX && eldest.hasNext()) {
            Prepared st = eldest.next();

            if (!st.inUse) {
                eldest.remove();
                st.finish();
            }
        }
    }

    /** No statement is kept any more: before the store is locked. */
    void forget() {
        for (Prepared st : ready.values())
            st.finish();
        ready.clear();
    }

    /** Calls that are under way go on to their end; everything after them is refused. Needs no lock. False: it was closed already. */
    boolean close() {
        long h = handle;

        handle = 0;
        if (h != 0)
            Native.close(h);
        return h != 0;
    }
}
