/* The signatures of androidx.sqlite 2.6, as far as a driver has to know them: so that the driver is compiled and tested where the real ones cannot be
 * had. `tools/android/test --driver` compiles and tests it against the real ones. */
package androidx.sqlite;

public interface SQLiteDriver {
    default boolean hasConnectionPool() {
        return false;
    }

    SQLiteConnection open(String fileName);
}
