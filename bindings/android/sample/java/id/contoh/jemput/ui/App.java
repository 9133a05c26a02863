/* The process: one session, and one thread that works for the screens. */
package id.contoh.jemput.ui;

import android.app.Application;
import android.os.Build;

import java.io.File;
import java.util.TimeZone;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.jemput.KeyWrapper;
import org.jemput.Status;
import org.jemput.Store;
import org.jemput.android.KeystoreKey;
import org.jemput.android.Places;

import id.contoh.jemput.logic.Login;
import id.contoh.jemput.logic.Words;

public class App extends Application {
    /* Nothing of the store is touched on the main thread. */
    private final ExecutorService work = Executors.newSingleThreadExecutor();
    private final Session session = new Session(this);

    @Override
    public void onCreate() {
        super.onCreate();
        loadLibrary();
    }

    void loadLibrary() {
        Places.load(this);
    }

    ExecutorService work() {
        return work;
    }

    Session session() {
        return session;
    }

    /** Null: the PIN has to be given first. */
    Store store() {
        return session.store();
    }

    Login login() {
        return new Login(file(), wrapper());
    }

    File file() {
        return Places.file(this, "jemput.db");
    }

    KeyWrapper wrapper() {
        return new KeystoreKey("jemput", Build.VERSION.SDK_INT >= Build.VERSION_CODES.P);
    }

    static String today() {
        return Words.today(System.currentTimeMillis(), TimeZone.getDefault());
    }

    /** Who writes: the tablet's name in the roster. No name of a person travels. */
    static String officer(Status status) {
        return "tablet " + (status.device < 10 ? "0" : "") + status.device;
    }

    /** The kelurahan of what is taken down: the household's, or else the officer's. */
    static String region(String household, Status status) {
        return household != null ? household : status.scope.isEmpty() ? null : status.scope;
    }
}
