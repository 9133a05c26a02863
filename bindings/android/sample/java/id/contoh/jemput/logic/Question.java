/* One question of a form: what is asked, what is a good answer, and when it is asked at all. */
package id.contoh.jemput.logic;

public final class Question {
    /** How it is answered. */
    public enum Kind {
        /** Words. */
        TEXT,
        /** Sixteen digits: NIK or the number of a KK. */
        NUMBER,
        DATE,
        /** One of a list of codes. */
        CHOICE,
        /** Somebody of the household, or {@link Form#SOMEBODY_ELSE}. */
        PERSON
    }

    public final String id, text;
    public final Kind kind;
    /** Of CHOICE: the list in daftar_kode. */
    public final String list;
    private String help;
    private boolean optional;
    private String about, is;

    Question(String id, Kind kind, String list, String text) {
        this.id = id;
        this.kind = kind;
        this.list = list;
        this.text = text;
    }

    static Question text(String id, String text) {
        return new Question(id, Kind.TEXT, null, text);
    }

    static Question choice(String id, String list, String text) {
        return new Question(id, Kind.CHOICE, list, text);
    }

    Question help(String words) {
        help = words;
        return this;
    }

    /** May be left empty. */
    Question optional() {
        optional = true;
        return this;
    }

    /** Asked only if the answer to another question is this one. */
    Question when(String question, String answer) {
        about = question;
        is = answer;
        return this;
    }

    /** A line below the question; null: none. */
    public String help() {
        return help;
    }

    public boolean isOptional() {
        return optional;
    }

    boolean isAsked(java.util.Map<String, String> answers) {
        return about == null || is.equals(answers.get(about));
    }

    /** Why this cannot be an answer at all; null: it can. */
    String refuse(String answer) {
        if (answer == null)
            return optional ? null : kind == Kind.CHOICE || kind == Kind.PERSON ? "Pilih salah satu." : "Isian ini perlu diisi.";
        return answer.length() > 400 ? "Terlalu panjang: paling banyak 400 huruf." : null;
    }

    /** What the officer should look at again, and may then leave as it is: papers do say such things. Null: nothing. */
    String remind(String answer) {
        if (answer == null)
            return null;
        if (kind == Kind.DATE && Words.iso(answer) == null)
            return "Tanggal ini tidak ada di kalender. Bila memang begitu tertulis di dokumen, tekan Lanjut sekali lagi.";
        if (kind == Kind.NUMBER && !digits(answer).matches("[0-9]{16}"))
            return "Nomor ini bukan 16 angka. Bila memang begitu tertulis di dokumen, tekan Lanjut sekali lagi.";
        return null;
    }

    /** Digits alone, as numbers are often written in groups. */
    static String digits(String typed) {
        return typed.replaceAll("[ .'/-]", "");
    }

    /** The clean value of an answer: a day in ISO, sixteen digits, or the words. Null: there is none. */
    String clean(String answer) {
        if (answer == null)
            return null;
        if (kind == Kind.DATE)
            return Words.iso(answer);
        if (kind == Kind.NUMBER)
            return digits(answer).matches("[0-9]{16}") ? digits(answer) : null;
        return answer;
    }

    /** What the paper says, where that is not the clean value. */
    String written(String answer) {
        return answer == null || answer.equals(clean(answer)) ? null : answer;
    }
}
