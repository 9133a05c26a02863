/* The sample's screens on Robolectric's Android 10: an officer's day, pressed button by button on a real store. */
package id.contoh.jemput.ui;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.content.ComponentName;
import android.content.Context;
import android.content.Intent;
import android.content.IntentFilter;
import android.net.ConnectivityManager;
import android.net.Uri;
import android.os.Bundle;
import android.os.Looper;
import android.provider.MediaStore;
import android.view.View;
import android.view.ViewGroup;
import android.widget.Button;
import android.widget.EditText;
import android.widget.ScrollView;
import android.widget.TextView;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jemput.Cancel;
import org.jemput.Key;
import org.jemput.Store;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowActivity;
import org.robolectric.shadows.ShadowNetwork;
import org.robolectric.shadows.ShadowSystemClock;

import id.contoh.jemput.logic.Office;
import id.contoh.jemput.logic.Recovery;
import id.contoh.jemput.logic.Today;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 29, application = TestApp.class, qualifiers = "in")
public class ScreensTest {
    private static final String PIN = "802715";
    private static final long SOON_MS = 10_000;

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();
    private Office office;
    private String code; // on paper
    private ActivityController<MainActivity> controller;
    private MainActivity activity;

    @Before
    public void aTabletThatHasJoined() throws Exception {
        TestApp app = (TestApp) RuntimeEnvironment.getApplication();
        app.loadLibrary();
        Path place = folder.getRoot().toPath();
        office = new Office(place);
        try (Store tablet = app.login().join(office.invitation("petugas"), PIN.toCharArray())) {
            office.round(tablet);
            Recovery made = new Recovery(tablet);
            code = made.code;
            assertNull(made.confirm(last(code)));
        }
        open();
    }

    private static String last(String code) {
        return code.substring(code.length() - 4);
    }

    @After
    public void theEnd() throws Exception {
        Store store = activity.app().store();
        controller.destroy();
        if (store != null)
            store.close();
        office.close();
    }

    private void open() {
        controller = Robolectric.buildActivity(MainActivity.class).setup();
        activity = controller.get();
    }

    /* --- what an officer sees and does --- */

    private static void views(View view, List<View> all) {
        if (view.getVisibility() != View.VISIBLE)
            return;
        all.add(view);
        for (int i = 0; view instanceof ViewGroup && i < ((ViewGroup) view).getChildCount(); i++)
            views(((ViewGroup) view).getChildAt(i), all);
    }

    private <T extends View> List<T> all(Class<T> kind) {
        List<View> views = new ArrayList<>();
        List<T> list = new ArrayList<>();
        views(activity.getWindow().getDecorView(), views);
        for (View v : views) {
            if (kind.isInstance(v))
                list.add(kind.cast(v));
        }
        return list;
    }

    private TextView shown(String words) {
        return shown(TextView.class, words);
    }

    private TextView shown(Class<? extends TextView> kind, String words) {
        for (TextView v : all(kind)) {
            if (v.getText().toString().contains(words) || v.getHint() != null && v.getHint().toString().contains(words))
                return v;
        }
        return null;
    }

    /* Workers are real threads: their results come to the main thread when it looks. */
    private TextView see(String words) throws InterruptedException {
        return see(TextView.class, words);
    }

    private TextView see(Class<? extends TextView> kind, String words) throws InterruptedException {
        long end = System.currentTimeMillis() + SOON_MS;
        while (System.currentTimeMillis() < end) {
            shadowOf(Looper.getMainLooper()).idle();
            TextView found = shown(kind, words);
            if (found != null && found.isEnabled())
                return found;
            Thread.sleep(5);
        }
        StringBuilder there = new StringBuilder();
        for (TextView v : all(TextView.class))
            there.append(v.getText()).append(" | ");
        throw new AssertionError("'" + words + "' is not shown, but: " + there);
    }

    private void press(String words) throws InterruptedException {
        see(Button.class, words).performClick();
    }

    private void type(String text) {
        all(EditText.class).get(0).setText(text);
    }

    private void back() {
        activity.onBackPressed();
    }

    private void pin() throws InterruptedException {
        see("Masukkan PIN");
        type(PIN);
        press("Lanjut");
        see("Hari ini");
        see("Sinkron");
    }

    /* A household, to its own screen. region: what is chosen, if it is asked; null: it is not. */
    private void household(String region) throws InterruptedException {
        press("Keluarga baru");
        see("Siapa nama kepala keluarganya?");
        press("Lanjut");
        see("Nama perlu diisi.");
        type("Budi Contoh");
        press("Lanjut");
        see("Apa alamatnya?");
        type("Jalan Melati 7");
        press("Lanjut");
        see("RT berapa?");
        type("3");
        press("Lanjut");
        see("RW berapa?");
        back();
        assertEquals("3", all(EditText.class).get(0).getText().toString());
        press("Lanjut");
        see("RW berapa?");
        press("Lanjut");
        if (region != null)
            press(region);
        see("Jalan Melati 7, RT 003");
    }

    /* --- the tests --- */

    @Test
    public void aWrongPinIsSaidAndTheRightOneOpens() throws Exception {
        see("Masukkan PIN");
        type("111111");
        press("Lanjut");
        see("PIN salah. Coba lagi. Data tetap aman.");
        pin();
        assertNotNull(shown("Belum ada keluarga dalam daftar hari ini."));
    }

    private void writeCodeDown() throws InterruptedException {
        see("Tulis kode ini di kertas sekarang");
        String groups = null;
        for (TextView v : all(TextView.class)) {
            if (v.getText().toString().matches("[0-9A-Z]{4}( [0-9A-Z]{4}){6}"))
                groups = v.getText().toString();
        }
        assertNotNull(groups);
        press("Sudah saya tulis");
        see("Tidak sama dengan kelompok terakhir.");
        type(last(groups));
        press("Sudah saya tulis");
        see("Hari ini");
    }

    private void choosePin(String pin) throws InterruptedException {
        see("Pilih PIN");
        type(pin);
        press("Lanjut");
        see("Ulangi PIN");
        type(pin);
        press("Lanjut");
    }

    @Test
    public void aForgottenPinIsChosenAnewByTheCodeOnPaperAndThatIsThenReplaced() throws Exception {
        press("Lupa PIN");
        see("Kode pemulihan ditulis di kertas");
        press("Kembali ke PIN");
        press("Lupa PIN");
        type("7Q2M-K0V4");
        press("Lanjut");
        see("Kode ini salah ketik.");
        type(code);
        press("Lanjut");
        choosePin("531942");
        see("Tulis kode ini di kertas sekarang");
        back(); // put off: it stays on the first screen, and is asked for at the next PIN
        see("belum ditulis");
        away(Session.AWAY_MS);
        see("Masukkan PIN");
        type(PIN);
        press("Lanjut");
        see("PIN salah. Coba lagi. Data tetap aman.");
        type("531942");
        press("Lanjut");
        writeCodeDown();
        assertNull(shown("belum ditulis"));
        away(Session.AWAY_MS);
        press("Lupa PIN");
        type(code);
        press("Lanjut");
        see("Kode ini bukan milik tablet ini, atau sudah diganti");
    }

    @Test
    public void anApplicationFromTheDoorToTheReceipt() throws Exception {
        pin();
        household(null);
        press("Permohonan baru");
        press("KTP elektronik");
        press("KTP-el hilang");
        press("Orang lain");
        see("Siapa nama pemohon?");
        type("Hadi Contoh");
        press("Lanjut");
        see("Berapa NIK-nya?");
        type("1674");
        press("Lanjut");
        see("Nomor ini bukan 16 angka.");
        press("Lanjut");
        see("Kapan tanggal lahirnya?");
        press("Lewati");
        see("Nomor telepon");
        press("Lewati");
        press("Lisan");
        see("1 dari 2");
        press("Ada");
        see("2 dari 2");
        press("Menyusul");
        see("Syarat belum lengkap");
        press("Simpan dan beri tanda terima");
        see("Pemohon: Hadi Contoh");
        assertNotNull(shown("-000001-"));
        press("Foto berkas");
        see("Ambil foto");
        press("Selesai");
        see("Sebagian, berkas menyusul");
    }

    @Test
    public void answersOutliveRotationAndAFreshStart() throws Exception {
        pin();
        household(null);
        press("Permohonan baru");
        press("Kartu Keluarga");
        press("KK baru: pisah KK");
        press("Budi Contoh");
        see("Nomor telepon");
        RuntimeEnvironment.setQualifiers("+land");
        controller.configurationChange(activity.getResources().getConfiguration());
        see("Nomor telepon");
        controller.recreate();
        activity = controller.get();
        press("Budi Contoh");
        press("Lanjutkan isian");
        see("Nomor telepon");
        back();
        see("✓ Budi Contoh");
        back();
        see("✓ KK baru: pisah KK");
        press("Buang isian ini");
        see("Semua jawaban isian ini akan hilang dari tablet.");
        press("Buang isian ini");
        press("Budi Contoh");
        see("Permohonan baru");
        assertNull(shown("Lanjutkan isian"));
    }

    @Test
    public void syncSaysHowItStandsAndHowItWent() throws Exception {
        pin();
        household(null);
        back();
        press("Sinkron");
        see("Di tablet ini: 1");
        press("Kirim dan ambil");
        see("Menunggu sinyal: 1");
        see("Kirim dan ambil");
        office.sync(office.store);
        press("Kirim dan ambil");
        see("Semua pekerjaan sudah diterima pusat.");
        see("Diterima pusat: 1");
    }

    @Test
    public void aSyncThatSomebodyAskedForIsStoppedAtOnceThoughAnotherRuns() throws Exception {
        pin();
        household(null);
        back();
        Store tablet = activity.app().store();
        CountDownLatch inside = new CountDownLatch(1), go = new CountDownLatch(1);
        activity.app().session().syncing().execute(() -> tablet.sync(null, 0, null, progress -> {
            inside.countDown();
            try {
                return go.await(2 * SOON_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                return false;
            }
        }));
        assertTrue(inside.await(SOON_MS, TimeUnit.MILLISECONDS));
        press("Sinkron");
        press("Kirim dan ambil");
        see("Hentikan dulu");
        back();
        press("Sinkron");
        press("Hentikan dulu"); // the same one, on a screen that came back
        see("Kirim dan ambil");
        assertEquals("the other one runs", 1, go.getCount());
        go.countDown();
    }

    @Test
    public void aSignalThatComesBackSendsTheWorkByItself() throws Exception {
        pin();
        household(null);
        back();
        see("1 pekerjaan belum diterima pusat.");
        assertEquals("nothing is sent without one", 0, activity.store().status().own.waiting);
        ConnectivityManager manager = (ConnectivityManager) activity.getSystemService(Context.CONNECTIVITY_SERVICE);
        for (ConnectivityManager.NetworkCallback c : shadowOf(manager).getNetworkCallbacks())
            c.onAvailable(ShadowNetwork.newInstance(7));
        long there = 0;
        for (long end = System.currentTimeMillis() + SOON_MS; there == 0 && System.currentTimeMillis() < end; Thread.sleep(10)) {
            office.sync(office.store);
            there = office.store.<Long>one("SELECT count(*) FROM keluarga", at -> at.getLong(0));
        }
        assertEquals(1, there);
    }

    @Test
    public void whatTheOfficeSendsBackIsOnTheListWithItsReason() throws Exception {
        pin();
        Store tablet = activity.app().store();
        byte[][] home = Office.household(tablet, "Oki Contoh", "Putri Contoh");
        tablet.write(tx -> tx.exec("INSERT INTO permohonan(id, kode_tanda_terima, layanan, tanggal, pemohon_id, keluarga_id, kode_kel, status)"
            + " SELECT ?, jemput_serial('permohonan'), 'KK', '2026-11-26', id, keluarga_id, ?, 'LENGKAP' FROM orang"
            + " WHERE keluarga_id = ? AND shdk = '1'", tx.newId(), Office.REGION, home[0]));
        office.round(tablet);
        office.store.exec("UPDATE permohonan SET status = 'KEMBALI', alasan_status = 'Foto KK buram'");
        office.round(tablet);
        press("Dikembalikan");
        press("Foto KK buram");
        see("Jawaban untuk kantor");
        press("Sudah dilengkapi, kirim lagi");
        see("Tidak ada yang dikembalikan.");
    }

    @Test
    public void differencesAreShownWithBothSidesAndChosenWithAReason() throws Exception {
        pin();
        Store tablet = activity.app().store(), other = office.tablet("lain");
        byte[][] home = Office.household(tablet, "Sari Contoh", "Tono Contoh");
        office.round(tablet, other);
        tablet.exec("UPDATE keluarga SET alamat = 'Jalan Satu' WHERE id = ?", home[0]);
        other.exec("UPDATE keluarga SET alamat = 'Jalan Dua' WHERE id = ?", home[0]);
        office.round(tablet, other);
        press("1 perbedaan");
        see("Keluarga Sari Contoh");
        press("Alamat: Jalan Satu");
        see("Tulis alasannya");
        type("ditanya di rumah");
        press("Alamat: Jalan Satu");
        see("Tidak ada yang perlu dilihat.");
        assertEquals("Jalan Satu", tablet.one("SELECT alamat FROM keluarga WHERE id = ?", at -> at.getString(0), home[0]));
    }

    @Test
    public void workGoesOutOnAStick() throws Exception {
        pin();
        household(null);
        back();
        press("Kirim lewat USB");
        press("Simpan ke berkas");
        long end = System.currentTimeMillis() + SOON_MS;
        ShadowActivity.IntentForResult asked = null;
        while (asked == null && System.currentTimeMillis() < end) {
            shadowOf(Looper.getMainLooper()).idle();
            asked = shadowOf((Activity) activity).getNextStartedActivityForResult();
            Thread.sleep(5);
        }
        assertNotNull(asked);
        assertEquals(Intent.ACTION_CREATE_DOCUMENT, asked.intent.getAction());
        assertTrue(asked.intent.getStringExtra(Intent.EXTRA_TITLE).startsWith("jemput-tablet-"));
        Uri document = Uri.fromFile(folder.newFile("berkas.bundle"));
        shadowOf((Activity) activity).receiveResult(asked.intent, Activity.RESULT_OK, new Intent().setData(document));
        see("Berkas jadi: ");
        press("Masukkan berkas");
        asked = shadowOf((Activity) activity).getNextStartedActivityForResult();
        shadowOf((Activity) activity).receiveResult(asked.intent, Activity.RESULT_OK, new Intent().setData(document));
        see("Berkas dimasukkan: 0 baris baru.");
    }

    /* A sync that does not end before it is let go, or its cancel was called. */
    private CountDownLatch hanging(Cancel cancel) throws InterruptedException {
        Store tablet = activity.app().store();
        CountDownLatch inside = new CountDownLatch(1), go = new CountDownLatch(1);
        activity.app().session().syncing().execute(() -> tablet.sync(null, 0, cancel, progress -> {
            inside.countDown();
            try {
                while (!cancel.isCancelled() && !go.await(10, TimeUnit.MILLISECONDS))
                    continue;
                return true;
            } catch (InterruptedException e) {
                return false;
            }
        }));
        assertTrue(inside.await(SOON_MS, TimeUnit.MILLISECONDS));
        return go;
    }

    private ShadowActivity.IntentForResult usb() throws InterruptedException {
        press("Kirim lewat USB");
        press("Simpan ke berkas");
        ShadowActivity.IntentForResult asked = null;
        for (long end = System.currentTimeMillis() + SOON_MS; asked == null && System.currentTimeMillis() < end; Thread.sleep(5)) {
            shadowOf(Looper.getMainLooper()).idle();
            asked = shadowOf((Activity) activity).getNextStartedActivityForResult();
        }
        assertNotNull(asked);
        return asked;
    }

    @Test
    public void aStickThatWaitsForASyncKeepsNobodyFromWorkingAndCanBeStopped() throws Exception {
        pin();
        household(null);
        back();
        CountDownLatch go = hanging(new Cancel());
        ShadowActivity.IntentForResult asked = usb();
        shadowOf((Activity) activity).receiveResult(asked.intent, Activity.RESULT_OK, new Intent().setData(Uri.fromFile(folder.newFile("a.bundle"))));
        see("Hentikan");
        back();
        press("Budi Contoh");
        see("Permohonan baru");
        back();
        see("berkas sedang dikerjakan");
        press("Kirim lewat USB");
        press("Hentikan"); // the same one, on a screen that came back
        see("Berkas belum jadi: tidak ada yang perlu dibawa ke kantor. Prosesnya dihentikan");
        assertEquals("the sync runs", 1, go.getCount());
        go.countDown();
        back();
        see("Hari ini");
        assertNull("it was read", shown("lihat hasilnya"));
    }

    @Test
    public void aStickGoesBeforeASyncThatNobodyAskedFor() throws Exception {
        pin();
        household(null);
        back();
        Cancel unasked = new Cancel();
        activity.app().session().unasked(unasked);
        hanging(unasked);
        ShadowActivity.IntentForResult asked = usb();
        shadowOf((Activity) activity).receiveResult(asked.intent, Activity.RESULT_OK, new Intent().setData(Uri.fromFile(folder.newFile("a.bundle"))));
        see("Berkas jadi: ");
    }

    @Test
    public void aStickWhoseTabletWasLockedInTheMiddleIsToldOfAfterThePin() throws Exception {
        pin();
        household(null);
        back();
        Store tablet = activity.app().store();
        CountDownLatch inside = new CountDownLatch(1), go = new CountDownLatch(1);
        Thread writer = new Thread(() -> tablet.write(tx -> {
            inside.countDown();
            try {
                return go.await(2 * SOON_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                return false;
            }
        }));
        ShadowActivity.IntentForResult asked = usb();
        writer.start(); // so that the bundle waits in the middle: its work is not sealed yet
        assertTrue(inside.await(SOON_MS, TimeUnit.MILLISECONDS));
        shadowOf((Activity) activity).receiveResult(asked.intent, Activity.RESULT_OK, new Intent().setData(Uri.fromFile(folder.newFile("a.bundle"))));
        see("Hentikan");
        away(Session.AWAY_MS);
        see("Masukkan PIN");
        for (long end = System.currentTimeMillis() + SOON_MS; activity.app().session().usb().isRunning() && System.currentTimeMillis() < end;) {
            shadowOf(Looper.getMainLooper()).idle();
            Thread.sleep(5);
        }
        go.countDown();
        type(PIN);
        press("Lanjut");
        see("Berkas belum jadi: tidak ada yang perlu dibawa ke kantor.");
        writer.join();
    }

    @Test
    public void whatIsHeldIsToldWithItsReasonAndItsReceiptIsFound() throws Exception {
        pin();
        Store tablet = activity.app().store(), other = office.tablet("lain");
        byte[][] home = Office.household(tablet, "Sari Contoh", "Tono Contoh");
        office.round(tablet, other);
        for (Store s : new Store[] {tablet, other})
            s.write(tx -> tx.exec("INSERT INTO permohonan(id, kode_tanda_terima, layanan, tanggal, pemohon_id, keluarga_id, kode_kel, status)"
                + " SELECT ?, jemput_serial('permohonan'), 'KK', '2026-11-26', id, keluarga_id, ?, 'LENGKAP' FROM orang"
                + " WHERE keluarga_id = ? AND shdk = '1'", tx.newId(), Office.REGION, home[0]));
        office.round(tablet, other);
        press("1 ditahan");
        see("Orang ini sudah punya permohonan yang sama");
        back();
        see("Hari ini");
        activity.show(new HouseholdScreen(activity, home[0], home[1]));
        press("Ditahan, tersimpan utuh");
        see("Tanda terima");
        see("Ditahan, tersimpan utuh. Orang ini sudah punya");
    }

    @Test
    public void theFirstScreenFollowsReceiptsByItself() throws Exception {
        pin();
        household(null);
        back();
        see("1 pekerjaan belum diterima pusat.");
        office.round(activity.app().store());
        see("Semua pekerjaan sudah diterima pusat.");
    }

    @Test
    public void theListStaysWhereItIsForTheWorkOfOthers() throws Exception {
        pin();
        Store tablet = activity.app().store(), other = office.tablet("lain");
        for (int i = 0; i < 12; i++)
            new Today(tablet).meet("Keluarga " + (char) ('A' + i), "Jalan Melati 7", "3", "1", Office.REGION, App.today(), "tablet 02");
        office.round(tablet, other);
        activity.draw();
        see("Keluarga L");
        see("Semua pekerjaan sudah diterima pusat.");
        ScrollView list = all(ScrollView.class).get(0);
        list.scrollTo(0, 400);
        assertEquals("there is more than fits", 400, list.getScrollY());
        TextView row = shown("Keluarga L");
        other.exec("UPDATE keluarga SET alamat = 'Jalan Lain 8' WHERE nama_kepala = 'Keluarga B'"); // a change that shows
        office.round(other, tablet);
        see("Jalan Lain 8");
        shadowOf(Looper.getMainLooper()).idle();
        assertEquals(400, list.getScrollY());
        assertNotSame(row, shown("Keluarga L"));
        row = shown("Keluarga L");
        other.exec("UPDATE keluarga SET kode_pos = '16740' WHERE nama_kepala = 'Keluarga C'"); // and one that does not
        office.round(other, tablet);
        CountDownLatch told = new CountDownLatch(1);
        activity.app().work().execute(told::countDown);
        assertTrue(told.await(SOON_MS, TimeUnit.MILLISECONDS));
        shadowOf(Looper.getMainLooper()).idle();
        assertSame(row, shown("Keluarga L"));
        assertEquals(400, list.getScrollY());
    }

    @Test
    public void aScreenReaderReadsWhatWasTypedAndNotTheLabelInItsPlace() throws Exception {
        pin();
        press("Keluarga baru");
        see("Siapa nama kepala keluarganya?");
        EditText field = all(EditText.class).get(0);
        assertEquals("Siapa nama kepala keluarganya?", field.getHint().toString());
        assertNull(field.getContentDescription());
    }

    /* --- the camera --- */

    private byte[] application() throws InterruptedException {
        Store tablet = activity.app().store();
        byte[][] home = Office.household(tablet, "Oki Contoh", "Putri Contoh");
        return tablet.write(tx -> {
            byte[] id = tx.newId();
            tx.exec("INSERT INTO permohonan(id, kode_tanda_terima, layanan, tanggal, pemohon_id, keluarga_id, kode_kel, status)"
                + " SELECT ?, jemput_serial('permohonan'), 'KK', '2026-11-26', id, keluarga_id, ?, 'LENGKAP' FROM orang"
                + " WHERE keluarga_id = ? AND shdk = '1'", id, Office.REGION, home[0]);
            return id;
        });
    }

    private ShadowActivity.IntentForResult camera() throws InterruptedException {
        IntentFilter pictures = new IntentFilter(MediaStore.ACTION_IMAGE_CAPTURE);
        pictures.addCategory(Intent.CATEGORY_DEFAULT);
        ComponentName app = new ComponentName("id.contoh.kamera", "id.contoh.kamera.Kamera");
        shadowOf(activity.getPackageManager()).addActivityIfNotPresent(app);
        shadowOf(activity.getPackageManager()).addIntentFilterForActivity(app, pictures);
        press("Ambil foto");
        ShadowActivity.IntentForResult asked = shadowOf((Activity) activity).getNextStartedActivityForResult();
        assertNotNull(asked);
        assertEquals(MediaStore.ACTION_IMAGE_CAPTURE, asked.intent.getAction());
        return asked;
    }

    private void taken(String picture) throws Exception {
        Files.write(PhotoProvider.file(activity).toPath(), picture.getBytes(StandardCharsets.UTF_8));
    }

    private int photos(byte[] application) {
        return activity.app().store().attachments().of(Key.of("permohonan", application)).size();
    }

    @Test
    public void aPhotoIsSealedAndItsFileIsGone() throws Exception {
        pin();
        byte[] application = application();
        activity.show(new PhotoScreen(activity, application));
        ShadowActivity.IntentForResult asked = camera();
        taken("foto pertama");
        shadowOf((Activity) activity).receiveResult(asked.intent, Activity.RESULT_OK, null);
        see("Foto 12 B");
        assertFalse(PhotoProvider.file(activity).exists());
        assertEquals(1, photos(application));
    }

    @Test
    public void whatACameraLeftBehindIsOfNoOtherApplication() throws Exception {
        pin();
        byte[] application = application();
        activity.show(new PhotoScreen(activity, application));
        taken("foto warga lain"); // of a camera that was given up
        ShadowActivity.IntentForResult asked = camera();
        assertFalse(PhotoProvider.file(activity).exists());
        shadowOf((Activity) activity).receiveResult(asked.intent, Activity.RESULT_OK, null);
        see("Kamera tidak menyimpan fotonya.");
        asked = camera();
        taken("foto yang tidak jadi");
        shadowOf((Activity) activity).receiveResult(asked.intent, Activity.RESULT_CANCELED, null);
        see("Ambil foto");
        assertFalse(PhotoProvider.file(activity).exists());
        assertEquals(0, photos(application));
        taken("foto dari kemarin");
        controller.destroy();
        open();
        assertFalse("a fresh start keeps none", PhotoProvider.file(activity).exists());
    }

    /* Android has ended the process while another app was in front: only what was kept with the activity is left. */
    private void processGone() throws Exception {
        Bundle kept = new Bundle();
        controller.pause().stop().saveInstanceState(kept);
        activity.app().store().close();
        controller.destroy();
        controller = Robolectric.buildActivity(MainActivity.class).create(kept).start().restoreInstanceState(kept);
        activity = controller.get();
    }

    /* As Android does it, before the activity is resumed. */
    private void comesBack(ShadowActivity.IntentForResult asked, Intent data) throws Exception {
        activity.onActivityResult(asked.requestCode, Activity.RESULT_OK, data);
        controller.resume().visible();
    }

    @Test
    public void aPhotoWhoseProcessDiedBehindTheCameraIsAttachedAfterThePin() throws Exception {
        pin();
        byte[] application = application();
        activity.show(new PhotoScreen(activity, application));
        ShadowActivity.IntentForResult asked = camera();
        taken("foto kedua");
        processGone();
        comesBack(asked, null);
        see("Setelah PIN, foto atau berkas tadi dilanjutkan.");
        type(PIN);
        press("Lanjut");
        see("Foto 10 B");
        assertFalse(PhotoProvider.file(activity).exists());
        assertEquals(1, photos(application));
        back();
        see("Hari ini");
    }

    @Test
    public void aFileThatWasChosenBeforeTheProcessDiedIsWrittenAfterThePin() throws Exception {
        pin();
        household(null);
        back();
        press("Kirim lewat USB");
        press("Simpan ke berkas");
        ShadowActivity.IntentForResult asked = null;
        for (long end = System.currentTimeMillis() + SOON_MS; asked == null && System.currentTimeMillis() < end; Thread.sleep(5)) {
            shadowOf(Looper.getMainLooper()).idle();
            asked = shadowOf((Activity) activity).getNextStartedActivityForResult();
        }
        File document = folder.newFile("berkas.bundle");
        processGone();
        comesBack(asked, new Intent().setData(Uri.fromFile(document)));
        assertNull("it is not read as an invitation", shown("Berkas ini bukan undangan."));
        type(PIN);
        press("Lanjut");
        see("Berkas jadi: ");
        assertTrue(document.length() > 0);
    }

    /* --- away --- */

    private void away(long ms) {
        controller.pause().stop();
        ShadowSystemClock.advanceBy(ms, TimeUnit.MILLISECONDS);
        controller.restart().resume(); // restart() starts it
    }

    @Test
    public void aTabletThatLayAboutAsksForThePinAndGoesOnWhereItWas() throws Exception {
        pin();
        household(null);
        Store tablet = activity.app().store();
        away(Session.AWAY_MS - 60_000);
        see("Permohonan baru");
        away(Session.AWAY_MS);
        see("Masukkan PIN");
        assertNull(shown("Budi Contoh"));
        type("111111");
        press("Lanjut");
        see("PIN salah. Coba lagi. Data tetap aman.");
        assertTrue(tablet.isLocked());
        type(PIN);
        press("Lanjut");
        see("Jalan Melati 7, RT 003");
        assertFalse(tablet.isLocked());
        press("Permohonan baru");
        see("Layanan apa?");
    }

    @Test
    @Config(fontScale = 2.0f)
    public void largeFontsAreLarger() throws Exception {
        pin();
        float scaled = activity.getResources().getDisplayMetrics().scaledDensity;
        assertTrue(see("Hari ini").getTextSize() >= Page.BIG_SP * scaled - 0.5f);
        for (TextView v : all(TextView.class))
            assertTrue(v.getText() + ": " + v.getTextSize(), v.getTextSize() >= Page.TEXT_SP * scaled - 0.5f);
    }

    @Test
    public void aNewTabletAsksForAnInvitationAndAPinTwice() throws Exception {
        controller.destroy();
        for (String name : new String[] {"", "-wal", "-shm", ".key"})
            new java.io.File(activity.app().file() + name).delete();
        open();
        press("Pilih berkas undangan");
        ShadowActivity.IntentForResult asked = shadowOf((Activity) activity).getNextStartedActivityForResult();
        Uri document = Uri.parse("content://berkas/undangan");
        shadowOf(activity.getContentResolver()).registerInputStream(document, new ByteArrayInputStream(office.invitation("petugas")));
        shadowOf((Activity) activity).receiveResult(asked.intent, Activity.RESULT_OK, new Intent().setData(document));
        see("Pilih PIN");
        type("123456");
        press("Lanjut");
        see("PIN ini terlalu mudah ditebak.");
        type(PIN);
        press("Lanjut");
        see("Ulangi PIN");
        type(PIN);
        press("Lanjut");
        writeCodeDown();
        see("Sinkron");
        assertNull(shown("belum ditulis"));
        // It is not let in yet, and does not know its region: that is asked, and work begins at once.
        household("Wonosari");
        press("Permohonan baru");
        see("Layanan apa?");
    }
}
