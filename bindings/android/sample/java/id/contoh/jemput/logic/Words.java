/* Words that several screens say, and how dates, times and sizes are written for people. */
package id.contoh.jemput.logic;

import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.TimeZone;

import org.jemput.Counts;
import org.jemput.JemputException;

public final class Words {
    /** The language that errors are told in. */
    public static final String LANGUAGE = "id";

    public static final String ON_DEVICE = "Di tablet ini";
    public static final String WAITING = "Menunggu sinyal";
    public static final String RECEIVED = "Diterima pusat";

    /** Of an error that the app does not know. */
    public static final String UNKNOWN = "Tidak berhasil, karena kesalahan aplikasi. Data tetap aman di tablet ini.\n\nCoba sekali lagi. "
        + "Bila terulang, beri tahu kantor.";

    private static final String[] MONTHS = {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
        "November", "Desember"};

    private Words() {
    }

    /** A day as people say it: 26 November 2026. What is no ISO day is given back as it is. */
    public static String day(String iso) {
        if (iso == null || !iso.equals(iso(iso)))
            return iso == null ? "" : iso;
        return Integer.parseInt(iso.substring(8)) + " " + MONTHS[Integer.parseInt(iso.substring(5, 7)) - 1] + " " + iso.substring(0, 4);
    }

    /** A moment as people say it: 26 November 2026 pukul 08.05. */
    public static String moment(long ms, TimeZone zone) {
        Calendar c = new GregorianCalendar(zone);
        c.setTimeInMillis(ms);
        return c.get(Calendar.DAY_OF_MONTH) + " " + MONTHS[c.get(Calendar.MONTH)] + " " + c.get(Calendar.YEAR) + " pukul "
            + two(c.get(Calendar.HOUR_OF_DAY)) + "." + two(c.get(Calendar.MINUTE));
    }

    /** Today, as tables hold it. */
    public static String today(long ms, TimeZone zone) {
        Calendar c = new GregorianCalendar(zone);
        c.setTimeInMillis(ms);
        return c.get(Calendar.YEAR) + "-" + two(c.get(Calendar.MONTH) + 1) + "-" + two(c.get(Calendar.DAY_OF_MONTH));
    }

    /**
     * The ISO day that somebody typed: 2026-11-26, 26-11-2026, 26/11/2026, 26 11 2026 or 26112026. Null: it is not in the calendar, or no day at all.
     */
    public static String iso(String typed) {
        String[] part = typed.trim().split("[-/. ]+");
        if (part.length == 1 && part[0].length() == 8)
            part = new String[] {part[0].substring(0, 2), part[0].substring(2, 4), part[0].substring(4)};
        if (part.length != 3)
            return null;
        boolean yearFirst = part[0].length() == 4;
        String year = yearFirst ? part[0] : part[2], day = yearFirst ? part[2] : part[0];
        if (!year.matches("[0-9]{4}") || !part[1].matches("[0-9]{1,2}") || !day.matches("[0-9]{1,2}"))
            return null;
        Calendar c = new GregorianCalendar(Integer.parseInt(year), Integer.parseInt(part[1]) - 1, Integer.parseInt(day));
        boolean is = c.get(Calendar.MONTH) == Integer.parseInt(part[1]) - 1 && c.get(Calendar.DAY_OF_MONTH) == Integer.parseInt(day);
        return is ? year + "-" + two(Integer.parseInt(part[1])) + "-" + two(Integer.parseInt(day)) : null;
    }

    private static String two(int n) {
        return n < 10 ? "0" + n : Integer.toString(n);
    }

    /** 0 B, 12 KB, 3,4 MB. */
    public static String size(long bytes) {
        if (bytes < 1000)
            return bytes + " B";
        if (bytes < 1000 * 1000)
            return (bytes + 500) / 1000 + " KB";
        return bytes / (1000 * 1000) + "," + bytes % (1000 * 1000) / (100 * 1000) + " MB";
    }

    /** The three states, in one line each. */
    public static String[] states(Counts own) {
        return new String[] {ON_DEVICE + ": " + own.onDevice, WAITING + ": " + own.waiting, RECEIVED + ": " + own.received};
    }

    /** One of the engine's words for where a row is ('di tablet ini', …), as this app writes it. Null: nothing is known of the row's writes. */
    public static String state(String engine) {
        return engine == null ? "" : engine.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + engine.substring(1);
    }

    /** An error for the officer: what happened, whether the data is safe, what to do. */
    public static String error(JemputException e) {
        return e.what(LANGUAGE) + "\n\n" + e.safe(LANGUAGE) + "\n\n" + e.todo(LANGUAGE);
    }

    /** Who applied; there may be nobody yet, or somebody whose row is not here. */
    static String applicant(String name) {
        return name == null ? "(pemohon belum dicatat)" : name;
    }

    /** Null for what is empty or white only; else without white space at both ends. */
    public static String given(String text) {
        String s = text == null ? "" : text.trim();
        return s.isEmpty() ? null : s;
    }
}
