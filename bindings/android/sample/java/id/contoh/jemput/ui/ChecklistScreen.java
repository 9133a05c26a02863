/* What the service asks for, one requirement at a time, and at the end what is missing. */
package id.contoh.jemput.ui;

import android.widget.EditText;

import id.contoh.jemput.logic.Checklist;
import id.contoh.jemput.logic.Form;
import id.contoh.jemput.logic.Household;
import id.contoh.jemput.logic.Receipt;

import org.jemput.Status;

final class ChecklistScreen extends Screen {
    private final Form form;
    private Checklist list;
    private int at;

    ChecklistScreen(MainActivity activity, Form form) {
        super(activity);
        this.form = form;
    }

    @Override
    String title() {
        return "Syarat";
    }

    @Override
    void draw(Page page) {
        if (list == null)
            activity.read(() -> new Checklist(store(), form), read -> {
                list = read;
                fill(page);
            });
        else
            fill(page);
    }

    private void fill(Page page) {
        if (at >= list.items().size()) {
            end(page);
            return;
        }
        Checklist.Item item = list.items().get(at);
        page.quiet(at + 1 + " dari " + list.items().size());
        page.big(item.text);
        if (item.help() != null)
            page.quiet(item.help());
        if (item.unverified)
            page.quiet("Syarat ini belum diperiksa kantor: jangan dicetak untuk warga.");
        state(page, item, Checklist.HERE, "Ada");
        state(page, item, Checklist.LATER, "Menyusul");
        EditText instead = page.field("Diganti dengan dokumen apa?", Page.WORDS, item.substitute());
        page.other("Diganti dokumen lain", () -> mark(page, item, Checklist.INSTEAD, instead.getText().toString()));
        if (!item.kind.equals("WAJIB"))
            state(page, item, Checklist.NOT_NEEDED, "Tidak perlu");
    }

    private void state(Page page, Checklist.Item item, String state, String words) {
        page.other(state.equals(item.state()) ? "✓ " + words : words, () -> mark(page, item, state, null));
    }

    private void mark(Page page, Checklist.Item item, String state, String instead) {
        activity.work(() -> list.mark(item, state, instead), words -> {
            if (words != null) {
                page.trouble(words);
                return;
            }
            at++;
            activity.draw();
        });
    }

    private void end(Page page) {
        page.big(list.said());
        page.main("Simpan dan beri tanda terima", () -> activity.work(() -> {
            Status status = store().status();
            Household household = form.household() == null ? null : Household.of(store(), form.household());
            String region = App.region(household == null ? null : household.region, status);
            return Receipt.write(store(), form, list, App.today(), App.officer(status), region);
        }, receipt -> activity.replace(new ReceiptScreen(activity, receipt.id))));
        QuestionScreen.discard(activity, page, form);
    }

    @Override
    boolean back() {
        if (at > 0) {
            at--;
            activity.draw();
            return true;
        }
        activity.work(form::back, moved -> activity.replace(QuestionScreen.next(activity, form)));
        return true;
    }
}
