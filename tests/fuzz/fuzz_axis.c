/* Axis lists of every kind, from any bytes: either values that parse again to themselves, or a reason. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "axis.h"
#include "base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const domains[] = {NULL, "[0,inf)", "(0,1)|1/N", "gauss|sign"};
    if (size < 2 || size > 200)
        return 0;
    char *list = base_format("%.*s", (int)(size - 1), (const char *)data + 1);
    enum axis_kind kind = data[0] % 3; /* not files: they ask the disk */
    struct axis_values values, again;
    char *why;
    if (axis_parse(list, kind, domains[data[0] / 3 % 4], &values, &why)) {
        free(why);
    } else {
        for (size_t i = 0; i < values.count && i < 100; i++) {
            if (axis_parse(values.text[i], kind, domains[data[0] / 3 % 4], &again, &why) || again.count != 1 ||
                strcmp(again.text[0], values.text[i]))
                abort();
            axis_free(&again);
        }
        axis_free(&values);
    }
    free(list);
    return 0;
}
