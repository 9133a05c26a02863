/* api/ingest/walk.h — which commits of a log are not known here. */
#ifndef JEMPUT_API_INGEST_WALK_H
#define JEMPUT_API_INGEST_WALK_H

#include "api/engine.h"

struct engine_walk {
    struct jemput_buf oids;  /* newest first */
    struct jemput_hash base; /* what segment the oldest of them must name as its previous one */
    bool unknown;            /* that is not registered here: the log's generation begins behind a checkpoint, */
    bool lacks;              /* or the hub does not have what stands before: it was put back, and a checkpoint stands for what it lost */
};
/* From the tip back along first parents to what is registered here, to the root, or to what the hub lacks. Only headers, and that each is what its
 * successor names. */
enum jemput_status engine_walk_back(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_walk *out,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* The same, and whether payloads are there does not matter. */
enum jemput_status engine_walk_commits(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_walk *out,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* A walk that ends at the beginning of a generation goes on in the one before it, if that ends at `tip` in the hub's copy: so what stands in both can
 * be looked at as one. */
enum jemput_status engine_walk_on(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_walk *walk,
                                  struct jemput_error *err) JEMPUT_MUST_USE;
size_t engine_walk_count(const struct engine_walk *walk);
void engine_walk_oid(const struct engine_walk *walk, size_t from_oldest, struct jemput_oid *out);

#endif
