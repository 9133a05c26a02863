/* Which service a new application is for. */
package id.contoh.jemput.ui;

import java.util.ArrayList;
import java.util.List;

import org.jemput.Cursor;

import id.contoh.jemput.logic.Form;
import id.contoh.jemput.logic.Questions;

final class ServiceScreen extends Screen {
    private final byte[] household, visit;

    ServiceScreen(MainActivity activity, byte[] household, byte[] visit) {
        super(activity);
        this.household = household;
        this.visit = visit;
    }

    @Override
    String title() {
        return "Permohonan baru";
    }

    @Override
    void draw(Page page) {
        activity.read(() -> {
            List<String[]> list = new ArrayList<>();
            try (Cursor at = store().query("SELECT kode, label FROM v_kode WHERE nama_daftar = 'layanan' AND dipakai ORDER BY urutan, rowid")) {
                while (at.next()) {
                    if (Questions.SERVICES.contains(at.getString(0)))
                        list.add(new String[] {at.getString(0), at.getString(1)});
                }
            }
            return list;
        }, list -> {
            page.big("Layanan apa?");
            for (String[] service : list)
                page.other(service[1], () -> activity.work(() -> Form.start(store(), service[0], household, visit),
                    form -> activity.replace(QuestionScreen.next(activity, form))));
        });
    }
}
