#include "store/people_check.h"

#include "base/json.h"
#include "base/text.h"

#define MAIL_BYTES 254 /* RFC 5321, 4.5.3.1.3 less the brackets */
#define CONTACT_BYTES 200
#define SETTINGS_BYTES 16384
#define SIZES_BYTES 500
#define ADDRESS_BYTES 4096 /* 64 networks */

/* Controls break lines of lists and logs; direction marks make one name look like another. */
static bool is_clean(struct str s)
{
    if (!text_is_utf8(s))
        return false;
    for (size_t at = 0; at < s.n;) {
        uint32_t cp = text_next(s, &at);
        if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || (cp >= 0x2028 && cp <= 0x202E) ||
            (cp >= 0x2066 && cp <= 0x2069) || cp == 0xFEFF)
            return false;
    }
    return true;
}

static enum err check_line(struct str s, const char *at, size_t most, struct why *why)
{
    if (s.n > most)
        return err_why(why, ERR_FIELD, at, "at most %zu bytes: shorten it", most);
    if (!is_clean(s))
        return err_why(why, ERR_FIELD, at, "must be UTF-8 text in one line without control or direction marks");
    return OK;
}

enum err people_check_name(struct str name, size_t most, struct buf *out, struct why *why)
{
    enum err e = check_line(name, "name", most, why);
    if (e)
        return e;
    text_nfc(name, out);
    struct str nfc = buf_str(out);
    if (!buf_ok(out) || nfc.n > most)
        return err_why(why, ERR_FIELD, "name", "at most %zu bytes: shorten it", most);
    if (nfc.n == 0 || str_trim(nfc).n != nfc.n)
        return err_why(why, ERR_FIELD, "name", "must not be empty, begin or end with a space");
    return OK;
}

enum err people_check_mail(struct str mail, struct why *why)
{
    enum err e = check_line(mail, "mail", MAIL_BYTES, why);
    if (e || mail.n == 0)
        return e;
    size_t at = str_find_char(mail, '@');
    bool is_good = at != SIZE_MAX && at > 0 && at + 1 < mail.n;
    for (size_t i = 0; is_good && i < mail.n; i++)
        is_good = !strchr(" ,;<>\"()", mail.p[i]) && (mail.p[i] != '@' || i == at);
    return is_good ? OK : err_why(why, ERR_FIELD, "mail", "is no mail address: write name@example.org");
}

enum err people_check_settings(struct str settings, struct why *why)
{
    if (settings.n > SETTINGS_BYTES)
        return err_why(why, ERR_FIELD, "settings", "at most %d bytes", SETTINGS_BYTES);
    struct json *j = NULL;
    if (json_parse(settings, &j, why) != OK || json_kind(j) != JSON_OBJECT) {
        json_free(&j);
        return err_why(why, ERR_FIELD, "settings", "must be a JSON object");
    }
    json_free(&j);
    return OK;
}

enum err people_check_contact(struct str contact, struct buf *out, struct why *why)
{
    struct json *j = NULL;
    if (json_parse(contact, &j, why) != OK || json_kind(j) != JSON_OBJECT) {
        json_free(&j);
        return err_why(why, ERR_FIELD, "contact", "must be a JSON object with name, phone, mail");
    }
    static const char *const MEMBERS[] = {"mail", "name", "phone"};
    size_t known = 0;
    enum err e = OK;
    struct jw w = jw_start(out);
    jw_open(&w, NULL);
    for (size_t i = 0; e == OK && i < 3; i++) {
        const struct json *member = json_get(j, MEMBERS[i]);
        struct str text = json_str(member);
        known += member != NULL;
        if (member && json_kind(member) != JSON_STR && json_kind(member) != JSON_NULL)
            e = err_why(why, ERR_FIELD, "contact", "%s must be a text", MEMBERS[i]);
        else
            e = i == 0 ? people_check_mail(text, why) : check_line(text, "contact", CONTACT_BYTES, why);
        jw_str_if(&w, MEMBERS[i], text);
    }
    jw_close(&w);
    if (e == OK && known != json_count(j))
        e = err_why(why, ERR_FIELD, "contact", "holds name, phone and mail, nothing else");
    json_free(&j);
    return e;
}

enum err people_check_terms(const struct terms *t, struct why *why)
{
    if (t->valid_from_ms && t->valid_to_ms && t->valid_from_ms > t->valid_to_ms)
        return err_why(why, ERR_FIELD, "valid", "the contract ends before it begins");
    const struct {
        const char *name;
        struct str text;
        size_t most;
    } texts[] = {{"photo_size", t->photo_size, SIZES_BYTES},
                 {"video_size", t->video_size, SIZES_BYTES},
                 {"graph_size", t->graph_size, SIZES_BYTES},
                 {"address", t->address, ADDRESS_BYTES}};
    for (size_t i = 0; i < 4; i++) { /* what does not fit the record's room would be cut off there, and not be read again */
        enum err e = check_line(texts[i].text, texts[i].name, texts[i].most, why);
        if (e)
            return e;
    }
    struct terms_net nets[TERMS_ADDRESSES];
    size_t count;
    return terms_nets(t->address, nets, &count, why);
}
