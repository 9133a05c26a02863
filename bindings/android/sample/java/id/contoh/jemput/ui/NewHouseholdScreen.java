/* A household that is on no list: a few questions, one at a time. It goes on today's list at once. */
package id.contoh.jemput.ui;

import android.widget.EditText;

import java.util.List;

import org.jemput.Status;

import id.contoh.jemput.logic.Form;
import id.contoh.jemput.logic.Household;
import id.contoh.jemput.logic.Today;
import id.contoh.jemput.logic.Words;

final class NewHouseholdScreen extends Screen {
    private static final String[] QUESTIONS = {"Siapa nama kepala keluarganya?", "Apa alamatnya?", "RT berapa?", "RW berapa?"};

    private final String[] answers = new String[QUESTIONS.length];
    private List<Form.Option> regions; // asked for only if there are several
    private int at;

    NewHouseholdScreen(MainActivity activity) {
        super(activity);
    }

    @Override
    String title() {
        return "Keluarga baru";
    }

    @Override
    void draw(Page page) {
        if (regions == null)
            activity.read(() -> Household.regions(store(), store().status().scope), list -> {
                regions = list;
                fill(page);
            });
        else
            fill(page);
    }

    private void fill(Page page) {
        page.quiet(at + 1 + " dari " + (QUESTIONS.length + (regions.size() > 1 ? 1 : 0)));
        if (at == QUESTIONS.length) {
            page.big("Kelurahan mana?");
            for (Form.Option r : regions)
                page.other(r.label, () -> save(r.code));
            return;
        }
        page.big(QUESTIONS[at]);
        EditText field = page.field(QUESTIONS[at], at < 2 ? Page.WORDS : Page.DIGITS, answers[at]);
        page.main("Lanjut", () -> next(page, field.getText().toString()));
        field.requestFocus();
    }

    private void next(Page page, String answer) {
        answers[at] = answer;
        if (at == 0 && Words.given(answer) == null) {
            page.trouble("Nama perlu diisi.");
        } else if (at + 1 < QUESTIONS.length || regions.size() > 1) {
            at++;
            activity.draw();
        } else {
            save(regions.isEmpty() ? null : regions.get(0).code);
        }
    }

    private void save(String region) {
        activity.work(() -> {
            Status status = store().status();
            return new Today(store()).meet(answers[0].trim(), answers[1], answers[2], answers[3], region, App.today(), App.officer(status));
        }, made -> activity.replace(new HouseholdScreen(activity, made[0], made[1])));
    }

    @Override
    boolean back() {
        if (at == 0)
            return false;
        at--;
        activity.draw();
        return true;
    }
}
