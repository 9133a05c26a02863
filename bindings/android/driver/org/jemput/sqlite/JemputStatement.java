package org.jemput.sqlite;

import androidx.sqlite.SQLiteStatement;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jemput.Code;
import org.jemput.Cursor;
import org.jemput.JemputException;
import org.jemput.Tx;

/**
 * A statement of {@link JemputConnection}. It runs when it is first stepped; a query also when its columns are asked for. Outside of a transaction a
 * query streams from a reading connection; what else gives rows (in a transaction, or RETURNING) is read whole.
 */
final class JemputStatement implements SQLiteStatement {
    private static final int INTEGER = 1, FLOAT = 2, TEXT = 3, BLOB = 4, NULL = 5; // as SQLite and androidx.sqlite number them
    private static final Pattern READS = Pattern.compile("\\s*(SELECT|WITH|VALUES|EXPLAIN|PRAGMA)\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    /* These tell of the writing connection. */
    private static final Pattern DESK = Pattern.compile(".*\\b(last_insert_rowid|changes|total_changes)\\s*\\(.*",
        Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final Pattern WHOLE = Pattern.compile("\\s*([+-]?[0-9]+)");
    private static final Pattern NUMBER = Pattern.compile("\\s*([+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)");

    private final JemputConnection connection;
    private final String sql;
    private final Runnable control; // BEGIN and its kin; sql is null then
    private final List<Object> bound = new ArrayList<>();
    private boolean ran, onRow, closed;
    private Cursor cursor;         // rows that come as they are asked for,
    private List<Object[]> rows;   // or all of them
    private String[] names = {};
    private int row;

    private JemputStatement(JemputConnection connection, String sql, Runnable control) {
        this.connection = connection;
        this.sql = sql;
        this.control = control;
    }

    static JemputStatement of(JemputConnection connection, String sql) {
        return new JemputStatement(connection, sql, null);
    }

    static JemputStatement of(JemputConnection connection, Runnable control) {
        return new JemputStatement(connection, null, control);
    }

    /* --- running --- */

    private boolean reads() {
        return control == null && READS.matcher(sql).matches();
    }

    private void start() {
        if (closed)
            throw new IllegalStateException("the statement is closed");
        if (ran)
            return;
        ran = true;
        row = -1;
        rows = Collections.emptyList();
        boolean good = false;
        try {
            run();
            good = true;
        } finally {
            if (!good)
                reset(); // what failed has not run: the next step tries it again, as SQLite's does
        }
    }

    private void run() {
        if (control != null) {
            control.run();
            return;
        }
        Object[] values = bound.toArray(new Object[Math.max(bound.size(), Parameters.count(sql))]); // what was never bound is NULL
        if (connection.inTransaction())
            connection.transaction().run(tx -> all(tx, values));
        else if (!reads() || DESK.matcher(sql).matches() || !stream(values))
            connection.store.write(tx -> all(tx, values));
    }

    /* On a reading connection; false: it was no query after all (WITH … INSERT). */
    private boolean stream(Object[] values) {
        try {
            cursor = connection.store.query(sql, values);
        } catch (JemputException e) {
            if (e.status() == Code.MISUSE && e.sqliteCode() == 0 && sql.trim().regionMatches(true, 0, "WITH", 0, 4))
                return false;
            throw e;
        }
        names = columns(cursor);
        return true;
    }

    private Void all(Tx tx, Object[] values) {
        List<Object[]> read = new ArrayList<>();
        try (Cursor at = tx.query(sql, values)) {
            names = columns(at);
            while (at.next()) {
                Object[] one = new Object[names.length];
                for (int i = 0; i < one.length; i++)
                    one[i] = at.get(i);
                read.add(one);
            }
        }
        rows = read;
        return null;
    }

    private static String[] columns(Cursor at) {
        String[] names = new String[at.columns()];
        for (int i = 0; i < names.length; i++)
            names[i] = at.name(i);
        return names;
    }

    @Override
    public boolean step() {
        start();
        boolean good = false;
        try {
            onRow = cursor != null ? cursor.next() : ++row < rows.size();
            good = true;
        } finally {
            if (!good)
                reset();
        }
        return onRow;
    }

    @Override
    public void reset() {
        if (cursor != null)
            cursor.close();
        cursor = null;
        rows = null;
        ran = false;
        onRow = false;
    }

    @Override
    public void close() {
        reset();
        closed = true;
    }

    /* --- arguments, from 1 --- */

    private void bind(int index, Object value) {
        if (index < 1)
            throw new IndexOutOfBoundsException("parameter " + index);
        while (bound.size() < index)
            bound.add(null);
        bound.set(index - 1, value);
    }

    @Override
    public void bindBlob(int index, byte[] value) {
        bind(index, value.clone());
    }

    @Override
    public void bindDouble(int index, double value) {
        bind(index, value);
    }

    @Override
    public void bindFloat(int index, float value) {
        bind(index, (double) value);
    }

    @Override
    public void bindLong(int index, long value) {
        bind(index, value);
    }

    @Override
    public void bindInt(int index, int value) {
        bind(index, (long) value);
    }

    @Override
    public void bindBoolean(int index, boolean value) {
        bind(index, value ? 1L : 0L);
    }

    @Override
    public void bindText(int index, String value) {
        bind(index, value);
    }

    @Override
    public void bindNull(int index) {
        bind(index, null);
    }

    @Override
    public void clearBindings() {
        Collections.fill(bound, null);
    }

    /* --- columns, from 0 --- */

    private void look() {
        if (!ran && reads())
            start();
    }

    @Override
    public int getColumnCount() {
        look();
        return names.length;
    }

    @Override
    public String getColumnName(int index) {
        look();
        return names[index];
    }

    @Override
    public List<String> getColumnNames() {
        look();
        return Collections.unmodifiableList(Arrays.asList(names));
    }

    private Object value(int index) {
        if (!onRow)
            throw new IllegalStateException("the statement is on no row");
        return cursor != null ? cursor.get(index) : rows.get(row)[index];
    }

    @Override
    public int getColumnType(int index) {
        Object v = value(index);
        return v == null ? NULL : v instanceof Long ? INTEGER : v instanceof Double ? FLOAT : v instanceof String ? TEXT : BLOB;
    }

    @Override
    public boolean isNull(int index) {
        return value(index) == null;
    }

    @Override
    public byte[] getBlob(int index) {
        Object v = value(index);
        return v instanceof byte[] ? (byte[]) v : v == null ? new byte[0] : getText(index).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public double getDouble(int index) {
        Object v = value(index);
        return v instanceof Number ? ((Number) v).doubleValue() : v == null ? 0 : number(getText(index));
    }

    @Override
    public float getFloat(int index) {
        return (float) getDouble(index);
    }

    @Override
    public long getLong(int index) {
        Object v = value(index);
        return v instanceof Number ? ((Number) v).longValue() : v == null ? 0 : whole(getText(index));
    }

    @Override
    public int getInt(int index) {
        return (int) getLong(index);
    }

    @Override
    public boolean getBoolean(int index) {
        return getLong(index) != 0;
    }

    @Override
    public String getText(int index) {
        Object v = value(index);
        return v instanceof byte[] ? new String((byte[]) v, java.nio.charset.StandardCharsets.UTF_8) : v == null ? "" : v.toString();
    }

    /* As SQLite: the longest beginning that is a number; what 64 bits do not hold is the largest or smallest that they do. */
    private static long whole(String text) {
        Matcher m = WHOLE.matcher(text);
        BigInteger v = m.lookingAt() ? new BigInteger(m.group(1)) : BigInteger.ZERO;
        return v.min(BigInteger.valueOf(Long.MAX_VALUE)).max(BigInteger.valueOf(Long.MIN_VALUE)).longValue();
    }

    private static double number(String text) {
        Matcher m = NUMBER.matcher(text);
        return m.lookingAt() ? Double.parseDouble(m.group(1)) : 0;
    }
}
