/* Who subscribes: dial, ask, then bytes -> frames (WebSocket, HTTP chunks) -> marks -> deliveries. */
#include "fanout.h"

#include <sys/epoll.h>

#define ANSWER_MAX 16384
#define READ_ROOM (256u << 10)
#define BIG_TEXT 8192u /* of texts from this size on only the beginning is copied out of the kernel */
#define NO_FRAMES UINT64_MAX

/* The sample of RFC 6455 1.3: its answer is known. */
#define WS_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define WS_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum state { SUB_NEW, SUB_DIALLING, SUB_ASKING, SUB_LIVE, SUB_CLOSED };

struct sub {
    struct link link;
    uint8_t state, opcode, head_n, mark_n;
    bool is_slow, is_due, is_chunked, is_first_chunk;
    uint32_t text_left;   /* bytes between a mark and the end of its text */
    uint64_t frame_left;  /* bytes of the running frame or chunk */
    uint32_t run, message, latest; /* of the mark in hand; place of the latest delivered */
    uint64_t sent_at, arrived;
    char mark[MARK], head[20];
    char *kept; /* a long answer, or a control frame, until it is whole */
    uint32_t kept_n;
};

static struct sub *subs;
static uint32_t dialled;
static uint8_t *seen; /* a bit for each message and subscriber */
static size_t seen_row;
static uint32_t *arrivals; /* of each message */
static uint32_t *places, placed; /* of each message in the order of the wire, from 1 */
static char room[READ_ROOM];

void subs_init(void)
{
    seen_row = (opt.count + 7) / 8;
    subs = calloc(opt.n + 1, sizeof *subs);
    seen = malloc((opt.n + 1) * seen_row);
    arrivals = malloc(opt.count * sizeof *arrivals);
    places = calloc(opt.count, sizeof *places);
    if (subs == NULL || seen == NULL || arrivals == NULL || places == NULL)
        fail("memory", NULL);
    memset(seen, 0, (opt.n + 1) * seen_row); /* paid for now, not while the clock runs */
    memset(arrivals, 0, opt.count * sizeof *arrivals);
    uint32_t slow = (uint32_t)(opt.n * opt.slow_pct / 100 + .5);
    for (uint32_t i = 0; i < slow; i++)
        subs[(uint64_t)i * opt.n / slow].is_slow = true;
    for (uint32_t i = 0; i < opt.n; i++) {
        subs[i].link.fd = -1;
        subs[i].is_due = i % opt.match == 0;
        tally.active += subs[i].is_due && !subs[i].is_slow;
    }
}

uint32_t subs_dialled(void)
{
    return dialled;
}

void subs_dial(uint32_t how_many)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)opt.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    for (; how_many-- && dialled < opt.n; dialled++) {
        struct sub *s = &subs[dialled];
        if (!link_dial(&s->link, &to, opt.addresses ? 0x7f000002u + dialled % opt.addresses : 0, opt.rest_ms > 0))
            fail("a subscriber cannot connect (ulimit -n?)", strerror(errno));
        s->state = SUB_DIALLING;
        watch(s, s->link.fd, EPOLLOUT, true);
    }
}

static void leave(struct sub *s)
{
    if (s->state == SUB_CLOSED)
        return;
    if (s->state != SUB_LIVE) {
        tally.refused++;
        tally.active -= s->is_due && !s->is_slow;
    } else if (s->is_slow) {
        tally.slow_closed++;
    } else {
        tally.closed++;
    }
    s->state = SUB_CLOSED;
    link_close(&s->link);
    free(s->kept);
    s->kept = NULL;
}

static void say(struct sub *s, const void *p, size_t n)
{
    if (link_write(&s->link, p, n) != (ssize_t)n) /* little, into an empty socket */
        leave(s);
}

static void ask(struct sub *s)
{
    char text[REQUEST_MAX];
    uint32_t i = (uint32_t)(s - subs);
    size_t n;
    if (opt.proto == PROTO_RAW) {
        n = (size_t)snprintf(text, sizeof text, "S %u\n", i);
        say(s, text, n);
        return;
    }
    n = (size_t)snprintf(text, sizeof text, "GET ");
    n += expand(text + n, sizeof text - n - 512, opt.path, i, 0, NULL);
    n += (size_t)snprintf(text + n, sizeof text - n, " HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", opt.port,
                          opt.proto == PROTO_SSE ? "Accept: text/event-stream"
                                                 : "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                                   "Sec-WebSocket-Key: " WS_KEY);
    for (const char **row = opt.headers; *row; row++) {
        n += expand(text + n, sizeof text - n - 8, *row, i, 0, NULL);
        n += (size_t)snprintf(text + n, sizeof text - n, "\r\n");
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "\r\n");
    say(s, text, n);
}

/* ---- marks ---- */

/* Where this message stands in the one order that all must see. One publisher numbers in that order; what several publish
 * has the order of first arrivals: whoever hears a message first has heard all that stands before it. */
static uint32_t place(uint32_t message)
{
    if (opt.publishers == 1)
        return message + 1;
    if (places[message] == 0)
        places[message] = ++placed;
    return places[message];
}

static void deliver(struct sub *s)
{
    if (s->run != opt.run || s->message >= opt.count) {
        tally.foreign++;
        return;
    }
    uint8_t *cell = seen + (size_t)(s - subs) * seen_row + s->message / 8, bit = (uint8_t)(1u << s->message % 8);
    if (*cell & bit) {
        tally.duplicated++;
        return;
    }
    *cell |= bit;
    if (s->is_slow)
        return;
    if (!s->is_due) {
        tally.unexpected++;
        return;
    }
    uint32_t at = place(s->message);
    if (at < s->latest)
        tally.out_of_order++;
    else
        s->latest = at;
    tally.received++;
    tally.last_ns = now_ns();
    uint64_t t = opt.rest_ms ? s->arrived : tally.last_ns;
    spread_add(&tally.delays, t > s->sent_at ? t - s->sent_at : 0);
    if (++arrivals[s->message] == tally.active)
        tally.completed++;
}

static bool fits(const char *mark, uint32_t at)
{
    char c = mark[at];
    if (at == 0 || at == MARK - 1)
        return c == 'X';
    if (at == 1 || at == MARK - 2)
        return c == 'w';
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static uint64_t hex(const char *p, int n)
{
    uint64_t v = 0;
    for (; n--; p++)
        v = v << 4 | (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
    return v;
}

/* Takes one byte that may belong to a mark; what turns out not to is looked through again for a beginning. */
static void mark_byte(struct sub *s, char c)
{
    s->mark[s->mark_n++] = c;
    uint32_t good = s->mark_n - 1u;
    while (good < s->mark_n) {
        if (fits(s->mark, good)) {
            good++;
            continue;
        }
        char *again = memchr(s->mark + 1, 'X', s->mark_n - 1u);
        s->mark_n = again ? (uint8_t)(s->mark + s->mark_n - again) : 0;
        if (again)
            memmove(s->mark, again, s->mark_n);
        good = 0;
    }
    if (s->mark_n < MARK)
        return;
    s->run = (uint32_t)hex(s->mark + 2, 4);
    s->message = (uint32_t)hex(s->mark + 6, 8);
    s->sent_at = hex(s->mark + 14, 16);
    s->text_left = opt.size - MARK;
    s->mark_n = 0;
}

static void look(struct sub *s, const char *p, size_t n)
{
    while (n) {
        if (s->text_left) {
            size_t k = n < s->text_left ? n : s->text_left;
            s->text_left -= (uint32_t)k;
            p += k;
            n -= k;
            if (s->text_left == 0)
                deliver(s);
            continue;
        }
        if (s->mark_n == 0) {
            const char *x = memchr(p, 'X', n);
            if (x == NULL)
                return;
            n -= (size_t)(x - p);
            p = x;
        }
        mark_byte(s, *p++);
        n--;
    }
}

/* ---- frames ---- */

static bool ws_head(struct sub *s)
{
    const uint8_t *h = (const uint8_t *)s->head;
    size_t need = s->head_n < 2 || h[1] < 126 ? 2 : h[1] == 126 ? 4 : 10;
    if (s->head_n < need)
        return false;
    if (h[0] & 0x70 || h[1] & 0x80)
        fail("the server sent a masked frame or reserved bits", NULL);
    s->opcode = h[0] & 15;
    s->frame_left = need == 2 ? h[1] : 0;
    for (size_t i = 2; i < need; i++)
        s->frame_left = s->frame_left << 8 | h[i];
    s->head_n = 0;
    if (s->opcode >= 8 && s->frame_left > 125)
        fail("the server sent a control frame of more than 125 bytes", NULL);
    return true;
}

static void chunk_head(struct sub *s)
{
    if (s->head[s->head_n - 1] != '\n') {
        s->head_n -= s->head_n == sizeof s->head; /* a long extension: only its end matters */
        return;
    }
    bool is_gap = s->head_n <= 2 && !s->is_first_chunk; /* the end of line behind the chunk before */
    s->frame_left = is_gap ? 0 : strtoull(s->head, NULL, 16);
    s->is_first_chunk = false;
    s->head_n = 0;
}

/* A whole control frame: a ping is answered, a close is returned. Masked with zeros, which is legal. */
static void control(struct sub *s)
{
    char frame[6 + 125] = {(char)(0x80 | (s->opcode == 9 ? 10 : 8)), (char)(0x80 | s->kept_n)};
    if (s->kept_n)
        memcpy(frame + 6, s->kept, s->kept_n);
    if (s->opcode == 8 || s->opcode == 9)
        say(s, frame, 6 + s->kept_n);
    s->kept_n = 0;
    free(s->kept);
    s->kept = NULL;
    if (s->opcode == 8)
        leave(s);
}

static void control_bytes(struct sub *s, const char *p, size_t n)
{
    if (s->kept == NULL && (s->kept = malloc(128)) == NULL)
        fail("memory", NULL);
    memcpy(s->kept + s->kept_n, p, n);
    s->kept_n += (uint32_t)n;
}

static void unframe(struct sub *s, const char *p, size_t n)
{
    while (n && s->state == SUB_LIVE) {
        if (s->frame_left == 0) {
            s->head[s->head_n++] = *p++;
            n--;
            if (s->is_chunked)
                chunk_head(s);
            else if (ws_head(s) && s->frame_left == 0 && s->opcode >= 8)
                control(s);
            continue;
        }
        size_t k = n < s->frame_left ? n : (size_t)s->frame_left;
        bool is_control = !s->is_chunked && s->opcode >= 8;
        s->frame_left -= k;
        if (is_control)
            control_bytes(s, p, k);
        else
            look(s, p, k);
        if (is_control && s->frame_left == 0)
            control(s);
        p += k;
        n -= k;
    }
}

static bool is_framed(const struct sub *s)
{
    return opt.proto == PROTO_WS || s->is_chunked;
}

static void feed(struct sub *s, const char *p, size_t n)
{
    if (is_framed(s))
        unframe(s, p, n);
    else
        look(s, p, n);
}

/* ---- the answer to the question ---- */

static void go_live(struct sub *s)
{
    s->state = SUB_LIVE;
    tally.live++;
    if (s->is_slow)
        watch(s, s->link.fd, EPOLLRDHUP | EPOLLET, false);
}

/* Bytes of the answer's head in text[0..n); 0 when it is not whole, -1 when it is a refusal. */
static long read_head(struct sub *s, char *text, size_t n)
{
    text[n] = 0;
    if (opt.proto == PROTO_RAW)
        return n < 3 ? 0 : strncmp(text, "OK\n", 3) == 0 ? 3 : -1;
    char *end = strstr(text, "\r\n\r\n");
    if (end == NULL)
        return 0;
    end[2] = 0;
    bool is_good = strncmp(text, opt.proto == PROTO_WS ? "HTTP/1.1 101" : "HTTP/1.1 200", 12) == 0 &&
                   (opt.proto == PROTO_SSE || strstr(text, WS_ACCEPT "\r\n") != NULL);
    if (!is_good && tally.refused == 0)
        fprintf(stderr, "fanout: subscriber %u was refused: %s\n", (unsigned)(s - subs), text);
    s->is_chunked = s->is_first_chunk = opt.proto == PROTO_SSE && strcasestr(text, "\r\nTransfer-Encoding: chunked\r\n") != NULL;
    return is_good ? end + 4 - text : -1;
}

static void hear_answer(struct sub *s)
{
    char text[ANSWER_MAX + 1];
    if (s->kept)
        memcpy(text, s->kept, s->kept_n);
    ssize_t got = link_read(&s->link, text + s->kept_n, ANSWER_MAX - s->kept_n);
    if (got < 0 && errno == EAGAIN)
        return;
    size_t n = s->kept_n + (got > 0 ? (size_t)got : 0);
    long used = got > 0 ? read_head(s, text, n) : -1;
    if (used < 0 || (used == 0 && n == ANSWER_MAX)) {
        leave(s);
        return;
    }
    free(s->kept);
    s->kept = NULL;
    s->kept_n = 0;
    if (used == 0) {
        if ((s->kept = malloc(ANSWER_MAX)) == NULL)
            fail("memory", NULL);
        memcpy(s->kept, text, n);
        s->kept_n = (uint32_t)n;
        return;
    }
    go_live(s);
    feed(s, text + used, n - (size_t)used);
}

/* ---- reading ---- */

static void skip_text(struct sub *s)
{
    size_t dull = s->text_left;
    if (is_framed(s) && dull > s->frame_left)
        dull = (size_t)s->frame_left;
    if (dull < 2048)
        return;
    ssize_t got = link_skip(&s->link, dull);
    if (got <= 0)
        return;
    tally.bytes += (uint64_t)got;
    s->text_left -= (uint32_t)got;
    if (is_framed(s))
        s->frame_left -= (uint64_t)got;
    if (s->text_left == 0)
        deliver(s);
}

static void hear(struct sub *s)
{
    size_t most = opt.size >= BIG_TEXT && !opt.rest_ms ? 2048 : READ_ROOM;
    ssize_t got = opt.rest_ms ? link_read_at(&s->link, room, most, &s->arrived) : link_read(&s->link, room, most);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            leave(s);
        return;
    }
    tally.bytes += (uint64_t)got;
    feed(s, room, (size_t)got);
    if ((size_t)got == most && s->state == SUB_LIVE)
        skip_text(s);
}

bool subs_event(void *who, uint32_t events)
{
    struct sub *s = who;
    if (s < subs || s >= subs + opt.n)
        return false;
    if (s->state == SUB_DIALLING) {
        if (link_fault(&s->link) != 0) {
            leave(s);
        } else if (events & EPOLLOUT) {
            s->state = SUB_ASKING;
            watch(s, s->link.fd, EPOLLIN, false);
            ask(s);
        }
    } else if (s->state == SUB_ASKING) {
        hear_answer(s);
    } else if (s->state == SUB_LIVE && s->is_slow) {
        leave(s); /* the one event it asked for: the other side has gone */
    } else if (s->state == SUB_LIVE) {
        hear(s);
    }
    return true;
}

/* ---- slow readers ---- */

void subs_slow_step(void)
{
    static uint64_t last;
    uint64_t t = opt.slow_pct > 0 && opt.slow_read ? now_ns() : 0;
    if (t == 0 || t - last < 100000000)
        return;
    last = t;
    for (uint32_t i = 0; i < opt.n; i++)
        if (subs[i].is_slow && subs[i].state == SUB_LIVE)
            (void)link_skip(&subs[i].link, opt.slow_read);
}

void subs_slow_end(void)
{
    uint64_t end = opt.slow_pct > 0 ? now_ns() + 3000000000u : 0, quiet = now_ns();
    while (now_ns() < end && now_ns() - quiet < 300000000u)
        for (uint32_t i = 0; i < opt.n; i++) {
            struct sub *s = &subs[i];
            ssize_t got = s->is_slow && s->state == SUB_LIVE ? link_skip(&s->link, 1u << 22) : -1;
            if (got > 0)
                quiet = now_ns();
            if (got == 0)
                leave(s);
        }
}
