/* Today's households, and the ways to everything else. Drawn anew after each write and each merge: it shows a little of everything. */
package id.contoh.jemput.ui;

import java.util.Collections;
import java.util.List;
import java.util.TimeZone;

import org.jemput.AttachmentCounts;
import org.jemput.Status;
import org.jemput.Subscription;

import id.contoh.jemput.logic.Kept;
import id.contoh.jemput.logic.Returned;
import id.contoh.jemput.logic.SyncPage;
import id.contoh.jemput.logic.Today;

final class TodayScreen extends Screen {
    private Subscription changes; // under the lock, as the next one
    private boolean here;

    /* What the worker has read for one drawing. */
    private static final class Read {
        List<Today.Visit> visits;
        int returned, held;
        Status status;
        AttachmentCounts attachments;
    }

    TodayScreen(MainActivity activity) {
        super(activity);
    }

    @Override
    String title() {
        return "Hari ini";
    }

    @Override
    void draw(Page page) {
        come();
        activity.read(() -> {
            follow();
            Read r = new Read();
            r.visits = new Today(store()).visits(App.today());
            r.returned = new Returned(store()).count();
            r.held = Kept.count(store());
            r.status = store().status();
            r.attachments = store().attachments().counts();
            return r;
        }, r -> fill(page, r));
    }

    private void fill(Page page, Read r) {
        for (Today.Visit v : r.visits) {
            String more = v.address + (v.result == null ? "" : "\n" + v.result);
            page.row(v.head, more, v.badges(), () -> activity.show(new HouseholdScreen(activity, v.household, v.id)));
        }
        if (r.visits.isEmpty())
            page.text("Belum ada keluarga dalam daftar hari ini.");
        page.other("Keluarga baru", () -> activity.show(new NewHouseholdScreen(activity)));
        if (r.returned > 0)
            page.row("Dikembalikan", null, Collections.singletonList(r.returned + " permohonan"), () -> activity.show(new ReturnedScreen(activity)));
        SyncPage words = new SyncPage(TimeZone.getDefault());
        words.status(r.status, r.attachments);
        String attention = words.attention(r.held);
        if (attention != null)
            page.row("Perlu dilihat", null, Collections.singletonList(attention), () -> activity.show(new ConflictScreen(activity)));
        if (!activity.app().session().isCodeWritten())
            page.row("Kode pemulihan", "Tanpa kode ini, PIN yang terlupa menutup data di tablet.", Collections.singletonList("belum ditulis"),
                () -> activity.show(new RecoveryScreen(activity)));
        page.quiet(words.headline());
        page.main("Sinkron", () -> activity.show(new SyncScreen(activity)));
        page.other("Kirim lewat USB", () -> activity.show(new UsbScreen(activity)));
    }

    private synchronized void come() {
        here = true;
    }

    /* On the worker: it waits for a write that runs. The screen may have been left meanwhile. */
    private void follow() {
        if (isFollowing())
            return;
        Subscription made = store().observe(activity.app().work(), change -> activity.later(this, activity::draw));
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
        here = false;
        if (changes != null)
            changes.close();
        changes = null;
    }
}
