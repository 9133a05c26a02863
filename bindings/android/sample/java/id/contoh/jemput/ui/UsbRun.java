/* The bundle that is being written or read, and what came of it. It goes on when its screen is left, can be stopped, and its end is told by the next
 * screen that shows it, also where the tablet was locked in the middle. On the main thread, but for what a thread of its own does. */
package id.contoh.jemput.ui;

import android.content.Context;
import android.net.Uri;
import android.os.Handler;
import android.os.Looper;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import org.jemput.BundleMade;
import org.jemput.Cancel;
import org.jemput.Store;
import org.jemput.android.Documents;

import id.contoh.jemput.logic.Usb;

final class UsbRun {
    /* What is done with a document; gives what to say. */
    private interface Work {
        String run(Store store, Cancel mine) throws IOException;
    }

    private final Context context;
    private final Session session;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Handler main = new Handler(Looper.getMainLooper());
    private Cancel cancel; // of the one that runs; null: none does
    private String said;   // of the last one; null: nothing, or it was read
    private Runnable shown; // draws it; null: nobody looks

    UsbRun(Context context, Session session) {
        this.context = context;
        this.session = session;
    }

    void shownBy(Runnable draw) {
        shown = draw;
    }

    boolean isRunning() {
        return cancel != null;
    }

    /** What came of the last one; null: nothing to say. */
    String said() {
        return said;
    }

    /** It was read. */
    void seen() {
        said = null;
    }

    /** For the line of the first screen. */
    List<String> badges() {
        if (isRunning())
            return Collections.singletonList("berkas sedang dikerjakan");
        return said == null ? Collections.<String>emptyList() : Collections.singletonList("lihat hasilnya");
    }

    void stop() {
        if (cancel != null)
            cancel.cancel();
    }

    void write(Uri document) {
        begin(true, (store, mine) -> {
            boolean good = false;
            try {
                BundleMade made = Documents.write(context, document, store, false, mine, null);
                good = true;
                return Usb.made(made, Usb.isEmpty(made) && Documents.remove(context, document));
            } finally {
                if (!good)
                    Documents.remove(context, document); // half a bundle is none, and nobody should carry it
            }
        });
    }

    void read(Uri document) {
        begin(false, (store, mine) -> Usb.taken(Documents.read(context, document, store, mine, null)));
    }

    private void begin(boolean out, Work work) {
        Store store = session.store();
        if (store == null || isRunning())
            return; // it has just been locked, or a second press
        Cancel mine = new Cancel();
        cancel = mine;
        said = null;
        session.giveWay();
        tell();
        thread.execute(() -> {
            String words;
            try {
                words = work.run(store, mine);
            } catch (IOException | RuntimeException | Error e) {
                MainActivity.log(e);
                words = Usb.failed(out, e);
            }
            ended(words);
        });
    }

    private void ended(String words) {
        main.post(() -> {
            cancel = null;
            said = words;
            tell();
        });
    }

    private void tell() {
        if (shown != null)
            shown.run();
    }
}
