package org.jemput;

/**
 * Two rows that are one thing: a person who was entered twice. See {@link Store#mergeRows}.
 *
 * <pre>{@code
 * store.mergeRows(Merging.of(Key.of("orang", first), Key.of("orang", second)).because("NIK sama"));
 * }</pre>
 */
public final class Merging {
    private final Key keep;
    private final Key gone;
    private boolean look;
    private String reason;

    private Merging(Key keep, Key gone) {
        this.keep = keep;
        this.gone = gone;
    }

    /**
     * One row goes on in another.
     *
     * @param keep the row that stays
     * @param gone the row that goes on in it
     * @return to be filled
     */
    public static Merging of(Key keep, Key gone) {
        if (keep == null || gone == null || !keep.table.equals(gone.table))
            throw JemputException.misuse("two rows of one table can be made one");
        return new Merging(keep, gone);
    }

    /**
     * They are two after all.
     *
     * @param gone the row that went, and comes back
     * @return to be filled
     */
    public static Merging undo(Key gone) {
        if (gone == null)
            throw JemputException.misuse("a row that went is needed");
        return new Merging(null, gone);
    }

    /**
     * Why, for those who read it later. It must be said.
     *
     * @param why 1 to 1,024 bytes
     * @return this
     */
    public Merging because(String why) {
        reason = why;
        return this;
    }

    /**
     * Nothing is done: what would be is told.
     *
     * @return this
     */
    public Merging look() {
        look = true;
        return this;
    }

    byte[] packed() {
        Packer out = new Packer().text(gone.packedTable());

        if (keep == null)
            out.i32(0);
        else
            out.i32(keep.values.size()).values(keep.values.toArray());
        out.i32(gone.values.size()).values(gone.values.toArray());
        return out.i32(look ? 1 : 0).i32(keep == null ? 1 : 0).text(Utf8.plain(reason == null ? "" : reason, "the reason")).take();
    }
}
