/* claims_html results/claims.csv: the table of all claims as HTML that one can filter by family, verdict and words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "csv.h"

static void put_escaped(const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            fputs("&amp;", stdout);
        else if (*text == '<')
            fputs("&lt;", stdout);
        else if (*text == '>')
            fputs("&gt;", stdout);
        else if (*text == '"')
            fputs("&quot;", stdout);
        else
            putchar(*text);
    }
}

/* A <select> of the distinct values of a column, in order of appearance. */
static void put_select(const struct csv *csv, const char *name)
{
    long k = csv_column(csv, name);
    if (k < 0)
        base_die(BASE_BAD_USAGE, "the table of claims has no column %s", name);
    printf("<label>%s <select data-column=\"%ld\"><option value=\"\">all</option>", name, k);
    for (size_t r = 0; r < csv->rows; r++) {
        const char *value = csv_cell(csv, r, (size_t)k);
        size_t earlier = 0;
        while (earlier < r && strcmp(csv_cell(csv, earlier, (size_t)k), value))
            earlier++;
        if (earlier < r)
            continue;
        fputs("<option>", stdout);
        put_escaped(value);
        fputs("</option>", stdout);
    }
    puts("</select></label>");
}

static const char script[] =
    "<script>\n"
    "const table = document.querySelector('#claims-table'), rows = [...table.tBodies[0].rows];\n"
    "const selects = [...document.querySelectorAll('#claims-filter select')];\n"
    "const words = document.querySelector('#claims-filter input');\n"
    "function filter() {\n"
    "  let shown = 0;\n"
    "  for (const row of rows) {\n"
    "    const fits = selects.every(s => !s.value || row.cells[s.dataset.column].textContent === s.value)\n"
    "      && row.textContent.toLowerCase().includes(words.value.toLowerCase());\n"
    "    row.hidden = !fits;\n"
    "    shown += fits;\n"
    "  }\n"
    "  document.querySelector('#claims-count').textContent = shown + ' of ' + rows.length + ' claims';\n"
    "}\n"
    "for (const s of [...selects, words]) s.addEventListener('input', filter);\n"
    "filter();\n"
    "</script>";

int main(int argc, char **argv)
{
    base_program_set(argv[0]);
    struct csv csv;
    char *error;
    if (argc != 2)
        base_die(BASE_BAD_USAGE, "give the path of claims.csv");
    if (csv_read(argv[1], &csv, &error))
        base_die(BASE_BAD_USAGE, "%s", error);
    puts("<p id=\"claims-filter\">");
    put_select(&csv, "family");
    put_select(&csv, "verdict");
    put_select(&csv, "status");
    puts("<label>words <input type=\"search\"></label> <span id=\"claims-count\"></span></p>");
    puts("<table id=\"claims-table\"><thead><tr>");
    for (size_t k = 0; k < csv.columns; k++)
        printf("<th>%s</th>", csv.header[k]);
    puts("</tr></thead><tbody>");
    for (size_t r = 0; r < csv.rows; r++) {
        fputs("<tr>", stdout);
        for (size_t k = 0; k < csv.columns; k++) {
            fputs("<td>", stdout);
            put_escaped(csv_cell(&csv, r, k));
            fputs("</td>", stdout);
        }
        puts("</tr>");
    }
    puts("</tbody></table>");
    puts(script);
    csv_free(&csv);
    return fflush(stdout) ? BASE_RUN_FAILED : BASE_DONE;
}
