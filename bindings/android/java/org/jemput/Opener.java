package org.jemput;

import java.io.IOException;
import java.net.URL;
import java.net.URLConnection;

/** Opens connections another way than {@link URL#openConnection}: such as Android's {@code Network.openConnection}. */
public interface Opener {
    /**
     * Makes a connection; it is set up and connected by the caller.
     *
     * @param url http or https
     * @return an HttpURLConnection
     * @throws IOException it cannot
     */
    URLConnection open(URL url) throws IOException;
}
