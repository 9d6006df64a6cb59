#ifndef SBRAID_LIBSLURM_MODULE_H
#define SBRAID_LIBSLURM_MODULE_H

/* What stands between sbraid and its module for one release of Slurm: plain structs and C strings, nothing of
 * C++, so that neither need know how the other was built. sbraid opens sbraid_libslurm-22.05.so for the
 * Slurm 22.05 that it finds, and can do without: an upgrade of Slurm takes a way to submit from it, no more.
 *
 * Texts belong to who hands them in, and need not outlive the call. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes with every change of what is below; sbraid leaves a module of another number alone. */
#define SBRAID_MODULE_ABI 1
#define SBRAID_MODULE_ENTRY "sbraid_libslurm_module"
#define SBRAID_MODULE_TEXT 1024

struct sbraid_module_job {
    const char* const* options;     /* `--name=value` or `--name`, as for sbatch; ends with a null */
    const char* const* environment; /* `NAME=value`: what sbatch would find in its own; ends with a null */
    const char* submit_line;        /* what the accounting is to show as the command */
    const char* script;             /* whole */
};

struct sbraid_module_answer {
    uint32_t job_id;               /* 0: there is none that we know of */
    int error;                     /* of slurm_errno.h or errno.h; 0 with job_id 0: an answer without an id */
    char text[SBRAID_MODULE_TEXT]; /* Slurm's words for the error, as sbatch would print them */
};

struct sbraid_module {
    uint32_t abi;      /* SBRAID_MODULE_ABI; first, whatever changes */
    const char* slurm; /* the release of the headers that it was built with: `22.05.8` */

    /* Reads slurm.conf, and of this process what sbatch hands on from its own (working directory, umask,
     * limits). To be called once, before the others and before there are threads. libslurm ends the process
     * where it cannot make sense of slurm.conf. `cli_filter` is set to CliFilterPlugins, which sbatch would
     * run; empty: none. */
    void (*start)(const char** cli_filter);

    /* Whether these options can be submitted as sbatch would: 1, or 0 with the reason in `why`, which names
     * the option. Asks nobody. From any thread. */
    int (*maps)(const struct sbraid_module_job* job, char* why, size_t size);

    /* Submits one job on a connection of its own. From any number of threads. */
    void (*submit)(const struct sbraid_module_job* job, struct sbraid_module_answer* answer);

    /* Ends the hold of one job, or of an array as a whole; error 0: done. Likewise. */
    void (*release)(uint32_t job_id, struct sbraid_module_answer* answer);
};

typedef const struct sbraid_module* (*sbraid_module_entry)(void);

#ifdef __cplusplus
}
#endif

#endif
