package org.jemput;

import java.util.List;

/** One side of a conflict. */
public final class Side {
    /** Who wrote it, and when. */
    public final Origin origin;
    /** It is what the table shows. */
    public final boolean shown;
    /** It deleted the row. */
    public final boolean deleted;
    /** Its values, one for each of the conflict's columns. */
    public final List<Object> values;

    Side(Packed in, int columns) {
        origin = Origin.read(in);
        shown = in.flag();
        deleted = in.flag();
        values = in.values(columns);
    }
}
