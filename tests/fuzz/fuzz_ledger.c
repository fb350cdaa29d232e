/* Ledgers from any bytes: either a ledger whose every part keeps its promises, or a reason with a line. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good)
{
    if (!good)
        abort();
}

/* Every number a judge may be handed is there. */
static void check_numbers(const struct ledger_numbers *numbers, enum ledger_judge_kind kind, size_t measures)
{
    for (size_t i = 0; i < measures; i++)
        for (size_t k = 0; k < (kind == LEDGER_BETWEEN ? 2 : 1); k++) {
            const struct ledger_number *number = ledger_expected(numbers, kind, i) + k;
            demand(number < numbers->number + numbers->count);
            demand(number->whole == ledger_text_whole(number->text));
            demand(isfinite(number->value) || (number->whole && kind == LEDGER_EXACT));
            demand(isfinite(number->unit) && number->unit >= 0);
            demand(!number->whole || ledger_whole_equal(number->text, number->text));
        }
}

static void check_claim(const struct ledger_claim *claim)
{
    demand(claim->name && *claim->claim && *claim->source);
    if (claim->untested) {
        demand(claim->measure.count == 0 && claim->outside.count == 0 && !claim->control);
        return;
    }
    demand(!claim->control != !claim->no_control);
    demand(claim->measure.count > 0 && claim->resolution >= 0 && claim->bias >= 0);
    demand(claim->judge.kind == LEDGER_EXACT || claim->judge.parameter >= 0);
    demand(claim->judge.kind != LEDGER_SIGMA || isfinite(claim->resolution));
    for (size_t i = 0; i < claim->measure.count; i++)
        demand(ledger_claim_uses(claim, claim->measure.reference[i].program));
    check_numbers(&claim->expect, claim->judge.kind, claim->measure.count);
    if (claim->verdict == LEDGER_REFUTED)
        check_numbers(&claim->corrected, claim->corrected_judge.kind, claim->measure.count);
    if (claim->verdict == LEDGER_LIMITED)
        check_numbers(&claim->outside_expect, claim->judge.kind, claim->outside.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ledger ledger;
    char *error = NULL;
    if (ledger_parse((const char *)data, size, &ledger, &error)) {
        demand(strtol(error, NULL, 10) > 0 && !ledger.claim && !ledger.title);
        free(error);
        return 0;
    }
    demand(*ledger.title && ledger.archives > 0);
    for (size_t i = 0; i < ledger.claims; i++)
        check_claim(&ledger.claim[i]);
    ledger_free(&ledger);
    return 0;
}
