/* bundlefiles.h — the bundles that a command line names: files, and folders with files in them, in the order in which they were made. */
#ifndef JEMPUT_CLI_BUNDLEFILES_H
#define JEMPUT_CLI_BUNDLEFILES_H

#include <stdbool.h>
#include <stdint.h>

struct bundle_file {
    char *path;
    int64_t made_ms; /* by its manifest; 0 = it has none */
};
struct bundle_files { /* zeroed = empty */
    struct bundle_file *of;
    unsigned count;
};

/* Add a file; of a folder each "*.bundle" in it. false: it cannot be read, which has been reported with *code. */
bool bundle_files_add(struct bundle_files *files, const char *path, int *code);
/* Those without a manifest first, then by when they were made. */
void bundle_files_sort(struct bundle_files *files);
void bundle_files_release(struct bundle_files *files);

#endif
