/* Any bytes as a decimal number: refused, or read to the number that prints as the same digits; a small
 * one is then solved, by which every N meets the identity N = a b + c. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "nabc/nabc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = base_format("%.*s", (int)(size > 3000 ? 3000 : size), (const char *)data);
    mpz_t n;
    mpz_init(n);
    if (!nabc_parse(text, n)) {
        const char *digits = text + strspn(text, "0");
        char *printed = mpz_get_str(NULL, 10, n);
        if (strcmp(printed, *digits ? digits : "0"))
            abort();
        free(printed);
        if (mpz_sizeinbase(n, 2) <= 50) {
            struct nabc_split split = nabc_early(nabc_u128_of(n), false);
            if (split.a * split.b + (nabc_u128)split.c != nabc_u128_of(n))
                abort();
        }
    } else if (*text && strspn(text, "0123456789") == strlen(text)) {
        abort();
    }
    mpz_clear(n);
    free(text);
    return 0;
}
