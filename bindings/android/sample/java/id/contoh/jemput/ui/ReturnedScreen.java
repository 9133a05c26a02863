/* What the office has sent back, with its reasons; each can be answered and sent again. */
package id.contoh.jemput.ui;

import android.widget.EditText;

import java.util.List;

import id.contoh.jemput.logic.Returned;

final class ReturnedScreen extends Screen {
    private Returned.Item chosen;

    ReturnedScreen(MainActivity activity) {
        super(activity);
    }

    @Override
    String title() {
        return "Dikembalikan";
    }

    @Override
    void draw(Page page) {
        if (chosen == null)
            activity.read(() -> new Returned(store()).items(), list -> fill(page, list));
        else
            one(page, chosen);
    }

    private void fill(Page page, List<Returned.Item> list) {
        if (list.isEmpty())
            page.text("Tidak ada yang dikembalikan.");
        for (Returned.Item item : list) {
            page.row(item.code + " · " + item.applicant, item.service + "\n" + item.reason, item.remarks, () -> {
                chosen = item;
                activity.draw();
            });
        }
    }

    private void one(Page page, Returned.Item item) {
        page.big(item.code + " · " + item.applicant);
        page.text(item.reason);
        for (String remark : item.remarks)
            page.text("● " + remark);
        if (!item.later.isEmpty())
            page.text("Dicatat menyusul, pastikan sudah ada:\n" + String.join("\n", item.later));
        page.other("Lihat keluarganya", () -> activity.show(new HouseholdScreen(activity, item.household, null)));
        page.other("Foto berkas", () -> activity.show(new PhotoScreen(activity, item.id)));
        EditText answer = page.field("Jawaban untuk kantor (boleh kosong)", Page.SENTENCE, "");
        page.main("Sudah dilengkapi, kirim lagi", () -> {
            String words = answer.getText().toString();
            activity.work(() -> new Returned(store()).again(item, words, App.officer(store().status()), App.today()), trouble -> {
                chosen = null;
                activity.draw();
                page.trouble(trouble);
            });
        });
    }

    @Override
    boolean back() {
        if (chosen == null)
            return false;
        chosen = null;
        activity.draw();
        return true;
    }
}
