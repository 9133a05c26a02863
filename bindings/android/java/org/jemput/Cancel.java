package org.jemput;

import java.util.ArrayList;
import java.util.List;

/**
 * Ends what runs: given to {@link Store#sync} and to bundles, {@link #cancel} makes them stop at their next step, with {@link Code#CANCELLED}. Once
 * cancelled, it ends whatever it is given to. Any thread.
 */
public final class Cancel {
    private final List<Long> running = new ArrayList<Long>();
    private final List<Rows> read = new ArrayList<Rows>();
    private boolean cancelled;

    /** A token that nobody has cancelled yet. */
    public Cancel() {
    }

    /** Ends what it was given to. */
    public synchronized void cancel() {
        cancelled = true;
        for (Long handle : running)
            stop(handle);
        for (Rows rows : read)
            rows.interrupt();
    }

    static void stop(long handle) {
        try {
            Native.cancel(handle);
        } catch (JemputException e) {
            return; // it was closed: there is nothing to end
        }
    }

    /**
     * Whether {@link #cancel} was called.
     *
     * @return true: yes
     */
    public synchronized boolean isCancelled() {
        return cancelled;
    }

    /** What runs now; the engine forgets a cancel that comes before it has begun, so isCancelled() is asked again on the way. */
    synchronized void begin(long handle) {
        running.add(handle);
    }

    synchronized void end(long handle) {
        running.remove(Long.valueOf(handle));
    }

    /** SQLite, too, forgets what comes a moment before it has begun: whoever cancels a query does so again until that has ended. */
    synchronized void begin(Rows rows) {
        if (cancelled)
            throw new JemputException(Code.CANCELLED, "cancelled before it began");
        read.add(rows);
    }

    synchronized void end(Rows rows) {
        read.remove(rows);
    }
}
