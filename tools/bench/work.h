/* work.h — the reference work: applications as an officer's day makes them, each of a household, a person and the application itself.
 *
 * All is drawn from one seed. NIKs and KK numbers are in kecamatan 99; names are put together at random. */
#ifndef JEMPUT_BENCH_WORK_H
#define JEMPUT_BENCH_WORK_H

#include <stdint.h>

#include "random.h"

enum field {
    FIELD_HOUSEHOLD_ID, /* the three ids are made by the store that the application goes into */
    FIELD_PERSON_ID,
    FIELD_APPLICATION_ID,
    FIELD_NO_KK,
    FIELD_NAME,
    FIELD_ADDRESS,
    FIELD_RT,
    FIELD_RW,
    FIELD_REGION,
    FIELD_POST,
    FIELD_NIK,
    FIELD_SEX,
    FIELD_TOWN,
    FIELD_BORN,
    FIELD_BLOOD,
    FIELD_RELIGION,
    FIELD_MARRIED,
    FIELD_PLACE,
    FIELD_SCHOOL,
    FIELD_JOB,
    FIELD_CITIZEN,
    FIELD_PHONE,
    FIELD_RECEIPT,
    FIELD_SERVICE,
    FIELD_CHANNEL,
    FIELD_DATE,
    FIELD_STATUS,
    FIELD_OFFICER,
    FIELD_CLOCK,
    FIELD_COUNT
};

#define FIELD_IDS 3
#define APPLICATION_TEXT_BYTES 420

struct application {
    int64_t now_ms;             /* when it was written down */
    uint16_t at[FIELD_COUNT];   /* place of a field's text below; 0 = NULL */
    char text[APPLICATION_TEXT_BYTES];
};

struct work { /* of one officer */
    struct random random;
    int64_t now_ms;
    unsigned officer, serial;
};

void work_init(struct work *w, uint64_t seed, unsigned officer, int64_t start_ms);
void work_application(struct work *w, struct application *out);
/* Applications in one piece: free(). */
struct application *work_applications(struct work *w, unsigned count);
/* A new address, and the time of writing it. */
void work_address(struct work *w, char *out, unsigned size);
void work_pause(struct work *w); /* to the next visit */
const char *application_field(const struct application *a, enum field field); /* NULL = none */

#endif
