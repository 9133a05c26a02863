/* What the library exports to Java, one to one; see jni/. Text is UTF-8, messages are packed (Packed), a handle is slot and generation, 0 = none.
 * Every call throws JemputException when the engine gives another status than JEMPUT_OK, unless it says otherwise; a handle that is not open any
 * more is MISUSE. Nothing here takes a lock or knows a state: that is what the classes above it are for. */
package org.jemput;

import java.io.InputStream;
import java.io.OutputStream;

final class Native {
    /** Raised with every change of a signature or of a packed message: abi() of the library must be the same. */
    static final int ABI = 2;

    /* prepare() */
    static final int PREPARE_KEEP = 1;  // it will be used again and again
    static final int PREPARE_READS = 2; // one that writes is MISUSE

    /* window() */
    static final int WINDOW_END = 0x40000000; // set in what it gives: there are no more rows

    /* words() */
    static final int WORDS_WHAT = 0;
    static final int WORDS_SAFE = 1;
    static final int WORDS_TODO = 2;
    static final int WORDS_ADVICE = 3; // all three, as jemput_status_advice() gives them

    /* traits() */
    static final int TRAIT_RETRYABLE = 1;
    static final int TRAIT_SAFE = 2;

    /* list() */
    static final int LIST_CONFLICTS = 1;
    static final int LIST_HELD = 2;
    static final int LIST_REFUSED = 3;
    static final int LIST_CASES = 4;
    static final int LIST_DEVICES = 5;

    /* attach() */
    static final int ATTACH_URGENT = 1;
    static final int ATTACH_KEEP_LOCATION = 2;

    private Native() {
    }

    /* --- the library: none of these throws --- */

    static native int abi();

    static native byte[] version();

    static native byte[] words(int code, int which, byte[] language);

    static native int traits(int code);

    static native byte[] name(int code);

    /** SQLite's folder for temporary files, after the first store was opened. */
    static native void temporary(byte[] folder);

    /* --- a store; of a secret any of the three may be null, all three: none --- */

    static native long open(byte[] path, byte[] pin, byte[] key, byte[] recovery);

    static native long found(byte[] path, byte[] schema, byte[] roles, byte[] pin, byte[] key);

    static native long join(byte[] path, byte[] invitation, byte[] hub, byte[] pin, byte[] key, byte[] recovery, HttpBridge http);

    static native long beside(long store);

    /** A handle that is not open any more: nothing happens. */
    static native void close(long store);

    static native void restrict(long store);

    static native int seal(long store);

    static native byte[] stateHash(long store);

    /** Null: the device's own. */
    static native void actAs(long store, byte[] roles, byte[] scope);

    /** i32 count, then each problem's text. */
    static native byte[] verify(long store, Upcall up);

    /** The same of what differed, then struct jemput_rebuild_report. */
    static native byte[] rebuild(long store, Upcall up);

    static native byte[] cut(long store);

    static native byte[] invite(long store, byte[] roles, byte[] scope, byte[] hub, long expires);

    static native byte[] inviteShort(long store, byte[] invitation);

    static native void hubInit(byte[] path);

    static native void lock(long store);

    static native void unlock(long store, byte[] pin, byte[] key, byte[] recovery);

    static native void pinSet(long store, byte[] pin, byte[] key);

    static native void keySet(long store, byte[] key);

    static native byte[] recoveryMake(long store);

    /** i32 sealed, pin, pin_needs_key, key, recovery, wrong_pins, i64 wait_ms. */
    static native byte[] sealing(byte[] path);

    /** plain: to a store that is not sealed, and there is no recovery code: null. */
    static native byte[] protect(byte[] path, byte[] fromPin, byte[] fromKey, byte[] fromRecovery, byte[] toPin, byte[] toKey, boolean plain);

    /* --- statements, on the app's connection of a store --- */

    static native long prepare(long store, byte[] sql, int flags);

    /** i32 reads (1 = it writes nothing), i32 parameters, i32 columns, then each column's name. */
    static native byte[] shape(long statement);

    /** From 1; 0 = there is none of that name. */
    static native int parameter(long statement, byte[] name);

    /** Packed values, the first for parameter `from`; null: clear all. */
    static native void bind(long statement, int from, byte[] values);

    /** Bind all (null: as they are bound), step to the end, reset: rows changed. Rows that it gives are passed over. */
    static native long run(long statement, byte[] values);

    /** Rows packed into out, at most rowsMax: how many, with WINDOW_END at the end. Below 0: the next row needs so many bytes. */
    static native int window(long statement, byte[] out, int rowsMax);

    /** Not open any more: nothing happens; so does finish(). */
    static native void reset(long statement);

    static native void finish(long statement);

    static native void script(long store, byte[] sql);

    static native boolean inTransaction(long store);

    static native void interrupt(long store);

    /** i32 count, then each table's name. */
    static native byte[] tablesRead(long store, byte[] sql);

    /* --- what has changed --- */

    static native long sinkNew();

    /** sink 0: no more. tag: given back with each change. */
    static native void observe(long store, long sink, int tag);

    /**
     * Null: nothing came within that time, or the sink was closed. Else i32 count, and for each: i32 tag, i32 what (1 = the app's own commit,
     * 2 = a merge or seal, both added; 4 more = in any table), i32 tables, their names.
     */
    static native byte[] sinkWait(long sink, int ms);

    static native void sinkClose(long sink);

    /* --- sync, bundles: an exception of an upcall goes before all else --- */

    /** i32 status, text, then struct jemput_sync_report; does not throw for what the engine says. hub null: the remembered one. */
    static native byte[] sync(long store, byte[] hub, byte[] user, byte[] secret, long deadlineMs, boolean inRoom, HttpBridge http, Upcall up);

    static native void cancel(long store);

    /** attachmentBytes: below 0 = none; 0 = all. */
    static native byte[] bundleMake(long store, byte[] path, OutputStream out, boolean full, byte[] madeFor, long attachmentBytes, Upcall up);

    /** i32 status, text, then struct jemput_bundle_taken; as sync(). Upcall.ITEM: a log. */
    static native byte[] bundleTake(long store, byte[] path, BundleSource in, Upcall up);

    static native byte[] bundleShow(byte[] path, BundleSource in, Upcall up);

    /* --- attachments; a key is packed values with their count before them (i32) --- */

    /** The id, 16 bytes, and a byte that says what became of its location: Attaching.Location, from 1. */
    static native byte[] attach(long store, byte[] table, byte[] key, byte[] kind, byte[] mime, InputStream in, int flags);

    /** table null: all. */
    static native void attachments(long store, byte[] table, byte[] key, Upcall up);

    /** How many bytes, from `at` on; 0 = the end. */
    static native int attachmentPart(long store, byte[] id, long at, byte[] out, int length);

    static native void attachmentAsk(long store, byte[] id);

    static native void attachmentRemove(long store, byte[] id);

    static native byte[] purge(long store, int days);

    static native byte[] attachmentCount(long store);

    /* --- what people see --- */

    static native byte[] info(long store);

    static native void list(long store, int what, Upcall up);

    static native void history(long store, byte[] table, byte[] key, Upcall up);

    /**
     * table, key (counted), i32 columns, each: name, value; i32 hidden, each: name, value; i32 remove, i32 restore, reason.
     */
    static native void decide(long store, byte[] choice);

    /** table, keep (counted; of a parting none), gone (counted), i32 look, i32 part, reason. Upcall.ITEM: a move. */
    static native void mergeRows(long store, byte[] order, Upcall up);

    /**
     * One step of jemput_watch_step(): watch 16 longs, kept and changed; event 9 (kind, now_ms, wall_ms, random, up, saving, waiting, status,
     * wait_s); todo 5 (sync, cancel, wake_ms, told, changed). Fields in the order of the C structs.
     */
    static native void watchStep(long[] watch, long[] event, long[] todo);

    /* --- for HttpBridge.exchange() alone, on its thread, while it runs --- */

    /** The next bytes of the request's body; 0 = its end. */
    static native int httpBody(long call, byte[] out, int length);

    static native void httpRewind(long call);

    /** The next bytes of the answer's body. Non-zero: the exchange is to end with that status. */
    static native int httpTake(long call, byte[] data, int length);

    static native boolean httpCancelled(long call);
}
