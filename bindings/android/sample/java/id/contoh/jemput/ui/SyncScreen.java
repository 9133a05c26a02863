/* Sync: three states, one button, what is in the way. It may be pressed, stopped, and left at any moment. */
package id.contoh.jemput.ui;

import android.os.Handler;
import android.os.Looper;
import android.widget.Button;
import android.widget.TextView;

import java.util.TimeZone;

import org.jemput.Cancel;
import org.jemput.JemputException;
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
        Store store = store();
        Cancel mine = new Cancel();
        cancel = mine;
        words.started();
        tell();
        activity.app().syncing().execute(() -> run(store, mine));
    }

    /* On the thread that syncs. The screen may be gone when it ends: then there is nothing to tell. */
    private void run(Store store, Cancel mine) {
        Runnable end;
        try {
            SyncReport report = store.sync(null, 0, mine, progress -> {
                main.post(() -> {
                    words.progress(progress);
                    tell();
                });
                return true;
            });
            end = () -> words.ended(report);
        } catch (JemputException e) {
            end = () -> words.failed(e);
        }
        Status status = store.isOpen() ? store.status() : null;
        Runnable told = end;
        main.post(() -> {
            told.run();
            if (status != null)
                words.status(status);
            tell();
        });
    }
}
