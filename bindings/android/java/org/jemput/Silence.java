/* How long it is waited for a server that says nothing: for one that is at work longer than for a link that may have gone. */
package org.jemput;

final class Silence {
    private final long stallMs;
    private final long answerMs;
    private final Way way;

    /** Times in ms, 0 = no limit; way null: it cannot be told whether the link is there. */
    Silence(long stallMs, long answerMs, Way way) {
        this.stallMs = stallMs;
        this.answerMs = answerMs;
        this.way = way;
    }

    /** serverWorks: it has the whole request, and has not begun to answer. Gives why it is to be given up; null: it goes on. */
    String isTooLong(long nowMs, long movedMs, boolean serverWorks) {
        if (stallMs == 0 || nowMs - movedMs < stallMs)
            return null;
        if (!serverWorks || answerMs <= stallMs || way == null || !way.isThere(nowMs, movedMs + stallMs, stallMs))
            return "nothing moved for " + stallMs / 1000 + " s";
        return nowMs - movedMs < answerMs ? null : "no answer within " + answerMs / 1000 + " s";
    }
}
