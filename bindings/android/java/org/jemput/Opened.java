/* What a store is made of: the handle that writes (desk), the one that takes long (courier), those that read; and how all of it is locked and closed.
 *
 * Order of the locks: courier, desk, a reader's. Nobody waits for the courier while it holds the desk, nor for either while it holds a reader's; so
 * listeners of a sync may write. */
package org.jemput;

import java.io.File;
import java.util.concurrent.TimeUnit;

abstract class Opened implements AutoCloseable {
    private static final int LOOK_MS = 50;

    final File file;
    final String language;
    final Link desk;
    final Readers readers;
    final Watchers watchers;
    final Courier courier;
    private final Leaks.Watched watched;
    private volatile boolean closed;
    private volatile boolean locked;
    private boolean observed; // what is written on the desk is told; under its lock

    Opened(Config config, long handle) {
        file = config.store;
        language = config.language;
        desk = new Link(handle);
        readers = new Readers(desk, config.readers);
        watchers = new Watchers();
        courier = new Courier(desk, readers, watchers);
        watched = Leaks.watch(this, "Store", closer(desk, readers, courier.slot));
        Notifier.trim(readers);
    }

    private static Leaks.Closer closer(final Link desk, final Readers readers, final Courier.Slot courier) {
        return new Leaks.Closer() {
            @Override
            public boolean close() {
                readers.close();
                courier.close();
                return desk.close();
            }
        };
    }

    final void alive() {
        if (closed)
            throw Link.closed();
    }

    /** From now on what is written on the desk is told. */
    final void observeDesk() {
        desk.enter();
        try {
            if (!observed)
                watchers.observe(desk);
            observed = true;
        } finally {
            desk.leave();
        }
    }

    /**
     * Whether it can be used.
     *
     * @return false after {@link #close}
     */
    public final boolean isOpen() {
        return !closed;
    }

    /**
     * Whether it is locked.
     *
     * @return true after {@link #lock}, until it is unlocked
     */
    public final boolean isLocked() {
        return locked;
    }

    final boolean isInside() {
        return desk.lock.isHeldByCurrentThread() || courier.lock.isHeldByCurrentThread();
    }

    /**
     * Locks a sealed store: its file is closed, and its keys are wiped from memory. A sync that runs is cancelled. Until {@link Store#unlock}, calls
     * throw {@link Code#LOCKED}; subscriptions stay. With cursors open, {@link Code#BUSY}: nothing was done.
     */
    public final void lock() {
        alive();
        if (isInside())
            throw JemputException.misuse("not inside write() or a sync's listener");
        if (readers.hasCursors())
            throw cursorsAreOpen();
        stopCourier();
        try {
            desk.enter();
            try {
                if (!locked)
                    lockNow();
            } finally {
                desk.leave();
            }
        } finally {
            courier.lock.unlock();
        }
    }

    private static JemputException cursorsAreOpen() {
        return new JemputException(Code.BUSY, "cursors are open, or something reads: end it first");
    }

    /* A cancel that comes before the engine has begun is forgotten by it: so again and again. */
    private void stopCourier() {
        boolean interrupted = false;
        boolean have = false;

        try {
            while (!have) {
                alive();
                courier.cancel();
                try {
                    have = courier.lock.tryLock(LOOK_MS, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    interrupted = true; // a store is locked all the same
                }
            }
        } finally {
            if (interrupted)
                Thread.currentThread().interrupt();
        }
    }

    private void lockNow() {
        boolean good = false;

        if (!readers.shut())
            throw cursorsAreOpen();
        try {
            courier.drop();
            desk.forget();
            Native.lock(desk.handle());
            good = true;
        } finally {
            locked = good;
            if (!good)
                readers.open();
        }
    }

    /** The desk's handle is open again. */
    final void unlocked() {
        locked = false;
        readers.open();
    }

    /**
     * Closes it; as often as one likes, on any thread. New calls fail at once, a sync and queries that run are stopped, other calls are waited for;
     * an attachment whose stream hangs for five seconds, and a query, for no longer: nothing of such an attachment is kept.
     * What a cursor or transaction that is still open does afterwards throws {@link Code#MISUSE}. Called inside write() or a listener, it waits for
     * nobody, and what is not committed is not kept.
     */
    @Override
    public final void close() {
        boolean inside = isInside();

        closed = true;
        watched.done();
        watchers.end();
        readers.interrupt();
        if (!inside) {
            waitForCalls();
            readers.settle();
        }
        readers.close();
        courier.slot.close();
        desk.close();
    }

    private void waitForCalls() {
        boolean interrupted = false;

        while (!tryBoth()) {
            courier.cancel();
            readers.interrupt();
            interrupted = Thread.interrupted() || interrupted;
        }
        desk.lock.unlock();
        courier.lock.unlock();
        if (interrupted)
            Thread.currentThread().interrupt();
    }

    private boolean tryBoth() {
        courier.cancel();
        try {
            if (!courier.lock.tryLock(LOOK_MS, TimeUnit.MILLISECONDS))
                return false;
            if (desk.lock.tryLock(LOOK_MS, TimeUnit.MILLISECONDS))
                return true;
            courier.lock.unlock();
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (courier.lock.isHeldByCurrentThread())
                courier.lock.unlock();
            return false;
        }
    }
}
