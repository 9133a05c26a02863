/* meter.h — clocks, and how many bytes this process has written. */
#ifndef JEMPUT_BENCH_METER_H
#define JEMPUT_BENCH_METER_H

#include <stdint.h>

double meter_wall_us(void);
double meter_cpu_us(void); /* of this process, user and system */

/* Bytes given to write() and its kin so far (wchar of /proc/self/io): the same on every run, whatever the file system makes of them. 0 = not known here. */
uint64_t meter_bytes_written(void);

#endif
