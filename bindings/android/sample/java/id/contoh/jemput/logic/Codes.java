/* What people call a value: tables hold codes of the office's lists and ids of other rows, and neither says anything to who has to choose. */
package id.contoh.jemput.logic;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

import org.jemput.Store;

final class Codes {
    /* Which list a column is of: column=list, or the column alone where both have one name. A test compares it with the schema. */
    private static final String[][] OF = {
        {"orang", "jenis_kelamin golongan_darah agama status_kawin shdk penyandang_cacat pendidikan=pendidikan_kk pendidikan_sedang pekerjaan"
            + " kewarganegaraan status_dasar ktp_el status_rekam=status_rekam_ktp_el"},
        {"permohonan", "layanan varian=varian_layanan kanal"},
        {"peristiwa", "jenis=jenis_peristiwa tempat_dilahirkan=f201_tempat_dilahirkan jenis_kelahiran=f201_jenis_kelahiran"
            + " penolong=f201_penolong_kelahiran sebab=f201_sebab_kematian yang_menerangkan=f201_yang_menerangkan_kematian"
            + " klasifikasi=f103_klasifikasi_pindah alasan=f103_alasan_pindah jenis_kepindahan=f103_jenis_kepindahan"
            + " kk_tidak_pindah=f103_status_kk_tidak_pindah kk_pindah=f103_status_kk_yang_pindah"},
        {"peran", "peran=peran_peristiwa kewarganegaraan"},
        {"kunjungan", "hasil=hasil_kunjungan alasan_belum_urus"},
        {"lampiran", "keadaan=keadaan_lampiran"},
        {"syarat_permohonan", "keadaan=keadaan_syarat"},
        {"catatan", "jenis=jenis_catatan"},
        {"persetujuan", "dasar=dasar_persetujuan cara=cara_persetujuan"},
        {"putusan_ganda", "putusan=putusan_ganda"}};
    private static final Map<String, String> LISTS = lists();

    private Codes() {
    }

    /** By "table.column". */
    static Map<String, String> lists() {
        Map<String, String> all = new HashMap<>();
        for (String[] table : OF) {
            for (String column : table[1].split(" ")) {
                int is = column.indexOf('=');
                all.put(table[0] + "." + (is < 0 ? column : column.substring(0, is)), column.substring(is + 1));
            }
        }
        return Collections.unmodifiableMap(all);
    }

    /** A value of a table's column. One that is in no list is told as it is written. */
    static String words(Store store, String table, String column, Object value) {
        if (value == null)
            return "(kosong)";
        if (value instanceof byte[])
            return name(store, column, (byte[]) value);
        String list = LISTS.get(table + "." + column), label = null;
        if (list != null)
            label = store.one("SELECT label FROM v_kode WHERE nama_daftar = ? AND kode = ? ORDER BY versi DESC LIMIT 1", at -> at.getString(0), list,
                value);
        else if (table.equals("permohonan") && column.equals("status"))
            label = store.one("SELECT label FROM alur_status WHERE kode = ?", at -> at.getString(0), value);
        else if (column.startsWith("kode_kel"))
            label = store.one("SELECT nama FROM wilayah WHERE kode = ?", at -> at.getString(0), value);
        return label == null ? value.toString() : label;
    }

    /* Of the row that an id names. */
    private static String name(Store store, String column, byte[] id) {
        String name = null;
        if (column.startsWith("keluarga"))
            name = store.one("SELECT nama_kepala FROM keluarga WHERE id = ?", at -> at.getString(0), id);
        else if (column.startsWith("orang") || column.startsWith("pemohon"))
            name = store.one("SELECT nama FROM orang WHERE id = ?", at -> at.getString(0), id);
        else if (column.startsWith("permohonan") || column.startsWith("digabung"))
            name = store.one("SELECT kode_tanda_terima FROM permohonan WHERE id = ?", at -> at.getString(0), id);
        return name == null ? "(tercatat)" : name;
    }
}
