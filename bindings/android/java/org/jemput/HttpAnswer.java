/* What an exchange came to: struct jemput_http_answer, and the status of the engine. */
package org.jemput;

final class HttpAnswer implements HttpExchange.Answer {
    private static final int LOCATION_BYTES_MAX = 1023;
    private static final int TEXT_BYTES_MAX = 127;
    private static final int RETRY_S_MAX = 86400;

    int status; // 0 = none came
    private String type;
    private String location;
    private int retryAfterS;
    private String authenticate;
    private long sent;
    private long received;
    private long call; // of an app's client: where take() goes

    HttpAnswer(long call) {
        this.call = call;
    }

    @Override
    public void head(int came, String contentType, String to, int retryS, String asked) {
        status = came;
        type = shorter(untilParameters(contentType), TEXT_BYTES_MAX);
        location = shorter(to, LOCATION_BYTES_MAX);
        retryAfterS = retryS > 0 && retryS < RETRY_S_MAX ? retryS : 0;
        authenticate = asked != null && asked.startsWith("Jemput") ? shorter(asked, TEXT_BYTES_MAX) : null;
    }

    private static String untilParameters(String contentType) {
        if (contentType == null)
            return null;
        int end = 0;

        while (end < contentType.length() && contentType.charAt(end) != ';' && contentType.charAt(end) != ' ')
            end++;
        return contentType.substring(0, end);
    }

    /* What is too long is as good as none. */
    private static String shorter(String text, int max) {
        return text == null || text.length() > max || text.indexOf('\0') >= 0 ? null : text;
    }

    @Override
    public int take(byte[] data, int length) {
        if (status != 200)
            return 0; // passed over
        if (length < 0 || length > data.length)
            throw JemputException.misuse("there are no " + length + " bytes");
        return Native.httpTake(call, data, length);
    }

    @Override
    public void moved(long out, long in) {
        sent = out;
        received = in;
    }

    byte[] packed(int code, String error) {
        Packer out = new Packer().i32(code).text(error == null ? null : latin(error)).i32(status);

        return out.text(latin(type)).text(latin(location)).i32(retryAfterS).text(latin(authenticate)).i64(sent).i64(received).take();
    }

    /* What comes over the wire may be anything; half a pair in it is not worth an exception. */
    private static byte[] latin(String text) {
        if (text == null)
            return null;
        StringBuilder good = new StringBuilder();

        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);

            good.append(c == 0 || Character.isSurrogate(c) ? '?' : c);
        }
        return Utf8.bytes(good);
    }
}
