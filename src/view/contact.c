#include "view/contact.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "http/gate.h"
#include "store/lead.h"

#define FIELDS 6
#define PAIRS_MAX 40
#define AGE_LEAST_MS 2000
#define AGE_MOST_MS (12 * INT64_C(3600000))
#define MINUTE_EVERY_US INT64_C(20000000) /* 3 a minute */
#define DAY_EVERY_US INT64_C(4320000000)  /* 20 a day */

enum field { FIELD_NAME, FIELD_ORGANISATION, FIELD_MAIL, FIELD_PHONE, FIELD_MESSAGE, FIELD_INTEREST };

static const struct {
    const char *name;
    size_t chars_max;
    bool is_needed;
} field_rules[FIELDS] = {
    {"name", 120, true},  {"organisation", 160, false}, {"mail", 254, true},
    {"phone", 40, false}, {"message", 4000, false},     {"interest", 0, false},
};

static const char *const interests[] = {"text", "pictures", "video", "graphics", "live", "archive"};
#define INTERESTS (sizeof interests / sizeof interests[0])

struct form {
    struct site_visit visit; /* first: call->state of the site's calls */
    struct call *call;
    bool is_subscription; /* /subscribe, not /contact */
    struct str fields[FIELDS];
    bool has_interest[INTERESTS];
    struct str trap, token;
    const char *faults[FIELDS]; /* message keys */
    const char *fault;          /* of the form as a whole */
    struct lead_command lead;
};

/* ---- the signed time ---- */

static void sign(const uint8_t key[static 32], struct str time, struct buf *out)
{
    uint8_t own[ID_HASH], mark[ID_HASH];
    id_hmac(key, S("contact form"), own);
    id_hmac(own, time, mark);
    id_hex(mark, 16, out);
}

void contact_token(const uint8_t key[static 32], int64_t now_ms, char out[static CONTACT_TOKEN])
{
    struct buf b = BUF_INIT(CONTACT_TOKEN), mark = BUF_INIT(CONTACT_TOKEN);
    buf_u64(&b, (uint64_t)now_ms);
    sign(key, buf_str(&b), &mark);
    buf_addc(&b, '.');
    buf_add(&b, buf_str(&mark));
    must(buf_ok(&b) && str_copy(buf_str(&b), out, CONTACT_TOKEN));
    buf_fini(&mark);
    buf_fini(&b);
}

bool contact_token_age(const uint8_t key[static 32], struct str token, int64_t now_ms, int64_t *out_age_ms)
{
    size_t dot = str_find_char(token, '.');
    uint64_t at;
    if (dot == SIZE_MAX || !str_u64(str_sub(token, 0, dot), &at) || at > INT64_MAX)
        return false;
    struct buf mark = BUF_INIT(CONTACT_TOKEN);
    sign(key, str_sub(token, 0, dot), &mark);
    struct str given = str_sub(token, dot + 1, token.n);
    bool is_ours = given.n == mark.n && id_equal(given.p, mark.p, mark.n);
    buf_fini(&mark);
    if (is_ours)
        *out_age_ms = now_ms - (int64_t)at;
    return is_ours;
}

/* ---- showing ---- */

static struct str field_fault(const struct form *f, unsigned field)
{
    return f->faults[field] ? page_text(f->visit.lang, f->faults[field]) : STR_NONE;
}

static void set_fields(struct values *v, const struct form *f)
{
    struct arena *a = values_arena(v);
    for (unsigned i = 0; i < FIELDS; i++) {
        const char *name = field_rules[i].name;
        struct str fault = field_fault(f, i);
        values_set(v, name, f->fields[i]);
        values_set(v, arena_printf(a, "%s_fault", name).p, fault);
        if (!fault.n)
            continue;
        struct values *row = values_row(v, "faults");
        values_set(row, "at", arena_printf(a, "#f-%s", name));
        values_set(row, "text", fault);
    }
    for (size_t i = 0; i < INTERESTS; i++) {
        char key[48];
        snprintf(key, sizeof key, "site.interest.%s", interests[i]);
        struct values *row = values_row(v, "interests");
        values_set(row, "code", str_from(interests[i]));
        values_set(row, "label", page_text(f->visit.lang, key));
        values_flag(row, "is_chosen", f->has_interest[i]);
    }
    values_set(v, "fault", f->fault ? page_text(f->visit.lang, f->fault) : STR_NONE);
}

static bool has_faults(const struct form *f)
{
    for (unsigned i = 0; i < FIELDS; i++)
        if (f->faults[i])
            return true;
    return f->fault != NULL;
}

static enum next show(struct call *c, struct form *f, int status, bool is_sent)
{
    struct str lang = f->visit.lang;
    struct site_frame frame = {
        .lang = lang,
        .here = arena_printf(c->arena, "/%.*s/%s", STR_FMT(lang), f->is_subscription ? "subscribe" : "contact"),
        .title = page_text(lang, f->is_subscription ? "site.subscribe.title" : "site.contact.title"),
        .description = page_text(lang, f->is_subscription ? "site.subscribe.lead" : "site.contact.lead"),
        .is_in_all = true};
    struct values *v = site_page_frame(c, &frame);
    char token[CONTACT_TOKEN];
    int64_t age;
    const uint8_t *key = store_token_key(app_of(c)->store);
    /* a form that comes back keeps its first time, unless that is why it came back */
    if (contact_token_age(key, f->token, clock_now_ms(), &age) && age < AGE_MOST_MS)
        (void)str_copy(f->token, token, sizeof token);
    else
        contact_token(key, clock_now_ms(), token);
    values_set(v, "token", arena_str(c->arena, str_from(token)));
    values_flag(v, "is_subscription", f->is_subscription);
    values_flag(v, "is_sent", is_sent);
    values_flag(v, "has_faults", has_faults(f));
    set_fields(v, f);
    return site_page_send(c, status, "site/contact.html", v, false);
}

static struct form *form_new(struct call *c)
{
    struct str lang = site_page_lang(app_of(c), c->req.path);
    if (!lang.p)
        return NULL;
    struct form *f = arena_make(c->arena, struct form);
    f->visit.lang = lang;
    f->call = c;
    f->is_subscription = str_ends(c->req.path, S("/subscribe"));
    c->state = f;
    return f;
}

enum next contact_show(struct call *c)
{
    struct form *f = form_new(c);
    if (!f)
        return site_not_found(c);
    /* "Subscription options" under a story on pictures may come with that box ticked: ?interest=pictures */
    struct str wish = req_query(&c->req, c->arena, "interest");
    for (size_t i = 0; wish.p && i < INTERESTS; i++)
        f->has_interest[i] = str_is(wish, interests[i]);
    return show(c, f, 200, str_is(req_query(&c->req, c->arena, "sent"), "1"));
}

/* ---- taking ---- */

static struct str clean(struct arena *a, struct str text, bool is_one_line)
{
    struct buf b = BUF_INIT(text.n * 3 + 16);
    if (is_one_line)
        text_one_line(text, &b);
    else
        text_nfc(text, &b);
    struct str kept = arena_str(a, str_trim(buf_str(&b)));
    buf_fini(&b);
    return kept;
}

static enum err read_form(struct call *c, struct form *f)
{
    struct req_pair *pairs;
    size_t count;
    enum err e = req_form(c->req.body, c->arena, PAIRS_MAX, &pairs, &count);
    for (size_t i = 0; e == OK && i < count; i++) {
        struct str name = pairs[i].name, value = pairs[i].value;
        if (!text_is_utf8(value))
            return ERR_PARSE;
        for (unsigned k = 0; k < FIELD_INTEREST; k++)
            if (str_is(name, field_rules[k].name))
                f->fields[k] = clean(c->arena, value, k != FIELD_MESSAGE);
        for (size_t k = 0; str_is(name, "interest") && k < INTERESTS; k++)
            f->has_interest[k] |= str_is(value, interests[k]);
        if (str_is(name, "website"))
            f->trap = value;
        if (str_is(name, "token"))
            f->token = value;
    }
    return e;
}

/* Enough to catch a slip of the keyboard; whether it exists only a letter can tell. */
static bool is_mail(struct str s)
{
    size_t at = str_find_char(s, '@');
    if (at == SIZE_MAX || at == 0 || str_find_char(s, ' ') != SIZE_MAX)
        return false;
    struct str host = str_sub(s, at + 1, s.n);
    size_t dot = str_find_char(host, '.');
    return str_find_char(host, '@') == SIZE_MAX && dot != SIZE_MAX && dot > 0 && host.p[host.n - 1] != '.';
}

static bool is_phone(struct str s)
{
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool is_digit = s.p[i] >= '0' && s.p[i] <= '9';
        if (!is_digit && !strchr("+-() ./", s.p[i]))
            return false;
        digits += is_digit;
    }
    return digits >= 5;
}

static void check(struct form *f)
{
    for (unsigned i = 0; i < FIELD_INTEREST; i++) {
        bool is_needed = field_rules[i].is_needed || (i == FIELD_MESSAGE && !f->is_subscription) ||
                         (i == FIELD_ORGANISATION && f->is_subscription);
        if (is_needed && f->fields[i].n == 0)
            f->faults[i] = i == FIELD_MESSAGE        ? "site.form.need.message"
                           : i == FIELD_ORGANISATION ? "site.form.need.organisation"
                           : i == FIELD_MAIL         ? "site.form.need.mail"
                                                     : "site.form.need.name";
        else if (text_chars(f->fields[i]) > field_rules[i].chars_max)
            f->faults[i] = "site.form.long";
    }
    if (!f->faults[FIELD_MAIL] && !is_mail(f->fields[FIELD_MAIL]))
        f->faults[FIELD_MAIL] = "site.form.bad.mail";
    if (!f->faults[FIELD_PHONE] && f->fields[FIELD_PHONE].n && !is_phone(f->fields[FIELD_PHONE]))
        f->faults[FIELD_PHONE] = "site.form.bad.phone";
}

static void check_time(struct call *c, struct form *f)
{
    int64_t age;
    if (!contact_token_age(store_token_key(app_of(c)->store), f->token, clock_now_ms(), &age) || age > AGE_MOST_MS)
        f->fault = "site.form.old";
    else if (age < AGE_LEAST_MS)
        f->fault = "site.form.fast";
}

static bool passes_gate(struct call *c, int64_t *wait_ms)
{
    const struct address *peer = &c->req.peer;
    struct buf key = BUF_INIT(64);
    buf_puts(&key, "contact ");
    id_hex(peer->block, sizeof peer->block, &key);
    struct gate *gate = app_of(c)->gate;
    bool passes = gate_pass(gate, buf_str(&key), MINUTE_EVERY_US, 3, 0, wait_ms);
    buf_puts(&key, " day");
    passes = passes && gate_pass(gate, buf_str(&key), DAY_EVERY_US, 20, 0, wait_ms);
    buf_fini(&key);
    return passes;
}

static struct str lead_json(struct call *c, const struct form *f)
{
    struct buf out = BUF_INIT(64 * 1024);
    struct jw w = jw_start(&out);
    jw_open(&w, NULL);
    for (unsigned i = 0; i < FIELD_INTEREST; i++)
        jw_str(&w, field_rules[i].name, f->fields[i]);
    jw_open_list(&w, "interest");
    for (size_t i = 0; i < INTERESTS; i++)
        if (f->has_interest[i])
            jw_str(&w, NULL, str_from(interests[i]));
    jw_close_list(&w);
    jw_str(&w, "language", f->visit.lang);
    jw_str(&w, "page", c->req.path);
    jw_close(&w);
    must(buf_ok(&out));
    struct str kept = arena_str(c->arena, buf_str(&out));
    buf_fini(&out);
    return kept;
}

static void redirect_thanks(struct call *c)
{
    res_redirect(&c->res, 303, arena_printf(c->arena, "%.*s?sent=1", STR_FMT(c->req.path)));
}

static enum next lead_kept(struct call *c)
{
    struct form *f = c->state;
    enum err e = f->lead.command.result;
    if (e) {
        f->fault = "site.form.not_kept";
        return show(c, f, err_status(e), false);
    }
    redirect_thanks(c);
    return NEXT_DONE;
}

/* Store thread, which has better things to do than to make pages. */
static void lead_done(struct command *command)
{
    struct lead_command *lead = list_of(command, struct lead_command, command);
    call_return(list_of(lead, struct form, lead)->call, lead_kept);
}

static enum next keep_lead(struct call *c, struct form *f)
{
    lead_command_init(&f->lead);
    f->lead.address = arena_str(c->arena, str_from(c->req.peer.text));
    f->lead.json = lead_json(c, f);
    f->lead.command.done = lead_done;
    if (writer_post(store_writer(app_of(c)->store), &f->lead.command))
        return NEXT_WAIT;
    f->fault = "site.form.not_kept";
    return show(c, f, 503, false);
}

enum next contact_take(struct call *c)
{
    struct form *f = form_new(c);
    int64_t wait_ms = 0;
    if (!f)
        return site_not_found(c);
    if (read_form(c, f) != OK)
        return call_fail(c, ERR_PARSE, "the form could not be read");
    if (f->trap.n > 0) { /* a machine filled what nobody sees; let it believe that it was heard */
        redirect_thanks(c);
        return NEXT_DONE;
    }
    check(f);
    if (!has_faults(f))
        check_time(c, f);
    if (has_faults(f))
        return show(c, f, 422, false);
    if (!passes_gate(c, &wait_ms)) {
        f->fault = "site.form.many";
        enum next n = show(c, f, 429, false);
        res_headerf(&c->res, "Retry-After", "%lld", (long long)(wait_ms / 1000 + 1));
        return n;
    }
    return keep_lead(c, f);
}
