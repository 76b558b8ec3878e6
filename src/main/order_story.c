#include "base/clock.h"
#include "base/json.h"
#include "codec/native.h"
#include "codec/newsmlg2.h"
#include "codec/ninjs.h"
#include "codec/plaintext.h"
#include "main/intake.h"
#include "main/order.h"

static const char usage[] = "story put FILE… | get ID [--format json|ninjs|newsml29|text] | list [--after ID] [--limit N] | "
                            "correct ID --note TEXT < JSON | hold ID --reason TEXT | release ID | kill ID --reason TEXT";

static struct intake intake; /* keys of files last as long as the process */

static enum err put(struct order *o)
{
    struct story_answer a;
    enum err e = args_end(&o->args, &o->why);
    if (e)
        return e;
    if (!intake.keys)
        intake_init(&intake, o->store, store_main_reader(o->store), o->default_language);
    e = intake_file(&intake, o->input, &a, &o->why);
    if (!e)
        buf_printf(&o->out, "%s\n", o->is_json ? a.json : a.id);
    return e == ERR_PARSE ? ERR_FIELD : e; /* a bad file is no wrong usage */
}

static enum err do_act(struct order *o, enum act act, const char *option)
{
    struct submit_ask ask = {.store = o->store, .default_language = o->default_language, .act = act};
    struct str words = args_value(&o->args, option);
    ask.target = args_next(&o->args);
    enum err e = args_end(&o->args, &o->why);
    if (e)
        return e;
    if (!ask.target.n)
        return order_usage(o, usage);
    struct buf body = BUF_INIT(8u << 20);
    if (act == ACT_CORRECT && str_trim(o->input).n > 2) {
        /* the changed members as they came, with the note before them */
        struct str in = str_trim(o->input);
        buf_add(&body, S("{\"note\":"));
        json_quote(words, &body);
        buf_addc(&body, ',');
        buf_add(&body, str_sub(in, 1, in.n));
    } else {
        struct jw w = jw_start(&body);
        jw_open(&w, NULL);
        jw_str_if(&w, act == ACT_CORRECT ? "note" : "reason", words);
        jw_close(&w);
    }
    ask.body = buf_str(&body);
    struct submission *s = submit_new(NULL, NULL);
    e = submit_and_wait(&ask, store_main_reader(o->store), s);
    if (e)
        o->why = s->why;
    else
        buf_printf(&o->out, "%s\n", o->is_json ? s->command.answer.json : s->command.answer.id);
    submit_free(&s);
    buf_fini(&body);
    return e == ERR_PARSE ? ERR_FIELD : e;
}

static void write_as(struct order *o, const struct story *s, const struct grant *g, struct str format)
{
    struct codes *codes = stories_codes(store_stories(o->store));
    const struct agency *a = &store_stories(o->store)->agency;
    if (str_is(format, "ninjs"))
        ninjs_write(&o->out, s, codes, a);
    else if (str_is(format, "newsml29"))
        newsmlg2_write_has(&o->out, g, s, codes, a, clock_now_ms());
    else if (str_is(format, "text"))
        plaintext_write(&o->out, g, s, a);
    else
        native_write_whole(&o->out, s, STR_NONE);
    buf_addc(&o->out, '\n');
    codes_unref(&codes);
}

static enum err get(struct order *o)
{
    static const char *const formats[] = {"json", "ninjs", "newsml29", "text"};
    struct str format = args_value(&o->args, "--format"), id = args_next(&o->args);
    enum err e = args_end(&o->args, &o->why);
    if (e)
        return e;
    bool is_known = !format.p;
    for (size_t i = 0; i < 4; i++)
        is_known = is_known || str_is(format, formats[i]);
    if (!id.n || !is_known)
        return order_usage(o, usage);
    uint64_t n = 0, live = 0;
    struct grant g;
    struct reader *r = store_main_reader(o->store);
    struct story *s = NULL;
    if (story_id_parse(id, NULL, NULL, NULL, &n)) {
        right_grant_editor(n, &g);
        s = reader_story(r, n, 0, &g);
    } else {
        s = reader_draft(r, id, &live);
        right_grant_editor(0, &g);
    }
    if (!s)
        return err_why(&o->why, ERR_NONE, "", "there is no story “%.*s”; `tellal story list` shows the newest", STR_FMT(id));
    write_as(o, s, &g, format);
    story_unref(&s);
    return OK;
}

static enum err list(struct order *o)
{
    static const char *const names[] = {"id", "version", "at", "state", "priority", "language", "headline"};
    uint32_t limit = 50;
    bool given = false;
    enum err e = order_count(o, "--limit", &limit, &given);
    if (!e)
        e = args_end(&o->args, &o->why);
    if (e)
        return e;
    struct query q;
    query_init(&q);
    CLEANUP(right_unref) struct right *all = right_all();
    struct search s = {.query = &q, .right = all, .now_ms = clock_now_ms(), .limit = limit};
    struct search_result found = {0};
    e = reader_search(store_main_reader(o->store), o->arena, &s, &found, &o->why);
    if (e)
        return e;
    struct table t = table_start(o, names, 7);
    for (size_t i = 0; i < found.count; i++) {
        const struct hit *h = &found.hits[i];
        table_text(&t, h->id);
        table_int(&t, h->version);
        table_time(&t, h->at_ms);
        table_text(&t, str_from(stage_name(h->stage)));
        table_int(&t, h->codes.priority);
        table_text(&t, h->language);
        table_text(&t, h->headline);
    }
    table_end(&t);
    return OK;
}

enum err order_story(struct order *o)
{
    struct str verb = o->args.n > 1 ? o->args.words[1] : STR_NONE;
    o->args.is_used[1] = o->args.n > 1;
    if (str_is(verb, "put"))
        return put(o);
    if (str_is(verb, "get"))
        return get(o);
    if (str_is(verb, "list"))
        return list(o);
    if (str_is(verb, "correct"))
        return do_act(o, ACT_CORRECT, "--note");
    if (str_is(verb, "hold"))
        return do_act(o, ACT_HOLD, "--reason");
    if (str_is(verb, "release"))
        return do_act(o, ACT_RELEASE, "--reason");
    if (str_is(verb, "kill"))
        return do_act(o, ACT_KILL, "--reason");
    return order_usage(o, usage);
}
