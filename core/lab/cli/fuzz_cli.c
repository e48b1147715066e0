// Fuzzing the command line: any words parse to something within the tables, or are refused in one sentence.
// SPDX-License-Identifier: MIT
//
// The input is the words, one on each line.
#include "core/lab/cli/cli.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS_MAX = 64 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

/// A complaint is a sentence: there, ended, without control characters.
static void sentence(const char *message, size_t room)
{
    size_t length = strnlen(message, room);

    check(length > 0 && length < room);
    for (size_t i = 0; i < length; i++)
        check((unsigned char)message[i] >= ' ' && message[i] != 0x7f);
}

static void sane(const struct lab_cli_program *program, const struct lab_cli *cli, int argc)
{
    check(cli->verb >= 0 && cli->verb < program->verbs);
    check(cli->operands + cli->sets < (size_t)argc);
    check(cli->seeds >= 0 && cli->color <= LAB_COLOR_NEVER);
    for (size_t i = 0; i < cli->sets; i++)
        check(cli->set[i] != NULL);
    if (cli->help || cli->version)
        return;
    check(cli->operands >= program->verb[cli->verb].operands_min &&
          cli->operands <= program->verb[cli->verb].operands_max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct lab_cli_program *program = lab_cli_sim();
    const char *argv[WORDS_MAX + 1] = {program->name};
    int argc = 1;
    char message[160] = "";
    struct lab_cli cli;
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *word = text; word && argc < WORDS_MAX;) {
        char *end = strchr(word, '\n');
        if (end)
            *end++ = '\0';
        argv[argc++] = word;
        word = end;
    }
    int error = lab_cli_parse(program, argc, argv, &cli, message, sizeof message);
    check(error == 0 || error == -22);
    if (error)
        sentence(message, sizeof message);
    else
        sane(program, &cli, argc);
    lab_cli_free(&cli);
    free(text);
    return 0;
}
