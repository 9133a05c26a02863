/* The classes that need Android, on Robolectric's: networks that come and go, a Keystore that gives a key up, photos and places. */
package org.jemput.android;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.content.Context;
import android.net.ConnectivityManager;
import android.net.Network;
import android.net.Uri;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.security.UnrecoverableKeyException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.jemput.Attachment;
import org.jemput.Jemput;
import org.jemput.JemputException;
import org.jemput.Key;
import org.jemput.Store;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowNetwork;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 29, application = Application.class)
public class AndroidTest {
    private static final String SCHEMA = "CREATE TABLE orang(id BLOB PRIMARY KEY NOT NULL); SELECT jemput_replicate('orang');"
        + "CREATE TABLE berkas(id BLOB PRIMARY KEY NOT NULL, owner_table TEXT NOT NULL, owner_key BLOB NOT NULL, kind TEXT NOT NULL,"
        + " mime TEXT NOT NULL, size INTEGER NOT NULL, content BLOB NOT NULL, urgent INTEGER, received BLOB);"
        + "SELECT jemput_replicate('berkas', 'attachments=0')";

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();
    private Context context;

    @Before
    public void anApp() {
        context = RuntimeEnvironment.getApplication();
        Jemput.load(new File(System.getProperty("jemput.library")), null);
    }

    /* --- networks --- */

    @Test
    public void aLinkIsUpAsLongAsOneNetworkIsThere() {
        ConnectivityManager manager = (ConnectivityManager) context.getSystemService(Context.CONNECTIVITY_SERVICE);
        List<String> told = new ArrayList<>();
        Network mobile = ShadowNetwork.newInstance(1), wifi = ShadowNetwork.newInstance(2);

        Links links = Links.watch(context, Runnable::run, (up, network) -> told.add((up ? "up " : "down ") + (network == null ? "" : network.equals(wifi)
            ? "wifi" : "mobile")));
        ConnectivityManager.NetworkCallback android = shadowOf(manager).getNetworkCallbacks().iterator().next();
        android.onAvailable(mobile);
        android.onAvailable(wifi);
        android.onLost(wifi); // Android says nothing of the one that stays
        assertEquals(Arrays.asList("up mobile", "up wifi", "up mobile"), told);
        android.onAvailable(wifi);
        told.clear();
        android.onLost(mobile);
        assertEquals("the newest one is still there", 0, told.size());
        android.onLost(wifi);
        android.onLost(wifi);
        assertEquals(Arrays.asList("down "), told);
        links.close();
        links.close();
        android.onAvailable(mobile);
        assertEquals(1, told.size());
        assertTrue(shadowOf(manager).getNetworkCallbacks().isEmpty());
    }

    @Test
    public void anExecutorThatWasShutDownFirstEndsNothingOfAndroids() throws Exception {
        ConnectivityManager manager = (ConnectivityManager) context.getSystemService(Context.CONNECTIVITY_SERVICE);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        Links links = Links.watch(context, executor, (up, network) -> { });
        ConnectivityManager.NetworkCallback android = shadowOf(manager).getNetworkCallbacks().iterator().next();
        executor.shutdown();
        android.onAvailable(ShadowNetwork.newInstance(1)); // on a thread of Android's: what is thrown there ends the app
        links.close();
        android.onAvailable(ShadowNetwork.newInstance(2));
        assertTrue(shadowOf(manager).getNetworkCallbacks().isEmpty());
    }

    /* --- the Keystore --- */

    @Test
    public void aKeyThatAndroidGaveUpIsReplacedByTheNextOneThatIsWrapped() throws Exception {
        Keystore keystore = new Keystore();

        Security.insertProviderAt(keystore, 1);
        try {
            KeystoreKey wrapper = new KeystoreKey("jemput", true);
            byte[] key = "0123456789abcdef0123456789ABCDEF".getBytes();

            assertThrows(UnrecoverableKeyException.class, () -> wrapper.unwrap(new byte[60]));
            byte[] wrapped = wrapper.wrap(key);
            assertFalse(new String(wrapped, "ISO-8859-1").contains("0123"));
            assertArrayEquals(key, wrapper.unwrap(wrapped));
            assertThrows(GeneralSecurityException.class, () -> wrapper.unwrap(Arrays.copyOf(wrapped, 12)));
            assertThrows(GeneralSecurityException.class, () -> new KeystoreKey("lain", true).unwrap(wrapped));
            assertArrayEquals("by the same key again", key, wrapper.unwrap(wrapper.wrap(key)));
            assertEquals(1, keystore.made);

            keystore.giveUp("jemput");
            assertThrows(GeneralSecurityException.class, () -> wrapper.unwrap(wrapped));
            byte[] again = wrapper.wrap(key);
            assertEquals(2, keystore.made);
            assertArrayEquals(key, wrapper.unwrap(again));
            assertThrows(GeneralSecurityException.class, () -> wrapper.unwrap(wrapped));
        } finally {
            Security.removeProvider(keystore.getName());
        }
    }

    @Test
    public void aStrongBoxThatDoesNotWorkLeavesTheTrustedEnvironment() throws Exception {
        Keystore keystore = new Keystore();

        keystore.strongBoxBroken = true;
        Security.insertProviderAt(keystore, 1);
        try {
            KeystoreKey wrapper = new KeystoreKey("jemput", true);
            byte[] key = "0123456789abcdef0123456789ABCDEF".getBytes();

            assertArrayEquals(key, wrapper.unwrap(wrapper.wrap(key)));
            assertEquals(1, keystore.made);
        } finally {
            Security.removeProvider(keystore.getName());
        }
    }

    /* --- photos --- */

    @Test
    public void aPhotoIsGoneFromItsFileWhenItIsInTheStoreAndNotBefore() throws Exception {
        File photo = folder.newFile("foto.jpg");
        Key row = Key.of("orang", new byte[] {1});

        Files.write(photo.toPath(), new byte[] {1, 2, 3});
        try (Store store = Jemput.create(Places.config(context, "jemput.db"), SCHEMA, null)) {
            assertThrows(JemputException.class, () -> CameraPhoto.attach(store, row, "kk", photo));
            assertTrue("its row is not there yet", photo.exists());
            store.exec("INSERT INTO orang VALUES(x'01')");
            CameraPhoto.attach(store, row, "kk", photo);
            assertFalse(photo.exists());
            Uri picked = Uri.parse("content://galeri/7");
            shadowOf(context.getContentResolver()).registerInputStream(picked, new ByteArrayInputStream(new byte[] {4, 5}));
            CameraPhoto.attach(context, store, row, "akta", picked);
            List<String> kinds = new ArrayList<>();
            for (Attachment a : store.attachments().of(row))
                kinds.add(a.kind + " " + a.mime + " " + a.bytes);
            kinds.sort(null);
            assertEquals(Arrays.asList("akta application/octet-stream 2", "kk image/jpeg 3"), kinds);
            assertThrows(IOException.class, () -> CameraPhoto.attach(store, row, "kk", photo));
        }
    }

    @Test
    public void aDocumentThatNobodyMayRemoveStaysAndIsNoError() throws Exception {
        File document = folder.newFile("berkas.bundle");

        assertFalse(Documents.remove(context, Uri.fromFile(document)));
        assertFalse(Documents.remove(context, Uri.parse("content://tiada/document/7")));
        assertTrue(document.exists());
    }

    @Test
    public void aStoreLiesWhereAndroidTakesNoBackup() {
        assertEquals(context.getNoBackupFilesDir(), Places.file(context, "jemput.db").getParentFile());
    }
}
