package org.jemput;

import java.io.IOException;
import java.util.List;

/**
 * An HTTP client of the app's own: {@link Transport#exchange}. It checks certificates always, follows no redirection, sends the headers to no other
 * host, and inflates what comes gzipped.
 */
public interface HttpExchange {
    /**
     * One exchange, on the thread that syncs. {@link Request#isCancelled} is to be asked ten times a second.
     *
     * @param in what is asked
     * @param out told what comes
     * @return 0, or the number of a {@link Code}: OFFLINE, UNTRUSTED, CANCELLED, or what {@link Answer#take} gave
     * @throws IOException counts as OFFLINE
     */
    int run(Request in, Answer out) throws IOException;

    /** What is asked. Of use until run() returns, on its thread. */
    interface Request {
        /**
         * Where to.
         *
         * @return "https://…"
         */
        String url();

        /**
         * What is said with it.
         *
         * @return "Name: value"
         */
        List<String> headers();

        /**
         * Whether there is a body.
         *
         * @return true: POST; false: GET
         */
        boolean isPost();

        /**
         * How long the body is.
         *
         * @return bytes
         */
        long bodyBytes();

        /**
         * The next bytes of the body.
         *
         * @param out where they go
         * @return how many; 0 = its end
         */
        int body(byte[] out);

        /** The body again from its beginning. */
        void rewind();

        /**
         * For the whole exchange.
         *
         * @return milliseconds; 0 = no limit
         */
        long deadlineMs();

        /**
         * So long may next to nothing move.
         *
         * @return milliseconds; 0 = no limit
         */
        long stallMs();

        /**
         * So long may a server that has the whole request be at work before it answers, if that is more than {@link #stallMs}. A client that cannot
         * tell it from a link that is gone keeps to that.
         *
         * @return milliseconds; 0 = no more
         */
        long answerMs();

        /**
         * Whether it is to end, with CANCELLED.
         *
         * @return true: end it
         */
        boolean isCancelled();
    }

    /** What comes. */
    interface Answer {
        /**
         * The status, and headers; before {@link #take}.
         *
         * @param status such as 200
         * @param contentType null = none
         * @param location null = none
         * @param retryAfterS 0 = none
         * @param authenticate the WWW-Authenticate that begins with "Jemput"; null = none
         */
        void head(int status, String contentType, String location, int retryAfterS, String authenticate);

        /**
         * The next bytes of the body, if the status is 200.
         *
         * @param data the bytes
         * @param length so many, from its beginning
         * @return 0; else the exchange is to end with this
         */
        int take(byte[] data, int length);

        /**
         * For the report.
         *
         * @param sent bytes, headers included
         * @param received bytes, headers included
         */
        void moved(long sent, long received);
    }
}
