/* What is to be looked at, one thing at a time: differences, with both sides, whose and when, and a person's choice with its reason; then rows that
 * are held, with why. */
package id.contoh.jemput.ui;

import android.widget.EditText;

import java.util.List;
import java.util.TimeZone;

import id.contoh.jemput.logic.Choice;
import id.contoh.jemput.logic.Kept;

final class ConflictScreen extends Screen {
    private int at;
    private String why = ""; // what was typed, and not yet taken

    ConflictScreen(MainActivity activity) {
        super(activity);
    }

    /* What the worker has read for one drawing. */
    private static final class Read {
        int count;
        Choice choice; // or
        Kept kept;     // or nothing
        String title;
        List<Choice.Line> lines;
    }

    @Override
    String title() {
        return "Perlu dilihat";
    }

    @Override
    void draw(Page page) {
        activity.read(() -> {
            List<Choice> open = Choice.open(store(), TimeZone.getDefault());
            List<Kept> held = Kept.all(store());
            Read r = new Read();
            r.count = open.size() + held.size();
            if (at >= r.count)
                at = 0;
            if (at < open.size()) {
                r.choice = open.get(at);
                r.title = r.choice.title();
                r.lines = r.choice.lines();
            } else if (r.count > 0) {
                r.kept = held.get(at - open.size());
                r.title = r.kept.title;
            }
            return r;
        }, r -> fill(page, r));
    }

    private void fill(Page page, Read r) {
        if (r.count == 0) {
            page.text("Tidak ada yang perlu dilihat.");
            return;
        }
        page.quiet(at + 1 + " dari " + r.count);
        page.big(r.title);
        if (r.choice != null)
            difference(page, r.choice, r.lines);
        else
            held(page, r.kept);
        if (r.count > 1)
            page.other("Nanti dulu, lihat yang berikutnya", () -> {
                at++;
                activity.draw();
            });
    }

    private void held(Page page, Kept kept) {
        page.text(kept.why);
        page.text(String.join("\n", kept.values));
        page.quiet("Dari " + kept.who);
    }

    private void difference(Page page, Choice now, List<Choice.Line> lines) {
        page.text(now.isForOffice() ? "Dua isian berbeda. Kantor yang memutuskan; keduanya tersimpan."
            : "Dua orang mengisi berbeda pada waktu yang sama. Pilih yang benar.");
        EditText reason = now.isForOffice() ? null : page.field("Alasannya", Page.SENTENCE, why);
        for (int i = 0; i < lines.size(); i++) {
            Choice.Line line = lines.get(i);
            int side = i;
            String values = line.values.isEmpty() ? "Dihapus" : String.join("\n", line.values);
            String words = values + "\n" + line.who + (line.shown ? "\n(yang terlihat sekarang)" : "");
            if (reason == null)
                page.text(words);
            else
                page.other("Pilih ini:\n" + words, () -> choose(page, now, side, reason.getText().toString()));
        }
    }

    private void choose(Page page, Choice now, int side, String reason) {
        why = reason;
        activity.work(() -> now.choose(side, reason), words -> {
            if (words == null)
                why = "";
            if (words == null || words.equals(Choice.NEWER))
                activity.draw();
            page.trouble(words);
        });
    }
}
