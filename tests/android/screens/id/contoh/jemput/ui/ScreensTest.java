/* The sample's screens on Robolectric's Android 10: an officer's day, pressed button by button on a real store. */
package id.contoh.jemput.ui;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.content.Context;
import android.content.Intent;
import android.net.ConnectivityManager;
import android.net.Uri;
import android.os.Looper;
import android.view.View;
import android.view.ViewGroup;
import android.widget.Button;
import android.widget.EditText;
import android.widget.TextView;

import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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

import id.contoh.jemput.logic.Office;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 29, application = TestApp.class, qualifiers = "in")
public class ScreensTest {
    private static final String PIN = "802715";
    private static final long SOON_MS = 10_000;

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();
    private Office office;
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
        }
        open();
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
    }

    @Test
    public void syncSaysHowItStandsAndHowItWent() throws Exception {
        pin();
        household(null);
        back();
        press("Sinkron");
        see("Di tablet ini: 2");
        press("Kirim dan ambil");
        see("Menunggu sinyal: 2");
        see("Kirim dan ambil");
        office.sync(office.store);
        press("Kirim dan ambil");
        see("Semua pekerjaan sudah diterima pusat.");
        see("Diterima pusat: 2");
    }

    @Test
    public void aSignalThatComesBackSendsTheWorkByItself() throws Exception {
        pin();
        household(null);
        back();
        see("2 pekerjaan belum diterima pusat.");
        assertEquals("nothing is sent without one", 0, activity.store().status().own.waiting);
        ConnectivityManager manager = (ConnectivityManager) activity.getSystemService(Context.CONNECTIVITY_SERVICE);
        for (ConnectivityManager.NetworkCallback c : shadowOf(manager).getNetworkCallbacks())
            c.onAvailable(ShadowNetwork.newInstance(7));
        for (long end = System.currentTimeMillis() + SOON_MS; activity.store().status().own.waiting < 2 && System.currentTimeMillis() < end;)
            Thread.sleep(10);
        office.sync(office.store);
        assertEquals(1L, (long) office.store.<Long>one("SELECT count(*) FROM keluarga", at -> at.getLong(0)));
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
        press("Perbedaan");
        see("Keluarga Sari Contoh");
        press("Alamat: Jalan Satu");
        see("Tulis alasannya");
        type("ditanya di rumah");
        press("Alamat: Jalan Satu");
        see("Tidak ada perbedaan.");
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
        see("PIN sekali lagi");
        type(PIN);
        press("Lanjut");
        see("Sinkron");
        // It is not let in yet, and does not know its region: that is asked, and work begins at once.
        household("Wonosari");
        press("Permohonan baru");
        see("Layanan apa?");
    }
}
