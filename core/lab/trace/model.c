// A trace in memory: its arrays grow and go.
// SPDX-License-Identifier: MIT
#include "core/lab/trace/model.h"

#include <stdlib.h>
#include <string.h>

int trace_grow(void **array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return 0;
    size_t more = *room ? *room * 2 : 64;
    void *grown = more > SIZE_MAX / size ? NULL : realloc(*array, more * size);
    if (!grown)
        return LAB_ENOMEM;
    *array = grown;
    *room = more;
    return 0;
}

void lab_trace_free(struct lab_trace *trace)
{
    for (int i = 0; i < LAB_TRACE_HEATS; i++)
        free(trace->heat[i]);
    free(trace->name);
    free(trace->event);
    free(trace->power);
    free(trace->phase);
    free(trace->motion);
    free(trace->corners);
    free(trace->target);
    free(trace->levels);
    free(trace->nv);
    free(trace->deposit);
    free(trace->twin);
    free(trace->place);
    free(trace->note);
    free(trace->layer);
    free(trace->lost);
    free(trace->cut);
    free(trace->measure);
    memset(trace, 0, sizeof *trace);
}

const char *lab_trace_word(const struct lab_trace *trace, enum lab_trace_domain domain,
                           int64_t value)
{
    for (size_t i = 0; i < trace->names; i++)
        if (trace->name[i].domain == domain && trace->name[i].value == value)
            return trace->name[i].text;
    return "";
}
