/* What tests outside of the package cannot make. */
package org.jemput;

public final class Made {
    private Made() {
    }

    public static JemputException exception(int code) {
        return new JemputException(code, 0, Utf8.bytes("uji"));
    }
}
