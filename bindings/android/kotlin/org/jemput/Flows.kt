/* Queries that follow what they read: a list now, and again after each commit or merge that touched its tables. */
package org.jemput

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.withContext
import java.util.concurrent.Executor

private val DIRECT = Executor { it.run() } // the call hands one sign over and waits for nothing

/* A passing error (a full device, all connections taken) is looked at again, for half a minute: a screen should not stand still for it. */
private const val FIRST_PAUSE_MS = 100L
private const val LAST_PAUSE_MS = 12_800L

/**
 * The rows of a query: at once, and after each change to a table that it reads, local or merged. A list is read when the collector is ready for it, so
 * changes that come while it is being read or taken go together into the next: a slow collector misses lists in between, never the last one, and
 * none waits for it in memory. While the store is locked nothing comes; it goes on when that is unlocked. Ends when the store is closed. An error
 * that may pass ([JemputException.isRetryable]) is tried again for half a minute before it is the collector's.
 */
public fun <T> Store.flow(sql: String, vararg args: Any?, map: (Cursor) -> T): Flow<List<T>> =
    following(Query.of(sql, *args)) { list(sql, args, map) }

/** How the store stands, at once and after each change. */
public fun Store.statusFlow(): Flow<Status> = following(null) { withContext(Dispatchers.IO) { status() } }

/** Open conflicts, at once and after each change. */
public fun Store.conflictsFlow(): Flow<List<Conflict>> = following(null) { withContext(Dispatchers.IO) { conflicts() } }

/* Read here, in the collector's turn, and not behind a channel: nothing is read ahead. */
private fun <T : Any> Store.following(query: Query?, read: suspend () -> T): Flow<T> = flow {
    changes(query).flowOn(Dispatchers.IO).conflate().collect { now(read)?.let { emit(it) } }
}

/* Null: closed meanwhile, and the end is on its way; or locked, and the next sign comes when it is unlocked. */
private suspend fun <T : Any> Store.now(read: suspend () -> T): T? {
    var pauseMs = FIRST_PAUSE_MS
    while (true) {
        try {
            return read()
        } catch (e: JemputException) {
            if (!isOpen || e.status() == Code.LOCKED) return null
            if (!e.isRetryable || pauseMs > LAST_PAUSE_MS) throw e
        }
        delay(pauseMs)
        pauseMs *= 2
    }
}

private fun Store.changes(query: Query?): Flow<Unit> = callbackFlow {
    val listener = object : ChangeListener {
        override fun changed(change: Change) {
            trySend(Unit)
        }

        override fun ended() {
            channel.close()
        }
    }
    val subscription = try {
        if (query == null) observe(DIRECT, listener) else observe(query, DIRECT, listener)
    } catch (e: JemputException) {
        if (e.status() != Code.LOCKED && !e.isRetryable) throw e
        observe(DIRECT, listener) // which tables it reads cannot be asked now: so all of them
    }
    trySend(Unit)
    awaitClose { subscription.close() }
}
