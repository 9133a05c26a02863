/* Bytes as hexadecimal digits and as base64: what Java 8 has and Android 7 has not. */
package org.jemput;

final class Hex {
    private static final String BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private Hex() {
    }

    static String of(byte[] bytes) {
        StringBuilder out = new StringBuilder(2 * bytes.length);

        for (byte b : bytes)
            out.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
        return out.toString();
    }

    static String base64(byte[] bytes) {
        StringBuilder out = new StringBuilder();

        for (int i = 0; i < bytes.length; i += 3) {
            int have = Math.min(3, bytes.length - i);
            int group = (bytes[i] & 0xff) << 16 | (have > 1 ? (bytes[i + 1] & 0xff) << 8 : 0) | (have > 2 ? bytes[i + 2] & 0xff : 0);

            for (int j = 0; j < 4; j++)
                out.append(j > have ? '=' : BASE64.charAt(group >> 18 - 6 * j & 63));
        }
        return out.toString();
    }
}
