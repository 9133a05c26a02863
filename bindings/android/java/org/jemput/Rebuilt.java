package org.jemput;

import java.util.List;

/** What {@link Store#rebuild} did. */
public final class Rebuilt {
    /** What differed, in English; empty: everything was as it should be. */
    public final List<String> differences;
    /** Segments that were checked and merged anew. */
    public final long segments;
    /** Rows that were put into the tables; one with wrong values is put and removed. */
    public final long rowsPut;
    /** Rows that were taken out. */
    public final long rowsRemoved;
    /** Afterwards. */
    public final String stateHash;

    Rebuilt(Packed in) {
        differences = in.texts(in.i32());
        segments = in.i64();
        in.i64(); // how many sentences: they are there
        rowsPut = in.i64();
        rowsRemoved = in.i64();
        stateHash = in.text();
    }
}
