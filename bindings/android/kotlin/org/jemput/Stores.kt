/* Stores and cursors from Kotlin. `use` comes with the standard library: Store, Cursor, Statement, Savepoint and Subscription are AutoCloseable. */
package org.jemput

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.withContext

/**
 * A transaction on a thread that may wait: all of [block] is committed, or, if it throws, nothing. Once it has begun it is not cancelled: its result
 * is what was committed.
 */
public suspend fun <T> Store.writing(block: (Tx) -> T): T {
    currentCoroutineContext().ensureActive()
    return withContext(NonCancellable + Dispatchers.IO) { write<T, RuntimeException> { tx -> block(tx) } }
}

/** All rows of a query, on a thread that may wait. Cancelling the coroutine ends the query, also in the middle of a scan. */
public suspend fun <T> Store.reading(sql: String, vararg args: Any?, map: (Cursor) -> T): List<T> = list(sql, args, map)

/** What is left of the rows, in a list. The cursor is at its end then. */
public inline fun <T> Cursor.rows(map: (Cursor) -> T): List<T> {
    val list = ArrayList<T>()
    while (next()) list.add(map(this))
    return list
}

/**
 * A column of the row by its name, as the type that is wanted: Long, Int, Boolean, Double, String, ByteArray. A type that may be null gives null for
 * NULL; one that may not gives what SQLite makes of it (0), and for a String or ByteArray throws.
 */
public inline fun <reified T> Cursor.value(name: String): T {
    val column = index(name)
    if (null is T && isNull(column)) return null as T
    return when (T::class) {
        Long::class -> getLong(column)
        Int::class -> getInt(column)
        Boolean::class -> getLong(column) != 0L
        Double::class -> getDouble(column)
        String::class -> getString(column) ?: throw NullPointerException("column '$name' is NULL")
        ByteArray::class -> getBytes(column) ?: throw NullPointerException("column '$name' is NULL")
        else -> get(column)
    } as T
}
