/* A finished form becomes an application, in one transaction, with the receipt code that the citizen takes home. */
package id.contoh.jemput.logic;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import org.jemput.Store;
import org.jemput.Tx;

public final class Receipt {
    public final byte[] id;
    /** On the citizen's paper, such as 07-000123-Z: unique without a connection. */
    public final String code;
    public final String applicant, service, day, status;

    private Receipt(byte[] id, String code, String applicant, String service, String day, String status) {
        this.id = id;
        this.code = code;
        this.applicant = Words.applicant(applicant);
        this.service = service;
        this.day = day;
        this.status = status;
    }

    /**
     * Writes the application and all that belongs to it, and lets the draft go. It is written under what was known when the form was opened. All or
     * nothing: an error leaves the draft as it is.
     *
     * @param region the officer's, of the household if it has one: the policy wants it within the officer's scope
     */
    public static Receipt write(Store store, Form form, Checklist list, String day, String officer, String region) {
        if (!form.done())
            throw new IllegalStateException("questions are open");
        form.follow();
        byte[] id = store.write(tx -> new Writing(tx, form, list, day, officer, region).all());
        return of(store, id);
    }

    /** Of an application that is there, or is held; null: there is none. */
    public static Receipt of(Store store, byte[] id) {
        Receipt listed = store.one("SELECT kode_tanda_terima, pemohon, nama_layanan, tanggal, nama_status FROM v_permohonan WHERE id = ?",
            at -> new Receipt(id, at.getString(0), at.getString(1), at.getString(2), at.getString(3), at.getString(4)), id);
        return listed != null ? listed : held(store, id);
    }

    /* The citizen holds its paper all the same. */
    private static Receipt held(Store store, byte[] id) {
        Kept kept = Kept.of(store, "permohonan", id);
        if (kept == null)
            return null;
        return store.one("SELECT row ->> '$.kode_tanda_terima', coalesce(l.label, row ->> '$.layanan'), row ->> '$.tanggal', row ->> '$.pemohon_id'"
            + " FROM jemput_held LEFT JOIN v_kode l ON l.nama_daftar = 'layanan' AND l.kode = row ->> '$.layanan'"
            + " WHERE tbl = 'permohonan' AND key = ? LIMIT 1", at -> new Receipt(id, at.getString(0),
            at.isNull(3) ? null : Kept.person(store, at.getString(3)), at.getString(1), at.getString(2), Kept.STATE + ". " + kept.why), id);
    }

    /** What stands on the paper, a line each. No NIK, no address: it may be lost. */
    public List<String> paper() {
        return Collections.unmodifiableList(Arrays.asList("TANDA TERIMA PERMOHONAN", code, service, "Pemohon: " + applicant,
            "Tanggal: " + Words.day(day), "Simpan kertas ini. Sebutkan kodenya bila bertanya."));
    }

    /** The code as a picture. It holds the code and nothing else. */
    public Qr qr() {
        return new Qr(code);
    }

    /** The rows of one application, in the order in which they name each other. */
    private static final class Writing {
        private final Tx tx;
        private final Form form;
        private final Checklist list;
        private final String day, officer, region;
        private final byte[] id;

        Writing(Tx tx, Form form, Checklist list, String day, String officer, String region) {
            this.tx = tx;
            this.form = form;
            this.list = list;
            this.day = day;
            this.officer = officer;
            this.region = region;
            id = tx.newId();
        }

        byte[] all() {
            tx.under(form.token);
            byte[] applicant = person("pemohon");
            tx.exec("INSERT INTO permohonan(id, kode_tanda_terima, layanan, varian, kanal, tanggal, kunjungan_id, pemohon_id, keluarga_id, kode_kel,"
                + " status, tanggal_lengkap, petugas, versi_syarat, kontak_telepon) VALUES(?, ?, ?, ?, 'JEMPUT_BOLA', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                id, tx.serial("permohonan"), form.service, form.valid("varian"), day, form.visit, applicant, form.household(), region, list.status(),
                list.complete() ? day : null, officer, list.items().isEmpty() ? null : list.version,
                form.valid("telepon"));
            for (Checklist.Item item : list.items()) {
                if (item.state() != null)
                    tx.exec("INSERT INTO syarat_permohonan(permohonan_id, kode_syarat, keadaan, pengganti, dilihat_oleh) VALUES(?, ?, ?, ?, ?)",
                        id, item.code, item.state(), item.substitute(), item.state().equals(Checklist.HERE) ? officer : null);
            }
            tx.exec("INSERT INTO persetujuan(id, orang_id, permohonan_id, dasar, cara, oleh, pada) VALUES(?, ?, ?, 'PERSETUJUAN', ?, ?, ?)",
                tx.newId(), applicant, id, form.valid("setuju"), officer, day);
            if (form.valid("menjadi") != null)
                tx.exec("INSERT INTO perubahan(id, permohonan_id, orang_id, elemen, semula, menjadi) VALUES(?, ?, ?, ?, ?, ?)", tx.newId(), id,
                    applicant, form.valid("elemen"), form.valid("semula"), form.valid("menjadi"));
            if (form.service.equals("PINDAH") || form.service.equals("DATANG"))
                move(applicant);
            else if (form.service.equals("AKTA_KELAHIRAN"))
                birth();
            if (form.visit != null)
                tx.exec("UPDATE kunjungan SET hasil = ? WHERE id = ?", list.complete() ? "SELESAI" : "SEBAGIAN", form.visit);
            form.forget(tx);
            return id;
        }

        /* Somebody of the household, or a new person without one: the office finds out where they belong. */
        private byte[] person(String who) {
            String answer = form.valid(who);
            if (!answer.equals(Form.SOMEBODY_ELSE))
                return Form.bytes(answer);
            byte[] person = tx.newId();
            tx.exec("INSERT INTO orang(id, nama, nik, nik_tertulis, tanggal_lahir, tanggal_lahir_tertulis) VALUES(?, ?, ?, ?, ?, ?)", person,
                form.valid(who + ".nama"), form.valid(who + ".nik"), form.written(who + ".nik"), form.valid(who + ".lahir"),
                form.written(who + ".lahir"));
            return person;
        }

        private void move(byte[] applicant) {
            boolean away = form.service.equals("PINDAH");
            byte[] event = tx.newId();
            tx.exec("INSERT INTO peristiwa(id, permohonan_id, jenis, tanggal, tanggal_tertulis, klasifikasi, alasan, alamat_asal, alamat_tujuan,"
                + " nomor_skp) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", event, id, form.service, form.valid("tanggal"), form.written("tanggal"),
                form.valid("klasifikasi"), form.valid("alasan"), away ? null : form.valid("alamat"), away ? form.valid("alamat") : null,
                form.valid("skp"));
            tx.exec("INSERT INTO peran(id, peristiwa_id, peran, orang_id) VALUES(?, ?, 'PINDAH', ?)", tx.newId(), event, applicant);
        }

        private void birth() {
            byte[] child = tx.newId(), event = tx.newId();
            tx.exec("INSERT INTO orang(id, keluarga_id, nama, jenis_kelamin, tempat_lahir, tanggal_lahir, tanggal_lahir_tertulis, shdk)"
                + " VALUES(?, ?, ?, ?, ?, ?, ?, '4')", child, form.household(), form.valid("anak.nama"), form.valid("anak.kelamin"),
                form.valid("anak.tempat"), form.valid("tanggal"), form.written("tanggal"));
            tx.exec("INSERT INTO peristiwa(id, permohonan_id, jenis, tanggal, tanggal_tertulis, tempat, tempat_dilahirkan, jenis_kelahiran,"
                + " penolong) VALUES(?, ?, 'LAHIR', ?, ?, ?, ?, ?, ?)", event, id, form.valid("tanggal"), form.written("tanggal"),
                form.valid("anak.tempat"), form.valid("tempat_dilahirkan"), form.valid("jenis_kelahiran"), form.valid("penolong"));
            tx.exec("INSERT INTO peran(id, peristiwa_id, peran, orang_id) VALUES(?, ?, 'ANAK', ?)", tx.newId(), event, child);
            String mother = form.valid("ibu");
            boolean known = !mother.equals(Form.SOMEBODY_ELSE);
            tx.exec("INSERT INTO peran(id, peristiwa_id, peran, orang_id, nama_bebas) VALUES(?, ?, 'IBU', ?, ?)", tx.newId(), event,
                known ? Form.bytes(mother) : null, form.valid("ibu.nama"));
        }
    }
}
