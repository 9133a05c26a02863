package org.jemput;

/** Something that a person should know of, or decide. */
public final class Case {
    /** Such as "refused", "stopped", "asks", "hub": see {@code jemput/case.h}. */
    public final String kind;
    /** What it is about, in hexadecimal digits: with the kind it names the case. */
    public final String about;
    /** Whose it is: "tablet 07"; "" = nobody's. */
    public final String label;
    /** Claimed time of the first sign of it; 0 = unknown. */
    public final long sinceMs;
    /** Transactions, or segments, that it is about. */
    public final long count;
    /** False: it is settled, and told for the record. */
    public final boolean open;
    /** Who has said that nothing is to be decided on it: "admin 01"; "" = nobody. */
    public final String settledBy;
    /** Why; "" = nobody has. */
    public final String settledWhy;
    /** What happened, Indonesian. */
    public final String whatId;
    /** What happened, English. */
    public final String whatEn;
    /** Is the data safe? Indonesian. */
    public final String safeId;
    /** Is the data safe? English. */
    public final String safeEn;
    /** What to do, Indonesian. */
    public final String todoId;
    /** What to do, English. */
    public final String todoEn;

    Case(Packed in) {
        kind = in.text();
        about = in.text();
        label = in.text();
        sinceMs = in.i64();
        count = in.i64();
        open = in.flag();
        settledBy = in.text();
        settledWhy = in.text();
        whatId = in.text();
        whatEn = in.text();
        safeId = in.text();
        safeEn = in.text();
        todoId = in.text();
        todoEn = in.text();
    }

    /**
     * What happened.
     *
     * @param language "id" or "en"; null = Indonesian
     * @return one sentence
     */
    public String what(String language) {
        return "en".equals(language) ? whatEn : whatId;
    }

    /**
     * Is the data safe?
     *
     * @param language "id" or "en"; null = Indonesian
     * @return one sentence
     */
    public String safe(String language) {
        return "en".equals(language) ? safeEn : safeId;
    }

    /**
     * What to do.
     *
     * @param language "id" or "en"; null = Indonesian
     * @return one sentence
     */
    public String todo(String language) {
        return "en".equals(language) ? todoEn : todoId;
    }
}
