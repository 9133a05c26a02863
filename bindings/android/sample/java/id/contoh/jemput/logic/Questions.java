/* Which questions a service asks, in their order. The lists of choices are the office's data (daftar_kode); the words here are read aloud. */
package id.contoh.jemput.logic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import id.contoh.jemput.logic.Question.Kind;

public final class Questions {
    /** The services that this app takes down, by their codes. */
    public static final List<String> SERVICES =
        Collections.unmodifiableList(Arrays.asList("KK", "KTP-el", "PINDAH", "DATANG", "AKTA_KELAHIRAN"));

    static final String YES = "YA";

    private Questions() {
    }

    /** Null: this app does not take that service down. */
    public static List<Question> of(String service) {
        List<Question> list = new ArrayList<>();
        list.add(Question.choice("varian", "varian_layanan", "Apa yang diminta warga?"));
        list.add(new Question("pemohon", Kind.PERSON, null, "Siapa yang memohon?"));
        person(list, "pemohon", "Siapa nama pemohon?");
        switch (service) {
        case "KK":
            list.add(Question.text("elemen", "Isian mana yang berubah?").help("Misalnya: pendidikan, pekerjaan, alamat.").when("varian", "KK.UBAH"));
            list.add(Question.text("semula", "Apa yang tertulis sekarang?").optional().when("varian", "KK.UBAH"));
            list.add(Question.text("menjadi", "Menjadi apa?").when("varian", "KK.UBAH"));
            break;
        case "KTP-el":
            break;
        case "PINDAH":
        case "DATANG":
            move(list, service.equals("PINDAH"));
            break;
        case "AKTA_KELAHIRAN":
            birth(list);
            break;
        default:
            return null;
        }
        list.add(Question.text("telepon", "Nomor telepon yang dapat dihubungi?").help("Boleh milik keluarga atau RT. Boleh dikosongkan.").optional());
        list.add(Question.choice("setuju", "cara_persetujuan", "Warga setuju datanya dicatat. Bagaimana persetujuannya?")
            .help("Jelaskan dahulu untuk apa datanya dipakai."));
        return Collections.unmodifiableList(list);
    }

    /* Somebody who is not in the household's list: the name is enough to begin. */
    private static void person(List<Question> list, String who, String text) {
        list.add(Question.text(who + ".nama", text).help("Seperti tertulis di dokumen.").when(who, Form.SOMEBODY_ELSE));
        list.add(new Question(who + ".nik", Kind.NUMBER, null, "Berapa NIK-nya?").help("Boleh dikosongkan bila belum tahu.").optional()
            .when(who, Form.SOMEBODY_ELSE));
        list.add(new Question(who + ".lahir", Kind.DATE, null, "Kapan tanggal lahirnya?").help("Tanggal-bulan-tahun. Boleh dikosongkan.").optional()
            .when(who, Form.SOMEBODY_ELSE));
    }

    private static void move(List<Question> list, boolean away) {
        list.add(new Question("tanggal", Kind.DATE, null, away ? "Kapan akan pindah?" : "Kapan datang?").help("Tanggal-bulan-tahun."));
        list.add(Question.choice("alasan", "f103_alasan_pindah", "Apa alasan pindahnya?"));
        list.add(Question.choice("klasifikasi", "f103_klasifikasi_pindah", "Sejauh apa pindahnya?"));
        list.add(Question.text("alamat", away ? "Ke alamat mana?" : "Dari alamat mana?"));
        if (!away)
            list.add(Question.text("skp", "Berapa nomor surat keterangan pindahnya?").help("Boleh dikosongkan bila belum ada.").optional());
    }

    private static void birth(List<Question> list) {
        list.add(Question.text("anak.nama", "Siapa nama anaknya?").help("Paling sedikit dua kata, paling banyak 60 huruf, tanpa tanda baca."));
        list.add(Question.choice("anak.kelamin", "jenis_kelamin", "Anaknya laki-laki atau perempuan?"));
        list.add(new Question("tanggal", Kind.DATE, null, "Kapan lahirnya?").help("Tanggal-bulan-tahun."));
        list.add(Question.text("anak.tempat", "Di kota atau kabupaten mana lahirnya?"));
        list.add(Question.choice("tempat_dilahirkan", "f201_tempat_dilahirkan", "Dilahirkan di tempat apa?"));
        list.add(Question.choice("jenis_kelahiran", "f201_jenis_kelahiran", "Lahir tunggal atau kembar?"));
        list.add(Question.choice("penolong", "f201_penolong_kelahiran", "Siapa penolong kelahirannya?"));
        list.add(new Question("ibu", Kind.PERSON, null, "Siapa ibunya?"));
        list.add(Question.text("ibu.nama", "Siapa nama ibunya?").when("ibu", Form.SOMEBODY_ELSE));
    }
}
