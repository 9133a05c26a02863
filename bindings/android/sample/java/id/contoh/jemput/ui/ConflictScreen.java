/* Differences, one at a time: both sides, whose and when, and a person's choice with its reason. */
package id.contoh.jemput.ui;

import android.widget.EditText;

import java.util.List;
import java.util.TimeZone;

import id.contoh.jemput.logic.Choice;

final class ConflictScreen extends Screen {
    private int at;

    ConflictScreen(MainActivity activity) {
        super(activity);
    }

    @Override
    String title() {
        return "Perbedaan";
    }

    @Override
    void draw(Page page) {
        activity.read(() -> {
            List<Choice> open = Choice.open(store(), TimeZone.getDefault());
            if (at >= open.size())
                at = 0;
            Choice now = open.isEmpty() ? null : open.get(at);
            return new Object[] {now, open.size(), now == null ? "" : now.title()};
        }, read -> fill(page, (Choice) read[0], (Integer) read[1], (String) read[2]));
    }

    private void fill(Page page, Choice now, int count, String title) {
        if (now == null) {
            page.text("Tidak ada perbedaan.");
            return;
        }
        page.quiet(at + 1 + " dari " + count);
        page.big(title);
        page.text(now.isForOffice() ? "Dua isian berbeda. Kantor yang memutuskan; keduanya tersimpan."
            : "Dua orang mengisi berbeda pada waktu yang sama. Pilih yang benar.");
        EditText reason = now.isForOffice() ? null : page.field("Alasannya", Page.SENTENCE, "");
        List<Choice.Line> lines = now.lines();
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
        if (count > 1)
            page.other("Nanti dulu, lihat yang berikut", () -> {
                at++;
                activity.draw();
            });
    }

    private void choose(Page page, Choice now, int side, String reason) {
        activity.work(() -> now.choose(side, reason), words -> {
            if (words != null)
                page.trouble(words);
            else
                activity.draw();
        });
    }
}
