/* told.h — what the engine tells of, as messages: one function a struct, its fields in the struct's order. The other half is the class of that name
 * in Java; see pack.h for the form. */
#ifndef BINDING_TOLD_H
#define BINDING_TOLD_H

#include "binding.h"

void told_progress(struct pack *p, const struct jemput_progress *progress);
void told_report(struct pack *p, const struct jemput_sync_report *report);
void told_info(struct pack *p, const struct jemput_info *info);
void told_move(struct pack *p, const struct jemput_move *move);
void told_rebuilt(struct pack *p, const struct jemput_rebuild_report *report);
void told_cut(struct pack *p, const struct jemput_cut_report *report);
void told_edit(struct pack *p, const struct jemput_edit *edit);
void told_conflict(struct pack *p, const struct jemput_conflict *conflict);
void told_held(struct pack *p, const struct jemput_held_row *row);
void told_refused(struct pack *p, const struct jemput_refused *refused);
void told_case(struct pack *p, const struct jemput_case *told);
void told_device(struct pack *p, const struct jemput_device *device);
void told_attachment(struct pack *p, const struct jemput_attachment *attachment);
void told_bundle_made(struct pack *p, const struct jemput_bundle_made *made);
void told_bundle_info(struct pack *p, const struct jemput_bundle_info *info);
void told_bundle_log(struct pack *p, const struct jemput_bundle_log *log);
void told_bundle_taken(struct pack *p, const struct jemput_bundle_taken *taken);
/* What a call came to that tells how far it got even if it failed: status, text. */
void told_outcome(struct pack *p, enum jemput_status st, const struct jemput_error *err);

/* For options with a progress callback; ctx: struct upcall (sync.c). */
int progress_tell(void *ctx, const struct jemput_progress *progress);

#endif
