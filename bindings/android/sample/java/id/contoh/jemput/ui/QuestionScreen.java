/* One question. The answer is saved before the next one is shown; back shows the one before with its answer. */
package id.contoh.jemput.ui;

import android.widget.EditText;

import java.util.List;

import id.contoh.jemput.logic.Form;
import id.contoh.jemput.logic.Question;

final class QuestionScreen extends Screen {
    private final Form form;

    private QuestionScreen(MainActivity activity, Form form) {
        super(activity);
        this.form = form;
    }

    /** The screen that a form needs now. */
    static Screen next(MainActivity activity, Form form) {
        return form.done() ? new ChecklistScreen(activity, form) : new QuestionScreen(activity, form);
    }

    @Override
    String title() {
        return "Pertanyaan " + form.place();
    }

    @Override
    void draw(Page page) {
        Question q = form.question();
        page.big(q.text);
        if (q.help() != null)
            page.quiet(q.help());
        if (q.kind == Question.Kind.CHOICE || q.kind == Question.Kind.PERSON)
            activity.read(form::options, options -> choose(page, q, options));
        else
            type(page, q);
    }

    private void type(Page page, Question q) {
        boolean digits = q.kind == Question.Kind.NUMBER || q.kind == Question.Kind.DATE || q.id.equals("telepon");
        EditText field = page.field(q.text, digits ? Page.DIGITS : Page.WORDS, form.answer(q.id));
        page.main("Lanjut", () -> put(page, field.getText().toString()));
        if (q.isOptional())
            page.other("Lewati", () -> put(page, ""));
        discard(activity, page, form);
        field.requestFocus();
    }

    private void choose(Page page, Question q, List<Form.Option> options) {
        for (Form.Option o : options) {
            boolean now = o.code.equals(form.answer(q.id));
            page.other(now ? "✓ " + o.label : o.label, () -> put(page, o.code));
        }
        discard(activity, page, form);
    }

    /** The button that throws the form away, when it is pressed twice: a citizen may change their mind, and then nothing of them stays here. */
    static void discard(MainActivity activity, Page page, Form form) {
        boolean[] sure = {false};
        page.other("Buang isian ini", () -> {
            if (sure[0])
                activity.work(() -> {
                    form.discard();
                    return form;
                }, gone -> activity.home());
            else
                page.trouble("Semua jawaban isian ini akan hilang dari tablet. Tekan \"Buang isian ini\" sekali lagi bila memang tidak jadi.");
            sure[0] = true;
        });
    }

    private void put(Page page, String answer) {
        activity.work(() -> form.put(answer), words -> {
            if (words != null)
                page.trouble(words);
            else if (form.done())
                activity.replace(new ChecklistScreen(activity, form));
            else
                activity.draw();
        });
    }

    @Override
    boolean back() {
        activity.work(form::back, moved -> {
            if (moved)
                activity.draw();
            else
                activity.home(); // the draft stays: the household's screen offers it
        });
        return true;
    }
}
