/* The sample app's logic, on a real store with the real schema: what an officer does in a day. */
package id.contoh.jemput.logic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;

import org.jemput.Attaching;
import org.jemput.BundleMade;
import org.jemput.Bundling;
import org.jemput.Code;
import org.jemput.JemputException;
import org.jemput.Key;
import org.jemput.Merging;
import org.jemput.Store;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SampleTest {
    private static final TimeZone WIB = TimeZone.getTimeZone("GMT+7");

    private Office office;
    private Store tablet;

    @BeforeAll
    void a_world(@TempDir Path folder) throws Exception {
        office = new Office(folder);
        tablet = office.tablet("satu");
    }

    @AfterAll
    void the_end() {
        if (office != null)
            office.close();
    }

    /** Answers by question; a person by name; what is not named is left empty if it may be, else the first choice. */
    private static Form filled(Form form, Map<String, String> answers) {
        while (!form.done()) {
            Question q = form.question();
            List<Form.Option> options = form.options();
            String named = answers.get(q.id), answer = options.isEmpty() ? named : null;
            for (Form.Option o : options) {
                if (named != null && (o.label.startsWith(named) || o.code.equals(named)))
                    answer = o.code;
            }
            if (answer == null && !q.isOptional())
                answer = options.isEmpty() ? "Contoh" : options.get(0).code;
            String words = form.put(answer);
            assertNull(words, q.id + ": " + words);
        }
        return form;
    }

    private static Map<String, String> map(String... pairs) {
        Map<String, String> m = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2)
            m.put(pairs[i], pairs[i + 1]);
        return m;
    }

    private long count(String sql, Object... args) {
        return tablet.one(sql, at -> at.getLong(0), args);
    }

    private static Receipt receipt(Store s, Form form, String state) {
        Checklist list = new Checklist(s, form);
        for (Checklist.Item item : list.items())
            assertNull(list.mark(item, state, "surat keterangan"));
        return Receipt.write(s, form, list, Office.DAY, "tablet 02", Office.REGION);
    }

    @Test
    void every_service_is_taken_down_with_a_receipt_and_the_rows_that_belong_to_it() {
        byte[][] home = Office.household(tablet, "Budi Contoh", "Ani Contoh");
        for (String service : Questions.SERVICES) {
            Form form = filled(Form.start(tablet, service, home[0], home[1]),
                map("pemohon", "Budi Contoh", "tanggal", "1-2-2026", "varian", "KK.UBAH"));
            Receipt r = receipt(tablet, form, Checklist.HERE);

            assertTrue(r.code.matches("[0-9]+-[0-9]{6}-[0-9A-Z]"), r.code);
            assertEquals("Budi Contoh", r.applicant);
            assertEquals("Lengkap, siap kirim", r.status, service);
            assertNull(Form.resume(tablet, form.id), "the draft is gone");
            long events = count("SELECT count(*) FROM peristiwa WHERE permohonan_id = ?", r.id);
            assertEquals(service.startsWith("K") ? 0 : 1, events, service);
            assertEquals(1, count("SELECT count(*) FROM persetujuan WHERE permohonan_id = ?", r.id));
            assertEquals(service.equals("KK") ? 1 : 0, count("SELECT count(*) FROM perubahan WHERE permohonan_id = ?", r.id));
        }
        List<Household.Application> list = Household.of(tablet, home[0]).applications();
        assertEquals(Questions.SERVICES.size(), list.size());
        for (Household.Application a : list)
            assertEquals(Words.ON_DEVICE, a.delivery);
        assertEquals(3, Household.of(tablet, home[0]).people().size(), "the child is one of them");
        assertEquals("", tablet.one("SELECT coalesce(group_concat(nilai || ': ' || pesan), '') FROM v_peringatan WHERE kode = 'KODE_TAK_DIKENAL'",
            at -> at.getString(0)), "all codes are of the lists");
    }

    @Test
    void an_answer_outlives_the_app_and_the_way_back() {
        byte[][] home = Office.household(tablet, "Citra Contoh", "Dodi Contoh");
        Form form = Form.start(tablet, "PINDAH", home[0], null);
        assertEquals("1 dari 8", form.place());
        assertNull(form.put(form.options().get(0).code));
        assertNull(form.put(Form.SOMEBODY_ELSE));
        assertEquals("3 dari 11", form.place(), "three questions more about somebody else");
        assertNull(form.put("  Eko Contoh "));

        Form again = Form.resume(tablet, form.id);
        assertEquals("Eko Contoh", again.answer("pemohon.nama"));
        assertEquals("pemohon.nik", again.question().id);
        assertTrue(again.back() && again.back() && again.back());
        assertFalse(again.back(), "the first one");
        assertEquals("Eko Contoh", again.answer("pemohon.nama"), "back forgets nothing");
        assertArrayEquals(form.id, Form.open(tablet, home[0]).get(0));
        assertNull(again.put(again.options().get(0).code));
        assertNull(again.put(again.options().get(1).code));
        assertEquals("tanggal", again.question().id, "what was asked about somebody else is not asked any more");
        again.discard();
        assertTrue(Form.open(tablet, home[0]).isEmpty());
    }

    @Test
    void odd_answers_are_pointed_at_once_and_then_kept_as_written() {
        byte[][] home = Office.household(tablet, "Fitri Contoh", "Gani Contoh");
        Form form = Form.start(tablet, "KTP-el", home[0], null);
        assertEquals("Pilih salah satu.", form.put(""));
        assertNull(form.put("KTP.BARU"));
        assertNull(form.put(Form.SOMEBODY_ELSE));
        assertEquals("Isian ini perlu diisi.", form.put("   "));
        assertNull(form.put("Hadi"));
        assertNotNull(form.put("1674991234"));
        assertNotNull(form.put("16749912345"), "another odd one is pointed at again");
        assertNull(form.put("16749912345"));
        assertNotNull(form.put("31-02-2001"));
        assertNull(form.put("31-02-2001"));
        Receipt r = receipt(tablet, filled(form, map()), Checklist.INSTEAD);

        String row = tablet.one("SELECT quote(nik) || nik_tertulis || quote(tanggal_lahir) || tanggal_lahir_tertulis FROM orang o"
            + " JOIN permohonan p ON p.pemohon_id = o.id WHERE p.id = ?", at -> at.getString(0), r.id);
        assertEquals("NULL16749912345NULL31-02-2001", row);
        assertEquals("surat keterangan",
            tablet.one("SELECT min(pengganti) FROM syarat_permohonan WHERE permohonan_id = ?", at -> at.getString(0), r.id));
    }

    @Test
    void a_second_open_application_of_one_person_is_told_before_it_is_filled_in() {
        byte[][] home = Office.household(tablet, "Indah Contoh", "Joko Contoh");
        Receipt first = receipt(tablet, filled(Form.start(tablet, "KTP-el", home[0], null), map("pemohon", "Joko", "varian", "KTP.RUSAK")),
            Checklist.HERE);
        Form second = Form.start(tablet, "KTP-el", home[0], null);
        assertNull(second.put("KTP.RUSAK"));
        String joko = second.options().stream().filter(o -> o.label.startsWith("Joko")).findFirst().get().code;
        assertTrue(second.put(joko).contains(first.code));
    }

    @Test
    void the_checklist_is_the_offices_data_and_decides_between_complete_and_not() {
        byte[][] home = Office.household(tablet, "Kartika Contoh", "Lukman Contoh");
        Form form = filled(Form.start(tablet, "KTP-el", home[0], home[1]), map("varian", "KTP.BARU", "pemohon", "Kartika"));
        Checklist list = new Checklist(tablet, form);
        assertEquals(3, list.items().size());
        assertEquals("REKAM_BIOMETRIK", list.items().get(2).code);
        assertEquals("Tidak dapat dikerjakan di rumah.", list.items().get(2).help());
        assertEquals(3, list.open());
        assertFalse(list.complete());
        assertNull(list.mark(list.items().get(0), Checklist.HERE, null));
        assertEquals("Tulis dokumen apa penggantinya.", list.mark(list.items().get(1), Checklist.INSTEAD, " "));
        assertNull(list.mark(list.items().get(1), Checklist.INSTEAD, "surat RT"));
        assertNull(list.mark(list.items().get(2), Checklist.LATER, null));
        assertEquals("KURANG", new Checklist(tablet, Form.resume(tablet, form.id)).status(), "each mark is saved at once");
        Receipt r = Receipt.write(tablet, form, list, Office.DAY, "tablet 02", Office.REGION);
        assertEquals("Belum lengkap (dicatat kekurangannya)", r.status);
        assertEquals("Sebagian, berkas menyusul", new Today(tablet).visits(Office.DAY).stream().filter(v -> v.head.startsWith("Kartika")).findFirst()
            .get().result);
    }

    @Test
    void a_photo_belongs_to_its_application_and_says_where_it_is() {
        byte[][] home = Office.household(tablet, "Mawar Contoh", "Nana Contoh");
        Receipt r = receipt(tablet, filled(Form.start(tablet, "KK", home[0], null), map("varian", "KK.PISAH")), Checklist.HERE);
        byte[] photo = new byte[300000];
        tablet.attachments().add(Attaching.of(Key.of("permohonan", r.id), new ByteArrayInputStream(photo)).kind("dokumen").mime("image/png"));
        assertEquals(300000, tablet.attachments().of(Key.of("permohonan", r.id)).get(0).bytes);
    }

    /** A stick with text, and photos where they are to be in it. */
    private static BundleMade carry(Store from, Store to, boolean photos) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Bundling bundling = Bundling.to(out);
        BundleMade made = from.exportBundle(photos ? bundling.attachments(0) : bundling, null, null);
        byte[] bytes = out.toByteArray();
        if (bytes.length > 0) {
            to.importBundle((offset, into, length) -> {
                int got = (int) Math.max(0, Math.min(length, bytes.length - offset));
                if (got > 0)
                    System.arraycopy(bytes, (int) offset, into, 0, got);
                return got;
            }, null, null);
        }
        return made;
    }

    @Test
    void photos_that_wait_are_told_though_all_text_is_there() {
        Store slow = office.tablet("foto");
        SyncPage page = new SyncPage(WIB);
        byte[][] home = Office.household(slow, "Jambu Contoh", "Nangka Contoh");
        byte[] photo = new byte[100000];
        new java.util.Random(6).nextBytes(photo);
        slow.attachments().add(Attaching.of(Key.of("keluarga", (Object) home[0]), new ByteArrayInputStream(photo)).mime("image/png"));
        page.status(slow.status(), slow.attachments().counts());
        assertTrue(page.headline().matches("\\d+ pekerjaan dan 1 foto belum diterima pusat\\. .*"), page.headline());
        carry(slow, office.store, false);
        carry(office.store, slow, false);
        page.status(slow.status(), slow.attachments().counts());
        assertEquals("Tulisan sudah diterima pusat. 1 foto belum.", page.headline());
        carry(slow, office.store, true);
        carry(office.store, slow, false);
        page.status(slow.status(), slow.attachments().counts());
        assertEquals("Semua pekerjaan sudah diterima pusat.", page.headline());
    }

    @Test
    void a_list_of_requirements_that_is_not_here_is_never_complete() {
        byte[][] home = Office.household(tablet, "Manggis Contoh", "Pisang Contoh");
        String own = "layanan = 'KK' AND varian = 'KK.HILANG_RUSAK'";
        office.store.exec("UPDATE syarat_layanan SET berlaku_sampai = '2020' WHERE " + own);
        office.round(tablet);
        Form form = filled(Form.start(tablet, "KK", home[0], home[1]), map("varian", "KK.HILANG_RUSAK", "pemohon", "Manggis"));
        assertEquals("KK.HILANG_RUSAK", form.answer("varian"));
        Checklist list = new Checklist(tablet, form);
        assertTrue(list.items().isEmpty());
        assertFalse(list.complete());
        assertTrue(list.said().startsWith("Daftar syarat belum ada di tablet ini"), list.said());
        Receipt r = Receipt.write(tablet, form, list, Office.DAY, "tablet 02", Office.REGION);
        assertEquals("KURANG||", tablet.one("SELECT status || '|' || coalesce(tanggal_lengkap, '') || '|' || coalesce(versi_syarat, '') FROM permohonan"
            + " WHERE id = ?", at -> at.getString(0), r.id));
    }

    @Test
    void a_stick_says_what_is_on_it_photos_too_where_the_text_is_there_already() {
        Store stick = office.tablet("stik");
        office.round(stick);
        byte[][] home = Office.household(stick, "Salak Contoh", "Duku Contoh");
        byte[] photo = new byte[100000];
        new java.util.Random(5).nextBytes(photo);
        stick.attachments().add(Attaching.of(Key.of("keluarga", (Object) home[0]), new ByteArrayInputStream(photo)).mime("image/png"));
        assertTrue(Usb.made(carry(stick, office.store, false), false).matches("Berkas jadi: \\d+ bagian, .*"), "text alone");
        carry(office.store, stick, false); // the receipt
        BundleMade made = carry(stick, office.store, true);
        assertEquals(0, made.segments);
        assertTrue(Usb.made(made, false).startsWith("Berkas jadi: foto, "), Usb.made(made, false));
        office.round(stick);
        BundleMade nothing = carry(stick, office.store, true);
        assertTrue(Usb.isEmpty(nothing) && !Usb.isEmpty(made));
        assertEquals("Tidak ada yang baru sejak tanda terima pusat.", Usb.made(nothing, true));
        assertTrue(Usb.made(nothing, false).endsWith("boleh dihapus."), "its file stays");
    }

    @Test
    void what_comes_back_is_listed_with_its_reasons_and_can_be_sent_again() {
        byte[][] home = Office.household(tablet, "Oki Contoh", "Putri Contoh");
        Receipt r = receipt(tablet, filled(Form.start(tablet, "KK", home[0], home[1]), map("varian", "KK.PISAH", "pemohon", "Oki")), Checklist.HERE);
        office.round(tablet);
        assertEquals(Words.RECEIVED, Household.of(tablet, home[0]).applications().get(0).delivery);
        office.store.write(tx -> {
            tx.exec("UPDATE permohonan SET status = 'DITERIMA' WHERE id = ?", r.id);
            tx.exec("UPDATE permohonan SET status = 'KEMBALI', alasan_status = 'Foto KK buram' WHERE id = ?", r.id);
            return tx.exec("INSERT INTO catatan(id, permohonan_id, jenis, elemen, isi, pada)"
                + " VALUES(?, ?, 'DIKEMBALIKAN', 'no_kk', 'tidak terbaca', ?)", tx.newId(), r.id, Office.DAY);
        });
        office.round(tablet);

        Returned returned = new Returned(tablet);
        assertEquals(1, returned.count());
        Returned.Item item = returned.items().get(0);
        assertEquals("Foto KK buram", item.reason);
        assertEquals("no_kk: tidak terbaca", item.remarks.get(0));
        assertTrue(item.later.isEmpty());
        tablet.exec("UPDATE syarat_permohonan SET keadaan = 'MENYUSUL' WHERE permohonan_id = ? AND kode_syarat ="
            + " (SELECT min(kode_syarat) FROM syarat_permohonan WHERE permohonan_id = ?)", r.id, r.id);
        assertEquals(java.util.Collections.singletonList(tablet.one("SELECT s.uraian FROM syarat_layanan s JOIN syarat_permohonan y"
            + " ON y.kode_syarat = s.kode WHERE s.varian = 'KK.PISAH' AND y.permohonan_id = ? AND y.keadaan = 'MENYUSUL'", at -> at.getString(0), r.id)),
            returned.items().get(0).later);
        Today.Visit visit = new Today(tablet).visits(Office.DAY).stream().filter(v -> v.head.startsWith("Oki")).findFirst().get();
        assertEquals("1 dikembalikan", visit.badges().get(0));
        assertNull(returned.again(item, "Sudah difoto ulang", "tablet 02", Office.DAY));
        assertEquals(0, returned.count());
        long answers = count("SELECT count(*) FROM catatan WHERE permohonan_id = ?", r.id);
        assertNotNull(returned.again(item, "Sudah difoto ulang", "tablet 02", Office.DAY), "it is not one that came back any more");
        assertEquals(answers, count("SELECT count(*) FROM catatan WHERE permohonan_id = ?", r.id));
    }

    @Test
    void what_the_office_alone_may_do_is_refused_in_words() {
        byte[][] home = Office.household(tablet, "Qori Contoh", "Rina Contoh");
        Receipt r = receipt(tablet, filled(Form.start(tablet, "KK", home[0], null), map("varian", "KK.PISAH", "pemohon", "Qori")), Checklist.HERE);
        JemputException e = assertThrows(JemputException.class, () -> tablet.exec("UPDATE permohonan SET status = 'DIPROSES' WHERE id = ?", r.id));
        assertEquals(Code.DENIED, e.status());
        assertTrue(Words.error(e).split("\n\n").length == 3, Words.error(e));
        assertEquals("Lengkap, siap kirim", Receipt.of(tablet, r.id).status);
        Form elsewhere = filled(Form.start(tablet, "KK", home[0], null), map("varian", "KK.PISAH", "pemohon", "Rina"));
        Checklist list = new Checklist(tablet, elsewhere);
        assertThrows(JemputException.class, () -> Receipt.write(tablet, elsewhere, list, Office.DAY, "tablet 02", "16.74.06.1001"));
        assertNotNull(Form.resume(tablet, elsewhere.id), "an error leaves the draft");
    }

    private static Receipt broken(Store s, byte[] household, String who) {
        return receipt(s, filled(Form.start(s, "KTP-el", household, null), map("pemohon", who, "varian", "KTP.RUSAK")), Checklist.HERE);
    }

    @Test
    void an_application_that_two_officers_took_down_is_held_once_and_no_receipt_is_lost() {
        Store other = office.tablet("empat");
        byte[][] home = Office.household(tablet, "Zainal Contoh", "Wati Contoh");
        office.round(tablet, other);
        Receipt one = broken(tablet, home[0], "Zainal"), two = broken(other, home[0], "Zainal");
        office.round(tablet, other);
        for (Store s : new Store[] {tablet, other}) {
            List<Kept> all = Kept.all(s);
            assertEquals(1, all.size());
            Kept kept = all.get(0);
            Receipt held = kept.title.contains(one.code) ? one : two, listed = held == one ? two : one;
            assertEquals("Permohonan " + held.code + " (Zainal Contoh)", kept.title);
            assertEquals("Orang ini sudah punya permohonan yang sama dan belum selesai: " + listed.code
                + ". Yang ini tersimpan utuh, dan kodenya tetap berlaku. Kantor yang memutuskan.", kept.why);
            assertTrue(kept.values.contains("Varian: KTP-el rusak"), kept.values.toString());
            assertTrue(kept.who.startsWith("tablet "), kept.who);

            Receipt paper = Receipt.of(s, held.id);
            assertEquals(held.paper(), paper.paper());
            assertTrue(paper.status.startsWith(Kept.STATE), paper.status);
            assertFalse(Receipt.of(s, listed.id).status.startsWith(Kept.STATE));
            List<Household.Application> theirs = Household.of(s, home[0]).applications();
            assertEquals(2, theirs.size());
            Household.Application last = theirs.get(1);
            assertArrayEquals(held.id, last.id);
            assertEquals(held.code + " Zainal Contoh " + held.service + " " + Kept.STATE,
                last.code + " " + last.applicant + " " + last.service + " " + last.status);
            assertTrue(new Today(s).visits(Office.DAY).stream().filter(v -> v.head.startsWith("Zainal")).findFirst().get().badges()
                .contains("1 ditahan"));
            SyncPage page = new SyncPage(WIB);
            page.status(s.status(), s.attachments().counts());
            assertTrue(s.status().held > 1, "its requirements are held with it, and are nothing more to look at");
            assertEquals(1, Kept.count(s));
            assertTrue(page.attention(1).endsWith("1 ditahan"), page.attention(1));
        }
        for (String step : new String[] {"DITERIMA", "DUGAAN_GANDA"})
            office.store.exec("UPDATE permohonan SET status = ? WHERE id IN (?, ?)", step, one.id, two.id);
        office.round(tablet, other);
        assertTrue(Kept.all(tablet).isEmpty(), "the reason is gone");
        assertEquals(2, Household.of(tablet, home[0]).applications().size());
        assertNull(Receipt.of(tablet, home[0]));
    }

    @Test
    void a_household_that_is_on_no_list_comes_with_its_visit_or_not_at_all() {
        Today today = new Today(tablet);
        long before = count("SELECT count(*) FROM keluarga") + count("SELECT count(*) FROM orang");
        assertThrows(JemputException.class, () -> today.meet("Xaver Contoh", "Jalan Melati 9", "1", "2", Office.REGION, null, "tablet 02"));
        assertEquals(before, count("SELECT count(*) FROM keluarga") + count("SELECT count(*) FROM orang"));
        byte[][] met = today.meet("Xaver Contoh", "Jalan Melati 9", "1", "2", Office.REGION, Office.DAY, "tablet 02");
        assertArrayEquals(met[0], today.visits(Office.DAY).stream().filter(v -> java.util.Arrays.equals(v.id, met[1])).findFirst().get().household);
    }

    @Test
    void which_column_is_of_which_list_is_as_the_schema_says() throws Exception {
        String schema = new String(java.nio.file.Files.readAllBytes(java.nio.file.Paths.get(System.getProperty("jemput.adminduk"))),
            java.nio.charset.StandardCharsets.UTF_8);
        Map<String, String> said = new HashMap<>();
        java.util.regex.Matcher line = java.util.regex.Pattern.compile("SELECT '(\\w+)', \\w+, '(\\w+)', '(\\w+)', \\w+ FROM \\w+").matcher(schema);
        while (line.find())
            said.put(line.group(1) + "." + line.group(2), line.group(3));
        assertTrue(said.size() > 30, said.toString());
        assertEquals(said, Codes.lists());
    }

    private static Choice about(Store s, String title) {
        return Choice.open(s, WIB).stream().filter(c -> c.title().equals(title)).findFirst().orElse(null);
    }

    @Test
    void two_tablets_that_differ_are_shown_both_and_a_person_chooses() {
        Store other = office.tablet("dua");
        byte[][] home = Office.household(tablet, "Sari Contoh", "Tono Contoh");
        office.round(tablet, other);
        byte[] sari = Household.of(tablet, home[0]).people().get(0).id;
        tablet.exec("UPDATE orang SET tanggal_lahir = '1980-01-01' WHERE id = ?", sari);
        other.exec("UPDATE orang SET tanggal_lahir = '1980-10-01' WHERE id = ?", sari);
        office.round(tablet, other);

        Choice choice = about(tablet, "Orang Sari Contoh");
        assertNotNull(choice);
        assertFalse(choice.isForOffice());
        assertEquals(2, choice.lines().size());
        Today.Visit visit = new Today(tablet).visits(Office.DAY).stream().filter(v -> v.head.startsWith("Sari")).findFirst().get();
        assertEquals("1 perbedaan", visit.badges().get(0));
        assertEquals("Tulis alasannya: orang lain akan membacanya.", choice.choose(0, ""));
        assertTrue(choice.lines().get(0).who.startsWith("Tablet 0"), choice.lines().get(0).who);
        // The one that shows and the one that does not: each can be chosen.
        for (boolean shown : new boolean[] {true, false}) {
            Choice now = about(tablet, "Orang Sari Contoh");
            int side = now.lines().get(0).shown == shown ? 0 : 1;
            String value = now.lines().get(side).values.get(0);
            assertNull(now.choose(side, "akta dilihat"));
            office.round(tablet, other);
            assertNull(about(other, "Orang Sari Contoh"));
            assertEquals(value, "Tanggal lahir: " + other.<String>one("SELECT tanggal_lahir FROM orang WHERE id = ?", at -> at.getString(0), sari));
            tablet.exec("UPDATE orang SET tanggal_lahir = '1981-01-01' WHERE id = ?", sari);
            other.exec("UPDATE orang SET tanggal_lahir = '1981-10-01' WHERE id = ?", sari);
            office.round(tablet, other);
        }
    }

    @Test
    void a_value_that_came_in_since_a_difference_was_shown_is_said_and_not_told_as_missing_rights() {
        Store other = office.tablet("tujuh"), third = office.tablet("delapan");
        byte[][] home = Office.household(tablet, "Delima Contoh", "Kelapa Contoh");
        office.round(tablet, other, third);
        byte[] id = Household.of(tablet, home[0]).people().get(0).id;
        for (Store s : new Store[] {tablet, other, third})
            s.exec("UPDATE orang SET tempat_lahir = ? WHERE id = ?", "Kota " + (s == tablet ? 1 : s == other ? 2 : 3), id);
        office.round(tablet, other);
        Choice shown = about(tablet, "Orang Delima Contoh");
        assertEquals(2, shown.lines().size());
        office.round(third, tablet);
        assertEquals(Choice.NEWER, shown.choose(0, "ditanya"));
        Choice now = about(tablet, "Orang Delima Contoh");
        assertEquals(3, now.lines().size());
        assertNull(now.choose(0, "ditanya"));
        assertEquals(Choice.NEWER, now.choose(1, "ditanya"), "it is decided");
    }

    @Test
    void what_differs_is_told_in_words_and_not_in_codes() {
        Store other = office.tablet("lima");
        byte[][] home = Office.household(tablet, "Yanto Contoh", "Zulfa Contoh");
        office.round(tablet, other);
        byte[] zulfa = Household.of(tablet, home[0]).people().get(1).id;
        tablet.exec("UPDATE orang SET jenis_kelamin = '1', shdk = '2' WHERE id = ?", zulfa);
        other.exec("UPDATE orang SET jenis_kelamin = '2', shdk = '99' WHERE id = ?", zulfa);
        office.round(tablet, other);
        StringBuilder all = new StringBuilder();
        for (Choice c : Choice.open(tablet, WIB)) {
            for (Choice.Line l : c.lines())
                all.append(c.title()).append(": ").append(String.join(", ", l.values)).append('\n');
        }
        for (String line : new String[] {"Jenis kelamin: Laki-laki", "Jenis kelamin: Perempuan",
            "Keluarga: Yanto Contoh, Hubungan dalam keluarga: Suami", "Keluarga: Yanto Contoh, Hubungan dalam keluarga: 99"})
            assertTrue(all.toString().toLowerCase().contains("orang zulfa contoh: " + line.toLowerCase()), all.toString());
    }

    @Test
    void a_form_that_was_open_during_a_merge_does_not_overwrite_it() {
        Store other = office.tablet("tiga");
        byte[][] home = Office.household(tablet, "Umar Contoh", "Vina Contoh");
        office.round(tablet, other);
        Form form = filled(Form.start(tablet, "KK", home[0], home[1]), map("varian", "KK.PISAH", "pemohon", "Umar"));
        new Today(other).finish(home[1], "DITUNDA");
        office.round(other, tablet);
        receipt(tablet, form, Checklist.HERE);
        office.round(tablet, other);
        assertEquals(1, count("SELECT count(DISTINCT key) FROM jemput_conflict WHERE tbl = 'kunjungan' AND key = ?", home[1]));
    }

    @Test
    void a_form_whose_household_was_merged_into_another_is_found_there_and_finished() {
        byte[][] twice = Office.household(tablet, "Xena Contoh", "Yoga Contoh"), home = Office.household(tablet, "Xena Contoh", "Yoga Contoh");
        office.round(tablet);
        Form form = filled(Form.start(tablet, "KK", twice[0], twice[1]), map("varian", "KK.PISAH", "pemohon", "Xena"));
        Form early = Form.start(tablet, "KTP-el", twice[0], twice[1]);
        byte[] of = Form.bytes(form.answer("pemohon"));
        byte[] same = tablet.one("SELECT id FROM orang WHERE keluarga_id = ? AND nama = 'Xena Contoh'", at -> at.getBytes(0), (Object) home[0]);
        office.store.mergeRows(Merging.of(Key.of("keluarga", home[0]), Key.of("keluarga", twice[0])).because("satu keluarga"));
        office.store.mergeRows(Merging.of(Key.of("orang", same), Key.of("orang", of)).because("satu orang"));
        office.round(tablet);
        assertNull(Household.of(tablet, twice[0]));
        assertArrayEquals(home[0], Household.successor(tablet, twice[0]));
        assertNull(Household.successor(tablet, home[0]));
        assertEquals(2, Form.open(tablet, home[0]).size());
        assertTrue(Form.lost(tablet).isEmpty());
        receipt(tablet, form, Checklist.HERE); // which was on the screen all the time
        assertEquals(1, count("SELECT count(*) FROM permohonan WHERE keluarga_id = ? AND pemohon_id = ?", home[0], same));
        filled(early, map("pemohon", "Yoga"));
        assertArrayEquals(home[0], early.household());
        early.discard();
        assertTrue(Form.open(tablet, home[0]).isEmpty());
    }

    @Test
    void a_form_whose_household_is_gone_is_found_and_can_be_finished_or_thrown_away() {
        byte[] home = tablet.write(tx -> {
            byte[] id = tx.newId();
            tx.exec("INSERT INTO keluarga(id, nama_kepala, kode_kel) VALUES(?, 'Zaki Contoh', ?)", id, Office.REGION);
            return id;
        });
        Form one = Form.start(tablet, "KTP-el", home, null), two = Form.start(tablet, "KTP-el", home, null);
        office.round(tablet);
        office.store.exec("DELETE FROM keluarga WHERE id = ?", home);
        office.round(tablet);
        assertEquals(2, Form.lost(tablet).size());
        filled(one, map("pemohon", Form.SOMEBODY_ELSE, "pemohon.nama", "Zaki Contoh"));
        assertNull(one.household());
        assertEquals("Zaki Contoh", receipt(tablet, one, Checklist.HERE).applicant);
        two.discard();
        assertTrue(Form.lost(tablet).isEmpty());
        assertEquals(0, count("SELECT count(*) FROM draf_jawaban WHERE draf IN (?, ?)", one.id, two.id));
    }

    @Test
    void where_nobody_is_known_to_have_applied_that_is_said() {
        byte[][] home = Office.household(tablet, "Eka Contoh", "Fani Contoh");
        byte[] id = tablet.write(tx -> {
            byte[] fresh = tx.newId();
            tx.exec("INSERT INTO permohonan(id, kode_tanda_terima, layanan, tanggal, keluarga_id, kode_kel, status)"
                + " VALUES(?, jemput_serial('permohonan'), 'KK', '2026-11-26', ?, ?, 'LENGKAP')", fresh, home[0], Office.REGION);
            return fresh;
        });
        assertTrue(Receipt.of(tablet, id).paper().contains("Pemohon: (pemohon belum dicatat)"));
        assertEquals("(pemohon belum dicatat)", Household.of(tablet, home[0]).applications().get(0).applicant);
    }

    @Test
    void the_sync_screen_says_what_is_in_the_way_and_that_nothing_is_lost() {
        SyncPage page = new SyncPage(WIB);
        Office.household(tablet, "Wawan Contoh", "Yuni Contoh");
        page.status(tablet.status(), tablet.attachments().counts());
        assertTrue(page.headline().endsWith("Semuanya tersimpan di tablet ini."), page.headline());
        page.started();
        assertEquals("Hentikan dulu", page.button());
        JemputException e = assertThrows(JemputException.class,
            () -> tablet.sync(org.jemput.Transport.folder(office.folder.resolve("tiada").toFile()), 0, null, null));
        page.failed(e);
        assertEquals("Kirim dan ambil", page.button());
        assertNotNull(page.advice());
        page.started();
        page.ended(tablet.sync(org.jemput.Transport.folder(office.hub), 0, null, progress -> {
            page.progress(progress);
            assertFalse(page.headline().isEmpty());
            return true;
        }));
        office.round(tablet);
        page.status(tablet.status(), tablet.attachments().counts());
        assertNull(page.advice());
        assertEquals("Semua pekerjaan sudah diterima pusat.", page.headline());
        assertEquals(Words.ON_DEVICE + ": 0", page.states()[0]);
        assertTrue(page.last().startsWith("Terakhir lengkap: "));
    }
}
