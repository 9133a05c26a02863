package org.jemput.sqlite;

import androidx.sqlite.SQLiteConnection;
import androidx.sqlite.SQLiteStatement;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jemput.Store;

/** One connection of {@link JemputDriver}: it knows whether a transaction is open, and in which one a statement runs. */
final class JemputConnection implements SQLiteConnection {
    private static final Pattern CONTROL = Pattern.compile(
        "\\s*(?:(BEGIN)\\b.*|(COMMIT|END)\\b.*|(ROLLBACK)(?:\\s+TRANSACTION)?|(ROLLBACK)(?:\\s+TRANSACTION)?\\s+TO(?:\\s+SAVEPOINT)?\\s+(\\S+)"
        + "|(SAVEPOINT)\\s+(\\S+)|(RELEASE)(?:\\s+SAVEPOINT)?\\s+(\\S+))\\s*;?\\s*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern JOURNAL = Pattern.compile("\\s*PRAGMA\\s+(journal_mode|synchronous)\\b.*",
        Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    final Store store;
    private Transaction transaction;
    private boolean closed;

    JemputConnection(Store store) {
        this.store = store;
    }

    @Override
    public boolean inTransaction() {
        return transaction != null;
    }

    @Override
    public SQLiteStatement prepare(String sql) {
        if (closed)
            throw new IllegalStateException("the connection is closed");
        Matcher control = CONTROL.matcher(sql);
        if (control.matches())
            return JemputStatement.of(this, () -> control(control));
        if (JOURNAL.matcher(sql).matches()) {
            // The engine has set both, and rests on them: what is there is told, and nothing is changed.
            boolean journal = sql.toLowerCase(Locale.ROOT).contains("journal_mode");
            return JemputStatement.of(this, journal ? "SELECT 'wal' AS journal_mode" : "SELECT 2 AS synchronous");
        }
        return JemputStatement.of(this, sql);
    }

    /** The open transaction; null: there is none. */
    Transaction transaction() {
        return transaction;
    }

    private void control(Matcher m) {
        if (m.group(1) != null) {
            if (transaction != null)
                throw new IllegalStateException("a transaction is open");
            transaction = Transaction.begin(store);
        } else if (m.group(2) != null) {
            end(true);
        } else if (m.group(3) != null) {
            end(false);
        } else if (m.group(4) != null) {
            opened().rollbackTo(m.group(5));
        } else if (m.group(6) != null) {
            if (transaction == null)
                transaction = Transaction.begin(store);
            transaction.savepoint(m.group(7));
        } else {
            opened().release(m.group(9));
        }
    }

    private Transaction opened() {
        if (transaction == null)
            throw new IllegalStateException("no transaction is open");
        return transaction;
    }

    private void end(boolean keep) {
        Transaction mine = opened();
        transaction = null;
        if (keep || !mine.isAbandoned())
            mine.end(keep);
    }

    /** What is not committed is undone. */
    @Override
    public void close() {
        closed = true;
        if (transaction != null)
            end(false);
    }
}
