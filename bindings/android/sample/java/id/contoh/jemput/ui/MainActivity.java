/* The one activity: a stack of screens, the way back, and work that is not done on the main thread. */
package id.contoh.jemput.ui;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import android.os.Handler;
import android.os.Looper;
import android.view.WindowManager;

import java.util.ArrayDeque;
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

    @Override
    protected void onCreate(Bundle saved) {
        super.onCreate(saved);
        // Personal data: not in the list of recent apps, not in pictures of the screen.
        getWindow().addFlags(WindowManager.LayoutParams.FLAG_SECURE);
        page = new Page(this);
        setContentView(page.root());
        show(app().store() == null ? new PinScreen(this) : new TodayScreen(this));
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
        drawing++;
        page.begin(now.title(), stack.size() > 1 ? this::onBackPressed : null);
        now.draw(page);
    }

    Screen shown() {
        return stack.peek();
    }

    @Override
    public void onBackPressed() {
        if (stack.peek().back())
            return;
        if (stack.size() == 1) {
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

    @Override
    protected void onActivityResult(int request, int result, Intent data) {
        super.onActivityResult(request, result, data);
        stack.peek().result(request, result == RESULT_OK, data);
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
                main.post(() -> finish(waits, () -> page.trouble("Tidak berhasil: " + e.getMessage() + "\n\nData tetap aman.")));
            }
        });
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
