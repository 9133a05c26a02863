/* The first word of a statement: BEGIN, COMMIT and their kin belong to write(), which would else lose track of its transaction. */
package org.jemput;

import java.util.Locale;

final class Keywords {
    private static final String TRANSACTIONS = " BEGIN COMMIT END ROLLBACK SAVEPOINT RELEASE ";

    private Keywords() {
    }

    static void refuseTransactions(String sql) {
        if (sql != null && TRANSACTIONS.contains(" " + first(sql) + " "))
            throw JemputException.misuse("transactions are begun and ended by write() and savepoint(), not by SQL");
    }

    /** In capitals; comments are passed over. "": there is none. */
    static String first(String sql) {
        int from = start(sql);
        int to = from;

        while (to < sql.length() && Character.isLetter(sql.charAt(to)))
            to++;
        return sql.substring(from, to).toUpperCase(Locale.ROOT);
    }

    private static int start(String sql) {
        int i = 0;

        while (i < sql.length()) {
            if (sql.startsWith("--", i))
                i = behind(sql, "\n", i + 2);
            else if (sql.startsWith("/*", i))
                i = behind(sql, "*/", i + 2);
            else if (sql.charAt(i) <= ' ' || sql.charAt(i) == ';')
                i++;
            else
                break;
        }
        return i;
    }

    private static int behind(String sql, String end, int from) {
        int at = sql.indexOf(end, from);

        return at < 0 ? sql.length() : at + end.length();
    }
}
