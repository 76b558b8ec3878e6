#include "store/epoch.h"

static void make_id(char id[static EPOCH_ID + 1])
{
    uint8_t random[EPOCH_ID / 2];
    struct buf hex = BUF_INIT(EPOCH_ID);
    id_random(random, sizeof random);
    id_hex(random, sizeof random, &hex);
    must(str_copy(buf_str(&hex), id, EPOCH_ID + 1));
    buf_fini(&hex);
}

static enum err epoch_apply(struct writer *w, struct command *command)
{
    struct epoch_command *c = list_of(command, struct epoch_command, command);
    if (c->first_seq <= writer_head(w))
        return err_why(&command->why, ERR_STATE, "", "an epoch begins above the last number given");
    make_id(c->id);
    writer_jump(w, c->first_seq);
    struct statement *s = db_get(writer_db(w), SQL_EPOCH_ADD);
    db_int(s, 1, (int64_t)c->first_seq);
    db_text(s, 2, str_from(c->id));
    db_int(s, 3, writer_now(w));
    enum err e = db_run(s);
    if (e)
        return e;
    char id[EPOCH_ID + 16];
    snprintf(id, sizeof id, "epoch:%s", c->id);
    struct record r = {.event = EVENT_EPOCH, .id = str_from(id)};
    return writer_record(w, &r, 0, NULL);
}

void epoch_command_init(struct epoch_command *c, uint64_t first_seq)
{
    *c = (struct epoch_command){.command = {.apply = epoch_apply}, .first_seq = first_seq};
}

bool epoch_get(struct db *d, char id[static EPOCH_ID + 1])
{
    struct statement *s = db_get(d, SQL_EPOCH_LAST);
    bool is_there = db_step(s);
    if (is_there)
        str_copy(db_col_text(s, 0), id, EPOCH_ID + 1);
    db_reset(s);
    return is_there;
}
