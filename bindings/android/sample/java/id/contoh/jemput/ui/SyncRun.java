/* The sync that somebody has asked for, and what is told of it. It goes on when its screen is left, and a screen that comes back shows the same one,
 * and can stop it. On the main thread, but for run(). */
package id.contoh.jemput.ui;

import android.os.Handler;
import android.os.Looper;

import java.util.TimeZone;

import org.jemput.AttachmentCounts;
import org.jemput.Cancel;
import org.jemput.JemputException;
import org.jemput.Outbox;
import org.jemput.Status;
import org.jemput.Store;
import org.jemput.SyncReport;

import id.contoh.jemput.logic.SyncPage;

final class SyncRun {
    final SyncPage words = new SyncPage(TimeZone.getDefault());
    private final Session session;
    private final Handler main = new Handler(Looper.getMainLooper());
    private Cancel cancel;
    private Runnable shown; // draws it; null: nobody looks

    SyncRun(Session session) {
        this.session = session;
    }

    void shownBy(Runnable draw) {
        shown = draw;
    }

    private void tell() {
        if (shown != null)
            shown.run();
    }

    /** The one button: begins it, or stops the one that runs. */
    void press() {
        if (words.isRunning()) {
            cancel.cancel();
            return;
        }
        Outbox outbox = session.outbox();
        Store store = session.store();
        if (outbox == null || store == null)
            return; // it has just been locked
        Cancel mine = new Cancel();
        cancel = mine;
        words.started();
        tell();
        session.asked().execute(() -> run(store, outbox, mine));
    }

    /* On a thread of its own: it can be stopped also while it waits for the sync of another. */
    private void run(Store store, Outbox outbox, Cancel mine) {
        Runnable end;
        try {
            SyncReport report = outbox.sync(null, 0, mine, progress -> {
                main.post(() -> {
                    words.progress(progress);
                    tell();
                });
                return true;
            });
            end = () -> words.ended(report);
        } catch (JemputException e) {
            end = () -> words.failed(e);
        } catch (RuntimeException | Error e) {
            MainActivity.log(e);
            end = words::failed;
        }
        ended(end, standing(store));
    }

    private Runnable standing(Store store) {
        try {
            Status status = store.status();
            AttachmentCounts attachments = store.attachments().counts();
            return () -> words.status(status, attachments);
        } catch (JemputException e) {
            return () -> { }; // closed or locked meanwhile: what was known stays
        }
    }

    private void ended(Runnable end, Runnable standing) {
        main.post(() -> {
            end.run();
            standing.run();
            tell();
        });
    }
}
