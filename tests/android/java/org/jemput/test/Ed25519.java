/* Ed25519 by the JDK, for the golden vectors: keys from seeds, and the strict verification of identity.md, which is narrower than the JDK's. */
package org.jemput.test;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

final class Ed25519 {
    private static final byte[] PRIVATE = {0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20}; // RFC 8410, before the seed
    private static final byte[] PUBLIC = {0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0}; // and before the key
    private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    /* y of the points of small order, besides 0, 1 and -1 */
    private static final String[] SMALL = {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"};

    private Ed25519() {
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] out = Arrays.copyOf(a, a.length + b.length);

        System.arraycopy(b, 0, out, a.length, b.length);
        return out;
    }

    static byte[] sign(byte[] seed, byte[] message) throws GeneralSecurityException {
        Signature signer = Signature.getInstance("Ed25519");

        signer.initSign(KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(join(PRIVATE, seed))));
        signer.update(message);
        return signer.sign();
    }

    /** A generator that is given the seed as its randomness makes that seed's pair. */
    static byte[] publicKey(byte[] seed) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");

        generator.initialize(255, new SecureRandom() {
            private static final long serialVersionUID = 1;

            @Override
            public void nextBytes(byte[] out) {
                System.arraycopy(seed, 0, out, 0, out.length);
            }
        });
        byte[] encoded = generator.generateKeyPair().getPublic().getEncoded();
        return Arrays.copyOfRange(encoded, PUBLIC.length, encoded.length);
    }

    static boolean verify(byte[] key, byte[] message, byte[] signature) {
        if (key.length != 32 || signature.length != 64 || !isStrict(key) || !isStrict(Arrays.copyOf(signature, 32)))
            return false;
        try {
            Signature verifier = Signature.getInstance("Ed25519");

            verifier.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(join(PUBLIC, key))));
            verifier.update(message);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** In canonical form, and of no small order. */
    private static boolean isStrict(byte[] point) {
        byte[] big = new byte[32];

        for (int i = 0; i < 32; i++)
            big[i] = point[31 - i];
        big[0] &= 0x7f;
        BigInteger y = new BigInteger(1, big);
        if (y.compareTo(P) >= 0 || y.signum() == 0 || y.equals(BigInteger.ONE) || y.equals(P.subtract(BigInteger.ONE)))
            return false;
        StringBuilder little = new StringBuilder();
        for (int i = 0; i < 32; i++)
            little.append(String.format("%02x", point[i] & (i == 31 ? 0x7f : 0xff)));
        return !Arrays.asList(SMALL).contains(little.toString());
    }
}
