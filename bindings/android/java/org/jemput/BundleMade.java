package org.jemput;

/** What {@link Store#exportBundle} wrote. */
public final class BundleMade {
    /** 0 = there was nothing to carry, and nothing was written. */
    public final long segments;
    /** Of those, this device's. */
    public final long own;
    /** Of those, others' that this device only carries. */
    public final long carried;
    /** Of so many logs. */
    public final long logs;
    /** So large it is. */
    public final long bytes;
    /** Attachments that are in it, with some of their chunks at least. */
    public final long attachments;
    /** Of these, chunks, */
    public final long attachmentChunks;
    /** and sealed bytes. */
    public final long attachmentBytes;
    /** Attachments for which there was no room. */
    public final long attachmentsLeft;
    /** What central's segment of this number says that it has is not in it; 0 = all is. */
    public final long since;

    BundleMade(Packed in) {
        segments = in.i64();
        own = in.i64();
        carried = in.i64();
        logs = in.i64();
        bytes = in.i64();
        attachments = in.i64();
        attachmentChunks = in.i64();
        attachmentBytes = in.i64();
        attachmentsLeft = in.i64();
        since = in.i64();
    }
}
