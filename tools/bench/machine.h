/* machine.h — what the figures were measured on, and with. */
#ifndef JEMPUT_BENCH_MACHINE_H
#define JEMPUT_BENCH_MACHINE_H

#define MACHINE_TEXT_BYTES 128

struct machine {
    char processor[MACHINE_TEXT_BYTES], system[MACHINE_TEXT_BYTES], disk[MACHINE_TEXT_BYTES];
    char jemput[MACHINE_TEXT_BYTES], compiler[MACHINE_TEXT_BYTES], sqlite[MACHINE_TEXT_BYTES], libraries[MACHINE_TEXT_BYTES];
    char when[MACHINE_TEXT_BYTES];  /* UTC, at the start */
    char missing[MACHINE_TEXT_BYTES]; /* programs that figures take and that are not here: "git, xz" */
    char note[MACHINE_TEXT_BYTES];    /* what whoever measured has to say; "" = nothing */
    double load_before, load_after; /* mean number of processes that ran or waited in the minute before: one at the end is this one */
    unsigned cores;
};

/* `folder`: on the disk that is measured. */
void machine_look(struct machine *m, const char *folder);
void machine_look_again(struct machine *m);

#endif
