/* Sync as a suspend function, and its state as a flow. */
package org.jemput

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update

/**
 * Sends and fetches, on a thread that may wait. Cancelling the coroutine cancels the sync and waits for its end, which comes soon: nothing runs on
 * behind it, and nothing is lost.
 *
 * @param transport the way to the hub; null: as it is remembered
 * @param deadlineMs at most so long; 0: as long as it takes
 * @param onProgress called on the thread that syncs
 * @throws JemputException what did not work; its report says how far it came
 */
public suspend fun Store.syncing(
    transport: Transport? = null,
    deadlineMs: Long = 0,
    onProgress: ((Progress) -> Unit)? = null,
): SyncReport = stopping { cancel ->
    sync(transport, deadlineMs, cancel) { progress ->
        onProgress?.invoke(progress)
        true
    }
}

/** What a screen shows of sync. */
public sealed class SyncState {
    /** Nothing is going on, and nothing has been since the app began. */
    public object Idle : SyncState()

    /** It is going on; progress is null until there is some. */
    public data class Running(val progress: Progress?) : SyncState()

    /** It has ended well. */
    public data class Done(val report: SyncReport) : SyncState()

    /** It has ended with an error; how far it came is in its report. */
    public data class Failed(val error: JemputException) : SyncState()
}

/** Syncs a store when it is told to, and shows how it goes. One for each store, kept by the app. */
public class Syncing(private val store: Store) {
    private val now = MutableStateFlow<SyncState>(SyncState.Idle)

    /** The latest state; a slow collector sees the last one. */
    public val state: StateFlow<SyncState> = now.asStateFlow()

    /** Syncs once. A call while another is going on does nothing and gives null. */
    public suspend fun run(transport: Transport? = null, deadlineMs: Long = 0): SyncReport? {
        var mine = false
        now.update { before ->
            mine = before !is SyncState.Running
            if (mine) SyncState.Running(null) else before
        }
        if (!mine) return null
        var end: SyncState = SyncState.Idle
        try {
            val report = store.syncing(transport, deadlineMs) { now.value = SyncState.Running(it) }
            end = SyncState.Done(report)
            return report
        } catch (e: JemputException) {
            end = SyncState.Failed(e)
            throw e
        } catch (e: CancellationException) {
            end = SyncState.Idle
            throw e
        } finally {
            now.value = end
        }
    }
}
