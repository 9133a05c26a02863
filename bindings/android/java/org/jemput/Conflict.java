package org.jemput;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Writes to one row that did not know of each other, and differ: a person decides, by {@link Store#resolve}. */
public final class Conflict {
    /** The row's table. */
    public final String table;
    /** Its primary key's values. */
    public final List<Object> key;
    /** Only a decision closes it; else an ordinary write that has seen all sides does, too. */
    public final boolean identity;
    /** The columns that it is about; none: an edit against a deletion. */
    public final List<String> columns;
    /** What was written, each side once. */
    public final List<Side> sides;

    Conflict(Packed in) {
        table = in.text();
        key = in.values(in.i32());
        identity = in.flag();
        columns = in.texts(in.i32());
        sides = sides(in, columns.size());
    }

    private static List<Side> sides(Packed in, int columns) {
        int count = in.i32();
        List<Side> list = new ArrayList<Side>();

        for (int i = 0; i < count; i++)
            list.add(new Side(in, columns));
        return Collections.unmodifiableList(list);
    }

    /**
     * The row, to decide about.
     *
     * @return its table and key
     */
    public Key row() {
        return Key.of(table, key.toArray());
    }
}
