/* Syncs by itself while the store is open: when a signal comes, when there is work, and after a failure when it is time again. SyncWatch decides; all
 * of it happens on one thread. */
package id.contoh.jemput.ui;

import android.content.Context;
import android.os.SystemClock;

import java.util.Random;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.jemput.Cancel;
import org.jemput.Code;
import org.jemput.Outbox;
import org.jemput.Store;
import org.jemput.Subscription;
import org.jemput.SyncReport;
import org.jemput.SyncWatch;
import org.jemput.android.Links;

final class Signal implements AutoCloseable {
    private static final long TOGETHER_MS = 15000;

    private final Session session;
    private final Store store;
    private final Outbox outbox;
    private final ScheduledExecutorService thread;
    private final SyncWatch watch = new SyncWatch();
    private final Random random = new Random();
    private final Links links;
    private final Subscription writes;
    private ScheduledFuture<?> wake, asking;
    private boolean up, photosHeldUp;
    private volatile boolean closed;

    Signal(Context context, Session session, Store store, Outbox outbox) {
        this.session = session;
        this.store = store;
        this.outbox = outbox;
        thread = session.syncing();
        writes = store.observe(thread, change -> wrote());
        links = Links.watch(context, thread, (there, network) -> linked(there));
        thread.execute(() -> step(SyncWatch.Event.queue(outbox.waits())));
    }

    private void linked(boolean there) {
        up = there;
        step(SyncWatch.Event.link(there, false));
        textAsk();
    }

    private void wrote() {
        textAsk();
        step(SyncWatch.Event.queue(outbox.waits()));
    }

    /* What holds up photos does not hold up text: of that the last sync went well, so it is asked for anew, once for what comes together. */
    private void textAsk() {
        if (photosHeldUp && up && asking == null && outbox.textWaits())
            asking = thread.schedule(this::ask, TOGETHER_MS, TimeUnit.MILLISECONDS);
    }

    private void ask() {
        asking = null;
        step(SyncWatch.Event.asked());
    }

    private void step(SyncWatch.Event event) {
        if (!store.isOpen())
            return;
        long now = SystemClock.elapsedRealtime();
        SyncWatch.Do next = watch.step(event, now, System.currentTimeMillis(), random.nextInt());
        if (wake != null)
            wake.cancel(false);
        wake = next.wakeMs == Long.MAX_VALUE ? null
            : thread.schedule(() -> step(SyncWatch.Event.time()), Math.max(0, next.wakeMs - now), TimeUnit.MILLISECONDS);
        if (next.sync)
            thread.execute(this::sync);
    }

    /* However it ends, the watch hears of it: else nothing would be sent any more. It knows what will mend by itself, and when to try again. */
    private void sync() {
        SyncReport report = null;
        Throwable error = null;
        Cancel mine = new Cancel();
        session.unasked(mine);
        if (closed)
            mine.cancel();
        try {
            report = outbox.sync(null, 0, mine, null);
        } catch (RuntimeException | Error e) {
            error = e;
        }
        photosHeldUp = report != null && report.attachmentStatus != Code.OK;
        step(report != null ? SyncWatch.Event.doneWell(report, outbox.waits()) : SyncWatch.Event.done(error, outbox.waits()));
    }

    @Override
    public void close() {
        closed = true;
        session.giveWay();
        links.close();
        writes.close();
        thread.execute(() -> step(SyncWatch.Event.stop()));
    }
}
