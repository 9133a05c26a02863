package org.jemput;

/** What {@link Store#trim} did. */
public final class Trimmed {
    /** Segments whose data went. */
    public final long segments;
    /** That it took in the store. */
    public final long bytes;
    /** There are rows that had to be forgotten, and nothing of them is left in the file. */
    public final boolean erased;

    Trimmed(Packed in) {
        segments = in.i64();
        bytes = in.i64();
        erased = in.flag();
    }
}
