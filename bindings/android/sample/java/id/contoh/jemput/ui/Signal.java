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
import org.jemput.Outbox;
import org.jemput.Store;
import org.jemput.Subscription;
import org.jemput.SyncWatch;
import org.jemput.android.Links;

final class Signal implements AutoCloseable {
    private final Store store;
    private final Outbox outbox;
    private final ScheduledExecutorService thread;
    private final Cancel ended = new Cancel();
    private final SyncWatch watch = new SyncWatch();
    private final Random random = new Random();
    private final Links links;
    private final Subscription writes;
    private ScheduledFuture<?> wake;

    Signal(Context context, Store store, Outbox outbox, ScheduledExecutorService thread) {
        this.store = store;
        this.outbox = outbox;
        this.thread = thread;
        writes = store.observe(thread, change -> step(SyncWatch.Event.queue(outbox.waits())));
        links = Links.watch(context, thread, (up, network) -> step(SyncWatch.Event.link(up, false)));
        thread.execute(() -> step(SyncWatch.Event.queue(outbox.waits())));
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
        Throwable error = null;
        try {
            outbox.sync(null, 0, ended, null);
        } catch (RuntimeException | Error e) {
            error = e;
        }
        step(SyncWatch.Event.done(error, outbox.waits()));
    }

    @Override
    public void close() {
        ended.cancel();
        links.close();
        writes.close();
        thread.execute(() -> step(SyncWatch.Event.stop()));
    }
}
