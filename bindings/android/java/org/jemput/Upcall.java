/* What native code calls while it works, on the thread inside the call. An exception ends the call, cleanly, and comes out of it unchanged. */
package org.jemput;

abstract class Upcall {
    static final int PROGRESS = 1;
    static final int ITEM = 2;

    /** packed: the item, of the caller's. False: no more of them; of PROGRESS: cancel. */
    abstract boolean item(int kind, byte[] packed);
}
