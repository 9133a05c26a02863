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
            if (r.household == null) {
                r.kept = Kept.of(store(), "keluarga", household);
                return r;
            }
            r.people = r.household.people();
            r.applications = r.household.applications();
            r.drafts = Form.open(store(), household);
            return r;
        }, r -> {
            if (r.household == null)
                page.trouble(r.kept == null ? "Keluarga ini tidak ada lagi di daftar." : r.kept.title + "\n\n" + r.kept.why);
            else
                fill(page, r);
        });
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
            page.row("Lanjutkan isian", "Belum selesai: jawaban tersimpan di tablet ini.", Collections.<String>emptyList(),
                () -> activity.work(() -> Form.resume(store(), draft), form -> {
                    if (form == null)
                        activity.draw(); // it was finished meanwhile
                    else
                        activity.show(QuestionScreen.next(activity, form));
                }));
        page.main("Permohonan baru", () -> activity.show(new ServiceScreen(activity, household, visit)));
    }
}
