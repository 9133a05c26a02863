package org.jemput;

import java.util.List;

/** A transaction that is kept in the log and counts nowhere. */
public final class Refused {
    /** Whose it is. */
    public final Origin origin;
    /** Its segment's commit: 40 hexadecimal digits. */
    public final String commit;
    /** In that segment, from 1. */
    public final int place;
    /** {@code enum jemput_refused_reason}. */
    public final int reason;
    /** The same in words, Indonesian. */
    public final String whyId;
    /** The same in words, English. */
    public final String whyEn;
    /** The change that is at fault; null = none in particular. */
    public final String table;
    /** Its row. */
    public final List<Object> key;
    /** Its column; null = none in particular. */
    public final String column;
    /** An administrator has written the same since: */
    public final boolean adopted;
    /** who, and when. */
    public final Origin by;

    Refused(Packed in) {
        origin = Origin.read(in);
        commit = in.text();
        place = in.i32();
        reason = in.i32();
        whyId = in.text();
        whyEn = in.text();
        table = in.text();
        key = in.values(in.i32());
        column = in.text();
        adopted = in.flag();
        by = Origin.read(in);
    }

    /**
     * Why, for a person.
     *
     * @param language "id" or "en"; null = Indonesian
     * @return one sentence
     */
    public String why(String language) {
        return "en".equals(language) ? whyEn : whyId;
    }
}
