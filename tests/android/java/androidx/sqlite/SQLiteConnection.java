/* See SQLiteDriver. */
package androidx.sqlite;

public interface SQLiteConnection extends AutoCloseable {
    default boolean inTransaction() {
        throw new UnsupportedOperationException();
    }

    SQLiteStatement prepare(String sql);

    @Override
    void close();
}
