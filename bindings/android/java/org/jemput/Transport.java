package org.jemput;

import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The way to a hub: a folder, or an address behind which one is reached by HTTPS. Set up once, and used for as many syncs as one likes.
 *
 * <p>HTTPS is always checked: nothing turns that off. Password and token are remembered in the store after the first sync that got in, and pins with the
 * hub that they were given for: {@code sync(null, …)} asks for the same keys. Authorities, {@link #over} and {@link #exchange} are not remembered:
 * {@code Transport.remembered().over(…)} gives them again.
 */
public final class Transport {
    private final byte[] hub;
    private final boolean folder;
    private byte[] user;
    private byte[] secret;
    final List<String> pins = new ArrayList<String>();
    javax.net.ssl.SSLSocketFactory sockets; // null: the platform's authorities
    Opener opener;
    private HttpExchange exchange;
    private boolean inRoom;

    /** Asked on the way: is it to end? */
    interface Stop {
        boolean isStopped();
    }

    private Transport(byte[] hub, boolean folder) {
        this.hub = hub;
        this.folder = folder;
    }

    /**
     * The hub that the store remembers.
     *
     * @return of the invitation, or of the last sync
     */
    public static Transport remembered() {
        return new Transport(null, false);
    }

    /**
     * A folder: on a stick, a card, or another computer's disk.
     *
     * @param hub made by {@link Jemput#makeHub}
     * @return to it
     */
    public static Transport folder(File hub) {
        return new Transport(Utf8.plain(hub.getAbsolutePath(), "a folder"), true);
    }

    /**
     * An address. "http://" is taken too, but no secret is sent in the clear, except to this machine itself.
     *
     * @param url "https://hub.example/ruang"
     * @return to it
     */
    public static Transport https(String url) {
        byte[] at = Utf8.plain(url, "an address");

        if (!url.startsWith("https://") && !url.startsWith("http://"))
            throw JemputException.misuse("an address begins with https://");
        return new Transport(at, false);
    }

    /**
     * It was found in the room, by whatever said that it is there (schema/formats/lan.md): it must show a log of this space before anything is sent,
     * and is not remembered.
     *
     * @return this
     */
    public Transport inRoom() {
        inRoom = true;
        return this;
    }

    /**
     * What the hub asks for: a token.
     *
     * @param t copied
     * @return this
     */
    public Transport token(char[] t) {
        user = null;
        secret = Utf8.secret(t, "a token");
        return this;
    }

    /**
     * What the hub asks for: a user and a password.
     *
     * @param name the user
     * @param p the password; copied
     * @return this
     */
    public Transport password(String name, char[] p) {
        user = Utf8.plain(name, "a user");
        secret = Utf8.secret(p, "a password");
        return this;
    }

    /**
     * The server must show one of these public keys, besides a certificate that stands up.
     *
     * @param sha256 "sha256//" and the base64 of the SHA-256 of the key's SubjectPublicKeyInfo, as curl has it
     * @return this
     */
    public Transport pin(String... sha256) {
        for (String pin : sha256) {
            if (!pin.startsWith("sha256//") || pin.length() != 52)
                throw JemputException.misuse("a pin is sha256// and 44 characters");
            pins.add(pin);
        }
        return this;
    }

    /**
     * Only certificates of these authorities stand up.
     *
     * @param pem certificates as text, one after another; read, and not closed
     * @return this
     */
    public Transport authorities(InputStream pem) {
        sockets = Trust.sockets(pem);
        return this;
    }

    /**
     * Connections are opened another way: such as by one network of Android's.
     *
     * @param o how
     * @return this
     */
    public Transport over(Opener o) {
        opener = o;
        return this;
    }

    /**
     * Exchanges are made by a client of the app's own. Pins and authorities are its own business then.
     *
     * @param e the client
     * @return this
     */
    public Transport exchange(HttpExchange e) {
        exchange = e;
        return this;
    }

    boolean isFolder() {
        return folder;
    }

    /** The same way, with these keys. */
    Transport pinned(List<String> known) {
        Transport t = new Transport(hub, folder);

        t.user = user;
        t.secret = secret;
        t.pins.addAll(known);
        t.sockets = sockets;
        t.opener = opener;
        t.exchange = exchange;
        t.inRoom = inRoom;
        return t;
    }

    boolean isInRoom() {
        return inRoom;
    }

    byte[] hub() {
        return hub;
    }

    byte[] user() {
        return user;
    }

    byte[] secret() {
        return secret;
    }

    /** For one sync; null: it needs none. */
    HttpBridge bridge(Stop stop) {
        if (folder)
            return null;
        return exchange == null ? new UrlBridge(this, stop) : new AppBridge(exchange, stop);
    }
}
