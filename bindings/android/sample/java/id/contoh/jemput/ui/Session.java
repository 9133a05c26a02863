/* The open store, what sends its work by itself, and for how long an officer is trusted to be still there: a tablet that lies about is locked. */
package id.contoh.jemput.ui;

import android.content.Context;
import android.os.SystemClock;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.jemput.Cancel;
import org.jemput.JemputException;
import org.jemput.Outbox;
import org.jemput.Store;

import id.contoh.jemput.logic.Login;
import id.contoh.jemput.logic.Recovery;

final class Session {
    /** The app is out of sight so long before the PIN is asked for again: a photo or a call fits in. */
    static final long AWAY_MS = 5 * 60 * 1000;

    private final Context context;
    /* A sync keeps nobody from working, and one that somebody asked for does not queue behind one that nobody sees. */
    private final ScheduledExecutorService syncing = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService asked = Executors.newSingleThreadExecutor();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(); // a sync may take hours
    private final SyncRun run = new SyncRun(this);
    private final UsbRun usb;
    private volatile Cancel unasked = new Cancel(); // of the sync that nobody asked for
    private volatile Store store;
    private volatile Outbox outbox; // of the store
    private volatile boolean codeWritten;
    private volatile boolean barred; // the PIN is needed, also where the store is not locked yet
    private Signal signal;
    private int inSight;                // windows; this and the next two: of the main thread
    private ScheduledFuture<?> leaving;
    private long leftMs = -1;           // by elapsedRealtime(); -1: it is in sight

    Session(Context context) {
        this.context = context;
        usb = new UsbRun(context, this);
    }

    ScheduledExecutorService syncing() {
        return syncing;
    }

    ExecutorService asked() {
        return asked;
    }

    /** The sync that somebody asks for. */
    SyncRun run() {
        return run;
    }

    /** The bundle that somebody asks for. */
    UsbRun usb() {
        return usb;
    }

    /** Before a sync that nobody asked for: what ends it where somebody wants something else. */
    void unasked(Cancel cancel) {
        unasked = cancel;
    }

    /** What nobody asked for goes on later: SyncWatch sees to that. */
    void giveWay() {
        unasked.cancel();
    }

    /** Null: the PIN has to be given first. */
    Store store() {
        Store now = store;
        return now == null || barred || !now.isOpen() || now.isLocked() ? null : now;
    }

    /** What every sync goes through; null as the store is. */
    Outbox outbox() {
        return store() == null ? null : outbox;
    }

    /** By the PIN, also where the store was open before. On the worker. */
    synchronized void open(Login login, char[] pin) {
        Store now = store;
        if (now == null || !now.isOpen())
            now = login.open(pin);
        else
            login.unlock(now, pin);
        opened(now);
    }

    /** By the recovery code, with a new PIN. */
    synchronized void recover(Login login, String code, char[] pin) {
        Store before = store, now = before;
        boolean good = false;
        if (now == null || !now.isOpen())
            now = login.open(code);
        else
            login.unlock(now, code);
        try {
            login.renew(now, pin);
            good = true;
        } finally {
            if (!good && now != before)
                now.close();
            else if (!good)
                asked.execute(this::lock);
        }
        opened(now);
    }

    /** The recovery code is on paper, as far as this tablet has been told. */
    boolean isCodeWritten() {
        return codeWritten;
    }

    void codeIsWritten() {
        codeWritten = true;
    }

    /** All of it, or nothing: a store that cannot be worked with is closed. */
    synchronized void opened(Store now) {
        boolean good = false;
        quiet();
        try {
            codeWritten = Recovery.isWritten(now);
            Outbox out = new Outbox(now);
            signal = new Signal(context, this, now, out);
            SyncJob.schedule(context);
            outbox = out;
            store = now;
            barred = false;
            good = true;
        } finally {
            if (!good) {
                quiet();
                now.close();
            }
        }
    }

    private void quiet() {
        if (signal != null)
            signal.close();
        signal = null;
    }

    /** A window has gone out of sight: the next one may be there already. */
    void left() {
        if (--inSight > 0)
            return;
        leftMs = SystemClock.elapsedRealtime();
        leaving = clock.schedule(this::bar, AWAY_MS, TimeUnit.MILLISECONDS);
    }

    /** It is in sight again. A timer may have slept with the tablet: so the time is looked at, too. */
    void back() {
        inSight++;
        if (leaving != null)
            leaving.cancel(false);
        leaving = null;
        if (leftMs >= 0 && SystemClock.elapsedRealtime() - leftMs >= AWAY_MS)
            bar();
        leftMs = -1;
    }

    /* At once for people; the file is closed and its keys are wiped when the sync that somebody asked for has ended. Not under the lock: the main
     * thread comes here, and a PIN that is being tried takes a while. */
    private void bar() {
        if (store() == null)
            return;
        barred = true;
        asked.execute(this::lock);
    }

    private synchronized void lock() {
        if (!barred || !store.isOpen() || store.isLocked())
            return;
        quiet();
        try {
            store.lock();
        } catch (JemputException e) { // something reads: it will not for long
            clock.schedule(() -> asked.execute(this::lock), 1, TimeUnit.SECONDS);
        }
    }
}
