/* Calls that hang in SQLite or in the network, as suspend functions that end when their coroutine does. */
package org.jemput

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull

private const val AGAIN_MS = 20L // a cancel that comes a moment before the call has begun is forgotten by it

/* On a thread that may wait. Cancelling the coroutine ends the call, and waits for its end: nothing runs on behind it. */
internal suspend fun <T> stopping(call: (Cancel) -> T): T = coroutineScope {
    val cancel = Cancel()
    val ended = Job()
    // Unconfined: runs in whoever cancels, even while this coroutine's own thread is busy.
    val watch = launch(Dispatchers.Unconfined, CoroutineStart.UNDISPATCHED) {
        try {
            awaitCancellation()
        } finally {
            withContext(NonCancellable) {
                while (!ended.isCompleted) {
                    cancel.cancel()
                    withTimeoutOrNull(AGAIN_MS) { ended.join() }
                }
            }
        }
    }
    try {
        withContext(NonCancellable + Dispatchers.IO) { call(cancel) }
    } catch (e: JemputException) {
        ensureActive() // cancelled: that is what is told, and not what it led to
        throw e
    } finally {
        ended.complete()
        watch.cancel()
    }
}

/* The rows of a query, for a coroutine that may be cancelled: in the middle of a scan that gives none, and between two rows. */
internal suspend fun <T> Store.list(sql: String, args: Array<out Any?>, map: (Cursor) -> T): List<T> = stopping { cancel ->
    query(cancel, sql, args).use { at ->
        at.rows { row ->
            if (cancel.isCancelled) throw CancellationException()
            map(row)
        }
    }
}
