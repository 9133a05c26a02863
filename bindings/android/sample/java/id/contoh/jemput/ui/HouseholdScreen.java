/* One household: its people, its applications with their state, and a new application. */
package id.contoh.jemput.ui;

import java.util.Collections;
import java.util.List;

import id.contoh.jemput.logic.Form;
import id.contoh.jemput.logic.Household;
import id.contoh.jemput.logic.Kept;
import id.contoh.jemput.logic.Words;

final class HouseholdScreen extends Screen {
    private final byte[] household, visit;

    /* What the worker has read for one drawing. */
    private static final class Read {
        Household household;
        Kept kept; // where the household is held
        List<Household.Person> people;
        List<Household.Application> applications;
        List<byte[]> drafts;
        byte[] successor; // where there is no such household any more; null: nor another in its place
    }

    HouseholdScreen(MainActivity activity, byte[] household, byte[] visit) {
        super(activity);
        this.household = household;
        this.visit = visit;
    }

    @Override
    String title() {
        return "Keluarga";
    }

    @Override
    void draw(Page page) {
        activity.read(() -> {
            Read r = new Read();
            r.household = Household.of(store(), household);
            r.drafts = Form.open(store(), household);
            if (r.household == null) {
                r.kept = Kept.of(store(), "keluarga", household);
                r.successor = Household.successor(store(), household);
                return r;
            }
            r.people = r.household.people();
            r.applications = r.household.applications();
            return r;
        }, r -> {
            if (r.household == null)
                gone(page, r);
            else
                fill(page, r);
        });
    }

    private void gone(Page page, Read r) {
        if (r.kept != null)
            page.trouble(r.kept.title + "\n\n" + r.kept.why);
        else
            page.trouble(r.successor == null ? "Keluarga ini tidak ada lagi di daftar."
                : "Kantor sudah menggabungkan keluarga ini dengan yang lain.");
        if (r.successor != null)
            page.main("Lihat keluarga gabungannya", () -> activity.replace(new HouseholdScreen(activity, r.successor, visit)));
        for (byte[] draft : r.drafts)
            draft(activity, page, draft);
    }

    /** A form that is not finished. */
    static void draft(MainActivity activity, Page page, byte[] draft) {
        page.row("Lanjutkan isian", "Belum selesai: jawaban tersimpan di tablet ini.", Collections.<String>emptyList(),
            () -> activity.work(() -> Form.resume(activity.store(), draft), form -> {
                if (form == null)
                    activity.draw(); // it was finished meanwhile
                else
                    activity.show(QuestionScreen.next(activity, form));
            }));
    }

    private void fill(Page page, Read r) {
        page.big(r.household.head == null ? "(kepala keluarga belum dicatat)" : r.household.head);
        page.quiet(r.household.address);
        for (Household.Person p : r.people)
            page.text(p.name + (p.place == null ? "" : ", " + p.place) + (p.born == null ? "" : ", lahir " + Words.day(p.born)));
        for (Household.Application a : r.applications) {
            page.row(a.service, a.code + " · " + a.applicant + "\n" + a.status + " · " + a.delivery, Collections.<String>emptyList(),
                () -> activity.show(new ReceiptScreen(activity, a.id)));
        }
        for (byte[] draft : r.drafts)
            draft(activity, page, draft);
        page.main("Permohonan baru", () -> activity.show(new ServiceScreen(activity, household, visit)));
    }
}
