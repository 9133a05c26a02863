/* Numbers and text as SQLite turns one into the other: what its column functions give. */
package org.jemput;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

final class Numbers {
    private Numbers() {
    }

    /** printf "%!.15g". */
    static String text(double v) {
        if (Double.isNaN(v))
            return null;
        if (Double.isInfinite(v))
            return v > 0 ? "Inf" : "-Inf";
        if (v == 0)
            return "0.0"; // -0.0, too
        BigDecimal d = new BigDecimal(v).round(new MathContext(15, RoundingMode.HALF_UP)).stripTrailingZeros();
        String digits = d.unscaledValue().abs().toString();
        int exponent = digits.length() - d.scale() - 1;
        StringBuilder out = new StringBuilder(v < 0 ? "-" : "");

        if (exponent < -4 || exponent > 14) {
            out.append(digits.charAt(0)).append('.').append(digits.length() > 1 ? digits.substring(1) : "0");
            out.append(exponent < 0 ? "e-" : "e+").append(Math.abs(exponent) < 10 ? "0" : "").append(Math.abs(exponent));
        } else {
            String plain = d.toPlainString();

            out.append(v < 0 ? plain.substring(1) : plain).append(plain.indexOf('.') < 0 ? ".0" : "");
        }
        return out.toString();
    }

    /** The longest beginning that is a whole number; what is larger than 64 bits hold is the largest or smallest. */
    static long whole(String text) {
        int i = blanks(text);
        long v = 0;
        boolean minus = i < text.length() && text.charAt(i) == '-';
        boolean over = false;

        if (i < text.length() && (minus || text.charAt(i) == '+'))
            i++;
        for (; i < text.length() && digit(text.charAt(i)); i++) {
            int d = text.charAt(i) - '0';

            over = over || v < (Long.MIN_VALUE + d) / 10; // counted below 0: there is one more
            if (!over)
                v = v * 10 - d;
        }
        if (minus)
            return over ? Long.MIN_VALUE : v;
        return over || v == Long.MIN_VALUE ? Long.MAX_VALUE : -v;
    }

    static long whole(double v) {
        return (long) v; // cut off, and at the ends the largest and smallest, as SQLite does
    }

    /** The longest beginning that is a number. */
    static double real(String text) {
        int from = blanks(text);
        int i = from;
        int digits = 0;

        if (i < text.length() && (text.charAt(i) == '-' || text.charAt(i) == '+'))
            i++;
        for (; i < text.length() && digit(text.charAt(i)); i++)
            digits++;
        if (i < text.length() && text.charAt(i) == '.') {
            for (i++; i < text.length() && digit(text.charAt(i)); i++)
                digits++;
        }
        if (digits == 0)
            return 0;
        return Double.parseDouble(text.substring(from, exponentEnd(text, i)));
    }

    private static int exponentEnd(String text, int at) {
        int i = at;

        if (i >= text.length() || text.charAt(i) != 'e' && text.charAt(i) != 'E')
            return at;
        i++;
        if (i < text.length() && (text.charAt(i) == '-' || text.charAt(i) == '+'))
            i++;
        int from = i;

        while (i < text.length() && digit(text.charAt(i)))
            i++;
        return i > from ? i : at;
    }

    private static int blanks(String text) {
        int i = 0;

        while (i < text.length() && (text.charAt(i) == ' ' || text.charAt(i) >= 9 && text.charAt(i) <= 13))
            i++;
        return i;
    }

    private static boolean digit(char c) {
        return c >= '0' && c <= '9';
    }
}
