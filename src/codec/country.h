/* Names of countries by ISO 3166-1 alpha-2 code, Turkish and English. Static; any thread. */
#ifndef CODEC_COUNTRY_H
#define CODEC_COUNTRY_H

#include "base/str.h"

/* `lang` is a BCP 47 tag: Turkish for tr, else English. STR_NONE for an unknown code. */
struct str country_name(struct str code, struct str lang);

#endif
