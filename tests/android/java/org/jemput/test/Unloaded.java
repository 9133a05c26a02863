/* A program whose library is not there: what it is told, on two lines. */
package org.jemput.test;

import org.jemput.Config;
import org.jemput.Jemput;
import org.jemput.JemputException;

final class Unloaded {
    private Unloaded() {
    }

    public static void main(String[] args) {
        try {
            Jemput.version();
        } catch (JemputException e) {
            System.out.println(e.status() + " " + e.isRetryable() + " " + e.isDataSafe() + " " + e.advice("id") + "|" + e.what("en"));
        }
        try {
            Config.of(null);
        } catch (JemputException e) {
            System.out.println(e.status() + " " + e.safe("en") + "|" + e.todo(null));
        }
    }
}
