/* The Kotlin side on real stores: flows that follow commits and merges, syncs that end when their coroutine does. */
package org.jemput

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.net.InetAddress
import java.net.ServerSocket
import java.util.concurrent.CopyOnWriteArrayList

private const val SCHEMA = """
    CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT, umur INTEGER, foto BLOB);
    CREATE TABLE lain(id TEXT PRIMARY KEY NOT NULL, isi TEXT);
    SELECT jemput_replicate('warga', ''); SELECT jemput_replicate('lain', '');
"""
private const val SOON_MS = 10_000L

class KotlinTest {
    @TempDir
    lateinit var folder: File
    private lateinit var office: Store
    private lateinit var hub: Transport

    @BeforeEach
    fun aStore() {
        Jemput.load(File(System.getProperty("jemput.library")), null)
        val place = File(folder, "hub")
        Jemput.makeHub(place)
        hub = Transport.folder(place)
        office = Jemput.create(Config.of(File(folder, "kantor.db")), SCHEMA, "admin,pusat")
        office.sync(hub, 0, null, null)
    }

    @AfterEach
    fun theEnd() = office.close()

    private fun names(store: Store): Flow<List<String>> = store.flow("SELECT nama FROM warga ORDER BY nama") { it.getString(0) }

    private fun add(store: Store, vararg names: String) = store.write<Unit, RuntimeException> { tx ->
        for (name in names) tx.exec("INSERT INTO warga(id, nama) VALUES(?, ?)", name, name)
    }

    /* Collects a flow into a list that others look at. */
    private class Seen<T> {
        val all: MutableList<T> = CopyOnWriteArrayList()

        suspend fun until(wanted: (T) -> Boolean) = withTimeout(SOON_MS) { while (all.none(wanted)) delay(5) }
    }

    @Test
    fun `a flow gives the rows at once, after each change, and not for other tables`(): Unit = runBlocking {
        val seen = Seen<List<String>>()
        val job = launch(Dispatchers.Default) { names(office).collect { seen.all.add(it) } }
        seen.until { it.isEmpty() }
        office.exec("INSERT INTO lain VALUES('1', 'x')")
        delay(200)
        assertEquals(1, seen.all.size)
        add(office, "Ani", "Budi")
        seen.until { it == listOf("Ani", "Budi") }
        assertEquals(2, seen.all.size)
        job.cancelAndJoin()
        add(office, "Citra")
        delay(100)
        assertEquals(2, seen.all.size)
    }

    @Test
    fun `a merge is one list`(): Unit = runBlocking {
        val tablet = Jemput.join(Config.of(File(folder, "tablet.db")), office.invite("admin", "", null, System.currentTimeMillis() + 86_400_000), hub)
        tablet.use {
            repeat(2) { tablet.sync(hub, 0, null, null); office.sync(hub, 0, null, null) }
            val seen = Seen<List<String>>()
            val job = launch(Dispatchers.Default) { names(office).collect { seen.all.add(it) } }
            seen.until { it.isEmpty() }
            tablet.write<Unit, RuntimeException> { tx ->
                for (i in 1..200) tx.exec("INSERT INTO warga(id, nama) VALUES(?, ?)", "t$i", "t$i")
            }
            tablet.syncing(hub)
            office.syncing(hub)
            seen.until { it.size == 200 }
            delay(100)
            assertEquals(2, seen.all.size, "one batch, one list")
            job.cancelAndJoin()
        }
    }

    @Test
    fun `a slow collector sees the last state, and not each on the way`(): Unit = runBlocking {
        val seen = Seen<List<String>>()
        val job = launch(Dispatchers.Default) {
            names(office).collect {
                seen.all.add(it)
                delay(50)
            }
        }
        seen.until { it.isEmpty() }
        for (i in 0 until 200) add(office, "w%03d".format(i))
        seen.until { it.size == 200 }
        job.cancelAndJoin()
    }

    @Test
    fun `no list is read ahead of its collector`(): Unit = runBlocking {
        val seen = Seen<List<String>>()
        val gate = CompletableDeferred<Unit>()
        val job = launch(Dispatchers.Default) {
            names(office).collect {
                seen.all.add(it)
                gate.await()
            }
        }
        seen.until { it.isEmpty() }
        for (i in 0 until 20) {
            add(office, "w%03d".format(i))
            delay(20) // each is a sign of its own
        }
        gate.complete(Unit)
        seen.until { it.size == 20 }
        assertEquals(listOf(0, 20), seen.all.map { it.size })
        job.cancelAndJoin()
    }

    @Test
    fun `nothing is delivered after the store was locked`(): Unit = runBlocking {
        val key = Secret.key(Own)
        Jemput.create(Config.of(File(folder, "segel.db")).secret(key), SCHEMA, "admin,pusat").use { store ->
            val seen = Seen<List<String>>()
            val gate = CompletableDeferred<Unit>()
            val job = launch(Dispatchers.Default) {
                names(store).collect {
                    seen.all.add(it)
                    gate.await()
                }
            }
            seen.until { it.isEmpty() }
            add(store, "Ani")
            delay(100)
            store.lock()
            gate.complete(Unit)
            delay(200)
            assertEquals(1, seen.all.size, "the one in hand")
            job.cancelAndJoin()
        }
    }

    @Test
    fun `cancelling ends a query that gives no row, and frees its connection`(): Unit = runBlocking {
        val endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"
        repeat(6) { // there are four connections
            val read = launch(Dispatchers.Default) { office.reading(endless) { it.getLong(0) } }
            val followed = launch(Dispatchers.Default) { office.flow(endless) { it.getLong(0) }.collect { } }
            delay(10L * it)
            withTimeout(SOON_MS) { read.cancelAndJoin(); followed.cancelAndJoin() }
        }
        withTimeout(1000) { assertEquals(listOf(1L), office.reading("SELECT 1") { it.getLong(0) }) }
    }

    @Test
    fun `cancelling ends a query between two rows`(): Unit = runBlocking {
        val inside = CompletableDeferred<Unit>()
        var rows = 0
        val job = launch(Dispatchers.Default) {
            office.reading("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n") {
                rows++
                inside.complete(Unit)
                Thread.sleep(20)
            }
        }
        inside.await()
        job.cancelAndJoin()
        assertTrue(rows < 50, "$rows rows")
    }

    @Test
    fun `a flow outlives an error that passes`(): Unit = runBlocking {
        val cursors = List(4) { office.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) SELECT i FROM n") }
        val early = launch(Dispatchers.Default) { names(office).collect { } } // of what it reads it cannot ask now, either
        val seen = Seen<Int>()
        val job = launch(Dispatchers.Default) { office.conflictsFlow().collect { seen.all.add(it.size) } }
        delay(5_500) // so long a query waits for a connection
        assertTrue(job.isActive && early.isActive && seen.all.isEmpty())
        cursors.forEach { it.close() }
        seen.until { it == 0 }
        job.cancelAndJoin()
        early.cancelAndJoin()
    }

    @Test
    fun `closing the store ends its flows`(): Unit = runBlocking {
        val lists = async(Dispatchers.Default) { names(office).toList() }
        val status = async(Dispatchers.Default) { office.statusFlow().toList() }
        delay(200)
        office.close()
        withTimeout(SOON_MS) {
            assertEquals(listOf(emptyList<String>()), lists.await())
            assertEquals(1, status.await().size)
        }
    }

    private object Own : KeyWrapper {
        override fun wrap(key32: ByteArray): ByteArray = key32.clone()

        override fun unwrap(wrapped: ByteArray): ByteArray = wrapped.clone()
    }

    @Test
    fun `flows wait while the store is locked, one that was begun then too`(): Unit = runBlocking {
        val key = Secret.key(Own)
        Jemput.create(Config.of(File(folder, "segel.db")).secret(key), SCHEMA, "admin,pusat").use { store ->
            val before = Seen<List<String>>()
            val meanwhile = Seen<List<String>>()
            val first = launch(Dispatchers.Default) { names(store).collect { before.all.add(it) } }
            before.until { it.isEmpty() }
            store.lock()
            val second = launch(Dispatchers.Default) { names(store).collect { meanwhile.all.add(it) } }
            val status = async(Dispatchers.Default) { store.statusFlow().first() }
            delay(200)
            assertTrue(first.isActive && second.isActive && status.isActive)
            store.unlock(key)
            assertTrue(status.await().sealed)
            meanwhile.until { it.isEmpty() }
            add(store, "Ani")
            before.until { it == listOf("Ani") }
            meanwhile.until { it == listOf("Ani") }
            first.cancelAndJoin()
            second.cancelAndJoin()
        }
    }

    @Test
    fun `an error of the query is the collector's`() {
        assertThrows(JemputException::class.java) { runBlocking { office.flow("SELECT tiada FROM warga") { 1 }.first() } }
    }

    @Test
    fun `cancelling ends a sync that hangs in a read, and waits for its end`(): Unit = runBlocking {
        ServerSocket(0, 1, InetAddress.getLoopbackAddress()).use { server -> // takes the connection, and never says a word
            val begun = CompletableDeferred<Unit>()
            val job = launch(Dispatchers.Default) {
                begun.complete(Unit)
                office.syncing(Transport.https("http://127.0.0.1:${server.localPort}/x"))
            }
            begun.await()
            withTimeout(SOON_MS) { server.accept() }.use {
                delay(100)
                val from = System.nanoTime()
                job.cancelAndJoin()
                val tookMs = (System.nanoTime() - from) / 1_000_000
                assertTrue(tookMs < 1000, "$tookMs ms") // 300 ms, on a machine that does nothing else
            }
            assertTrue(job.isCancelled)
            office.syncing(hub) // and nothing is in the way of the next one
        }
    }

    @Test
    fun `an error of a sync is told with how far it came`(): Unit = runBlocking {
        val e = runCatching { office.syncing(Transport.folder(File(folder, "tiada"))) }.exceptionOrNull()
        assertTrue(e is JemputException, "$e")
        assertEquals(0L, (e as JemputException).report().segmentsSent)
    }

    @Test
    fun `the state of sync goes from idle over running to done or failed`(): Unit = runBlocking {
        val syncing = Syncing(office)
        assertTrue(syncing.state.value is SyncState.Idle)
        val seen = Seen<SyncState>()
        val job = launch(Dispatchers.Unconfined) { syncing.state.collect { seen.all.add(it) } }
        add(office, "Ani")
        assertTrue(syncing.run(hub)!!.complete)
        assertTrue(seen.all.any { it is SyncState.Running })
        assertTrue(seen.all.last() is SyncState.Done)
        runCatching { syncing.run(Transport.folder(File(folder, "tiada"))) }
        assertTrue(seen.all.last() is SyncState.Failed)
        job.cancelAndJoin()
    }

    @Test
    fun `a transaction is whole or nothing, and not cancelled in the middle`(): Unit = runBlocking {
        assertThrows(IllegalStateException::class.java) {
            runBlocking { office.writing { tx -> tx.exec("INSERT INTO warga(id) VALUES('1')"); error("changed my mind") } }
        }
        val inside = CompletableDeferred<Unit>()
        val job = async(Dispatchers.Default) {
            office.writing { tx ->
                inside.complete(Unit)
                Thread.sleep(100)
                tx.exec("INSERT INTO warga(id) VALUES('2')")
            }
        }
        inside.await()
        job.cancelAndJoin()
        assertEquals(listOf("2"), office.reading("SELECT id FROM warga") { it.getString(0) })
        assertThrows(CancellationException::class.java) { runBlocking { job.await() } }
    }

    @Test
    fun `columns are read by name and type`(): Unit = runBlocking {
        office.exec("INSERT INTO warga VALUES('a', 'Ani', 7, x'00ff')")
        office.exec("INSERT INTO warga(id) VALUES('b')")
        office.query("SELECT * FROM warga ORDER BY id").use { at ->
            assertTrue(at.next())
            assertEquals("Ani", at.value<String>("nama"))
            assertEquals(7L, at.value<Long>("umur"))
            assertEquals(7, at.value<Int?>("umur"))
            assertEquals(true, at.value<Boolean>("umur"))
            assertArrayEquals(byteArrayOf(0, -1), at.value<ByteArray>("foto"))
            assertTrue(at.next())
            assertNull(at.value<String?>("nama"))
            assertNull(at.value<Long?>("umur"))
            assertEquals(0L, at.value<Long>("umur"))
            assertThrows(NullPointerException::class.java) { at.value<String>("nama") }
            assertTrue(!at.next())
        }
    }
}
