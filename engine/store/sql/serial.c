/* store/sql/serial.c — receipt codes such as 07-000123-Z: device number, running number, check letter.
 *
 * The letter is the sum of the digits, each times its weight, modulo 23. Weights are powers of two from the right. 23 is prime, so one wrong digit
 * changes the sum (weight and difference are no multiples of 23), and so do two neighbours exchanged (their weights differ by the smaller one). */
#include "store/sql/serial.h"

#include <stdio.h>
#include <string.h>

char jemput_serial_letter(const char *text)
{
    static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ"; /* without I, O, and Q, which look like 1 and 0 */
    unsigned sum = 0, weight = 1;

    for (size_t i = strlen(text); i-- > 0;) {
        if (text[i] < '0' || text[i] > '9')
            continue;
        sum = (sum + weight * (unsigned)(text[i] - '0')) % 23;
        weight = weight * 2 % 23;
    }
    return letters[sum];
}

void jemput_serial_write(char out[JEMPUT_SERIAL_TEXT_BYTES], uint64_t device, uint64_t number)
{
    int len = snprintf(out, JEMPUT_SERIAL_TEXT_BYTES, "%02llu-%06llu", (unsigned long long)device, (unsigned long long)number);

    char letter = jemput_serial_letter(out);

    snprintf(out + len, (size_t)(JEMPUT_SERIAL_TEXT_BYTES - len), "-%c", letter);
}
