/* Sync: three states, one button, what is in the way. It may be pressed, stopped, and left at any moment. */
package id.contoh.jemput.ui;

import android.widget.Button;
import android.widget.TextView;

import org.jemput.AttachmentCounts;
import org.jemput.Status;

final class SyncScreen extends Screen {
    private final SyncRun run;
    private TextView headline, states, advice, last;
    private Button button;

    SyncScreen(MainActivity activity) {
        super(activity);
        run = activity.app().session().run();
    }

    /* What the worker has read for one drawing. */
    private static final class Read {
        Status status;
        AttachmentCounts attachments;
    }

    @Override
    String title() {
        return "Sinkron";
    }

    @Override
    void draw(Page page) {
        headline = page.big("");
        states = page.text("");
        button = page.main("", run::press);
        advice = page.text("");
        last = page.quiet("");
        run.shownBy(this::tell);
        tell();
        activity.read(() -> {
            Read r = new Read();
            r.status = store().status();
            r.attachments = store().attachments().counts();
            return r;
        }, r -> {
            run.words.status(r.status, r.attachments);
            tell();
        });
    }

    private void tell() {
        headline.setText(run.words.headline());
        states.setText(String.join("\n", run.words.states()));
        button.setText(run.words.button());
        advice.setText(run.words.advice());
        last.setText(run.words.last());
    }

    /* What it came to is told until somebody goes: a screen for the PIN may come on top first. */
    @Override
    boolean back() {
        run.words.seen();
        return false;
    }

    @Override
    void left() {
        run.shownBy(null);
    }
}
