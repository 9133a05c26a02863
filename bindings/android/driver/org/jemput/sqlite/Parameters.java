package org.jemput.sqlite;

import java.util.HashSet;
import java.util.Set;

/** How many parameters a statement has, as SQLite numbers them: those that nobody binds are NULL, and have to be given all the same. */
final class Parameters {
    private final String sql;
    private final Set<String> names = new HashSet<>();
    private int at, largest;

    private Parameters(String sql) {
        this.sql = sql;
    }

    static int count(String sql) {
        Parameters p = new Parameters(sql);
        while (p.at < sql.length())
            p.next();
        return p.largest;
    }

    private char here() {
        return at < sql.length() ? sql.charAt(at) : '\0';
    }

    private static boolean isWord(char c) {
        return c == '_' || c == '$' || c >= 0x80 || Character.isLetterOrDigit(c);
    }

    private void next() {
        char c = sql.charAt(at);
        if (c == '\'' || c == '"' || c == '`' || c == '[')
            skip(1, c == '[' ? "]" : String.valueOf(c)); // a doubled quote is two texts side by side: the same here
        else if (sql.startsWith("--", at))
            skip(2, "\n");
        else if (sql.startsWith("/*", at))
            skip(2, "*/");
        else if (c == '?')
            numbered();
        else if (c == ':' || c == '@' || c == '$')
            named();
        else if (isWord(c))
            word();
        else
            at++;
    }

    /* Behind the next one of these words, or to the end. */
    private void skip(int first, String to) {
        int end = sql.indexOf(to, at + first);
        at = end < 0 ? sql.length() : end + to.length();
    }

    private void word() {
        while (isWord(here()))
            at++;
    }

    private void numbered() {
        int from = ++at;
        while (here() >= '0' && here() <= '9')
            at++;
        // What SQLite does not take as a number, its error tells.
        int number = at == from ? largest + 1 : at - from > 6 ? 0 : Integer.parseInt(sql.substring(from, at));
        largest = Math.max(largest, number);
    }

    private void named() {
        int from = at++;
        word();
        if (at > from + 1 && names.add(sql.substring(from, at)))
            largest++;
    }
}
