package org.jemput;

/** How many attachments there are, and how far they have come. */
public final class AttachmentCounts {
    /** Of those that were added here: nothing is on its way. */
    public final long unsent;
    /** Some of it is. */
    public final long partly;
    /** Central has it. */
    public final long received;
    /** Asked for here, and not come. */
    public final long asked;
    /** That can be read here, whoever made them. */
    public final long here;
    /** And their bytes. */
    public final long bytesHere;

    AttachmentCounts(Packed in) {
        unsent = in.i64();
        partly = in.i64();
        received = in.i64();
        asked = in.i64();
        here = in.i64();
        bytesHere = in.i64();
    }
}
