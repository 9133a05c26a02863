/* Dates, sizes, labels, and codes as pictures: no store is needed. */
package id.contoh.jemput.logic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TimeZone;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordsTest {
    @Test
    void days_are_taken_as_people_write_them_and_only_if_the_calendar_has_them() {
        for (String typed : new String[] {"26-11-2026", "26/11/2026", "26 11 2026", "26112026", "2026-11-26", " 26.11.2026 "})
            assertEquals("2026-11-26", Words.iso(typed), typed);
        assertEquals("2024-02-29", Words.iso("29-2-2024"));
        for (String typed : new String[] {"29-2-2023", "31-4-2024", "0-1-2024", "1-13-2024", "1-2-24", "kemarin", "", "1-2", "1-2-3-4", "1--2-2024x"})
            assertNull(Words.iso(typed), typed);
    }

    @Test
    void days_moments_and_sizes_are_written_for_people() {
        assertEquals("26 November 2026", Words.day("2026-11-26"));
        assertEquals("31-02-2001", Words.day("31-02-2001"));
        assertEquals("", Words.day(null));
        assertEquals("1 Januari 1970 pukul 07.00", Words.moment(0, TimeZone.getTimeZone("GMT+7")));
        assertEquals("1970-01-01", Words.today(0, TimeZone.getTimeZone("GMT+7")));
        assertEquals("999 B", Words.size(999));
        assertEquals("3 KB", Words.size(2500));
        assertEquals("3,4 MB", Words.size(3450000));
        assertEquals("Tanggal lahir", Choice.label("tanggal_lahir"));
        assertEquals("No KK", Choice.label("no_kk"));
        assertEquals("NIK ibu", Choice.label("nik_ibu"));
        assertEquals("RT", Choice.label("rt"));
        assertEquals("RW tujuan", Choice.label("rw_tujuan"));
        assertEquals("KTP-el", Choice.label("ktp_el"));
        assertEquals("KK pindah", Choice.label("kk_pindah"));
        assertEquals("Hubungan dalam keluarga", Choice.label("shdk"));
        assertEquals("Kelurahan", Choice.label("kode_kel"));
        assertEquals("Kelurahan asal", Choice.label("kode_kel_asal"));
        assertEquals("Keluarga", Choice.label("keluarga_id"));
        assertEquals("Teknik", Choice.label("teknik")); // a part of a word is none
    }

    @Test
    void a_device_is_called_as_people_call_it() {
        assertEquals("Tablet 07", Choice.device("petugas", 7));
        assertEquals("Kantor 01", Choice.device("admin,pusat", 1));
        assertEquals("Kantor 12", Choice.device("verifikator", 12));
        assertEquals("Kelurahan 03", Choice.device("kelurahan", 3));
        assertEquals("Perangkat 04", Choice.device(null, 4));
    }

    @Test
    void codes_of_every_size_are_read_back_by_another_program(@TempDir Path folder) throws Exception {
        List<String> command = new ArrayList<>(Arrays.asList("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"));
        List<String> wanted = new ArrayList<>();
        for (int length : new int[] {1, 11, 14, 15, 26, 27, 42, 43, 62, 63, 84, 85, 106}) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < length; i++)
                text.append((char) ('!' + (i * 37 + length * 11) % 90));
            Path file = folder.resolve(length + ".pbm");
            Files.write(file, picture(new Qr(text.toString())).getBytes(StandardCharsets.US_ASCII));
            command.add(file.toString());
            wanted.add(text.toString());
        }
        Process zbar = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String read = new String(zbar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertArrayEquals(wanted.toArray(), read.split("\n"));
        assertThrows(IllegalArgumentException.class, () -> new Qr(new String(new char[107])));
    }

    @Test
    void a_code_names_its_mask_twice_and_as_the_standard_writes_it() {
        // ISO/IEC 18004, annex C: level M, masks 0 to 7. A reader forgives an error here, so that reading back does not show it.
        List<Integer> known = Arrays.asList(0b101010000010010, 0b101000100100101, 0b101111001111100, 0b101101101001011, 0b100010111111001,
            0b100000011001110, 0b100111110010111, 0b100101010100000);
        for (int n = 0; n < 200; n++) {
            Qr qr = new Qr("07-" + n);
            int down = 0, across = 0;
            for (int i = 0; i < 15; i++) {
                down |= (qr.dark(8, i < 6 ? i : i < 8 ? i + 1 : qr.size() - 15 + i) ? 1 : 0) << i;
                across |= (qr.dark(i < 8 ? qr.size() - 1 - i : i < 9 ? 7 : 14 - i, 8) ? 1 : 0) << i;
            }
            assertEquals(down, across);
            assertTrue(known.contains(down), Integer.toBinaryString(down));
        }
    }

    private static String picture(Qr qr) {
        int scale = 4, side = (qr.size() + 8) * scale;
        StringBuilder s = new StringBuilder("P1\n" + side + " " + side + "\n");
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int u = x / scale - 4, v = y / scale - 4;
                s.append(u >= 0 && v >= 0 && u < qr.size() && v < qr.size() && qr.dark(u, v) ? '1' : '0');
            }
            s.append('\n');
        }
        return s.toString();
    }
}
