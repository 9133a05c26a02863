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
    private static final int IDLE_MS = 5000;

    final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<String, Prepared> ready = new LinkedHashMap<String, Prepared>(16, 0.75f, true);
    private volatile long handle;
    private volatile long idleMs = -1; // since when whoever has the lock waits for somebody; -1 = he does not

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

    /** Whoever holds the lock does nothing until somebody else tells him what, or does something again. */
    void idle(boolean is) {
        if (!is)
            idleMs = -1;
        else if (idleMs < 0)
            idleMs = Courier.now();
    }

    private void waitWithReason(long begunMs) {
        long since = idleMs;

        handle();
        if (since >= 0 && Courier.now() - Math.max(since, begunMs) >= IDLE_MS)
            throw new JemputException(Code.BUSY, "a transaction is open whose statements come one by one, and none has come for five seconds:"
                + " write inside it, or when it has ended");
    }

    /** Waits for the lock, but not for a store that is closed meanwhile, nor for one who may be waiting for this very thread. */
    void enter() {
        long begunMs = Courier.now();
        boolean interrupted = false;

        try {
            for (;;) {
                try {
                    if (lock.tryLock(LOOK_MS, TimeUnit.MILLISECONDS))
                        break;
                } catch (InterruptedException e) {
                    interrupted = true; // what waits here is short: the caller sees it afterwards
                }
                waitWithReason(begunMs);
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

    /** What runs here is ended by an error of its own. Needs no lock. */
    void interrupt() {
        long h = handle;

        try {
            if (h != 0)
                Native.interrupt(h);
        } catch (JemputException e) {
            return; // it has just been closed
        }
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
