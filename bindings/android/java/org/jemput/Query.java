package org.jemput;

/** A query with its values, to be observed: see {@link Store#observe}. */
public final class Query {
    final String sql;
    final Object[] args;

    private Query(String sql, Object[] args) {
        this.sql = sql;
        this.args = args;
    }

    /**
     * A query.
     *
     * @param sql that reads, with '?' for values
     * @param args the values
     * @return to be observed, or run
     */
    public static Query of(String sql, Object... args) {
        if (sql == null)
            throw JemputException.misuse("SQL is null");
        return new Query(sql, args == null ? new Object[] {null} : args.clone());
    }

    /**
     * Its text.
     *
     * @return SQL
     */
    public String sql() {
        return sql;
    }

    /**
     * Runs it.
     *
     * @param store where
     * @return its rows
     */
    public Cursor on(Store store) {
        return store.query(sql, args);
    }
}
