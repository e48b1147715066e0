// Scenario and printer files for editors and people: schema, explain, reference page.
// SPDX-License-Identifier: MIT
#include "core/lab/scenario/tables.h"

void lab_schema_print(FILE *out)
{
    lab_table_schema(out, &lab_scenario_table, "plr scenario");
}

void lab_printer_schema_print(FILE *out)
{
    lab_table_schema(out, &lab_printer_table, "plr printer");
}

int lab_explain_print(FILE *out, const char *key, struct lab_error *err)
{
    return lab_table_explain(out, &lab_scenario_table, "a scenario", "plr-sim explain", key, err);
}

void lab_reference_print(FILE *out)
{
    fputs("## Keys of a scenario\n", out);
    lab_table_reference(out, &lab_scenario_table, "the whole");
    lab_words_reference(out, "reasons of `expect.reason`", lab_reason_words);
    fputs("\n## Keys of a printer file\n", out);
    fputs("\nIn a scenario's `--set` they are written `printer.KEY=VALUE`. Marks: K public "
          "configuration, D data sheet, "
          "M measured, S sourced,\nC calculated, E estimate.\n",
          out);
    lab_table_reference(out, &lab_printer_table, "the printer");
}
