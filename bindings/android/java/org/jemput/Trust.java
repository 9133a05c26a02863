/* Who is believed: certificates of authorities that are given, pins, and what an exception of TLS means. */
package org.jemput;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.UnknownServiceException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

final class Trust {
    private Trust() {
    }

    static SSLSocketFactory sockets(InputStream pem) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            int count = 0;

            store.load(null, null);
            for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(pem))
                store.setCertificateEntry("authority" + count++, c);
            if (count == 0)
                throw JemputException.misuse("there is no certificate in the text");
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            SSLContext context = SSLContext.getInstance("TLS");

            trust.init(store);
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new JemputException(Code.MISUSE, "the certificates of the authorities cannot be read", e);
        } catch (IOException e) {
            throw new JemputException(Code.IO, "the certificates of the authorities cannot be read", e);
        }
    }

    /** After connect(), before anything is said. What the platform has checked by then is the chain and the host's name. */
    static void check(HttpURLConnection c, List<String> pins) throws IOException {
        if (!(c instanceof HttpsURLConnection)) {
            if (!pins.isEmpty())
                throw new SSLPeerUnverifiedException("a key is pinned, and the address is not https");
            return;
        }
        Certificate shown = ((HttpsURLConnection) c).getServerCertificates()[0];

        if (shown instanceof X509Certificate)
            checkDates((X509Certificate) shown);
        if (!pins.isEmpty())
            checkPins(shown.getPublicKey().getEncoded(), pins);
    }

    /* Of a certificate that is itself among the authorities, the JDK does not look at the dates. */
    private static void checkDates(X509Certificate shown) throws IOException {
        try {
            shown.checkValidity();
        } catch (CertificateException e) {
            throw new IOException("its certificate is not of today", e);
        }
    }

    private static void checkPins(byte[] key, List<String> pins) throws IOException {
        try {
            String shown = "sha256//" + Hex.base64(MessageDigest.getInstance("SHA-256").digest(key));

            if (!pins.contains(shown))
                throw new SSLPeerUnverifiedException("the server's public key is not the one that is pinned");
        } catch (GeneralSecurityException e) {
            throw new IOException("there is no SHA-256 here", e);
        }
    }

    static Code code(Throwable e) {
        if (e instanceof OutOfMemoryError)
            return Code.NOMEM;
        if (e instanceof UnknownServiceException || e instanceof MalformedURLException || e instanceof IllegalArgumentException)
            return Code.MISUSE;
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SSLPeerUnverifiedException || t instanceof CertificateException || t instanceof CertPathValidatorException
                || t instanceof CertPathBuilderException)
                return Code.UNTRUSTED;
        }
        return Code.OFFLINE;
    }

    static String text(Throwable e) {
        if (code(e) == Code.UNTRUSTED)
            return "the server does not prove that it is the one: " + e.getMessage();
        if (e instanceof UnknownServiceException)
            return "the platform does not allow this address (Android: a network security config can allow http to one host): " + e.getMessage();
        return e.getMessage() == null ? e.getClass().getName() : e.getMessage();
    }
}
