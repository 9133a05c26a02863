package org.jemput;

import java.util.List;

/** Something that making two rows one, or parting them, does to one row. */
public final class Move {
    /** What it does. */
    public final Kind kind;
    /** To which row. */
    public final Key row;
    /** In which column; null of {@link Kind#ROW} and {@link Kind#HELD}. */
    public final String column;
    /** What it gets; of {@link Kind#ROW} the key under which it goes on; of {@link Kind#LEFT} what stays in the history only. */
    public final List<Object> values;
    /** What it had, of {@link Kind#REFERENCE}, or keeps, of {@link Kind#LEFT}; else null. */
    public final Object before;

    Move(Packed in) {
        kind = Kind.of(in.i32());
        String table = in.text();

        row = Key.of(table, in.values(in.i32()).toArray());
        column = in.text();
        values = in.values(in.i32());
        List<Object> was = in.values(in.i32());

        before = was.isEmpty() ? null : was.get(0);
    }

    /** What a move does. */
    public enum Kind {
        /** The row had no value there, and gets one. */
        VALUE,
        /** Its counter gets so much more. */
        COUNT,
        /** It names the row that stays from now on. */
        REFERENCE,
        /** It goes on under another key. */
        ROW,
        /** It keeps what it has; the other row's value stays in the history. */
        LEFT,
        /** It leaves its table, or cannot come back to it, and is held: {@link Move#values} is the constraint. Told last. */
        HELD,
        /** One that this version does not know. */
        OTHER;

        static Kind of(int number) {
            return number < 1 || number > 6 ? OTHER : values()[number - 1];
        }
    }
}
