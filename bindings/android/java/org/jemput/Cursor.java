package org.jemput;

import java.util.Arrays;

/**
 * The rows that a query gives, one after another. It begins before the first one.
 *
 * <pre>{@code
 * try (Cursor at = store.query("SELECT nama, lahir FROM orang WHERE keluarga=?", id)) {
 *     while (at.next())
 *         show(at.getString(0), at.getLong(1));
 * }
 * }</pre>
 *
 * <p>Rows come over in windows of 64 KiB: a million of them take no more memory than a thousand. At its end it closes by itself; before that it holds
 * a connection, and what it shows is one moment of the store. Columns count from 0. One thread at a time.
 */
public final class Cursor implements AutoCloseable {
    private final Store store; // so that this is not collected while somebody reads
    private final Rows rows;
    private final Leaks.Watched watched;
    private final String[] names;
    private final int[] offsets;
    private byte[] window;
    private int at;       // of the next row, in the window
    private int left;     // rows of the window
    private boolean onRow;
    private boolean done;

    Cursor(Store store, Rows rows) {
        this.store = store;
        this.rows = rows;
        names = rows.columns;
        offsets = new int[names.length];
        window = rows.window;
        left = rows.rows;
        watched = rows.isOpen() ? Leaks.watch(this, "Cursor", closer(rows)) : null;
    }

    private static Leaks.Closer closer(final Rows rows) {
        return new Leaks.Closer() {
            @Override
            public boolean close() {
                return rows.close("it was forgotten");
            }
        };
    }

    /**
     * Goes to the next row.
     *
     * @return false = there is none; the cursor is closed then
     */
    public boolean next() {
        if (done)
            return false;
        onRow = false;
        if (left == 0) {
            boolean more;

            try {
                more = rows.next();
            } catch (JemputException e) {
                close();
                throw store.isOpen() ? e : Link.closed();
            }
            if (!more) {
                close();
                return false;
            }
            window = rows.window;
            left = rows.rows;
            at = 0;
        }
        left--;
        scan();
        onRow = true;
        return true;
    }

    /* Where each value of the row begins. */
    private void scan() {
        for (int i = 0; i < offsets.length; i++) {
            int type = window[at];

            offsets[i] = at;
            at += type == 0 ? 1 : type < 3 ? 9 : 5 + (int) Packed.little(window, at + 1, 4);
        }
    }

    private int offset(int column) {
        if (!onRow)
            throw JemputException.misuse("the cursor is on no row: next() first");
        if (column < 0 || column >= offsets.length)
            throw JemputException.misuse("there is no column " + column + ": there are " + offsets.length + ", from 0");
        return offsets[column];
    }

    /**
     * How many columns there are.
     *
     * @return columns of each row
     */
    public int columns() {
        return names.length;
    }

    /**
     * A column's name.
     *
     * @param column from 0
     * @return as SQL gives it
     */
    public String name(int column) {
        if (column < 0 || column >= names.length)
            throw JemputException.misuse("there is no column " + column + ": there are " + names.length + ", from 0");
        return names[column];
    }

    /**
     * A column by its name.
     *
     * @param name as SQL gives it, or in other capitals
     * @return from 0; the first of several
     */
    public int index(String name) {
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(name))
                return i;
        }
        for (int i = 0; i < names.length; i++) {
            if (names[i].equalsIgnoreCase(name))
                return i;
        }
        throw JemputException.misuse("there is no column '" + name + "'");
    }

    /**
     * What kind of value there is.
     *
     * @param column from 0
     * @return as it is stored, whatever the column was declared
     */
    public Type type(int column) {
        return Type.of(window[offset(column)]);
    }

    /**
     * Whether there is no value.
     *
     * @param column from 0
     * @return true for NULL
     */
    public boolean isNull(int column) {
        return type(column) == Type.NULL;
    }

    /**
     * A whole number. Text and fractions become one as in SQLite; NULL is 0.
     *
     * @param column from 0
     * @return its value
     */
    public long getLong(int column) {
        int from = offset(column);

        switch (window[from]) {
        case 0:
            return 0;
        case 1:
            return Packed.little(window, from + 1, 8);
        case 2:
            return Numbers.whole(Double.longBitsToDouble(Packed.little(window, from + 1, 8)));
        default:
            return Numbers.whole(chars(from));
        }
    }

    /**
     * The lower 32 bits of {@link #getLong}, as in SQLite.
     *
     * @param column from 0
     * @return its value
     */
    public int getInt(int column) {
        return (int) getLong(column);
    }

    /**
     * A number. Text becomes one as in SQLite; NULL is 0.
     *
     * @param column from 0
     * @return its value
     */
    public double getDouble(int column) {
        int from = offset(column);

        switch (window[from]) {
        case 0:
            return 0;
        case 1:
            return Packed.little(window, from + 1, 8);
        case 2:
            return Double.longBitsToDouble(Packed.little(window, from + 1, 8));
        default:
            return Numbers.real(chars(from));
        }
    }

    /**
     * Text. Numbers become it as in SQLite; what is no UTF-8 in it becomes U+FFFD.
     *
     * @param column from 0
     * @return null for NULL
     */
    public String getString(int column) {
        int from = offset(column);

        switch (window[from]) {
        case 0:
            return null;
        case 1:
            return Long.toString(Packed.little(window, from + 1, 8));
        case 2:
            return Numbers.text(Double.longBitsToDouble(Packed.little(window, from + 1, 8)));
        default:
            return chars(from);
        }
    }

    private String chars(int from) {
        return Utf8.text(window, from + 5, (int) Packed.little(window, from + 1, 4));
    }

    /**
     * Bytes; of text its UTF-8, exactly as it is stored.
     *
     * @param column from 0
     * @return the caller's; null for NULL
     */
    public byte[] getBytes(int column) {
        int from = offset(column);

        if (window[from] == 0)
            return null;
        if (window[from] < 3)
            return Utf8.bytes(getString(column));
        return Arrays.copyOfRange(window, from + 5, from + 5 + (int) Packed.little(window, from + 1, 4));
    }

    /**
     * The value as it is stored.
     *
     * @param column from 0
     * @return null, Long, Double, String or byte[]
     */
    public Object get(int column) {
        switch (type(column)) {
        case NULL:
            return null;
        case INTEGER:
            return getLong(column);
        case REAL:
            return getDouble(column);
        case TEXT:
            return getString(column);
        default:
            return getBytes(column);
        }
    }

    /** Gives the connection back. As often as one likes, from the reading thread. */
    @Override
    public void close() {
        done = true;
        onRow = false;
        if (watched == null)
            return;
        watched.done();
        rows.close("it was closed");
    }
}
