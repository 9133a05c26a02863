/* What a service asks for (the office's data, v_syarat_berlaku), and what of it the household has. */
package id.contoh.jemput.logic;

import java.util.ArrayList;
import java.util.List;

import org.jemput.Cursor;
import org.jemput.Store;

public final class Checklist {
    public static final String HERE = "ADA", LATER = "MENYUSUL", INSTEAD = "PENGGANTI", NOT_NEEDED = "TIDAK_PERLU";

    /** One requirement. */
    public static final class Item {
        public final String code, text, kind, when, instead;
        /** Cannot be done in a home visit. */
        public final boolean elsewhere;
        /** Nobody has read the rule yet: not to be printed. */
        public final boolean unverified;
        String state, substitute;

        Item(Cursor at) {
            code = at.getString(0);
            text = at.getString(1);
            kind = at.getString(2);
            when = at.getString(3);
            instead = at.getString(4);
            elsewhere = at.getLong(5) == 0;
            unverified = at.getLong(6) != 0;
        }

        /** ADA, MENYUSUL, PENGGANTI, TIDAK_PERLU; null: not looked at yet. */
        public String state() {
            return state;
        }

        /** What was given instead; null unless PENGGANTI. */
        public String substitute() {
            return substitute;
        }

        /** A line below the requirement; null: nothing to add. */
        public String help() {
            StringBuilder s = new StringBuilder();
            if (when != null)
                s.append("Hanya bila ").append(when).append(". ");
            if (instead != null)
                s.append("Boleh diganti: ").append(instead).append(". ");
            if (elsewhere)
                s.append("Tidak dapat dikerjakan di rumah. ");
            return s.length() == 0 ? null : s.toString().trim();
        }

        /** Keeps the application from being complete. */
        boolean missing() {
            boolean needed = kind.equals("WAJIB") || kind.equals("BERSYARAT");
            return needed && (state == null || state.equals(LATER));
        }
    }

    private final Form form;
    private final List<Item> items = new ArrayList<>();
    /** The version that was shown; 0: the list is empty. */
    public final int version;

    /** Of the form's service and variant. */
    public Checklist(Store store, Form form) {
        this.form = form;
        int newest = 0;
        try (Cursor at = store.query("SELECT kode, uraian, sifat, bila, alternatif, di_rumah, belum_diverifikasi, versi FROM v_syarat_berlaku"
            + " WHERE layanan = ? AND varian = ? ORDER BY urutan, kode", form.service, form.valid("varian"))) {
            while (at.next()) {
                Item item = new Item(at);
                item.state = form.answer("syarat." + item.code);
                item.substitute = form.answer("pengganti." + item.code);
                newest = Math.max(newest, at.getInt(7));
                items.add(item);
            }
        }
        version = newest;
    }

    public List<Item> items() {
        return items;
    }

    /** Marks one, and saves that. instead: what was given in its place, for PENGGANTI. Gives what is in the way; null: nothing. */
    public String mark(Item item, String state, String instead) {
        String given = Words.given(instead);
        if (state.equals(INSTEAD) && given == null)
            return "Tulis dokumen apa penggantinya.";
        item.state = state;
        item.substitute = state.equals(INSTEAD) ? given : null;
        form.keep("syarat." + item.code, state);
        form.keep("pengganti." + item.code, item.substitute);
        return null;
    }

    /** Nothing that is needed is missing. Of a list that is not here nobody knows what is needed. */
    public boolean complete() {
        if (items.isEmpty())
            return false;
        for (Item item : items) {
            if (item.missing())
                return false;
        }
        return true;
    }

    /** Requirements that nobody has looked at yet. */
    public int open() {
        int open = 0;
        for (Item item : items)
            open += item.state == null ? 1 : 0;
        return open;
    }

    /** How it stands, for the officer. */
    public String said() {
        if (items.isEmpty())
            return "Daftar syarat belum ada di tablet ini: permohonan dicatat belum lengkap. Sinkronkan, atau tanyakan ke kantor.";
        return complete() ? "Syarat lengkap." : "Syarat belum lengkap: permohonan dicatat, berkasnya menyusul.";
    }

    /** The application's state that follows. */
    public String status() {
        return complete() ? "LENGKAP" : "KURANG";
    }
}
