/* region.h — in which kelurahan a row lies, as SQL over central.db: what a scope is held against. */
#ifndef JEMPUT_CENTRAL_REGION_H
#define JEMPUT_CENTRAL_REGION_H

/* Of permohonan p: its own, else its household's. */
#define REGION_OF_APPLICATION                                                                                                                        \
    "coalesce(p.kode_kel, (SELECT k.kode_kel FROM keluarga k WHERE k.space = p.space AND k.id = p.keluarga_id))"
/* Of orang o: the household's, else that of what was last asked for. */
#define REGION_OF_PERSON                                                                                                                             \
    "coalesce((SELECT k.kode_kel FROM keluarga k WHERE k.space = o.space AND k.id = o.keluarga_id),"                                                 \
    " (SELECT p.kode_kel FROM permohonan p WHERE p.space = o.space AND p.pemohon_id = o.id ORDER BY p.tanggal DESC LIMIT 1))"

#endif
