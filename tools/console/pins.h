/* pins.h — PINs that are too easy to guess. Pure. */
#ifndef JEMPUT_CONSOLE_PINS_H
#define JEMPUT_CONSOLE_PINS_H

enum { PIN_BYTES_MIN = 8, PIN_BYTES_MAX = 256 };

/* NULL = it will do; else why not: *en likewise. `account`: may not be in it. */
const char *pin_refusal(const char *pin, const char *account, const char **en);

#endif
