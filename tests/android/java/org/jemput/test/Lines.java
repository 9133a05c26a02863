/* Reads texts of lines "word value", and blocks "word bytes" with so many bytes behind: control.md, "Lines". */
package org.jemput.test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

final class Lines {
    private final byte[] in;
    private int at;

    Lines(byte[] in) {
        this.in = in;
    }

    boolean atEnd() {
        return at == in.length;
    }

    String line() {
        int end = at;

        while (in[end] != '\n')
            end++;
        String line = new String(in, at, end - at, StandardCharsets.UTF_8);
        at = end + 1;
        return line;
    }

    String value(String word) {
        String line = line();

        if (!line.startsWith(word + " "))
            throw new IllegalArgumentException("'" + line + "' instead of " + word);
        return line.substring(word.length() + 1);
    }

    byte[] block(String word) {
        int size = Integer.parseInt(value(word));

        at += size;
        return Arrays.copyOfRange(in, at - size, at);
    }

    void newline() {
        if (in[at++] != '\n')
            throw new IllegalArgumentException("no line ends at " + (at - 1));
    }
}
