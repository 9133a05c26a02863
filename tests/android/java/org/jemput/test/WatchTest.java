/* When to sync by itself: the engine's rules, through Java. */
package org.jemput.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jemput.Code;
import org.jemput.Made;
import org.jemput.SyncWatch;
import org.jemput.SyncWatch.Event;
import org.junit.jupiter.api.Test;

class WatchTest {
    private final SyncWatch watch = new SyncWatch();
    private long now = 1_000_000;

    private SyncWatch.Do step(Event e) {
        return watch.step(e, now, 1_800_000_000_000L + now, 12345);
    }

    @Test
    void work_and_a_link_begin_a_sync_and_its_end_is_told() {
        SyncWatch.Do link = step(Event.link(true, false));

        assertTrue(link.wakeMs > now || link.sync);
        if (link.sync)
            step(Event.done(null, false));
        now += 60_000;
        SyncWatch.Do work = step(Event.queue(true));

        assertTrue(work.sync || work.wakeMs - now <= 15_000);
        now = work.sync ? now : work.wakeMs;
        if (!work.sync)
            assertTrue(step(Event.time()).sync);
        assertEquals(SyncWatch.Told.SYNCING, watch.told());
        now += 2000;
        SyncWatch.Do end = step(Event.done(null, false));

        assertEquals(SyncWatch.Told.ALL_SENT, end.told);
        assertTrue(end.changed);
        assertEquals(1_800_000_000_000L + now, watch.lastSyncedMs());
    }

    @Test
    void a_failure_is_tried_again_later_and_a_person_is_obeyed() {
        if (step(Event.link(true, false)).sync)
            step(Event.done(null, false));
        now += 60_000;
        assertTrue(step(Event.asked()).sync);
        now += 1000;
        SyncWatch.Do failed = step(Event.done(Made.exception(Code.OFFLINE.number()), true));

        assertFalse(failed.sync);
        assertEquals(SyncWatch.Told.WAITING, failed.told);
        assertTrue(failed.wakeMs > now && failed.wakeMs < now + 900_000);
        now += 5000;
        assertTrue(step(Event.asked()).sync);
        assertTrue(step(Event.stop()).cancel);
        now += 1000;
        assertEquals(Long.MAX_VALUE, step(Event.done(null, true)).wakeMs);
    }
}
