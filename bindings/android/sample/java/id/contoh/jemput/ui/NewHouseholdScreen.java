/* A household that is on no list: four questions, one at a time. It goes on today's list at once. */
package id.contoh.jemput.ui;

import android.widget.EditText;

import org.jemput.Status;

import id.contoh.jemput.logic.Household;
import id.contoh.jemput.logic.Today;
import id.contoh.jemput.logic.Words;

final class NewHouseholdScreen extends Screen {
    private static final String[] QUESTIONS = {"Siapa nama kepala keluarganya?", "Apa alamatnya?", "RT berapa?", "RW berapa?"};

    private final String[] answers = new String[QUESTIONS.length];
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
        page.quiet(at + 1 + " dari " + QUESTIONS.length);
        page.big(QUESTIONS[at]);
        EditText field = page.field(QUESTIONS[at], at < 2 ? Page.WORDS : Page.DIGITS, answers[at]);
        page.main("Lanjut", () -> {
            answers[at] = field.getText().toString();
            if (at == 0 && Words.given(answers[0]) == null)
                page.trouble("Nama perlu diisi.");
            else if (++at < QUESTIONS.length)
                activity.draw();
            else
                save();
        });
        field.requestFocus();
    }

    private void save() {
        at = QUESTIONS.length - 1;
        activity.work(() -> {
            Status status = store().status();
            byte[] id = Household.found(store(), answers[0].trim(), answers[1], answers[2], answers[3], App.region(null, status));
            byte[] visit = new Today(store()).plan(id, App.today(), App.officer(status));
            return new byte[][] {id, visit};
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
