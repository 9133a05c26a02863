/* Text between Java and C: UTF-8, never the JNI's own form of it. */
package org.jemput;

import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.util.Arrays;

final class Utf8 {
    private static final Charset UTF_8 = Charset.forName("UTF-8");

    private Utf8() {
    }

    /** Of a value: NUL is allowed. Half a surrogate pair is MISUSE: it has no UTF-8, and '?' in its place would be another text. */
    static byte[] bytes(CharSequence text) {
        int len = text.length();

        for (int i = 0; i < len; i++) {
            char c = text.charAt(i);

            if (!Character.isSurrogate(c))
                continue;
            if (Character.isLowSurrogate(c) || i + 1 == len || !Character.isLowSurrogate(text.charAt(i + 1)))
                throw JemputException.misuse("a text has half a surrogate pair at " + i + ": it cannot be written as UTF-8");
            i++;
        }
        return text.toString().getBytes(UTF_8);
    }

    /** Of what C reads up to a NUL: SQL, paths, names, notes. what: what it is, for the error. */
    static byte[] plain(CharSequence text, String what) {
        if (text == null)
            throw JemputException.misuse(what + " is null");
        byte[] bytes = bytes(text);

        for (byte b : bytes) {
            if (b == 0)
                throw JemputException.misuse(what + " has a NUL character in it");
        }
        return bytes;
    }

    /** The same, where null means that there is none. */
    static byte[] plainOrNull(CharSequence text, String what) {
        return text == null ? null : plain(text, what);
    }

    /** A secret, without a String in between; what is left over on the way is wiped. The caller wipes what it gets. */
    static byte[] secret(char[] text, String what) {
        for (int i = 0; i < text.length; i++) {
            boolean pair = i + 1 < text.length && Character.isSurrogatePair(text[i], text[i + 1]);

            if (text[i] == 0 || Character.isSurrogate(text[i]) && !pair)
                throw JemputException.misuse(what + " has a character in it that cannot be");
            if (pair)
                i++;
        }
        java.nio.ByteBuffer buffer = UTF_8.encode(CharBuffer.wrap(text));
        byte[] bytes = new byte[buffer.remaining()];

        buffer.get(bytes);
        wipe(buffer.array());
        return bytes;
    }

    static void wipe(byte[] secret) {
        if (secret != null)
            Arrays.fill(secret, (byte) 0);
    }

    /** What is no UTF-8 becomes U+FFFD. */
    static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    static String text(byte[] bytes, int from, int len) {
        return new String(bytes, from, len, UTF_8);
    }
}
