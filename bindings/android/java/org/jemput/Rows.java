/* Where a cursor's rows come from: a statement, window by window. Knows nothing of the cursor, so that it can be ended for one that was collected. */
package org.jemput;

final class Rows {
    private static final int FIRST_BYTES = 8 << 10; // most results fit in one small window, and hold nothing open then
    private static final int WINDOW_BYTES = 64 << 10;
    private static final int ROWS_MAX = 1 << 20;

    /** Told when the last row was taken, or the cursor closed; holds the link's lock. */
    interface End {
        void ended(Rows rows);
    }

    final Link link;
    private final End owner;
    private final Cancel cancel; // null: nobody's
    private Prepared statement;
    private String why; // closed by something else than its reader
    byte[] window = new byte[FIRST_BYTES];
    int rows; // in the window
    private boolean atEnd;
    String[] columns;

    /** The caller holds the link's lock. After an exception the statement is released, and the owner was told. */
    Rows(Link link, Prepared statement, byte[] values, End owner) {
        this(link, statement, values, owner, null);
    }

    /** cancel: what ends it. */
    Rows(Link link, Prepared statement, byte[] values, End owner, Cancel cancel) {
        boolean good = false;

        this.link = link;
        this.owner = owner;
        this.cancel = cancel;
        this.statement = statement;
        try {
            if (cancel != null)
                cancel.begin(this);
            if (values.length > 0)
                Native.bind(statement.handle(), 1, values);
            first();
            good = true;
        } finally {
            if (!good)
                end(null);
        }
    }

    private void first() {
        Prepared st = statement;

        try {
            step();
        } catch (JemputException e) {
            if (e.status() != Code.BUSY)
                throw e;
            st.lookAgain(); // it was made before a migration came in, perhaps
            step();
        }
        columns = st.columns;
    }

    private void step() {
        int got = Native.window(statement.handle(), window, ROWS_MAX);

        if (got < 0) {
            window = new byte[-got];
            got = Native.window(statement.handle(), window, ROWS_MAX);
        }
        rows = got & ~Native.WINDOW_END;
        atEnd = (got & Native.WINDOW_END) != 0;
        if (atEnd)
            end(null);
    }

    /** The next window. False: there are no more rows. */
    boolean next() {
        rows = 0;
        link.lock.lock();
        try {
            if (why != null)
                throw JemputException.misuse("the cursor is closed: " + why);
            if (statement == null)
                return false;
            link.handle();
            if (window.length != WINDOW_BYTES)
                window = new byte[WINDOW_BYTES];
            try {
                step();
            } catch (JemputException e) {
                end("it failed");
                throw e;
            }
            return rows > 0;
        } finally {
            link.lock.unlock();
        }
    }

    boolean isOpen() {
        return statement != null;
    }

    /** Any thread, while its cancel knows it: the link is nobody else's then. */
    void interrupt() {
        link.interrupt();
    }

    /** False: it was closed already, or its store was. */
    boolean close(String because) {
        link.lock.lock();
        try {
            boolean was = statement != null && link.peek() != 0;

            end(because);
            return was;
        } finally {
            link.lock.unlock();
        }
    }

    private void end(String because) {
        Prepared st = statement;

        if (st == null)
            return;
        why = because;
        statement = null;
        if (cancel != null)
            cancel.end(this);
        try {
            if (link.peek() != 0 && atEnd)
                st.done(); // it was reset at its last row
            else if (link.peek() != 0)
                st.release();
        } finally {
            owner.ended(this);
        }
    }
}
