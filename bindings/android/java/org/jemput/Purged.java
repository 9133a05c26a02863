package org.jemput;

/** What {@link Attachments#purge} did. */
public final class Purged {
    /** Whose bytes were let go. */
    public final long attachments;
    /** So many. */
    public final long bytes;
    /** Received, and not so long ago. */
    public final long kept;
    /** Received so long ago, and central has not signed that it is backed up. */
    public final long notBackedUp;

    Purged(Packed in) {
        attachments = in.i64();
        bytes = in.i64();
        kept = in.i64();
        notBackedUp = in.i64();
    }
}
