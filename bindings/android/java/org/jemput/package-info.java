/**
 * jemput on Android: an offline-first sync engine. A store is an SQLite database; what is written to it is captured, signed and sent at the next
 * sync, and merged at every other device of the same space: no write is lost, and no constraint is broken.
 *
 * <p>Begin with {@link org.jemput.Jemput}. Everything throws {@link org.jemput.JemputException}, and nothing else of its own. Nothing returns null
 * unless it says so; lists cannot be changed; times are milliseconds since 1970; ids are 16 bytes. Any thread may call anything; a
 * {@link org.jemput.Cursor}, {@link org.jemput.Statement} or {@link org.jemput.Tx} is for one at a time.
 */
package org.jemput;
