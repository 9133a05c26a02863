package org.jemput;

import java.util.ArrayList;
import java.util.List;

/**
 * A transaction under way: what {@link Store#write} gives to its work, on the thread that called it, until it returns. Everything here reads and
 * writes what the transaction has done so far.
 */
public final class Tx {
    private static final Row<Long> LONG = new Row<Long>() {
        @Override
        public Long map(Cursor at) {
            return at.getLong(0);
        }
    };
    private static final Row<Object> ANY = new Row<Object>() {
        @Override
        public Object map(Cursor at) {
            return at.get(0);
        }
    };

    private final Store store;
    private final Link desk;
    private final Thread owner = Thread.currentThread();
    private final List<Rows> cursors = new ArrayList<Rows>();
    private final List<Statement> statements = new ArrayList<Statement>();
    private final List<Savepoint> savepoints = new ArrayList<Savepoint>();
    private final Rows.End forget = new Rows.End() {
        @Override
        public void ended(Rows rows) {
            cursors.remove(rows);
        }
    };
    private boolean ended;
    private JemputException undone; // by what SQLite has rolled the transaction back

    Tx(Store store, Link desk) {
        this.store = store;
        this.desk = desk;
    }

    /** Before each call. */
    void enter() {
        if (ended)
            throw JemputException.misuse("the transaction has ended: a Tx is for its write() only");
        if (Thread.currentThread() != owner)
            throw JemputException.misuse("a Tx is for the thread that called write()");
        if (undone != null)
            throw new JemputException(Code.MISUSE, "the transaction was rolled back by the error before", undone);
        desk.handle();
    }

    /** After an error of SQL: some roll the whole transaction back. What comes after them must not be committed by itself. */
    private JemputException failed(JemputException e) {
        try {
            if (undone == null && desk.peek() != 0 && !Native.inTransaction(desk.peek()))
                undone = e;
        } catch (JemputException gone) {
            undone = e;
        }
        return e;
    }

    /** Its work may have passed over the error that rolled everything back: that must not look like a success. */
    void checkWhole() {
        if (undone != null)
            throw undone;
    }

    /**
     * Runs one statement.
     *
     * @param sql with '?' for values
     * @param args the values: null, numbers, text, Boolean or byte[]
     * @return rows changed
     */
    public long exec(String sql, Object... args) {
        Prepared st = prepared(sql);

        try {
            return run(st, args);
        } finally {
            st.done();
        }
    }

    private Prepared prepared(String sql) {
        enter();
        Keywords.refuseTransactions(sql);
        return desk.prepared(sql, false);
    }

    long run(Prepared st, Object[] args) {
        try {
            return st.run(args);
        } catch (JemputException e) {
            throw failed(e);
        }
    }

    /**
     * Asks, and sees what this transaction has written.
     *
     * @param sql with '?' for values
     * @param args the values
     * @return its rows; closed by the end of the transaction at the latest
     */
    public Cursor query(String sql, Object... args) {
        Prepared st = prepared(sql);

        return cursor(st, args);
    }

    Cursor cursor(Prepared st, Object[] args) {
        byte[] values;

        try {
            values = st.values(args);
        } catch (JemputException e) {
            st.done();
            throw e;
        }
        try {
            Rows rows = new Rows(desk, st, values, forget);

            if (rows.isOpen())
                cursors.add(rows);
            return new Cursor(store, rows);
        } catch (JemputException e) {
            throw failed(e);
        }
    }

    /**
     * The first row of a query.
     *
     * @param sql with '?' for values
     * @param map makes the result
     * @param args the values
     * @param <T> of the result
     * @return null if there is no row
     */
    public <T> T one(String sql, Row<T> map, Object... args) {
        Cursor at = query(sql, args);

        try {
            return at.next() ? map.map(at) : null;
        } finally {
            at.close();
        }
    }

    /**
     * Prepares a statement, to run it several times.
     *
     * @param sql one statement
     * @return closed by the end of the transaction at the latest
     */
    public Statement prepare(String sql) {
        enter();
        Keywords.refuseTransactions(sql);
        Statement st = new Statement(this, new Prepared(desk, sql, Prepared.OWNED, false));

        statements.add(st);
        return st;
    }

    /**
     * A point to go back to.
     *
     * @return closed before the transaction ends
     */
    public Savepoint savepoint() {
        enter();
        command("SAVEPOINT s" + savepoints.size());
        Savepoint made = new Savepoint(this, savepoints.size());

        savepoints.add(made);
        return made;
    }

    boolean hasSavepoint(Savepoint s, int depth) {
        return !ended && undone == null && depth < savepoints.size() && savepoints.get(depth) == s;
    }

    void savepointEnd(int depth, boolean keep) {
        enter();
        while (savepoints.size() > depth)
            savepoints.remove(savepoints.size() - 1);
        if (!keep) {
            closeCursors("what it read was undone");
            command("ROLLBACK TO s" + depth);
        }
        command("RELEASE s" + depth);
    }

    private void command(String sql) {
        Prepared st = desk.prepared(sql, false);

        try {
            run(st, new Object[0]);
        } finally {
            st.done();
        }
    }

    /**
     * For a driver whose statements come one by one, from other threads: whether the next one is waited for now. Who waits five seconds meanwhile to
     * write, but not here, gets {@link Code#BUSY}: it may be the very one from whom that statement should come.
     *
     * @param is true: nothing is being done
     */
    public void waits(boolean is) {
        if (ended || Thread.currentThread() != owner)
            throw JemputException.misuse("a Tx is for the thread that called write(), until that returns");
        desk.idle(is);
    }

    /**
     * The reason for this transaction, kept with it in the log.
     *
     * @param why for those who read it later
     */
    public void note(String why) {
        Utf8.plain(why, "a note");
        one("SELECT jemput_note(?)", ANY, why);
    }

    /**
     * What this device has merged so far.
     *
     * @return for {@link #under}: taken when a form is opened
     */
    public long token() {
        return one("SELECT jemput_token()", LONG);
    }

    /**
     * This transaction was written by somebody who saw what the token stands for, however late it is saved: what came in since then is a conflict,
     * not overwritten.
     *
     * @param token of {@link #token} or {@link Store#token}
     */
    public void under(long token) {
        one("SELECT jemput_under(?)", ANY, token);
    }

    /**
     * A new id.
     *
     * @return 16 bytes
     */
    public byte[] newId() {
        return (byte[]) one("SELECT jemput_id()", ANY);
    }

    /**
     * The next receipt code of this device for a table.
     *
     * @param table which
     * @return such as "07-000123-Z": unique without a connection
     */
    public String serial(String table) {
        return (String) one("SELECT jemput_serial(?)", ANY, table);
    }

    /**
     * The store.
     *
     * @return which this is a transaction of
     */
    public Store store() {
        return store;
    }

    private void closeCursors(String why) {
        for (Rows rows : cursors.toArray(new Rows[0]))
            rows.close(why);
        cursors.clear();
    }

    /** The write is over; what it left open is closed. */
    void end() {
        closeCursors("its write() has ended");
        for (Statement st : statements)
            st.close();
        statements.clear();
        ended = true;
        desk.idle(false);
    }
}
