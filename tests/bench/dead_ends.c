/* What a proof costs that no course leads into a dead end, by size, and what a
 * counter-example costs with its run.
 *
 *   make build/release/tests/bench/dead_ends
 *   build/release/tests/bench/dead_ends
 */
#include "engine/deadend.h"
#include "support/deadkit.h"

#include <stdio.h>
#include <time.h>

#define ROUNDS 7

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(void)
{
    static const int32_t sizes[] = {50, 500, 1000};
    struct arena *a = arena_new((size_t)4 << 30);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double sound = 0, broken = 0;
        for (int k = 0; k < ROUNDS; k++) {
            uint64_t seed = (uint64_t)(k + 1) * 15485863;
            const char *what;
            struct deadend d;
            arena_reset(a);
            struct deadend_in *in = deadkit_sound(a, &seed, sizes[i]);
            double begun = now_ms();
            deadend_prove(a, in, &d);
            double took = now_ms() - begun;
            INVARIANT(d.verdict == DEADEND_SOUND);
            sound = took > sound ? took : sound;
            arena_reset(a);
            in = deadkit_broken(a, &seed, sizes[i], &what);
            begun = now_ms();
            deadend_prove(a, in, &d);
            took = now_ms() - begun;
            INVARIANT(d.verdict == DEADEND_FOUND);
            broken = took > broken ? took : broken;
        }
        printf("dead ends, %4d skills: proved in %.1f ms, found and run in %.0f ms (the "
               "longest of %d)\n",
               (int)sizes[i], sound, broken, ROUNDS);
    }
    arena_free(a);
    return 0;
}
