#include "digits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

uint64_t digits_count(uint64_t x)
{
    return (uint64_t)floorl((long double)x * 0.301029995663981195213738894724493026768L) + 1;
}

static uint64_t bits_of(uint64_t x)
{
    uint64_t bits = 0;
    for (; x; x >>= 1)
        bits++;
    return bits;
}

/* Doubles the number of `k` decimal digits, the lowest first; returns what runs over, 0 or 1. */
static int twice(unsigned char *digit, uint64_t k)
{
    int carry = 0;
    for (uint64_t i = 0; i < k; i++) {
        int sum = 2 * digit[i] + carry;
        carry = sum >= 10;
        digit[i] = (unsigned char)(sum - 10 * carry);
    }
    return carry;
}

/* Leading `k` digits of 2^x (k + dropped digits in all), rounded down by at most *error units of the last
 * place. */
static void leading(uint64_t x, uint64_t k, unsigned char *digit, uint64_t *error)
{
    memset(digit, 0, k);
    digit[0] = 1;
    *error = 0;
    for (uint64_t i = 0; i < x; i++) {
        int over = twice(digit, k);
        *error *= 2;
        if (over) {
            memmove(digit, digit + 1, k - 1);
            digit[k - 1] = 1;
            *error = *error / 10 + 2; /* rounded up, and what is dropped now */
        }
    }
}

/* Is adding `error` to the number without effect above the lowest `guard` digits? */
static int certain(const unsigned char *digit, uint64_t guard, uint64_t error)
{
    uint64_t carry = error;
    for (uint64_t i = 0; i < guard; i++)
        carry = (digit[i] + carry) / 10;
    return carry == 0;
}

uint64_t digits_of_power(uint64_t x, uint64_t guard, char *text, uint64_t *bits)
{
    uint64_t count = digits_count(x), low = count / 2, high = count - low, error = 0;
    for (;; guard += 4) {
        /* few digits need no guard: the window then holds the whole number */
        uint64_t k = high + guard < count ? high + guard : count;
        unsigned char *digit = base_alloc(k, 1);
        leading(x, k, digit, &error);
        if (!certain(digit, k - high, error)) {
            free(digit);
            continue;
        }
        for (uint64_t i = 0; i < high; i++)
            text[i] = (char)('0' + digit[k - 1 - i]);
        memset(digit, 0, k);
        digit[0] = 1;
        for (uint64_t i = 0; low && i < x; i++)
            twice(digit, low);
        for (uint64_t i = 0; i < low; i++)
            text[high + i] = (char)('0' + digit[low - 1 - i]);
        text[count] = '\0';
        free(digit);
        /* the position in the window, the doublings to go, the error */
        *bits = 4 * k + bits_of(k) + bits_of(x) + bits_of(2 * error);
        return guard;
    }
}
