/* The one activity: a stack of screens, the way back, and work that is not done on the main thread. */
package id.contoh.jemput.ui;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import android.os.Handler;
import android.os.Looper;
import android.util.Log;
import android.view.WindowManager;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.Callable;

import org.jemput.JemputException;
import org.jemput.Store;

import id.contoh.jemput.logic.Words;

public class MainActivity extends Activity {
    /** What becomes of a result, on the main thread. */
    interface Done<T> {
        void with(T result);
    }

    private final Handler main = new Handler(Looper.getMainLooper());
    private final Deque<Screen> stack = new ArrayDeque<>();
    private Page page;
    private int drawing; // counts
    private Asked asked; // and not answered, or not given on yet; null: nothing

    @Override
    protected void onCreate(Bundle saved) {
        super.onCreate(saved);
        // Personal data: not in the list of recent apps, not in pictures of the screen.
        getWindow().addFlags(WindowManager.LayoutParams.FLAG_SECURE);
        asked = Asked.of(saved);
        if (asked == null || asked.request != Asked.CAMERA)
            PhotoProvider.clear(this); // of a camera whose answer never came
        page = new Page(this);
        setContentView(page.root());
        show(app().store() == null ? new PinScreen(this) : new TodayScreen(this));
    }

    @Override
    protected void onStart() {
        super.onStart();
        app().session().back();
        if (app().store() == null && !shown().bars())
            show(new PinScreen(this)); // on top of where the officer was
    }

    @Override
    protected void onStop() {
        app().session().left();
        super.onStop();
    }

    @Override
    protected void onSaveInstanceState(Bundle out) {
        super.onSaveInstanceState(out);
        if (asked != null)
            asked.keep(out);
    }

    App app() {
        return (App) getApplication();
    }

    Store store() {
        return app().store();
    }

    /** On top of what is shown. */
    void show(Screen next) {
        if (!stack.isEmpty())
            stack.peek().left();
        stack.push(next);
        draw();
    }

    /** In the place of what is shown: the way back goes past it. */
    void replace(Screen next) {
        stack.pop().left();
        stack.push(next);
        draw();
    }

    /** Back to the list of the day. */
    void home() {
        while (stack.size() > 1)
            stack.pop().left();
        draw();
    }

    /** What is shown, anew. */
    void draw() {
        Screen now = stack.peek();
        begin(now);
        page.top();
        now.draw(page);
    }

    /** What is shown, with other content, where it was scrolled to. */
    void redraw(Screen asked, Done<Page> fill) {
        later(asked, () -> {
            begin(asked);
            fill.with(page);
        });
    }

    private void begin(Screen now) {
        drawing++;
        page.begin(now.title(), stack.size() > 1 && !now.bars() ? this::onBackPressed : null);
    }

    Screen shown() {
        return stack.peek();
    }

    @Override
    public void onBackPressed() {
        if (stack.peek().back())
            return;
        if (stack.size() == 1 || stack.peek().bars()) {
            super.onBackPressed();
            return;
        }
        stack.pop().left();
        draw();
    }

    @Override
    protected void onDestroy() {
        for (Screen s : stack)
            s.left();
        super.onDestroy();
    }

    /** The PIN was right: where the officer was, or the list of the day. */
    void letIn() {
        stack.pop().left();
        if (stack.isEmpty())
            stack.push(new TodayScreen(this));
        if (!app().session().isCodeWritten() && !(shown() instanceof RecoveryScreen))
            stack.push(new RecoveryScreen(this));
        draw();
        goOn();
    }

    /** Asks another app for something. key: what the screen is about that gets it. */
    void ask(Intent what, int request, byte[] key) {
        asked = new Asked(request, key);
        startActivityForResult(what, request);
    }

    @Override
    protected void onActivityResult(int request, int result, Intent data) {
        super.onActivityResult(request, result, data);
        if (asked == null || asked.request != request)
            return;
        asked.come(result == RESULT_OK, data);
        goOn();
    }

    /** Something has come that waits for the PIN. */
    boolean isWaitingToGoOn() {
        return asked != null && asked.hasCome() && asked.request != Asked.INVITATION;
    }

    /* With what was asked for: on the screen that it is for. */
    private void goOn() {
        if (asked == null || !asked.hasCome())
            return;
        if (shown().bars() && !shown().takes(asked.request, asked.key)) {
            draw(); // it says that something waits
            return;
        }
        Asked mine = asked;
        asked = null;
        if (!shown().takes(mine.request, mine.key))
            show(mine.screen(this));
        mine.give(shown());
    }

    /** Does something with the store on the worker, then something with the result here. Errors are told in words on the screen. */
    <T> void work(Callable<T> what, Done<T> then) {
        Screen asked = shown();
        work(() -> asked == shown(), what, then);
    }

    /** The same for what a drawing needs: not if it has been drawn anew meanwhile. */
    <T> void read(Callable<T> what, Done<T> then) {
        int mine = drawing;
        work(() -> mine == drawing, what, then);
    }

    /* Whether somebody still waits for a result; asked on the main thread. */
    private interface Waits {
        boolean still();
    }

    private <T> void work(Waits waits, Callable<T> what, Done<T> then) {
        page.wait(true);
        app().work().execute(() -> {
            try {
                T result = what.call();
                main.post(() -> finish(waits, () -> then.with(result)));
            } catch (JemputException e) {
                main.post(() -> finish(waits, () -> page.trouble(Words.error(e))));
            } catch (Exception e) {
                log(e);
                main.post(() -> finish(waits, () -> page.trouble(Words.UNKNOWN)));
            }
        });
    }

    /** For developers. What an exception says may name a person: where it was thrown does not. */
    static void log(Throwable e) {
        Log.w("jemput", e.getClass().getName() + " at " + Arrays.toString(e.getStackTrace()));
    }

    /** Something on the main thread, from any other; not if the screen has changed meanwhile. */
    void later(Screen asked, Runnable what) {
        main.post(() -> {
            if (asked == shown() && !isDestroyed())
                what.run();
        });
    }

    private void finish(Waits waits, Runnable what) {
        if (isDestroyed() || !waits.still())
            return;
        page.wait(false);
        what.run();
    }
}
