/* See SQLiteDriver. */
package androidx.sqlite;

import java.util.List;

public interface SQLiteStatement extends AutoCloseable {
    void bindBlob(int index, byte[] value);

    void bindDouble(int index, double value);

    default void bindFloat(int index, float value) {
        bindDouble(index, value);
    }

    void bindLong(int index, long value);

    default void bindInt(int index, int value) {
        bindLong(index, value);
    }

    default void bindBoolean(int index, boolean value) {
        bindLong(index, value ? 1 : 0);
    }

    void bindText(int index, String value);

    void bindNull(int index);

    byte[] getBlob(int index);

    double getDouble(int index);

    default float getFloat(int index) {
        return (float) getDouble(index);
    }

    long getLong(int index);

    default int getInt(int index) {
        return (int) getLong(index);
    }

    default boolean getBoolean(int index) {
        return getLong(index) != 0;
    }

    String getText(int index);

    boolean isNull(int index);

    int getColumnCount();

    String getColumnName(int index);

    default List<String> getColumnNames() {
        throw new UnsupportedOperationException();
    }

    int getColumnType(int index);

    boolean step();

    void reset();

    void clearBindings();

    @Override
    void close();
}
