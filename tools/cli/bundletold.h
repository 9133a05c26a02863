/* bundletold.h — what came of a bundle, told to people and to programs. */
#ifndef JEMPUT_CLI_BUNDLETOLD_H
#define JEMPUT_CLI_BUNDLETOLD_H

#include <stdbool.h>

#include <jemput/jemput.h>

#include "json.h"

struct bundle_told { /* one file's; zeroed = nothing yet */
    struct jemput_bundle_log *logs; /* as told, with their texts copied; owned */
    unsigned count;
};
int bundle_log_take(void *told, const struct jemput_bundle_log *log);
void bundle_told_release(struct bundle_told *told);

/* Members of the object that is open. */
void bundle_info_json(struct json *j, const struct jemput_bundle_info *info);
void bundle_logs_json(struct json *j, const struct bundle_told *told);
/* Who made it and when, what is in it, whether it is whole. */
void bundle_info_text(const struct jemput_bundle_info *info);
void bundle_logs_text(const struct bundle_told *told);
/* Is anything of it lost? */
bool bundle_is_damaged(const struct jemput_bundle_info *info);

#endif
