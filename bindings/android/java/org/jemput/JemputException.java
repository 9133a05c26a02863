package org.jemput;

/**
 * What every call of jemput throws when it cannot do its work: a stable code, a text for developers, and words for people.
 *
 * <p>It is unchecked: there is one kind of it, and most calls can fail in most ways (a full disk, a closed store). {@link #getMessage()} is English
 * and holds no personal data. What an officer reads comes from {@link #what}, {@link #safe} and {@link #todo}.
 */
public final class JemputException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final String[] NOT_LOADED_ID = {"Aplikasi ini tidak dapat memuat mesin datanya.", "Data di perangkat ini tidak disentuh.",
        "Perbarui aplikasinya, dan jangan menghapusnya: datanya ikut terhapus. Beri tahu kantor."};
    private static final String[] NOT_LOADED_EN = {"The app cannot load its data engine.", "The data on this device was not touched.",
        "Update the app, and do not remove it: its data would go with it. Tell the office."};

    /** The engine's number. */
    private final int code;
    /** SQLite's, or 0. */
    private final int sqlite;
    private transient SyncReport report;
    private transient boolean isLate;

    /** Called by the library. text: UTF-8, may be null. */
    JemputException(int code, int sqlite, byte[] text) {
        super(text == null ? Code.of(code).name() : Utf8.text(text));
        this.code = code;
        this.sqlite = sqlite;
    }

    JemputException(Code code, String text) {
        super(text);
        this.code = code.number();
        this.sqlite = 0;
    }

    JemputException(Code code, String text, Throwable cause) {
        super(text, cause);
        this.code = code.number();
        this.sqlite = 0;
    }

    static JemputException misuse(String text) {
        return new JemputException(Code.MISUSE, text);
    }

    JemputException with(SyncReport reached) {
        report = reached;
        return this;
    }

    /** The caller's deadline has ended it, and nobody else. */
    JemputException late() {
        isLate = true;
        return this;
    }

    /**
     * The engine's number.
     *
     * @return {@code enum jemput_status}; also one that this version has no name for
     */
    public int code() {
        return code;
    }

    /**
     * The code by its name.
     *
     * @return {@link Code#OTHER} for a number that this version has no name for
     */
    public Code status() {
        return Code.of(code);
    }

    /**
     * SQLite's extended result code, if the app's own SQL failed.
     *
     * @return such as 2067 for a UNIQUE constraint; 0 = it was not about SQL
     */
    public int sqliteCode() {
        return sqlite;
    }

    /**
     * Whether the same call may succeed later without anyone changing anything. Of {@link Code#CANCELLED}: whether it was the call's own deadline
     * that ended it, and no person, token or interrupt.
     *
     * @return true: worth another try
     */
    public boolean isRetryable() {
        return isLate || (traits() & Native.TRAIT_RETRYABLE) != 0;
    }

    /**
     * Whether the data is safe, as far as this error can tell.
     *
     * @return false for damage, and for codes that are not known here
     */
    public boolean isDataSafe() {
        return (traits() & Native.TRAIT_SAFE) != 0;
    }

    /**
     * What happened, for a person.
     *
     * @param language "id" or "en"; null = Indonesian
     * @return one sentence
     */
    public String what(String language) {
        return words(Native.WORDS_WHAT, language);
    }

    /**
     * Whether the data is safe, for a person.
     *
     * @param language "id" or "en"; null = Indonesian
     * @return one sentence
     */
    public String safe(String language) {
        return words(Native.WORDS_SAFE, language);
    }

    /**
     * What to do now, for a person.
     *
     * @param language "id" or "en"; null = Indonesian
     * @return one sentence
     */
    public String todo(String language) {
        return words(Native.WORDS_TODO, language);
    }

    /**
     * All three of them.
     *
     * @param language "id" or "en"; null = Indonesian
     * @return what happened, whether the data is safe, what to do
     */
    public String advice(String language) {
        return words(Native.WORDS_ADVICE, language);
    }

    /**
     * How far a sync or a bundle got before it failed.
     *
     * @return null if it was another call
     */
    public SyncReport report() {
        return report;
    }

    /* The library may be what is not there: then nothing was opened or written. */
    private int traits() {
        return isLoaded() ? Native.traits(code) : Native.TRAIT_SAFE;
    }

    private String words(int which, String language) {
        boolean english = "en".equals(language);

        if (isLoaded())
            return Utf8.text(Native.words(code, which, Utf8.bytes(english ? "en" : "id")));
        String[] words = english ? NOT_LOADED_EN : NOT_LOADED_ID;

        return which == Native.WORDS_WHAT ? words[0] : which == Native.WORDS_SAFE ? words[1] : which == Native.WORDS_TODO ? words[2]
            : words[0] + " " + words[1] + " " + words[2];
    }

    private static boolean isLoaded() {
        try {
            Jemput.load();
            return true;
        } catch (JemputException e) {
            return false;
        }
    }
}
