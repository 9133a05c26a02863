/* A row that a rule of its table keeps out of sight: two officers have taken down one application, say. It is kept whole, here and everywhere, and
 * comes in by itself when the reason goes. People have to know of it: the citizen may hold its receipt. */
package id.contoh.jemput.logic;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.jemput.Cursor;
import org.jemput.Store;

public final class Kept {
    /** In the place of a state. */
    public static final String STATE = "Ditahan, tersimpan utuh";

    /* What waits for a row that is held itself, such as an application's requirements, comes in with that one: nothing more to look at. */
    private static final String FROM = " FROM jemput_held h WHERE NOT (reason LIKE 'FOREIGN KEY%'"
        + " AND EXISTS (SELECT 1 FROM jemput_held p WHERE p.tbl = h.against_tbl AND p.key = h.against_key))";
    private static final String ROWS = "SELECT tbl, reason, against_tbl, against_key, label, row, row ->> '$.kode_tanda_terima',"
        + " row ->> '$.pemohon_id', row ->> '$.nama', row ->> '$.nama_kepala'" + FROM;

    /** What it is: "Permohonan 07-000123-Z (Siti Aminah)". */
    public final String title;
    /** Why it is not in its list, and what becomes of it. */
    public final String why;
    /** Who wrote it last: "tablet 07". */
    public final String who;
    /** Field and value, a line each. */
    public final List<String> values;

    private Kept(Store store, Cursor at) {
        String table = at.getString(0);
        title = Choice.label(table) + named(store, at);
        why = why(table, at.getString(1), at.getString(2), against(store, at));
        who = at.getString(4);
        values = values(store, table, at.getString(5));
    }

    /** All there are. */
    public static List<Kept> all(Store store) {
        return list(store, " ORDER BY tbl, key");
    }

    /** One; null: that row is not held. */
    public static Kept of(Store store, String table, byte[] id) {
        List<Kept> list = list(store, " AND tbl = ? AND key = ?", table, id);
        return list.isEmpty() ? null : list.get(0);
    }

    /** How many there are to look at. */
    public static int count(Store store) {
        return store.one("SELECT count(*)" + FROM, at -> at.getInt(0));
    }

    private static List<Kept> list(Store store, String which, Object... values) {
        List<Kept> list = new ArrayList<>();
        try (Cursor at = store.query(ROWS + which, values)) {
            while (at.next())
                list.add(new Kept(store, at));
        }
        return list;
    }

    private static String named(Store store, Cursor at) {
        String table = at.getString(0), name = null;
        if (table.equals("permohonan")) {
            String who = at.isNull(7) ? null : person(store, at.getString(7));
            name = at.isNull(6) ? who : at.getString(6) + (who == null ? "" : " (" + who + ")");
        } else if (!at.isNull(8) || !at.isNull(9)) {
            name = at.getString(at.isNull(8) ? 9 : 8);
        }
        return name == null ? "" : " " + name;
    }

    /** The name of who is named by an id as views write it, x'0f…'; null: there is nobody of it here. */
    static String person(Store store, String id) {
        return store.one("SELECT nama FROM orang WHERE id = ?", at -> at.getString(0), bytes(id));
    }

    /** The form in which views tell of an id inside of a row. */
    static String text(byte[] id) {
        return "x'" + Form.hex(id) + "'";
    }

    private static byte[] bytes(String text) {
        return Form.bytes(text.substring(2, text.length() - 1));
    }

    private static String against(Store store, Cursor at) {
        if (at.isNull(3) || !at.getString(2).equals("permohonan"))
            return null;
        return store.one("SELECT kode_tanda_terima FROM permohonan WHERE id = ?", row -> row.getString(0), at.get(3));
    }

    private static String why(String table, String reason, String againstTable, String code) {
        if (reason.startsWith("UNIQUE") && table.equals("permohonan"))
            return "Orang ini sudah punya permohonan yang sama dan belum selesai" + (code == null ? "" : ": " + code)
                + ". Yang ini tersimpan utuh, dan kodenya tetap berlaku. Kantor yang memutuskan.";
        if (reason.startsWith("UNIQUE"))
            return "Sudah ada catatan lain dengan isian yang sama. Yang ini tersimpan utuh. Kantor yang memutuskan.";
        if (reason.startsWith("FOREIGN KEY"))
            return "Menunggu " + (againstTable == null ? "catatan lain" : Choice.label(againstTable).toLowerCase(java.util.Locale.ROOT))
                + " yang belum datang atau ikut ditahan. Setelah itu masuk sendiri.";
        if (reason.equals("INSERT"))
            return "Perubahannya sudah datang, catatannya sendiri belum. Setelah itu masuk sendiri.";
        return "Isiannya tidak sesuai aturan daftar. Yang ini tersimpan utuh. Kantor yang memutuskan.";
    }

    /* Ids are left out: a person cannot read them. */
    private static List<String> values(Store store, String table, String row) {
        List<String> list = new ArrayList<>();
        if (row == null)
            return list;
        try (Cursor at = store.query("SELECT key, value FROM json_each(?) WHERE type <> 'null' AND value NOT LIKE 'x''%'", row)) {
            while (at.next()) {
                Object value = at.get(1);
                if (value instanceof String && ((String) value).startsWith("t'"))
                    value = ((String) value).substring(2);
                list.add(Choice.label(at.getString(0)) + ": " + Codes.words(store, table, at.getString(0), value));
            }
        }
        return Collections.unmodifiableList(list);
    }
}
