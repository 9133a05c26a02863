/* Today's households, and the ways to everything else. Read anew after each write and each merge, for it shows a little of everything; and drawn anew
 * only where that shows something else, so that nothing moves under a finger for the work of others. */
package id.contoh.jemput.ui;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TimeZone;

import org.jemput.JemputException;
import org.jemput.Store;
import org.jemput.Subscription;

import id.contoh.jemput.logic.Form;
import id.contoh.jemput.logic.Kept;
import id.contoh.jemput.logic.Returned;
import id.contoh.jemput.logic.SyncPage;
import id.contoh.jemput.logic.Today;

final class TodayScreen extends Screen {
    private final UsbRun usb;
    private Subscription changes; // under the lock, as the next one
    private boolean here;
    private String drawn; // what stands on it, as words; of the main thread

    /* What the worker has read for one drawing. */
    private static final class Read {
        final List<Today.Visit> visits;
        final List<byte[]> lost;
        final int returned;
        final String headline, attention;

        Read(Store store) {
            visits = new Today(store).visits(App.today());
            lost = Form.lost(store);
            returned = new Returned(store).count();
            SyncPage words = new SyncPage(TimeZone.getDefault());
            words.status(store.status(), store.attachments().counts());
            headline = words.headline();
            attention = words.attention(Kept.count(store));
        }
    }

    TodayScreen(MainActivity activity) {
        super(activity);
        usb = activity.app().session().usb();
    }

    @Override
    String title() {
        return "Hari ini";
    }

    @Override
    void draw(Page page) {
        come();
        usb.shownBy(() -> activity.app().work().execute(this::again));
        activity.read(() -> {
            follow();
            return new Read(store());
        }, r -> fill(page, r));
    }

    /* On the worker. */
    private void again() {
        Store store = store();
        if (store == null)
            return;
        try {
            Read r = new Read(store);
            activity.later(this, () -> {
                if (!words(r).equals(drawn))
                    activity.redraw(this, page -> fill(page, r));
            });
        } catch (JemputException e) {
            MainActivity.log(e); // locked meanwhile, say: what stands there stays until the next change
        }
    }

    private String words(Read r) {
        StringBuilder s = new StringBuilder();
        for (Today.Visit v : r.visits)
            s.append(Arrays.toString(v.id)).append(v.head).append(more(v)).append(v.badges()).append('\n');
        s.append(r.lost.size()).append(' ').append(r.returned).append(r.headline).append(r.attention);
        return s.append(usb.badges()).append(isCodeWritten()).toString();
    }

    private static String more(Today.Visit v) {
        return v.address + (v.result == null ? "" : "\n" + v.result);
    }

    private boolean isCodeWritten() {
        return activity.app().session().isCodeWritten();
    }

    private void fill(Page page, Read r) {
        drawn = words(r);
        for (Today.Visit v : r.visits)
            page.row(v.head, more(v), v.badges(), () -> activity.show(new HouseholdScreen(activity, v.household, v.id)));
        if (r.visits.isEmpty())
            page.text("Belum ada keluarga dalam daftar hari ini.");
        for (byte[] draft : r.lost) // its household is not there any more: here it is found, and finished or thrown away
            HouseholdScreen.draft(activity, page, draft);
        page.other("Keluarga baru", () -> activity.show(new NewHouseholdScreen(activity)));
        if (r.returned > 0)
            page.row("Dikembalikan", null, Collections.singletonList(r.returned + " permohonan"), () -> activity.show(new ReturnedScreen(activity)));
        if (r.attention != null)
            page.row("Perlu dilihat", null, Collections.singletonList(r.attention), () -> activity.show(new ConflictScreen(activity)));
        if (!isCodeWritten())
            page.row("Kode pemulihan", "Tanpa kode ini, data di tablet tertutup bila lupa PIN.", Collections.singletonList("belum ditulis"),
                () -> activity.show(new RecoveryScreen(activity)));
        page.quiet(r.headline);
        page.main("Sinkron", () -> activity.show(new SyncScreen(activity)));
        page.row("Kirim lewat USB", null, usb.badges(), () -> activity.show(new UsbScreen(activity)));
    }

    private synchronized void come() {
        here = true;
    }

    /* On the worker: it waits for a write that runs. The screen may have been left meanwhile. */
    private void follow() {
        if (isFollowing())
            return;
        Subscription made = store().observe(activity.app().work(), change -> again());
        if (!isKept(made))
            made.close();
    }

    private synchronized boolean isFollowing() {
        return changes != null;
    }

    private synchronized boolean isKept(Subscription made) {
        if (here && changes == null)
            changes = made;
        return changes == made;
    }

    @Override
    synchronized void left() {
        usb.shownBy(null);
        here = false;
        if (changes != null)
            changes.close();
        changes = null;
    }
}
