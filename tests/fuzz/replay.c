/* replay.c: the main() of a fuzz target built without libFuzzer. Feeds every file named
 * on the command line, and every file of a folder named there, to
 * LLVMFuzzerTestOneInput(), so that what a fuzzer once found stays found (C-13).
 * Prints "N passed, M failed"; a crash is the failure. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One input, copied to a block of exactly its size so that a read past it can be seen. */
static int feed(const char *path, unsigned char *all)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return -1;
    size_t n = fread(all, 1, INPUT_MAX, f);
    fclose(f);
    unsigned char *exact = malloc(n > 0 ? n : 1);
    if (exact == NULL)
        return -1;
    memcpy(exact, all, n);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    return 0;
}

static int feed_folder(const char *path, unsigned char *all, int *fed)
{
    DIR *d = opendir(path);
    if (d == NULL)
        return -1;
    int failed = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char name[4096];
        if (e->d_name[0] == '.' ||
            snprintf(name, sizeof name, "%s/%s", path, e->d_name) >= (int)sizeof name)
            continue;
        if (feed(name, all) == 0)
            ++*fed;
        else
            failed++;
    }
    closedir(d);
    return failed;
}

int main(int argc, char **argv)
{
    unsigned char *all = malloc(INPUT_MAX);
    int fed = 0, failed = all == NULL;
    for (int i = 1; i < argc && all != NULL; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
            failed += feed_folder(argv[i], all, &fed) != 0;
        else if (feed(argv[i], all) == 0)
            fed++;
        else
            failed++;
    }
    free(all);
    if (fed == 0)
        failed++;
    printf("%d passed, %d failed\n", fed, failed);
    return failed != 0;
}
