/* Full texts and notices that people of an organisation fetch: each is in the delivery ledger before it leaves, so that a
 * kill knows whom it must reach (trust P6), and counted against the day in the same transaction. Also: who had a story,
 * whatever its rights are now. */
#ifndef VIEW_HANDOVER_H
#define VIEW_HANDOVER_H

#include "store/reader.h"
#include "view/auth.h"

struct handover {
    uint64_t n;
    uint32_t version;
    const char *format;  /* static: newsml29, json, page */
    bool is_counted;     /* against the download limit */
    enum next (*again)(struct call *c, void *reader); /* the story was killed meanwhile: makes the answer anew */
    enum next (*refuse)(struct call *c, enum err e); /* ERR_QUOTA, ERR_BUSY: makes another answer */
};
/* The call's answer stands ready: lets it go when the ledger has it. Nothing is written for HEAD, for the desk, and for
 * an answer without content. When the disk is full it goes all the same (trust P13), and the log says so. Any thread
 * that has the call; uses the call's state. */
enum next handover_answer(struct call *c, const struct handover *h);
/* Whether the asker was entitled to a version when it went out, or fetched one; the desk always. Work thread. */
bool handover_had(struct call *c, struct reader *r, uint64_t n, const struct version_row *v, size_t count);
/* Answers that left without an entry, since the start. Any thread. */
uint64_t handover_unwritten(void);

#endif
