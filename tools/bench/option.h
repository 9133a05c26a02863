/* option.h — what jemput-bench was asked for. */
#ifndef JEMPUT_BENCH_OPTION_H
#define JEMPUT_BENCH_OPTION_H

#include "bench.h"

struct asked {
    const char *folder, *ram_folder;
    const char *json_file, *plot_file, *compare_file, *from_file; /* NULL = not asked for; json: with `json`, standard output */
    const char *save_folder; /* run.json, run.svg and run.txt go there */
    const char *note;        /* "" = none */
    bool json, keep, write, field, others;
};

/* From the command line, into `b` what measuring needs. Ends the program where it makes no sense, or asks for help. */
void ask(struct asked *a, struct bench *b, int argc, char **argv);

#endif
