/* store/sql/serial.h — receipt codes such as 07-000123-Z: device number, running number, check letter (schema/formats/serial.md). */
#ifndef JEMPUT_STORE_SQL_SERIAL_H
#define JEMPUT_STORE_SQL_SERIAL_H

#include <stdint.h>

#define JEMPUT_SERIAL_TEXT_BYTES 48

/* Check letter over the digits of `text`; all else in it is skipped. */
char jemput_serial_letter(const char *text);
/* At least two digits of device, six of number; more where they are needed. */
void jemput_serial_write(char out[JEMPUT_SERIAL_TEXT_BYTES], uint64_t device, uint64_t number);

#endif
