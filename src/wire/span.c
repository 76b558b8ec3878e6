#include "wire/span.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "store/ledger.h"
#include "wire/form.h"
#include "wire/line.h"

#include <pthread.h>

#define TELL_MS 1000
#define ROWS_A_TELL 2000
#define ROWS_MOST 65536 /* ended pieces that wait, while the disk is full; beyond it they are not kept */

enum parcel_state { PARCEL_NEW, PARCEL_FLYING, PARCEL_DONE, PARCEL_FULL, PARCEL_REFUSED, PARCEL_ORPHAN };

/* One command with all that it borrows. The store thread has it while it flies; whoever comes last frees it. */
struct parcel {
    struct ledger_command command;
    struct ledger_span *spans;
    struct ledger_filter *filters;
    struct ledger_hit *hits;
    size_t span_room, filter_room, hit_room;
    _Atomic enum parcel_state state;
};

struct span_book {
    struct live *live;
    uint64_t loop;       /* number of this run of the loop */
    struct timer tell;
    struct list stirred; /* struct span */
    struct parcel *next, *out;
    uint64_t marked;     /* as last put into a parcel */
    size_t live_count;   /* pieces that are live */
    bool is_over;        /* rows were lost: what stands as live may be so no more, so there are no marks from now on */
};

/* ---- parcels ---- */

static void parcel_free(struct parcel *p)
{
    for (size_t i = 0; i < p->command.filter_count; i++)
        mem_free((void *)(uintptr_t)p->filters[i].text.p);
    mem_free(p->spans);
    mem_free(p->filters);
    mem_free(p->hits);
    mem_free(p);
}

static void parcel_done(struct command *command)
{
    struct parcel *p = list_of(command, struct parcel, command.command);
    enum err e = command->result;
    enum parcel_state flying = PARCEL_FLYING;
    enum parcel_state after = e == OK ? PARCEL_DONE : e == ERR_DISK_FULL ? PARCEL_FULL : PARCEL_REFUSED;
    if (!atomic_compare_exchange_strong(&p->state, &flying, after))
        parcel_free(p); /* its loop has gone */
}

static struct parcel *parcel_new(void)
{
    struct parcel *p = mem_new(struct parcel);
    ledger_command_init(&p->command);
    p->command.command.done = parcel_done;
    return p;
}

static void *grown(void *list, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return list;
    *room = *room ? 2 * *room : 16;
    return mem_grow(list, *room * size);
}

static void add_row(struct span_book *b, const struct ledger_span *row)
{
    struct parcel *p = b->next;
    if (!p) /* after the stop */
        return;
    if (p->command.span_count >= ROWS_MOST) {
        if (!b->is_over)
            log_line(LOG_ERROR, "ledger-full", "effect=\"what lines were sent is not known in full until the next start\"");
        b->is_over = true;
        return;
    }
    p->spans = grown(p->spans, p->command.span_count, &p->span_room, sizeof *p->spans);
    p->spans[p->command.span_count++] = *row;
}

static void add_filter(struct span_book *b, const struct filter *f, uint64_t id)
{
    struct parcel *p = b->next;
    for (size_t i = p ? p->command.filter_count : 0; i-- > 0;) /* the last one first: what finds much is asked for again and again */
        if (p->filters[i].id == id)
            return;
    if (!p || p->command.filter_count >= ROWS_MOST)
        return;
    p->filters = grown(p->filters, p->command.filter_count, &p->filter_room, sizeof *p->filters);
    p->filters[p->command.filter_count++] = (struct ledger_filter){id, str_of(mem_dup(f->text.p, f->text.n), f->text.n)};
}

static uint64_t id_of(const struct filter *f)
{
    return f ? ledger_filter_id(f->text) : 0;
}

/* The same, and its text goes to the store with the row that names it. */
static uint64_t filter_id(struct span_book *b, const struct filter *f)
{
    uint64_t id = id_of(f);
    if (id)
        add_filter(b, f, id);
    return id;
}

void span_hit(struct live *v, const struct filter *f, const struct frame *frame)
{
    if (!f || !f->query.branch_count || audience_is_recall(frame))
        return;
    struct span_book *b = v->book;
    struct parcel *p = b->next;
    if (!p || p->command.hit_count >= ROWS_MOST)
        return;
    p->hits = grown(p->hits, p->command.hit_count, &p->hit_room, sizeof *p->hits);
    p->hits[p->command.hit_count++] = (struct ledger_hit){filter_id(b, f), frame->seq};
}

/* ---- a line's pieces ---- */

static const char *const PROTOCOLS[] = {[PROTOCOL_SSE] = "sse", [PROTOCOL_WS] = "ws"};

static bool is_kept(const struct line *l)
{
    return l->warrant.org && l->span.link.next;
}

static struct ledger_span row_of(const struct line *l)
{
    const struct span *s = &l->span;
    bool is_live = s->is_live;
    return (struct ledger_span){.line = l->id,
                                .from_seq = s->from,
                                .to_seq = is_live ? s->live_after : s->sure,
                                .org = l->warrant.org,
                                .user = l->warrant.user,
                                .token = l->warrant.token,
                                .protocol = PROTOCOLS[l->audience->protocol],
                                .format = form_format_name(l->audience->format),
                                .filter = id_of(l->audience->filter),
                                .loop = l->live->book->loop,
                                .with_archive = l->audience->with_archive,
                                .is_live = is_live,
                                .was_ended = s->was_ended,
                                .live_after = is_live ? s->live_after : s->sure,
                                .since_ms = s->since_ms,
                                .live_ms = is_live ? s->live_ms : clock_now_ms()};
}

/* With the filter's text: a line that leaves no row leaves no text either. */
static void add_row_of(struct line *l, const struct ledger_span *row)
{
    (void)filter_id(l->live->book, l->audience->filter);
    add_row(l->live->book, row);
}

static void stir(struct line *l)
{
    list_del(&l->span.link);
    list_add_tail(&l->live->book->stirred, &l->span.link);
}

/* Ends the piece: of a live one with what it has reached. */
static void end_piece(struct line *l)
{
    struct ledger_span row = row_of(l);
    uint64_t to = row.is_live ? l->rest ? l->span.sure : line_place(l) : l->span.sure;
    row.to_seq = to > row.from_seq ? to : row.from_seq;
    int64_t now = clock_now_ms();
    row.until_ms = now > row.since_ms ? now : row.since_ms; /* the clock may have been set back */
    row.is_live = false;
    if (row.to_seq > row.from_seq || l->span.told != UINT64_MAX) /* else it covers nothing, and nobody was told that it stood */
        add_row_of(l, &row);
    list_del(&l->span.link);
}

static void begin_piece(struct line *l, uint64_t from)
{
    struct span *s = &l->span;
    s->from = s->sure = s->live_after = from;
    s->told = UINT64_MAX;
    s->is_told_live = false;
    s->since_ms = s->live_ms = clock_now_ms();
    s->was_ended = false;
    stir(l);
}

void span_open(struct line *l)
{
    if (!l->warrant.org || l->test) /* a rehearsal carries no news */
        return;
    list_init(&l->span.link);
    begin_piece(l, l->cursor);
}

void span_join(struct line *l)
{
    struct span *s = &l->span;
    if (!is_kept(l) || s->is_live) /* moved to another audience */
        return;
    s->is_live = true;
    s->sure = s->live_after = l->cursor;
    s->live_ms = clock_now_ms();
    l->live->book->live_count++;
    stir(l);
}

void span_stuck(struct line *l)
{
    if (is_kept(l) && l->span.is_live)
        l->span.sure = line_place(l);
}

void span_batch(struct line *l)
{
    l->span.sure = l->cursor;
}

void span_behind(struct line *l)
{
    struct span *s = &l->span;
    if (!is_kept(l) || !s->is_live)
        return;
    if (!l->rest)
        s->sure = line_place(l);
    l->live->book->live_count--;
    bool is_old = clock_now_ms() - s->since_ms >= SPAN_PIECE_MS;
    if (is_old)
        end_piece(l);
    s->is_live = false;
    if (is_old)
        begin_piece(l, s->sure);
    stir(l);
}

void span_close(struct line *l)
{
    if (!is_kept(l))
        return;
    l->live->book->live_count -= l->span.is_live;
    end_piece(l);
}

/* ---- polls ---- */

/* The pieces of readers that poll, by who they are: a poll may be answered by any loop. */
struct poller {
    uint64_t line, from, to;   /* the piece so far; line 0 = none */
    uint64_t next_from, next_to; /* of the last answer, until it is proven; next_to 0 = none */
    int64_t since_ms, next_ms;
    bool was_ended, next_was_ended;
};
static pthread_mutex_t poll_lock = PTHREAD_MUTEX_INITIALIZER;
static struct map *pollers;
static int64_t purged_ms; /* monotonic */
#define POLLERS_FEW 256
#define POLLERS_MOST 65536 /* beyond it nothing is claimed of newcomers: each filter makes one, and filters cost a client nothing */
#define PURGE_MS 30000
#define POLLER_KEY 128

/* Lock held. Whoever has not polled for as long as a piece may last begins a new one anyway. */
static void purge(int64_t now_ms)
{
    struct map *kept = map_new();
    size_t at = 0;
    struct str key;
    void *value;
    while (map_next(pollers, &at, &key, &value)) {
        if (now_ms - ((struct poller *)value)->next_ms < SPAN_PIECE_MS)
            (void)map_set(kept, key, value);
        else
            mem_free(value);
    }
    map_free(&pollers, NULL);
    pollers = kept;
}

/* Lock held. NULL when there are too many. */
static struct poller *poller_new(struct str key, int64_t now_ms)
{
    int64_t mono = clock_mono_ms();
    if (map_count(pollers) >= POLLERS_FEW && mono - purged_ms >= PURGE_MS) {
        purge(now_ms);
        purged_ms = mono;
    }
    if (map_count(pollers) >= POLLERS_MOST)
        return NULL;
    struct poller *x = mem_new(struct poller);
    (void)map_set(pollers, key, x);
    return x;
}

static struct str key_of(const struct span_poll *p, uint64_t filter, char room[static POLLER_KEY])
{
    int n = snprintf(room, POLLER_KEY, "%u/%u/%u/%s/%d/%llx", p->org, p->user, p->token, p->format, p->with_archive,
                     (unsigned long long)filter);
    return str_of(room, (size_t)n);
}

void span_polled(struct live *v, const struct span_poll *p)
{
    char room[POLLER_KEY];
    if (!p->org || p->to <= p->from)
        return;
    struct str key = key_of(p, id_of(p->filter), room);
    int64_t now = clock_now_ms();
    pthread_mutex_lock(&poll_lock);
    if (!pollers)
        pollers = map_new();
    struct poller *x = map_get(pollers, key);
    if (!x)
        x = poller_new(key, now);
    if (x) {
        x->next_from = p->from;
        x->next_to = p->to;
        x->next_ms = now;
        x->next_was_ended = p->was_ended;
    }
    pthread_mutex_unlock(&poll_lock);
}

size_t span_pollers(void)
{
    pthread_mutex_lock(&poll_lock);
    size_t n = pollers ? map_count(pollers) : 0;
    pthread_mutex_unlock(&poll_lock);
    return n;
}

/* Lock held. The answer that was proven goes into the piece, or begins one. */
static void take_in(struct poller *x)
{
    bool goes_on = x->line && x->to == x->next_from;
    if (!goes_on)
        x->line = ledger_next_line();
    if (!goes_on || x->next_ms - x->since_ms >= SPAN_PIECE_MS || x->was_ended != x->next_was_ended) {
        x->from = x->next_from;
        x->since_ms = x->next_ms;
        x->was_ended = x->next_was_ended;
    }
    x->to = x->next_to;
    x->next_to = 0;
}

void span_poll_back(struct live *v, const struct span_poll *p)
{
    char room[POLLER_KEY];
    if (!p->org || !p->to)
        return;
    uint64_t filter = id_of(p->filter);
    struct str key = key_of(p, filter, room);
    struct poller now = {0};
    pthread_mutex_lock(&poll_lock);
    struct poller *x = pollers ? map_get(pollers, key) : NULL;
    if (x && x->next_to == p->to) {
        take_in(x);
        now = *x;
    }
    pthread_mutex_unlock(&poll_lock);
    if (!now.line)
        return;
    struct ledger_span row = {.line = now.line, .from_seq = now.from, .to_seq = now.to, .org = p->org, .user = p->user,
                              .token = p->token, .protocol = "poll", .format = p->format, .filter = filter,
                              .loop = v->book->loop, .with_archive = p->with_archive, .was_ended = now.was_ended,
                              .live_after = now.to, .since_ms = now.since_ms, .live_ms = now.next_ms, .until_ms = now.next_ms};
    (void)filter_id(v->book, p->filter);
    add_row(v->book, &row);
}

/* ---- telling ---- */

/* What the mark would say too much of goes at once: a line that stands as live and is not any more. Others may wait: ten
 * thousand that come back together must not hold up the store. */
static void gather(struct span_book *b)
{
    list_each(it, &b->stirred) {
        struct line *l = list_of(it, struct line, span.link);
        struct span *s = &l->span;
        if (b->next->command.span_count >= ROWS_A_TELL && !s->is_told_live)
            continue;
        if (s->is_live || s->is_told_live || s->told != s->sure) {
            struct ledger_span row = row_of(l);
            add_row_of(l, &row);
            s->told = s->sure;
            s->is_told_live = s->is_live;
        }
        if (s->is_live) /* the mark tells the rest */
            list_del(&s->link);
    }
    const struct live *v = b->live;
    uint64_t mark = v->round.is_on && !v->round.is_beat ? v->round.from : v->head;
    struct ledger_command *c = &b->next->command;
    if (b->live_count && mark != b->marked && !b->is_over) {
        c->has_mark = true;
        c->loop = b->loop;
        c->mark = b->marked = mark;
    }
}

static bool is_empty(const struct ledger_command *c)
{
    return !c->span_count && !c->filter_count && !c->hit_count && !c->has_mark;
}

/* False when the store does not take it now. */
static bool send(struct live *v, struct parcel *p)
{
    p->command.spans = p->spans;
    p->command.filters = p->filters;
    p->command.hits = p->hits;
    p->command.command.result = OK;
    p->state = PARCEL_FLYING;
    if (writer_post(store_writer(v->options.store), &p->command.command))
        return true;
    p->state = PARCEL_NEW;
    return false;
}

/* True when nothing is on its way. What a full disk refused goes again as it was: it is true of its moment. */
static bool settle(struct span_book *b)
{
    struct parcel *p = b->out;
    if (!p)
        return true;
    enum parcel_state state = p->state;
    if (state == PARCEL_REFUSED) {
        log_line(LOG_ERROR, "ledger-refused", "spans=%zu error=%s", p->command.span_count, err_key(p->command.command.result));
        b->is_over = true;
    }
    if (state == PARCEL_DONE || state == PARCEL_REFUSED) {
        parcel_free(p);
        b->out = NULL;
        return true;
    }
    if (state != PARCEL_FLYING)
        send(b->live, p);
    return false;
}

static void on_tell(struct timer *t)
{
    struct span_book *b = list_of(t, struct span_book, tell);
    loop_timer(b->live->loop, t, TELL_MS);
    if (!settle(b))
        return;
    gather(b);
    if (is_empty(&b->next->command))
        return;
    b->out = b->next;
    b->next = parcel_new();
    send(b->live, b->out);
}

struct span_book *span_book_new(struct live *v)
{
    struct span_book *b = mem_new(struct span_book);
    b->live = v;
    b->loop = ledger_next_line();
    b->next = parcel_new();
    list_init(&b->stirred);
    timer_init(&b->tell, on_tell);
    loop_timer(v->loop, &b->tell, TELL_MS);
    return b;
}

/* Nobody waits for it: whoever comes last frees it. */
static void send_off(struct live *v, struct parcel **own)
{
    struct parcel *p = *own;
    *own = NULL;
    enum parcel_state flying = PARCEL_FLYING;
    if (is_empty(&p->command) || (p->state != PARCEL_FLYING && !send(v, p)) ||
        !atomic_compare_exchange_strong(&p->state, &flying, PARCEL_ORPHAN))
        parcel_free(p);
}

void span_book_stop(struct live *v)
{
    struct span_book *b = v->book;
    loop_timer_off(v->loop, &b->tell);
    gather(b);
    if (b->out && (b->out->state == PARCEL_DONE || b->out->state == PARCEL_REFUSED))
        settle(b);
    if (b->out)
        send_off(v, &b->out);
    send_off(v, &b->next);
}

void span_book_free(struct span_book **b)
{
    struct span_book *own = *b;
    *b = NULL;
    if (own && own->next) /* it was never stopped, so its loop never ran */
        parcel_free(own->next);
    mem_free(own);
}
