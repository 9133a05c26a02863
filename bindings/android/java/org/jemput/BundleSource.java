package org.jemput;

import java.io.IOException;

/** A bundle to be read: looked through from front to back twice, then read by places. */
public interface BundleSource {
    /**
     * Reads bytes from a place on.
     *
     * @param offset in the file
     * @param out where they go, from its beginning
     * @param length at most so many
     * @return how many; fewer only at the end, 0 behind it
     * @throws IOException it went away, as a stick that is pulled out
     */
    int read(long offset, byte[] out, int length) throws IOException;
}
