/* A difference: two people have written different things at once. Both are shown, and a person chooses and says why. */
package id.contoh.jemput.logic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TimeZone;

import org.jemput.Code;
import org.jemput.Conflict;
import org.jemput.Decision;
import org.jemput.JemputException;
import org.jemput.Key;
import org.jemput.Origin;
import org.jemput.Side;
import org.jemput.Store;

public final class Choice {
    /** One side, as it is read to a person. */
    public static final class Line {
        /** Whose it is and when: "Tablet 07, 26 November 2026 pukul 08.05". */
        public final String who;
        /** Field and value, a line each; empty: this side has deleted the row. */
        public final List<String> values;
        /** This is what the table shows now. */
        public final boolean shown;

        Line(String who, List<String> values, boolean shown) {
            this.who = who;
            this.values = Collections.unmodifiableList(values);
            this.shown = shown;
        }
    }

    /** What choose() says where the difference is another by now than the one that was shown. */
    public static final String NEWER = "Ada isian baru. Lihat lagi.";

    /* Of a name, what people write otherwise. */
    private static final String[][] WORDS = {{"nik", "NIK"}, {"kk", "KK"}, {"rt", "RT"}, {"rw", "RW"}, {"ktp el", "KTP-el"},
        {"shdk", "hubungan dalam keluarga"}, {"kode kel", "kelurahan"}, {"id", ""}};

    private final Store store;
    private final Conflict conflict;
    private final TimeZone zone;

    private Choice(Store store, Conflict conflict, TimeZone zone) {
        this.store = store;
        this.conflict = conflict;
        this.zone = zone;
    }

    /** All that are open. */
    public static List<Choice> open(Store store, TimeZone zone) {
        List<Choice> list = new ArrayList<>();
        for (Conflict c : store.conflicts())
            list.add(new Choice(store, c, zone));
        return list;
    }

    /** What it is about: "Permohonan 07-000123-Z (Siti Aminah)". */
    public String title() {
        String name = null;
        if (conflict.key.size() == 1) {
            Object key = conflict.key.get(0);
            if (conflict.table.equals("permohonan"))
                name = one("SELECT kode_tanda_terima || coalesce(' (' || pemohon || ')', '') FROM v_permohonan WHERE id = ?", key);
            else if (conflict.table.equals("orang"))
                name = one("SELECT nama FROM orang WHERE id = ?", key);
            else if (conflict.table.equals("keluarga"))
                name = one("SELECT nama_kepala FROM keluarga WHERE id = ?", key);
        }
        return label(conflict.table) + (name == null ? "" : " " + name);
    }

    private String one(String sql, Object key) {
        return store.one(sql, at -> at.getString(0), key);
    }

    /** The office has to decide, not this tablet: nothing to choose for an officer. */
    public boolean isForOffice() {
        return conflict.identity && conflict.table.equals("permohonan");
    }

    /** Asks the store: not on the main thread. */
    public List<Line> lines() {
        List<Line> list = new ArrayList<>();
        for (Side side : conflict.sides) {
            List<String> values = new ArrayList<>();
            for (int i = 0; i < conflict.columns.size() && !side.deleted; i++)
                values.add(label(conflict.columns.get(i)) + ": "
                    + Codes.words(store, conflict.table, conflict.columns.get(i), side.values.get(i)));
            list.add(new Line(who(side.origin), values, side.shown));
        }
        return list;
    }

    private String who(Origin by) {
        if (by == null)
            return "Tablet ini, belum dikirim";
        return device(by.roles, by.device) + ", " + Words.moment(by.claimedMs, zone);
    }

    /** "Tablet 07": what people call a device of these roles. */
    static String device(String roles, int number) {
        List<String> of = Arrays.asList(roles == null ? new String[0] : roles.split("[, ]+"));
        String kind = of.contains("petugas") ? "Tablet " : of.contains("kelurahan") ? "Kelurahan " : "Perangkat ";
        if (of.contains("pusat") || of.contains("admin") || of.contains("verifikator"))
            kind = "Kantor ";
        return kind + (number < 10 ? "0" : "") + number;
    }

    /** A name of a table or column as words: tanggal_lahir is "Tanggal lahir". */
    static String label(String name) {
        String s = " " + name.replace('_', ' ') + " ";
        for (String[] word : WORDS)
            s = s.replace(" " + word[0] + " ", " " + word[1] + " ");
        s = s.trim();
        return s.isEmpty() ? s : s.substring(0, 1).toUpperCase(Locale.ROOT) + s.substring(1);
    }

    /**
     * Decides for one side. All the others are named as what is decided against, so that nothing is closed which nobody has seen. Gives what is in
     * the way; null: it is decided, and is sent with the next sync.
     */
    public String choose(int side, String reason) {
        String why = Words.given(reason);
        if (why == null)
            return "Tulis alasannya: orang lain akan membacanya.";
        Side mine = conflict.sides.get(side);
        if (mine.deleted)
            return "Menghapus hanya dapat diputuskan di kantor.";
        Decision decision = Decision.of(conflict.row()).because(why);
        for (int i = 0; i < conflict.columns.size(); i++) {
            decision.set(conflict.columns.get(i), mine.values.get(i));
            for (Side other : conflict.sides) {
                if (other != mine && !other.deleted)
                    decision.hide(conflict.columns.get(i), other.values.get(i));
            }
        }
        if (!isAsShown())
            return NEWER;
        try {
            store.resolve(decision);
        } catch (JemputException e) {
            boolean moved = e.status() == Code.DENIED || e.status() == Code.NOTFOUND;
            if (!moved || isAsShown())
                throw e;
            return NEWER; // in this very moment
        }
        return null;
    }

    private boolean isAsShown() {
        for (Conflict now : store.conflicts()) {
            if (now.row().json().equals(conflict.row().json()) && now.table.equals(conflict.table) && now.columns.equals(conflict.columns))
                return values(now).equals(values(conflict));
        }
        return false;
    }

    private static Set<String> values(Conflict of) {
        Set<String> all = new HashSet<>();
        for (Side side : of.sides)
            all.add(side.deleted ? "" : Key.of(of.table, side.values.toArray()).json());
        return all;
    }
}
