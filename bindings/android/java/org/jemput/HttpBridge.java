/* struct jemput_http for one call of the engine: http.c calls exchange() on the thread that syncs. */
package org.jemput;

abstract class HttpBridge {
    /**
     * One exchange. call: for Native.httpBody() and its neighbours, until this returns. Gives, packed: i32 status of the engine, text of the error
     * (null = none), i32 HTTP status (0 = none came), text content type, location, i32 retry after, text authenticate, i64 sent, i64 received.
     * Times in ms, 0 = no limit; answerMs: of a server that has the whole request, and has not begun to answer.
     */
    abstract byte[] exchange(long call, byte[] url, byte[][] headers, boolean post, long bodyBytes, long deadlineMs, long stallMs, long answerMs);

    /** The engine closed its client: nothing is asked of it any more. */
    abstract void close();
}
