package org.jemput;

import java.util.List;

/** A row that a constraint keeps out of its table; it comes in by itself when the reason goes. */
public final class Held {
    /** Its table. */
    public final String table;
    /** The constraint's words; "INSERT": somebody wrote to it, and the row itself has not come. */
    public final String reason;
    /** Its columns. */
    public final List<String> columns;
    /** Their values. */
    public final List<Object> values;

    Held(Packed in) {
        table = in.text();
        reason = in.text();
        columns = in.texts(in.i32());
        values = in.values(columns.size());
    }
}
