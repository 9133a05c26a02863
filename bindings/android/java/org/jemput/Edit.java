package org.jemput;

import java.util.List;

/** One change of one row. */
public final class Edit {
    /** Who made it, and when. */
    public final Origin origin;
    /** What it did. */
    public final Op op;
    /** The reason that was given; "" = none. */
    public final String note;
    /** The columns that it wrote. */
    public final List<String> columns;
    /** Their values; of a counter what was added. */
    public final List<Object> values;
    /** The values before, where the edit carried them; else null. */
    public final List<Object> before;
    /** Of a row that went on in another: that row's key; else empty. */
    public final List<Object> successor;

    Edit(Packed in) {
        origin = Origin.read(in);
        op = Op.of(in.i32());
        note = in.text();
        columns = in.texts(in.i32());
        values = in.values(columns.size());
        before = in.values(columns.size());
        successor = in.values(in.i32());
    }

    /** What an edit did. */
    public enum Op {
        /** A new row. */
        INSERT,
        /** Some columns. */
        UPDATE,
        /** The row went. */
        DELETE,
        /** A person decided a conflict, or about a held row. */
        DECISION,
        /** What was written up to here was cut off behind a checkpoint. */
        CUT,
        /** One that this version does not know. */
        OTHER;

        static Op of(int letter) {
            int at = "IUDKC".indexOf(letter);

            return at < 0 ? OTHER : values()[at];
        }
    }
}
