/* One household: who lives there, and what they have asked for. */
package id.contoh.jemput.logic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jemput.Cursor;
import org.jemput.Edit;
import org.jemput.Key;
import org.jemput.Store;

public final class Household {
    /** Somebody who lives there. */
    public static final class Person {
        public final byte[] id;
        public final String name, place, born;

        Person(Cursor at) {
            id = at.getBytes(0);
            name = at.getString(1);
            place = at.getString(2);
            born = at.getString(3);
        }
    }

    /** An application of theirs. */
    public static final class Application {
        public final byte[] id;
        public final String code, service, applicant, status;
        /** Where its newest write is: one of the three states. */
        public final String delivery;

        Application(Cursor at) {
            id = at.getBytes(0);
            code = at.getString(1);
            service = at.getString(2);
            applicant = Words.applicant(at.getString(3));
            status = at.getString(4);
            delivery = Words.state(at.getString(5));
        }
    }

    public final byte[] id;
    public final String head, address, region;

    private final Store store;

    private Household(Store store, Cursor at) {
        this.store = store;
        id = at.getBytes(0);
        head = at.getString(1);
        address = at.getString(2);
        region = at.getString(3);
    }

    /** Null: there is none (any more). */
    public static Household of(Store store, byte[] id) {
        return store.one("SELECT id, nama_kepala, trim(coalesce(alamat, '') || coalesce(', RT ' || rt, '') || coalesce(' RW ' || rw, ''), ', '),"
            + " kode_kel FROM keluarga WHERE id = ?", at -> new Household(store, at), id);
    }

    /** A row of a table, or the one that it goes on as where the office has made two one; null: there is none any more. */
    static byte[] now(Store store, String table, byte[] id) {
        String there = "SELECT 1 FROM " + table + " WHERE id = ?";
        byte[] at = id;
        while (at != null && store.one(there, row -> true, (Object) at) == null) {
            byte[] next = null;
            for (Edit e : store.history(Key.of(table, at))) {
                if (e.op == Edit.Op.DELETE && e.successor.size() == 1)
                    next = (byte[]) e.successor.get(0);
            }
            at = next;
        }
        return at;
    }

    /** The household that this one goes on as; null: it is this one, or there is none. */
    public static byte[] successor(Store store, byte[] id) {
        byte[] now = now(store, "keluarga", id);
        return Arrays.equals(now, id) ? null : now;
    }

    /** A household that is not known yet, with its head as its first person. Gives its id. */
    public static byte[] found(Store store, String head, String address, String rt, String rw, String region) {
        return store.write(tx -> {
            byte[] id = tx.newId();
            tx.exec("INSERT INTO keluarga(id, nama_kepala, alamat, rt, rw, kode_kel) VALUES(?, ?, ?, ?, ?, ?)", id, head, Words.given(address),
                three(rt), three(rw), region);
            tx.exec("INSERT INTO orang(id, keluarga_id, nama, shdk) VALUES(?, ?, ?, '1')", tx.newId(), id, head);
            return id;
        });
    }

    /** Where a household may lie: the kelurahan of the officer's region, or of all if it is not known yet (before the first sync). */
    public static List<Form.Option> regions(Store store, String scope) {
        List<Form.Option> list = new ArrayList<>();
        try (Cursor at = store.query("SELECT kode, nama FROM wilayah WHERE tingkat IN ('kelurahan', 'desa') AND berlaku_sampai IS NULL"
            + " AND (?1 = '' OR kode = ?1 OR substr(kode, 1, length(?1) + 1) = ?1 || '.') ORDER BY nama", scope)) {
            while (at.next())
                list.add(new Form.Option(at.getString(0), at.getString(1)));
        }
        return list;
    }

    /* RT and RW have three digits on a card: 3 is 003. */
    private static String three(String number) {
        String s = Words.given(number);
        return s == null || !s.matches("[0-9]{1,3}") ? s : "000".substring(s.length()) + s;
    }

    public List<Person> people() {
        List<Person> list = new ArrayList<>();
        try (Cursor at = store.query("SELECT o.id, o.nama, coalesce(h.label, o.shdk), coalesce(o.tanggal_lahir, o.tanggal_lahir_tertulis)"
            + " FROM orang o LEFT JOIN v_kode h ON h.nama_daftar = 'shdk' AND h.kode = o.shdk WHERE o.keluarga_id = ?"
            + " ORDER BY CAST(o.shdk AS INTEGER), o.tanggal_lahir, o.nama", id)) {
            while (at.next())
                list.add(new Person(at));
        }
        return list;
    }

    public List<Application> applications() {
        List<Application> list = new ArrayList<>();
        try (Cursor at = store.query("SELECT p.id, p.kode_tanda_terima, v.nama_layanan, v.pemohon, v.nama_status,"
            + " (SELECT d.state FROM jemput_delivery('permohonan', p.id) d WHERE d.newest)"
            + " FROM permohonan p JOIN v_permohonan v ON v.id = p.id WHERE p.keluarga_id = ?"
            + " ORDER BY p.tanggal DESC, p.kode_tanda_terima DESC", id)) {
            while (at.next())
                list.add(new Application(at));
        }
        // Those that are held belong to the household as well: somebody may stand at the door with the receipt.
        try (Cursor at = store.query("SELECT h.key, h.row ->> '$.kode_tanda_terima', coalesce(l.label, h.row ->> '$.layanan'),"
            + " (SELECT o.nama FROM orang o WHERE format('x''%s''', lower(hex(o.id))) = h.row ->> '$.pemohon_id'), ?1,"
            + " (SELECT d.state FROM jemput_delivery('permohonan', h.key) d WHERE d.newest)"
            + " FROM jemput_held h LEFT JOIN v_kode l ON l.nama_daftar = 'layanan' AND l.kode = h.row ->> '$.layanan'"
            + " WHERE h.tbl = 'permohonan' AND h.row ->> '$.keluarga_id' = ?2", Kept.STATE, Kept.text(id))) {
            while (at.next())
                list.add(new Application(at));
        }
        return list;
    }
}
