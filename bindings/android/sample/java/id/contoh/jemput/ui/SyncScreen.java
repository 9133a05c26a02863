/* Sync: three states, one button, what is in the way. It may be pressed, stopped, and left at any moment. */
package id.contoh.jemput.ui;

import android.os.Handler;
import android.os.Looper;
import android.widget.Button;
import android.widget.TextView;

import java.util.TimeZone;

import org.jemput.Cancel;
import org.jemput.JemputException;
import org.jemput.Outbox;
import org.jemput.Status;
import org.jemput.Store;
import org.jemput.SyncReport;

import id.contoh.jemput.logic.SyncPage;

final class SyncScreen extends Screen {
    private final SyncPage words = new SyncPage(TimeZone.getDefault());
    private final Handler main = new Handler(Looper.getMainLooper());
    private Cancel cancel;
    private TextView headline, states, advice, last;
    private Button button;

    SyncScreen(MainActivity activity) {
        super(activity);
    }

    @Override
    String title() {
        return "Sinkron";
    }

    @Override
    void draw(Page page) {
        headline = page.big("");
        states = page.text("");
        button = page.main("", this::press);
        advice = page.text("");
        last = page.quiet("");
        tell();
        activity.read(() -> store().status(), status -> {
            words.status(status);
            tell();
        });
    }

    private void tell() {
        headline.setText(words.headline());
        states.setText(String.join("\n", words.states()));
        button.setText(words.button());
        advice.setText(words.advice());
        last.setText(words.last());
    }

    private void press() {
        if (words.isRunning()) {
            cancel.cancel();
            return;
        }
        Outbox outbox = activity.app().session().outbox();
        Store store = store();
        if (outbox == null || store == null)
            return; // it has just been locked
        Cancel mine = new Cancel();
        cancel = mine;
        words.started();
        tell();
        activity.app().session().asked().execute(() -> run(store, outbox, mine));
    }

    /* On a thread of its own: it can be stopped also while it waits for the sync of another. The screen may be gone when it ends: then there is
     * nothing to tell. */
    private void run(Store store, Outbox outbox, Cancel mine) {
        Runnable end;
        Status status = null;
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
            end = () -> words.failed(e);
        }
        try {
            status = store.status();
        } catch (JemputException e) {
            status = null; // closed or locked meanwhile: what was known stays
        }
        ended(end, status);
    }

    private void ended(Runnable end, Status status) {
        main.post(() -> {
            end.run();
            if (status != null)
                words.status(status);
            tell();
        });
    }
}
