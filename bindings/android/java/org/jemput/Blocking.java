package org.jemput;

/** What stands in the way of work that is not delivered: the one thing that a person can do something about. See {@link SyncReport#blocking}. */
public final class Blocking {
    /** What it is. */
    public final Kind kind;
    /** Which one: a number of logs, segments or seconds, or a text of the engine's; "" = none in particular. */
    public final String item;
    /** For a person, in the store's language; "" for {@link Kind#NOTHING}. */
    public final String text;

    Blocking(Kind kind, String item, String text) {
        this.kind = kind;
        this.item = item;
        this.text = text;
    }

    /** What it can be. */
    public enum Kind {
        /** Nothing. */
        NOTHING,
        /** There is no signal, or the hub is not there. */
        SIGNAL,
        /** The hub wants to be left alone for a while. */
        HUB_BUSY,
        /** This device is not let in: the office decides. */
        NOT_ADMITTED,
        /** The hub does not take the password or token. */
        CREDENTIALS,
        /** The way to the hub is not safe. */
        TRUST,
        /** There is no space left, here or there. */
        SPACE,
        /** Text is through; an attachment is not. */
        ATTACHMENT,
        /** Another device's log failed a check, and stands stopped. */
        LOG_STOPPED,
        /** What came cannot be read: the key to it is not here. */
        KEY,
        /** Something else. */
        OTHER
    }
}
