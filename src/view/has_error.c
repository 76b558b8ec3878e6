#include "view/has.h"

#include "base/json.h"

/* Clients look for the Turkish words (has-api 8); the English ones are for whoever reads the log. */
static const struct {
    enum err err;
    const char *text;
} messages[] = {
    {ERR_PARSE, "Geçersiz parametre (bad parameter)"},
    {ERR_AUTH, "Kullanıcı adı veya şifre hatalı (wrong user name or password)"},
    {ERR_ROLE, "Bu işlem için yetkiniz yoktur (not allowed for this account)"},
    {ERR_RIGHT, "Bu içerik için yetkiniz yoktur (not part of your subscription)"},
    {ERR_NONE, "Dosya Bulunamadı (no such item or format)"},
    {ERR_METHOD, "Bu adres bu yöntemi desteklemiyor (method not allowed)"},
    {ERR_LIMIT, "İstek çok büyük (the request is too large)"},
    {ERR_RATE, "Çok sık istek gönderildi, yavaşlayın (too many requests)"},
    {ERR_QUOTA, "İndirme limiti doldu (the download limit of this day is reached)"},
    {ERR_BUSY, "Sunucu meşgul, birazdan yeniden deneyin (the server is busy, try again shortly)"},
};

static const char *message_of(enum err e)
{
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        if (messages[i].err == e)
            return messages[i].text;
    return "Sunucu hatası (server error)";
}

/* STR_NONE, which decides nothing, unless the settings hold "http" or "body". */
static bool decides(struct str settings, bool *is_body)
{
    struct json *j = NULL;
    if (settings.n == 0 || json_parse(settings, &j, NULL) != OK)
        return false;
    struct str v = json_str(json_get(j, "error_status"));
    bool is_said = str_is(v, "body") || str_is(v, "http");
    if (is_said)
        *is_body = str_is(v, "body");
    json_free(&j);
    return is_said;
}

int has_status(int code, struct str user_settings, struct str org_settings, struct str server_setting)
{
    bool is_body = str_is(server_setting, "body");
    if (!decides(user_settings, &is_body))
        decides(org_settings, &is_body);
    return is_body && code != 429 ? 200 : code;
}

static struct jw open_envelope(struct call *c, int status, int code, struct str message)
{
    res_start(&c->res, status, "application/json");
    struct jw w = jw_start(&c->res.body);
    jw_open(&w, NULL);
    jw_open(&w, "response");
    jw_bool(&w, "success", code == 200);
    jw_int(&w, "code", code);
    jw_str(&w, "message", message);
    jw_close(&w);
    return w;
}

struct jw has_envelope(struct call *c)
{
    return open_envelope(c, 200, 200, S("OK"));
}

/* What a failed search looks like to clients that read the list before the code. */
static void write_empty_list(struct jw *w)
{
    jw_open(w, "data");
    jw_open_list(w, "result");
    jw_close_list(w);
    jw_int(w, "total", 0);
    jw_close(w);
}

static void refuse(struct call *c, int code, struct str message, struct str wait)
{
    const struct account *a = auth_who(c);
    const struct user *u = a ? a->user : NULL;
    int status = has_status(code, u ? u->settings : STR_NONE, u && u->org ? u->org->settings : STR_NONE,
                            app_of(c)->settings.error_status);
    struct jw w = open_envelope(c, status, code, message);
    if (str_starts(c->req.path, S("/abone/search")))
        write_empty_list(&w);
    jw_close(&w);
    if (status == 401)
        res_header(&c->res, "WWW-Authenticate", S("Basic realm=\"HAS\""));
    if (wait.n)
        res_header(&c->res, "Retry-After", wait);
}

enum next has_refuse(struct call *c, enum err e, const struct why *why)
{
    struct str message = str_from(message_of(e));
    if (why && why->text[0])
        message = arena_printf(c->arena, "%.*s: %s%s%s", STR_FMT(message), why->at, why->at[0] ? ": " : "", why->text);
    refuse(c, err_status(e), message, e == ERR_RATE ? S("1") : e == ERR_BUSY ? S("2") : STR_NONE);
    return NEXT_DONE;
}

/* ---- what others refused ---- */

static struct str message_of_status(int status)
{
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        if (err_status(messages[i].err) == status)
            return str_from(messages[i].text);
    return status < 500 ? S("İstek işlenemedi (the request cannot be served)") : S("Sunucu hatası (server error)");
}

/* Value of a header already written; in the arena. */
static struct str written(struct call *c, const char *name)
{
    struct str rest = arena_str(c->arena, buf_str(&c->res.head)), line;
    struct str head = arena_printf(c->arena, "%s: ", name);
    while (rest.p && str_split(&rest, '\n', &line))
        if (str_starts(line, head))
            return str_trim(str_sub(line, head.n, line.n));
    return STR_NONE;
}

void has_finish(struct call *c)
{
    if (str_has(buf_str(&c->res.head), S("Content-Type: application/problem+json")))
        refuse(c, c->res.status, message_of_status(c->res.status), written(c, "Retry-After"));
}
