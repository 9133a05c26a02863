package org.jemput;

/** How far a sync, or a bundle, has come. */
public final class Progress {
    /** What is done now. */
    public final Phase phase;
    /** Segments of this phase. */
    public final long done;
    /** Of so many, as far as is known; grows as more is found. */
    public final long total;
    /** Sent and fetched so far, in all phases. */
    public final long bytes;

    Progress(Packed in) {
        phase = Phase.of(in.i32());
        done = in.i64();
        total = in.i64();
        bytes = in.i64();
    }
}
