/* waymark: the program. One table of commands (lti/cmd/cmd.def); each command is a file
 * of lti/cmd. */
#include "cmd/cmd.h"

#include <string.h>

#ifndef WAYMARK_VERSION
#define WAYMARK_VERSION "unversioned"
#endif

static const struct cmd commands[] = {
#define CMD(name, fn, summary, usage, examples)                                          \
    {name, summary, usage, examples, cmd_##fn},
#include "cmd/cmd.def"
#undef CMD
};

#define COMMANDS_N (sizeof commands / sizeof *commands)

static const struct cmd *find(const char *name)
{
    for (size_t i = 0; i < COMMANDS_N; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void list(FILE *out)
{
    fprintf(out,
            "Waymark shows each student of a Moodle or Canvas course what to do next, "
            "and why.\n\nusage: waymark COMMAND [options]\n\n");
    for (size_t i = 0; i < COMMANDS_N; i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fprintf(out, "\nwaymark help COMMAND tells more. Every command takes -c FILE, the "
                 "configuration.\n");
}

static int help(int argc, char **argv)
{
    if (argc == 0) {
        list(stdout);
        return CMD_OK;
    }
    const struct cmd *c = find(argv[0]);
    if (c == NULL) {
        fprintf(stderr, "waymark: there is no command \"%.40s\"\n\n", argv[0]);
        list(stderr);
        return CMD_USAGE;
    }
    char dashdash[] = "--help";
    char *args[] = {dashdash, NULL};
    return c->run(c, 1, args);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        list(stderr);
        return CMD_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        printf("waymark %s\n", WAYMARK_VERSION);
        return CMD_OK;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
        strcmp(name, "-h") == 0)
        return help(argc - 2, argv + 2);
    const struct cmd *c = find(name);
    if (c == NULL)
        return help(argc - 1, argv + 1);
    return c->run(c, argc - 2, argv + 2);
}
