package org.jemput;

/**
 * A statement that is run several times with other values, within one transaction: {@link Tx#prepare}. Parameters count from 1.
 *
 * <pre>{@code
 * try (Statement st = tx.prepare("INSERT INTO orang(id, nama) VALUES(?, ?)")) {
 *     for (Person p : people)
 *         st.bindAll(tx.newId(), p.nama).run();
 * }
 * }</pre>
 */
public final class Statement implements AutoCloseable {
    private static final String PREFIXES = ":@$";

    private final Tx tx;
    private final Prepared statement;
    private final Object[] values;
    private final Leaks.Watched watched;
    private Cursor open;

    Statement(Tx tx, Prepared statement) {
        this.tx = tx;
        this.statement = statement;
        values = new Object[statement.parameters];
        watched = Leaks.watch(this, "Statement", closer(statement));
    }

    private static Leaks.Closer closer(final Prepared statement) {
        return new Leaks.Closer() {
            @Override
            public boolean close() {
                return end(statement);
            }
        };
    }

    private static boolean end(Prepared statement) {
        statement.link.lock.lock();
        try {
            return statement.finish();
        } finally {
            statement.link.lock.unlock();
        }
    }

    /**
     * Gives a parameter its value; those that get none are NULL.
     *
     * @param i from 1
     * @param v null, a number, text, Boolean or byte[]
     * @return this
     */
    public Statement bind(int i, Object v) {
        if (i < 1 || i > values.length)
            throw JemputException.misuse("there is no parameter " + i + ": there are " + values.length + ", from 1");
        values[i - 1] = v instanceof byte[] ? ((byte[]) v).clone() : v instanceof CharSequence ? v.toString() : v;
        return this;
    }

    /**
     * The same by the parameter's name.
     *
     * @param name as in SQL, or without its first character
     * @param v see there
     * @return this
     */
    public Statement bind(String name, Object v) {
        int place = place(name);

        for (int i = 0; place == 0 && i < PREFIXES.length(); i++)
            place = place(PREFIXES.charAt(i) + name);
        if (place == 0)
            throw JemputException.misuse("there is no parameter '" + name + "'");
        return bind(place, v);
    }

    private int place(String name) {
        tx.enter();
        return Native.parameter(statement.handle(), Utf8.plain(name, "a parameter's name"));
    }

    /**
     * Gives all parameters their values.
     *
     * @param v as many as there are
     * @return this
     */
    public Statement bindAll(Object... v) {
        Object[] all = v == null ? new Object[] {null} : v;

        if (all.length != values.length)
            throw JemputException.misuse("the statement has " + values.length + " parameters, and " + all.length + " values were given");
        for (int i = 0; i < all.length; i++)
            bind(i + 1, all[i]);
        return this;
    }

    /**
     * Runs it. Values stay bound.
     *
     * @return rows changed
     */
    public long run() {
        tx.enter();
        closeCursor();
        return tx.run(statement, values);
    }

    /**
     * Runs it as a query. A cursor of an earlier call is closed.
     *
     * @return its rows
     */
    public Cursor query() {
        tx.enter();
        closeCursor();
        statement.inUse = true;
        open = tx.cursor(statement, values);
        return open;
    }

    /** All parameters are NULL again. */
    public void clear() {
        java.util.Arrays.fill(values, null);
    }

    /**
     * Whether it writes nothing.
     *
     * @return true: it only reads
     */
    public boolean reads() {
        return statement.reads;
    }

    private void closeCursor() {
        if (open != null)
            open.close();
        open = null;
    }

    /** Done with. As often as one likes; the end of the transaction does it, too. */
    @Override
    public void close() {
        watched.done();
        closeCursor();
        end(statement);
    }
}
