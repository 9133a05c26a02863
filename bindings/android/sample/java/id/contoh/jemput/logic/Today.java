/* The households to be visited on a day, with what the officer should know before the door opens. */
package id.contoh.jemput.logic;

import java.util.ArrayList;
import java.util.List;

import org.jemput.Cursor;
import org.jemput.Store;

public final class Today {
    /** One line of the list. */
    public static final class Visit {
        public final byte[] id, household;
        public final String head, address, result;
        /** Applications taken down there, rows in conflict, applications that came back. */
        public final int applications, conflicts, returned;
        /** Rows of theirs that a rule keeps out of their list. */
        public final int held;

        Visit(Cursor at) {
            id = at.getBytes(0);
            household = at.getBytes(1);
            head = at.isNull(2) ? "(kepala keluarga belum dicatat)" : at.getString(2);
            address = at.getString(3);
            result = at.getString(4);
            applications = at.getInt(5);
            conflicts = at.getInt(6);
            returned = at.getInt(7);
            held = at.getInt(8);
        }

        /** What stands on the badges, in the order of their weight; empty: none. */
        public List<String> badges() {
            List<String> list = new ArrayList<>();
            if (conflicts > 0)
                list.add(conflicts + " perbedaan");
            if (held > 0)
                list.add(held + " ditahan");
            if (returned > 0)
                list.add(returned + " dikembalikan");
            return list;
        }
    }

    private static final String VISITS =
        "WITH ragu(tbl, key) AS MATERIALIZED (SELECT DISTINCT tbl, key FROM jemput_conflict),"
        + " tahan(keluarga) AS MATERIALIZED (SELECT row ->> '$.keluarga_id' FROM jemput_held WHERE tbl IN ('orang', 'permohonan'))"
        + " SELECT v.id, k.id, k.nama_kepala,"
        + " trim(coalesce(k.alamat, '') || coalesce(', RT ' || k.rt, '') || coalesce(' RW ' || k.rw, ''), ', '),"
        + " coalesce(h.label, v.hasil),"
        + " (SELECT count(*) FROM permohonan p WHERE p.keluarga_id = k.id),"
        + " (SELECT count(*) FROM ragu r WHERE (r.tbl = 'keluarga' AND r.key = k.id)"
        + "   OR (r.tbl = 'orang' AND r.key IN (SELECT o.id FROM orang o WHERE o.keluarga_id = k.id))"
        + "   OR (r.tbl = 'permohonan' AND r.key IN (SELECT p.id FROM permohonan p WHERE p.keluarga_id = k.id))),"
        + " (SELECT count(*) FROM permohonan p WHERE p.keluarga_id = k.id AND p.status = 'KEMBALI'),"
        + " (SELECT count(*) FROM tahan t WHERE t.keluarga = format('x''%s''', lower(hex(k.id))))"
        + " FROM kunjungan v JOIN keluarga k ON k.id = v.keluarga_id"
        + " LEFT JOIN v_kode h ON h.nama_daftar = 'hasil_kunjungan' AND h.kode = v.hasil"
        + " WHERE v.tanggal = ? ORDER BY v.hasil IS NOT NULL, k.rw, k.rt, k.nama_kepala, v.id";

    private final Store store;

    public Today(Store store) {
        this.store = store;
    }

    /** Those of a day, ISO; not yet visited ones first. */
    public List<Visit> visits(String day) {
        List<Visit> list = new ArrayList<>();
        try (Cursor at = store.query(VISITS, day)) {
            while (at.next())
                list.add(new Visit(at));
        }
        return list;
    }

    /** Puts a household on the list of a day; the region is the household's. */
    public byte[] plan(byte[] household, String day, String officer) {
        return store.write(tx -> {
            byte[] id = tx.newId();
            tx.exec("INSERT INTO kunjungan(id, tanggal, keluarga_id, kode_kel, rt, rw, petugas)"
                + " SELECT ?, ?, id, kode_kel, rt, rw, ? FROM keluarga WHERE id = ?", id, day, officer, household);
            return id;
        });
    }

    /** A household that is on no list, and its visit of that day: both, or neither. Gives {household, visit}. */
    public byte[][] meet(String head, String address, String rt, String rw, String region, String day, String officer) {
        return store.write(tx -> {
            byte[] household = Household.found(store, head, address, rt, rw, region);
            return new byte[][] {household, plan(household, day, officer)};
        });
    }

    /** What came of a visit, by the list hasil_kunjungan. */
    public void finish(byte[] visit, String result) {
        store.exec("UPDATE kunjungan SET hasil = ? WHERE id = ?", result, visit);
    }
}
