#include "http/chunk.h"

#include "../tap.h"

struct sample {
    const char *what, *in;
    enum chunk_result result;
    const char *data; /* or what is left of the input */
};

static const struct sample samples[] = {
    {"one chunk", "5\r\nhello\r\n0\r\n\r\n", CHUNK_DONE, "hello"},
    {"two chunks", "1\r\na\r\n0002\r\nbc\r\n0\r\n\r\n", CHUNK_DONE, "abc"},
    {"hexadecimal, any case", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", CHUNK_DONE, "01234567890123456789a"},
    {"extension", "1;a=b;c=\"d\"\r\nx\r\n0;e\r\n\r\n", CHUNK_DONE, "x"},
    {"trailers", "1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", CHUNK_DONE, "x"},
    {"empty", "0\r\n\r\n", CHUNK_DONE, ""},
    {"not at the end", "5\r\nhel", CHUNK_MORE, "hel"},
    {"sixteen digits", "0000000000000001\r\nx\r\n0\r\n\r\n", CHUNK_DONE, "x"},
    {"seventeen digits", "00000000000000001\r\nx\r\n0\r\n\r\n", CHUNK_BAD, ""},
    {"no digits", "\r\nx\r\n", CHUNK_BAD, ""},
    {"blank before", " 1\r\nx\r\n", CHUNK_BAD, ""},
    {"blank after", "1 \r\nx\r\n", CHUNK_BAD, ""},
    {"plus", "+1\r\nx\r\n", CHUNK_BAD, ""},
    {"0x", "0x1\r\nx\r\n", CHUNK_BAD, ""},
    {"line ended by LF", "1\nx\r\n", CHUNK_BAD, ""},
    {"line ended by CR", "1\rx\r\n", CHUNK_BAD, ""},
    {"data not followed by CRLF", "1\r\nxy\r\n", CHUNK_BAD, "x"},
    {"data followed by LF", "1\r\nx\n0\r\n\r\n", CHUNK_BAD, "x"},
    {"bare CR in an extension", "1;a\rb\r\nx\r\n", CHUNK_BAD, ""},
    {"LF in an extension", "1;a\nb\r\nx\r\n", CHUNK_BAD, ""},
    {"control in an extension", "1;a\x01\r\nx\r\n", CHUNK_BAD, ""},
    {"quoted extension", "1;a=\"b;\\\"\\r c\";d\r\nx\r\n0\r\n\r\n", CHUNK_DONE, "x"},
    {"blank in an extension", "1;a b\r\nx\r\n", CHUNK_BAD, ""},
    {"blank before an extension", "1 ;a\r\nx\r\n", CHUNK_BAD, ""},
    {"empty extension", "1;\r\nx\r\n", CHUNK_BAD, ""},
    {"extension without value", "1;a=\r\nx\r\n", CHUNK_BAD, ""},
    {"open quote", "1;a=\"b\r\nx\r\n", CHUNK_BAD, ""},
    {"token behind a quote", "1;a=\"b\"c\r\nx\r\n", CHUNK_BAD, ""},
    {"framing in a trailer", "0\r\nA: b\r\ncontent-length: 1\r\n\r\n", CHUNK_BAD, ""},
    {"coding in a trailer", "0\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNK_BAD, ""},
    {"a name that only starts so", "0\r\nTransfer-Encodings: x\r\nContent-Lengt: 1\r\n\r\n", CHUNK_DONE, ""},
    {"trailer without name", "0\r\n: b\r\n\r\n", CHUNK_BAD, ""},
    {"trailer folded", "0\r\nA: b\r\n c\r\n\r\n", CHUNK_BAD, ""},
    {"trailer without colon", "0\r\nA\r\n\r\n", CHUNK_BAD, ""},
    {"trailer with blank before colon", "0\r\nA : b\r\n\r\n", CHUNK_BAD, ""},
    {"trailer with bare LF", "0\r\nA: b\n\r\n", CHUNK_BAD, ""},
    {"end with bare LF", "0\r\n\n", CHUNK_BAD, ""},
    {"more than may be", "41\r\n", CHUNK_OVER, ""},
    {"more than may be, in sum", "40\r\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n1\r\n",
     CHUNK_OVER, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
    {"a size near overflow", "ffffffffffffffff\r\n", CHUNK_OVER, ""},
};

/* Feeds by pieces of `step`; the rest goes to *left. */
static enum chunk_result feed(struct str in, size_t step, struct buf *out, size_t *left)
{
    struct chunk c;
    chunk_start(&c);
    enum chunk_result r = CHUNK_MORE;
    while (in.n && r == CHUNK_MORE) {
        struct str piece = str_sub(in, 0, step);
        size_t given = piece.n;
        r = chunk_feed(&c, &piece, out);
        in = str_sub(in, given - piece.n, in.n);
    }
    *left = in.n;
    return r;
}

static void test_samples(void)
{
    struct buf out = BUF_INIT(64);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct sample *s = &samples[i];
        for (size_t step = 1; step < 300; step = step * 3 + 1) {
            size_t left;
            buf_reset(&out);
            ok_int(feed(str_from(s->in), step, &out, &left), s->result, "%s by %zu", s->what, step);
            ok_str(buf_str(&out), s->data, "%s by %zu: data", s->what, step);
            ok(s->result != CHUNK_DONE || left == 0, "%s by %zu: all taken", s->what, step);
        }
    }
    size_t left;
    buf_reset(&out);
    ok(feed(S("1\r\nx\r\n0\r\n\r\nGET"), 100, &out, &left) == CHUNK_DONE && left == 3, "the next request is left");
    buf_fini(&out);
}

static enum chunk_result long_one(const char *before, char c, size_t n, const char *after)
{
    struct buf in = BUF_INIT(16384), out = BUF_INIT(64);
    buf_puts(&in, before);
    while (n--)
        buf_addc(&in, c);
    buf_puts(&in, after);
    size_t left;
    enum chunk_result r = feed(buf_str(&in), 7, &out, &left);
    buf_fini(&in);
    buf_fini(&out);
    return r;
}

int main(void)
{
    test_samples();
    ok_int(long_one("1;", 'e', CHUNK_EXTENSION, "\r\nx\r\n0\r\n\r\n"), CHUNK_DONE, "an extension of 256 bytes");
    ok_int(long_one("1;", 'e', CHUNK_EXTENSION + 1, "\r\nx\r\n0\r\n\r\n"), CHUNK_BAD, "one byte more");
    ok_int(long_one("0\r\nA:", 'e', CHUNK_TRAILERS - 10, "\r\n\r\n"), CHUNK_DONE, "long trailers");
    ok_int(long_one("0\r\nA:", 'e', CHUNK_TRAILERS, "\r\n\r\n"), CHUNK_BAD, "too long trailers");
    return tap_end();
}
