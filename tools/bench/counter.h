/* counter.h — instructions between two points, counted by callgrind where the program runs under it; else nothing happens. */
#ifndef JEMPUT_BENCH_COUNTER_H
#define JEMPUT_BENCH_COUNTER_H

void counter_begin(void);
/* What is done between these two does not count. */
void counter_pause(void);
void counter_resume(void);
/* Whatever any thread has done since counter_begin() goes to callgrind's files under `name`. */
void counter_end(const char *name);

#endif
