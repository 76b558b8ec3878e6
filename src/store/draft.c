#include "store/draft.h"

#include "base/seal.h"

#define DOC_MAX (16 * 1024 * 1024)

/* What may stand in clear while the embargo runs: codes, desk and times, by which desks list and timers work. */
static void write_shell(struct buf *out, const struct story *from)
{
    struct story shell = {.codes = from->codes, .times = from->times, .language = from->language, .desk = from->desk,
                          .public_mode = from->public_mode};
    native_write_draft(out, &shell);
}

static enum err check_room(const struct buf *b, struct why *why)
{
    return buf_ok(b) ? OK : err_why(why, ERR_LIMIT, "/body", "a story holds at most %d MiB", DOC_MAX >> 20);
}

enum err draft_write(const struct stories *s, struct str id, const struct story *story, bool is_sealed,
                     struct draft_doc *out, struct why *why)
{
    *out = (struct draft_doc){BUF_INIT(DOC_MAX), BUF_INIT(DOC_MAX), BUF_INIT(256), is_sealed};
    if (!is_sealed) {
        native_write_draft(&out->doc, story);
        return check_room(&out->doc, why);
    }
    if (!s->has_master)
        return err_why(why, ERR_INTERNAL, "/embargo", "the embargo key is not here, so nothing can be sealed");
    uint8_t key[SEAL_KEY];
    struct buf plain = BUF_INIT(DOC_MAX);
    id_random(key, sizeof key);
    native_write_draft(&plain, story);
    write_shell(&out->doc, story);
    seal_close(key, id, buf_str(&plain), &out->sealed);
    seal_close(s->master, id, str_of((const char *)key, sizeof key), &out->wrapped);
    explicit_bzero(key, sizeof key);
    if (plain.p)
        explicit_bzero(plain.p, plain.cap);
    enum err e = check_room(&plain, why);
    buf_fini(&plain);
    return e ? e : check_room(&out->sealed, why);
}

void draft_fini(struct draft_doc *d)
{
    buf_fini(&d->doc);
    buf_fini(&d->sealed);
    buf_fini(&d->wrapped);
}

static enum err unseal(const struct stories *s, struct str id, struct str sealed, struct str wrapped, struct buf *out,
                       struct why *why)
{
    if (!s->has_master)
        return err_why(why, ERR_PARSE, "", "the embargo key is not here, so the draft stays closed");
    struct buf key = BUF_INIT(256);
    enum err e = seal_open(s->master, id, wrapped, &key);
    if (e == OK && key.n != SEAL_KEY)
        e = ERR_PARSE;
    if (e == OK)
        e = seal_open((const uint8_t *)key.p, id, sealed, out);
    if (key.p)
        explicit_bzero(key.p, key.cap);
    buf_fini(&key);
    return e ? err_why(why, e, "", "the draft's seal does not open: another key, or it was changed") : OK;
}

enum err draft_read(const struct stories *s, struct str id, struct str doc, struct str sealed, struct str wrapped,
                    struct story *builder, struct why *why)
{
    if (sealed.p == NULL)
        return native_read_draft(doc, builder, why);
    struct buf plain = BUF_INIT(DOC_MAX);
    enum err e = unseal(s, id, sealed, wrapped, &plain, why);
    if (e == OK)
        e = native_read_draft(buf_str(&plain), builder, why);
    if (plain.p)
        explicit_bzero(plain.p, plain.cap);
    buf_fini(&plain);
    return e;
}
