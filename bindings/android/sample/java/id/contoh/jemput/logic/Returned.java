/* Applications that the office has sent back, with its reasons: to be mended and sent again. */
package id.contoh.jemput.logic;

import java.util.ArrayList;
import java.util.List;

import org.jemput.Cursor;
import org.jemput.Store;

public final class Returned {
    /** One that came back. */
    public static final class Item {
        public final byte[] id, household;
        public final String code, applicant, service, reason;
        /** The office's remarks, each with the field that it is about, oldest first. */
        public final List<String> remarks = new ArrayList<>();
        /** Requirements that were to come later, as far as the tablet knows: they are to be there before it is sent again. */
        public final List<String> later = new ArrayList<>();

        Item(Cursor at) {
            id = at.getBytes(0);
            household = at.getBytes(1);
            code = at.getString(2);
            applicant = Words.applicant(at.getString(3));
            service = at.getString(4);
            reason = at.isNull(5) ? "Tanpa alasan tertulis. Tanyakan ke kantor." : at.getString(5);
        }
    }

    private final Store store;

    public Returned(Store store) {
        this.store = store;
    }

    public List<Item> items() {
        List<Item> list = new ArrayList<>();
        try (Cursor at = store.query("SELECT p.id, p.keluarga_id, p.kode_tanda_terima, v.pemohon, v.nama_layanan, p.alasan_status"
            + " FROM permohonan p JOIN v_permohonan v ON v.id = p.id WHERE p.status = 'KEMBALI' ORDER BY p.tanggal, p.kode_tanda_terima")) {
            while (at.next())
                list.add(new Item(at));
        }
        for (Item item : list) {
            try (Cursor at = store.query("SELECT coalesce(elemen || ': ', '') || isi FROM catatan WHERE permohonan_id = ? AND jenis = 'DIKEMBALIKAN'"
                + " ORDER BY pada, id", item.id)) {
                while (at.next())
                    item.remarks.add(at.getString(0));
            }
            try (Cursor at = store.query("SELECT coalesce(s.uraian, y.kode_syarat) FROM syarat_permohonan y"
                + " JOIN permohonan p ON p.id = y.permohonan_id LEFT JOIN syarat_layanan s ON s.layanan = p.layanan AND s.varian = p.varian"
                + " AND s.kode = y.kode_syarat AND s.versi = p.versi_syarat WHERE y.permohonan_id = ? AND y.keadaan = 'MENYUSUL' ORDER BY s.urutan, y.kode_syarat", item.id)) {
                while (at.next())
                    item.later.add(at.getString(0));
            }
        }
        return list;
    }

    public int count() {
        return store.one("SELECT count(*) FROM permohonan WHERE status = 'KEMBALI'", at -> at.getInt(0));
    }

    /** Sends one on again: what was asked for has been done. answer: a word to the office; null: none. Gives what is in the way; null: nothing. */
    public String again(Item item, String answer, String officer, String day) {
        return store.write(tx -> {
            if (tx.exec("UPDATE permohonan SET status = 'LENGKAP', tanggal_lengkap = ? WHERE id = ? AND status = 'KEMBALI'", day, item.id) == 0)
                return "Kantor sudah mengubahnya lebih dahulu. Lihat lagi keadaannya.";
            if (Words.given(answer) != null)
                tx.exec("INSERT INTO catatan(id, permohonan_id, jenis, isi, oleh, pada) VALUES(?, ?, 'JAWABAN', ?, ?, ?)", tx.newId(), item.id,
                    Words.given(answer), officer, day);
            return null;
        });
    }
}
