/* The connections that read, beside the one that writes: made when they are needed, each for one query at a time, so that each query sees the newest
 * state and keeps that one state to its end. */
package org.jemput;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

final class Readers implements Rows.End {
    private static final long WAIT_MS = 5000;
    private static final long SPARE_MS = 30000;

    private final Link desk; // by whose key they open
    private final int most;
    private final ArrayDeque<Link> idle = new ArrayDeque<Link>(); // the last one used first
    private final Set<Link> all = new HashSet<Link>();
    private final Map<Link, Thread> held = new HashMap<Link, Thread>(); // by open cursors; who opened them
    private int making;
    private int others; // handles that other() gave, or is about to
    private final Set<Link> lent = new HashSet<Link>(); // those
    private long usedMs;
    private boolean shut; // the store is locked, or about to be
    private volatile boolean ended;

    Readers(Link desk, int most) {
        this.desk = desk;
        this.most = most;
    }

    private static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    private void check() {
        if (ended)
            throw Link.closed();
        if (shut)
            throw new JemputException(Code.LOCKED, "the store is locked");
    }

    /** One that nobody else has, until give(). */
    Link take() {
        Link link;

        synchronized (this) {
            link = await();
        }
        if (link != null)
            return link;
        try {
            link = make();
        } finally {
            synchronized (this) {
                making--;
                if (link != null)
                    all.add(link);
                notifyAll();
            }
        }
        if (ended)
            link.close();
        return link;
    }

    /** Null: there is room for one more, which is counted already. */
    private Link await() {
        long until = now() + WAIT_MS;
        boolean interrupted = false;

        try {
            for (;;) {
                check();
                usedMs = now();
                if (!idle.isEmpty())
                    return idle.pop();
                if (all.size() + making < most) {
                    making++;
                    return null;
                }
                if (until <= usedMs || isOwnFault())
                    throw new JemputException(Code.BUSY, all.size() + " connections read, and " + held.size() + " cursors are open: close them");
                try {
                    wait(until - usedMs);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted)
                Thread.currentThread().interrupt();
        }
    }

    /* Whoever holds them all waits for himself. */
    private boolean isOwnFault() {
        for (Link link : all) {
            if (held.get(link) != Thread.currentThread() && !link.lock.isHeldByCurrentThread())
                return false;
        }
        return making == 0;
    }

    private Link make() {
        Link link = new Link(Native.beside(desk.handle()));
        boolean good = false;

        try {
            readOnly(link);
            Native.restrict(link.handle());
            good = true;
        } finally {
            if (!good)
                link.close();
        }
        return link;
    }

    /* A restricted store does not allow the PRAGMA; it allows no function that writes either. */
    private static void readOnly(Link link) {
        try {
            Native.script(link.handle(), Utf8.bytes("PRAGMA query_only=ON"));
        } catch (JemputException e) {
            if (e.status() != Code.DENIED)
                throw e;
        }
    }

    /** A cursor stays open on it, until give(). */
    synchronized void hold(Link link) {
        held.put(link, Thread.currentThread());
    }

    synchronized boolean hasCursors() {
        return !held.isEmpty();
    }

    synchronized void give(Link link) {
        held.remove(link);
        if (shut || ended) {
            all.remove(link);
            link.forget();
            link.close();
        } else {
            idle.push(link);
        }
        notifyAll();
    }

    @Override
    public void ended(Rows rows) {
        give(rows.link);
    }

    /** A handle for something else, for one call: endOther() it. */
    Link other() {
        synchronized (this) {
            check();
            others++;
        }
        Link link = null;

        try {
            link = new Link(Native.beside(desk.handle()));
        } finally {
            synchronized (this) {
                if (link == null)
                    otherEnded(null);
                else
                    lent.add(link);
            }
        }
        return link;
    }

    void endOther(Link link) {
        link.close();
        otherEnded(link);
    }

    /** It stays with its user, who ends it himself. */
    void keepOther(Link link) {
        otherEnded(link);
    }

    private synchronized void otherEnded(Link link) {
        lent.remove(link);
        others--;
        notifyAll();
    }

    /** None of it is waited for any more. */
    boolean hasEnded() {
        return ended;
    }

    /** Those that nobody has used for a while go, but for one. */
    synchronized void trim() {
        if (now() - usedMs < SPARE_MS)
            return;
        while (idle.size() > 1)
            drop(idle.removeLast());
    }

    private void drop(Link link) {
        all.remove(link);
        link.forget();
        link.close();
    }

    /** None is there afterwards, and none is made until open(). False: some are in use, and everything is as it was. */
    synchronized boolean shut() {
        if (!held.isEmpty())
            return false;
        long until = now() + WAIT_MS;
        boolean interrupted = false;

        shut = true;
        while ((all.size() > idle.size() || making > 0 || others > 0) && now() < until) {
            try {
                wait(100);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted)
            Thread.currentThread().interrupt();
        shut = all.size() == idle.size() && making == 0 && others == 0;
        while (shut && !idle.isEmpty())
            drop(idle.pop());
        return shut;
    }

    synchronized void open() {
        shut = false;
    }

    /** Queries that run stop at once. */
    void interrupt() {
        for (Link link : links())
            link.interrupt();
    }

    /** Waits for calls that run, but not for open cursors, nor for ever, nor inside one of those calls. */
    void settle() {
        long until = now() + WAIT_MS;

        synchronized (this) {
            if (isInside(all) || isInside(lent))
                return;
            while ((all.size() > idle.size() + held.size() || others > 0) && now() < until) {
                try {
                    wait(100);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    private static boolean isInside(Set<Link> links) {
        for (Link link : links) {
            if (link.lock.isHeldByCurrentThread())
                return true;
        }
        return false;
    }

    private synchronized Link[] links() {
        return all.toArray(new Link[0]);
    }

    /** All end, those in use, too: their next call says that the store is closed. */
    void close() {
        synchronized (this) {
            ended = true;
            notifyAll();
        }
        for (Link link : links())
            link.close();
    }
}
