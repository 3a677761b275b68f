/* Failing allocations, for a program that allocations.c is linked into. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* From now on the allocations `begin` to `end` fail, both counted from 1; LONG_MAX is never. */
void allocations_fail(long begin, long end);
/* How many there were since. */
long allocations_counted(void);

#ifdef __cplusplus
}
#endif
