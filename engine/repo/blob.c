/* repo/blob.c — blobs by themselves: sealed chunks of attachments, found by git's name of them. */
#include "repo/internal.h"

void jemput_repo_blob_name(struct jemput_oid *out, struct jemput_bytes bytes)
{
    jemput_oid_of_own(out, GIT_OBJECT_BLOB, bytes);
}

enum jemput_status jemput_repo_blob_put(struct jemput_store *store, const struct jemput_oid *oid, struct jemput_bytes bytes, struct jemput_error *err)
{
    return jemput_store_object_put(store, oid->id, GIT_OBJECT_BLOB, bytes, err);
}

enum jemput_status jemput_source_blob(struct jemput_source *source, const struct jemput_oid *oid, size_t bytes_max, struct jemput_bytes *out,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    return jemput_source_read(source, oid, GIT_OBJECT_BLOB, bytes_max, out, arena, err);
}
