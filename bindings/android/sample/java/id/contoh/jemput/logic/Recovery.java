/* The code that opens the store where the PIN is forgotten, or Android has given its key up. It is shown once, and counts as written down when
 * somebody has typed its last group from the paper; until then it is asked for again at each PIN, with another code. */
package id.contoh.jemput.logic;

import java.util.Locale;

import org.jemput.Store;

public final class Recovery {
    /* The tablet's own, as drafts are: one row once the code is on paper. */
    private static final String TABLE = "CREATE TABLE IF NOT EXISTS kode_pemulihan_tertulis(satu INTEGER PRIMARY KEY CHECK(satu = 1))";

    private final Store store;
    /** In groups, as it is written down: 7Q2M-K0V4-…. */
    public final String code;

    /** Makes one: the one before opens nothing any more. */
    public Recovery(Store store) {
        this.store = store;
        forget(store); // before: else one that nobody has seen would count as written
        code = store.newRecoveryCode();
    }

    /** The code that holds is on paper. Writes nothing: a tablet that is full opens all the same. */
    public static boolean isWritten(Store store) {
        return store.one("SELECT 1 FROM sqlite_schema WHERE name = 'kode_pemulihan_tertulis'", at -> true) != null
            && store.one("SELECT 1 FROM kode_pemulihan_tertulis", at -> true) != null;
    }

    /** It has been told to somebody, or is to be made anew. */
    static void forget(Store store) {
        store.script(TABLE);
        store.exec("DELETE FROM kode_pemulihan_tertulis");
    }

    /** typed: its last group, read from the paper. Gives what is in the way; null: it is written down. */
    public String confirm(String typed) {
        String last = code.substring(code.lastIndexOf('-') + 1);
        if (!plain(typed).equals(last))
            return "Tidak sama dengan kelompok terakhir. Periksa tulisan di kertas.";
        store.exec("INSERT OR IGNORE INTO kode_pemulihan_tertulis VALUES(1)");
        return null;
    }

    /* As the engine reads it: small letters too, and those that look like digits as digits. */
    private static String plain(String typed) {
        return typed.toUpperCase(Locale.ROOT).replaceAll("[- ]", "").replace('O', '0').replace('I', '1').replace('L', '1');
    }
}
