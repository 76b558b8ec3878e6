/* The form for subscription options and other questions: /{lang}/subscribe and /{lang}/contact. What readers write is
 * kept as a lead for the desk and never mailed on (trust 3). Against machines: a field that people do not see, and a
 * signed time in the form that says how long it was looked at. */
#ifndef VIEW_CONTACT_H
#define VIEW_CONTACT_H

#include "view/site_page.h"

enum next contact_show(struct call *c); /* GET; ?sent=1 after a form was taken */
enum next contact_take(struct call *c); /* POST: 303 when taken, 422 with the form, 429 when too many */

/* The signed time, and its age when the signature holds; false when it does not. For tests too. */
#define CONTACT_TOKEN 64
void contact_token(const uint8_t key[static 32], int64_t now_ms, char out[static CONTACT_TOKEN]);
bool contact_token_age(const uint8_t key[static 32], struct str token, int64_t now_ms, int64_t *out_age_ms);

#endif
