package org.jemput;

/** Told how far a sync, or a bundle, has come. */
public interface SyncListener {
    /**
     * Called on the thread that syncs, at each step. It may read and write the store, and call {@link Store#status}; not sync, nor bundles. What it
     * throws ends the sync, and comes out of it.
     *
     * @param progress how far
     * @return false cancels
     */
    boolean progress(Progress progress);
}
