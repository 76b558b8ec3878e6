#include "http/chunk.h"

#include "http/parse.h"

enum {
    CHUNK_SIZE,
    CHUNK_EXT, /* behind ';' */
    CHUNK_EXT_NAME,
    CHUNK_EXT_IS, /* behind '=' */
    CHUNK_EXT_VALUE,
    CHUNK_QUOTED,
    CHUNK_ESCAPED,
    CHUNK_UNQUOTED, /* behind the closing quote */
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_LINE, /* start of a trailer line or of the empty last one */
    CHUNK_NAME,
    CHUNK_VALUE,
    CHUNK_VALUE_LF,
    CHUNK_END_LF
};

void chunk_start(struct chunk *c)
{
    *c = (struct chunk){.state = CHUNK_SIZE};
}

static enum chunk_result chunk_go(struct chunk *c, uint8_t state)
{
    c->state = state;
    return CHUNK_MORE;
}

static enum chunk_result chunk_expect(struct chunk *c, char got, char wanted, uint8_t state)
{
    return got == wanted ? chunk_go(c, state) : CHUNK_BAD;
}

static enum chunk_result chunk_size(struct chunk *c, char b)
{
    char low = (char)(b | 0x20);
    int digit = b >= '0' && b <= '9' ? b - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    if (digit >= 0) {
        if (++c->digits > 16)
            return CHUNK_BAD;
        c->left = c->left << 4 | (unsigned)digit;
        return CHUNK_MORE;
    }
    if (c->digits == 0)
        return CHUNK_BAD;
    if (b == ';')
        return chunk_go(c, CHUNK_EXT);
    return chunk_expect(c, b, '\r', CHUNK_SIZE_LF);
}

/* Extensions mean nothing to us, but are read by the grammar: what one side takes for an extension and the other for
 * data is how requests are smuggled. */
static enum chunk_result chunk_token(struct chunk *c, char b, uint8_t state)
{
    return parse_is_token((unsigned char)b) ? chunk_go(c, state) : CHUNK_BAD;
}

static enum chunk_result chunk_ext(struct chunk *c, char b)
{
    return chunk_token(c, b, CHUNK_EXT_NAME);
}

static enum chunk_result chunk_unquoted(struct chunk *c, char b)
{
    if (b == ';')
        return chunk_go(c, CHUNK_EXT);
    return chunk_expect(c, b, '\r', CHUNK_SIZE_LF);
}

static enum chunk_result chunk_ext_name(struct chunk *c, char b)
{
    if (b == '=')
        return chunk_go(c, CHUNK_EXT_IS);
    return parse_is_token((unsigned char)b) ? CHUNK_MORE : chunk_unquoted(c, b);
}

static enum chunk_result chunk_ext_is(struct chunk *c, char b)
{
    return b == '"' ? chunk_go(c, CHUNK_QUOTED) : chunk_token(c, b, CHUNK_EXT_VALUE);
}

static enum chunk_result chunk_ext_value(struct chunk *c, char b)
{
    return parse_is_token((unsigned char)b) ? CHUNK_MORE : chunk_unquoted(c, b);
}

static enum chunk_result chunk_quoted(struct chunk *c, char b)
{
    if (b == '"')
        return chunk_go(c, CHUNK_UNQUOTED);
    if (b == '\\')
        return chunk_go(c, CHUNK_ESCAPED);
    return parse_is_value((unsigned char)b) ? CHUNK_MORE : CHUNK_BAD;
}

static enum chunk_result chunk_escaped(struct chunk *c, char b)
{
    return parse_is_value((unsigned char)b) ? chunk_go(c, CHUNK_QUOTED) : CHUNK_BAD;
}

static enum chunk_result chunk_size_lf(struct chunk *c, char b)
{
    c->digits = c->extension = 0;
    return chunk_expect(c, b, '\n', c->left ? CHUNK_DATA : CHUNK_LINE);
}

static enum chunk_result chunk_data_cr(struct chunk *c, char b)
{
    return chunk_expect(c, b, '\r', CHUNK_DATA_LF);
}

static enum chunk_result chunk_data_lf(struct chunk *c, char b)
{
    return chunk_expect(c, b, '\n', CHUNK_SIZE);
}

/* The whole name is compared, so one letter more than the longest refused is remembered. */
static enum chunk_result chunk_name(struct chunk *c, char b)
{
    if (b == ':') {
        struct str name = str_of(c->name, c->name_bytes);
        bool is_framing = str_eq_nocase(name, S("Content-Length")) || str_eq_nocase(name, S("Transfer-Encoding")) ||
                          str_eq_nocase(name, S("Host"));
        return is_framing ? CHUNK_BAD : chunk_go(c, CHUNK_VALUE);
    }
    if (c->name_bytes < sizeof c->name)
        c->name[c->name_bytes++] = b;
    return chunk_token(c, b, CHUNK_NAME);
}

static enum chunk_result chunk_line(struct chunk *c, char b)
{
    if (b == '\r')
        return chunk_go(c, CHUNK_END_LF);
    c->name_bytes = 0;
    return b == ':' ? CHUNK_BAD : chunk_name(c, b);
}

static enum chunk_result chunk_value(struct chunk *c, char b)
{
    if (b == '\r')
        return chunk_go(c, CHUNK_VALUE_LF);
    return parse_is_value((unsigned char)b) ? CHUNK_MORE : CHUNK_BAD;
}

static enum chunk_result chunk_value_lf(struct chunk *c, char b)
{
    return chunk_expect(c, b, '\n', CHUNK_LINE);
}

static enum chunk_result chunk_end_lf(struct chunk *c, char b)
{
    return b == '\n' ? CHUNK_DONE : CHUNK_BAD;
}

/* Data goes by in one piece; everything else byte by byte, each by the function of its state. */
static void chunk_data(struct chunk *c, struct str *in, struct buf *out)
{
    size_t n = c->left < in->n ? (size_t)c->left : in->n;
    buf_add(out, str_sub(*in, 0, n));
    *in = str_sub(*in, n, in->n);
    c->left -= n;
    if (c->left == 0)
        c->state = CHUNK_DATA_CR;
}

static enum chunk_result (*const chunk_steps[])(struct chunk *c, char b) = {
    [CHUNK_SIZE] = chunk_size,           [CHUNK_EXT] = chunk_ext,
    [CHUNK_EXT_NAME] = chunk_ext_name,   [CHUNK_EXT_IS] = chunk_ext_is,
    [CHUNK_EXT_VALUE] = chunk_ext_value, [CHUNK_QUOTED] = chunk_quoted,
    [CHUNK_ESCAPED] = chunk_escaped,     [CHUNK_UNQUOTED] = chunk_unquoted,
    [CHUNK_SIZE_LF] = chunk_size_lf,     [CHUNK_DATA_CR] = chunk_data_cr,
    [CHUNK_DATA_LF] = chunk_data_lf,     [CHUNK_LINE] = chunk_line,
    [CHUNK_NAME] = chunk_name,           [CHUNK_VALUE] = chunk_value,
    [CHUNK_VALUE_LF] = chunk_value_lf,   [CHUNK_END_LF] = chunk_end_lf,
};

static enum chunk_result chunk_byte(struct chunk *c, char b)
{
    if (c->state >= CHUNK_LINE && ++c->trailers > CHUNK_TRAILERS)
        return CHUNK_BAD;
    bool is_extension = c->state >= CHUNK_EXT && c->state <= CHUNK_UNQUOTED && b != '\r';
    if (is_extension && ++c->extension > CHUNK_EXTENSION)
        return CHUNK_BAD;
    return chunk_steps[c->state](c, b);
}

enum chunk_result chunk_feed(struct chunk *c, struct str *in, struct buf *out)
{
    while (in->n) {
        if (c->state == CHUNK_DATA) {
            chunk_data(c, in, out);
            continue;
        }
        char b = in->p[0];
        *in = str_sub(*in, 1, in->n);
        enum chunk_result r = chunk_byte(c, b);
        if (r != CHUNK_MORE)
            return r;
        if (c->state == CHUNK_DATA && c->left > out->max - out->n)
            return CHUNK_OVER;
    }
    return CHUNK_MORE;
}
