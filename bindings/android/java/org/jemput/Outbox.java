package org.jemput;

/**
 * Whether there is work that the hub has not got: what {@link SyncWatch} wants to know. {@code status().own.pending()} is no answer to that: it
 * counts also what the hub has and central has not confirmed yet, for a night or for days, and no further sync makes that less.
 *
 * <p>One for each open store, and every sync goes through it. Any thread.
 */
public final class Outbox {
    private final Store store;
    private long had = -1; // own transactions that the hub has for certain; -1 = not known since this was made

    /**
     * Of a store.
     *
     * @param store open
     */
    public Outbox(Store store) {
        if (store == null)
            throw JemputException.misuse("whose work?");
        this.store = store;
    }

    /**
     * {@link Store#sync}. What was there when it began the hub has afterwards; what is written meanwhile, it may have.
     *
     * @param transport see there
     * @param deadlineMs see there
     * @param cancel see there
     * @param listener see there
     * @return see there
     */
    public SyncReport sync(Transport transport, long deadlineMs, Cancel cancel, SyncListener listener) {
        long before = store.status().own.all();
        SyncReport report = store.sync(transport, deadlineMs, cancel, listener);

        synchronized (this) {
            had = before;
        }
        return report;
    }

    /**
     * Whether there is work that the hub has not got, attachments too.
     *
     * @return true also where that cannot be told now: the store is locked, say
     */
    public boolean waits() {
        return textWaits() || photosWait();
    }

    private boolean photosWait() {
        final boolean[] found = new boolean[1];

        try {
            AttachmentCounts counts = store.attachments().counts();

            if (counts.unsent + counts.partly > 0) // what the hub has whole waits for its receipt alone
                store.attachments().all(new Each<Attachment>() {
                    @Override
                    public boolean item(Attachment a) {
                        found[0] = a.own && a.state != Attachment.State.RECEIVED && a.partsDone < a.parts;
                        return !found[0];
                    }
                });
        } catch (JemputException e) {
            return true;
        }
        return found[0];
    }

    /**
     * The same without attachments: what goes out also where they are held up ({@link SyncReport#attachmentStatus}).
     *
     * @return true also where that cannot be told now
     */
    public boolean textWaits() {
        Counts own;

        try {
            own = store.status().own;
        } catch (JemputException e) {
            return true; // looked at again at the next event: no work is forgotten for it
        }
        synchronized (this) {
            return had < 0 ? own.pending() > 0 : own.all() != had;
        }
    }
}
