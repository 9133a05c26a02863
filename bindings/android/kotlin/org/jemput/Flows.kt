/* Queries that follow what they read: a list now, and again after each commit or merge that touched its tables. */
package org.jemput

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.transform
import java.util.concurrent.Executor

private val DIRECT = Executor { it.run() } // the call hands one sign over and waits for nothing

/**
 * The rows of a query: at once, and after each change to a table that it reads, local or merged. Changes that come while a list is being made or
 * taken go together into the next: a slow collector misses lists in between, never the last one. While the store is locked it waits; it goes on when
 * that is unlocked. Ends when the store is closed.
 */
public fun <T> Store.flow(sql: String, vararg args: Any?, map: (Cursor) -> T): Flow<List<T>> =
    following(Query.of(sql, *args)) { query(sql, *args).use { it.rows(map) } }

/** How the store stands, at once and after each change. */
public fun Store.statusFlow(): Flow<Status> = following(null) { status() }

/** Open conflicts, at once and after each change. */
public fun Store.conflictsFlow(): Flow<List<Conflict>> = following(null) { conflicts() }

private fun <T> Store.following(query: Query?, read: () -> T): Flow<T> =
    changes(query).conflate().transform { _ ->
        val value = try {
            read()
        } catch (e: JemputException) {
            if (isOpen && e.status() != Code.LOCKED) throw e
            return@transform // closed meanwhile: the end is on its way; or locked: the next sign comes when it is unlocked
        }
        emit(value)
    }.flowOn(Dispatchers.IO)

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
        if (e.status() != Code.LOCKED) throw e
        observe(DIRECT, listener) // which tables it reads cannot be asked now: so all of them
    }
    trySend(Unit)
    awaitClose { subscription.close() }
}
