// The prose of sbraid-flow(5): short, and true for this version. The keys themselves are told by the table of
// keys.
#include "flow_manual_text.hpp"

#include <array>

namespace sbraid {
namespace {

constexpr std::array k_sections{
    ManualSection{"DESCRIPTION", R"text(
A workflow is one TOML file: tasks, each a job of Slurm, and what each waits for. `sbraid check` reads it and tells
every mistake at once, `sbraid submit` hands all of it to Slurm and ends.

The keys are the long options of `sbatch` with `_` for `-`; a few of sbraid's own say what runs and what waits for what.
A key that is not known is an error.

    name = "finetune"

    [vars]
    base = "llama-8b"

    [defaults]
    time = "02:00:00"

    [task.tokenize]
    run = 'python tokenize.py --shard "$SLURM_ARRAY_TASK_ID"'
    array = "0-15%4"

    [task.train]
    afterok = ["tokenize"]
    run = "srun python train.py --base {{base}}"
    nodes = 2
    gpus_per_node = 4

    [task.alarm]
    afternotok = ["train"]
    run = "./page-someone.sh"
)text"},
    ManualSection{"THE FILE", R"text(
A task is a table `[task.NAME]`. NAME has letters, digits, `.`, `_` and `-`, at most 64 of them, and begins with none of
`.` and `-`; `job` is reserved. A task runs exactly one of `run` (shell text), `script` (an existing batch script) and `command` (a program and its
arguments, no shell between), or stands for the tasks of another file: see SEVERAL FILES. Relative paths start at the
folder of the file.

What stands in `[defaults]` holds for every task that does not say otherwise: `env` is merged, `setup` is put in front,
any other key of the task wins. A choice of the task also drops a default that `sbatch` would refuse beside it, as
`mem_per_cpu` does with `mem`.

A script's own `#SBATCH` lines stay in force; what the file says wins over them.

    [defaults]
    partition = "cpu,long"
    time = "30"
    mem = "4G"
    env = { OMP_NUM_THREADS = 8 }
    setup = "module load gcc"

    [task.build]
    run = "make -j 8"
    cpus_per_task = 8

    [task.simulate]
    afterok = ["build"]
    command = ["./simulate", "--steps", "1000"]
    mem_per_cpu = "2G"
    env = { OMP_PROC_BIND = true }
)text"},
    ManualSection{"VARIABLES", R"text(
`{{name}}` in any string is replaced by the value of `name` in `[vars]`, or by that of `-D name=value` on the command
line, which wins; the file must have a variable of that name, in `[vars]` or in a text. A value may name variables that
stand above it. `{{{{` gives two braces. What a shell calls variables, `$NAME` and `${NAME}`, is left to the shell of the
job, which reads `run` and `setup` and nothing else: in `env` they stay as they are, and `setup = 'export DATA="$HOME/data"'`
says instead what was meant.

    [vars]
    data = "/scratch/corpus"
    shards = "{{data}}/shards"

    [task.count]
    run = "wc -l {{shards}}/* >\"$SLURM_JOB_ID.count\""
)text"},
    ManualSection{"EDGES", R"text(
`afterok`, `afterany`, `afternotok`, `after` and `aftercorr` take lists of what a task waits for, and mean what they
mean to `sbatch`. All lists of a task must be met. An item is the name of a task, a pattern with `*` that some tasks
match, or a job outside the file, as `job:12345`. Behind the name of an array or a matrix, brackets choose from its
elements: `train[3]` is one index, `train[lr=1e-4]` all elements with that value. `after` takes minutes behind a `+`.

`aftercorr` goes element by element, between arrays with the same indexes or equal matrices; a task with `aftercorr` and
neither array nor matrix takes its parent's. `singleton = true` waits for earlier jobs of the same name and user.

A task whose condition can never be met is cancelled by Slurm, and shown as SKIPPED; `on_dead_dependency` keeps it.

    [task.prep-a]
    run = "./prepare a"

    [task.prep-b]
    run = "./prepare b"

    [task.train]
    afterok = ["prep-*"]
    matrix = { lr = ["1e-4", "3e-4"], seed = [1, 2] }
    run = "./train {{lr}} {{seed}}"

    [task.evaluate]
    aftercorr = ["train"]
    run = "./evaluate {{lr}} {{seed}}"

    [task.watch]
    after = ["train+10"]
    run = "./watch"

    [task.publish]
    afterok = ["evaluate[lr=1e-4]"]
    run = "./publish"
)text"},
    ManualSection{"DEPENDENCY EXPRESSIONS", R"text(
`dependency` takes Slurm's own grammar, with names for job ids: `,` means that all must be met, `?` that one is enough.
Slurm takes only one of the two in a job; here parentheses mix them. Names are those of the lists of edges.

| expression = term *( "," term ) / term *( "?" term )
| term       = "(" expression ")" / kind 1*( ":" name ) / "singleton"
| kind       = "afterok" / "afterany" / "afternotok" / "after" / "aftercorr"

`aftercorr` and `singleton` stand only where all must be met. What one `--dependency` of Slurm cannot say becomes gates:
jobs that run nothing, of one CPU and one minute, whose success stands for a part of the expression. They are as few as
possible; table `[gate]` of sbraid's configuration says where they run.

    [task.fast]
    run = "./solve --fast"

    [task.exact]
    run = "./solve --exact"

    [task.mesh]
    run = "./mesh"

    [task.plot]
    dependency = "afterok:mesh,(afterok:fast?afterok:exact)"
    run = "./plot"
)text"},
    ManualSection{"ARRAYS AND MATRICES", R"text(
`array` gives a task one element for each index, in Slurm's grammar: `0-15`, `1,3,5-9:2`, `0-99%10` (at most 10 at a
time). `matrix` gives it one for each combination of values, the last key varying fastest, and is one array of Slurm:
`{{key}}` in `run`, `command`, `args`, `env` and `setup` is the element's value, and so is `$SBRAID_PARAM_KEY` in the
job, KEY in capitals. Each table of `exclude` takes away the combinations that have its values; each of `include` adds one
combination, with a value for every key. `max_parallel` is the `%` of a matrix.

An array beyond the cluster's MaxArraySize is cut into several jobs that still look like one: SLURM_ARRAY_TASK_ID, _MIN,
_MAX and _COUNT have the values of the whole.

    [task.sweep]
    run = "python train.py --lr {{lr}} --seed {{seed}}"
    max_parallel = 2

    [task.sweep.matrix]
    lr = ["1e-4", "3e-4"]
    seed = [1, 2, 3]
    exclude = [{ lr = "3e-4", seed = 3 }]
    include = [{ lr = "1e-3", seed = 1 }]
)text"},
    ManualSection{"LAUNCHERS AND CONTAINERS", R"text(
What a task runs is one process, on the first node of the job. With `launch = "srun"` it is one for each rank: shell text is
read by a shell of each rank, with its own SLURM_PROCID, and may have 100,000 bytes. The exit code is the highest of the
ranks; `env = { SLURM_KILL_BAD_EXIT = 1 }` ends them all with the first that fails, and hides its code.

With `launch = "torchrun"` one torchrun starts on each node, with a worker for each GPU that the task asks for there (one,
where it asks for none). `run` is what comes after torchrun and its options; the workers meet on the first node, at a port
that is free there. With `launch = "mpirun"` `run` is what comes after mpirun, and each rank is bound to its
`cpus_per_task` cores. Both read `run` once, on the first node. A batch script (`script`) launches for itself.

`container_image` is what pyxis runs it in, with the working directory mounted under its own name; `apptainer` what
Apptainer does. Shell text needs its `shell` in the image. `env` is set over what the image sets. `container` is a bundle
for Slurm's own OCI support. A task has one of the three. `setup` runs once, before the launcher and outside the
container. `{{key}}` of a matrix may stand in an image.

    [task.train]
    launch = "torchrun"
    nodes = 2
    gpus_per_node = 4
    cpus_per_task = 32
    time = "1-00:00:00"
    apptainer = "pytorch.sif"
    container_mounts = ["/data/imagenet:/data:ro"]
    run = "train.py --lr 1e-4"

    [task.evaluate]
    afterok = ["train"]
    launch = "srun"
    ntasks = 8
    time = "01:00:00"
    setup = "module load python"
    run = """
    echo "rank $SLURM_PROCID of $SLURM_NTASKS"
    python evaluate.py
    """
)text"},
    ManualSection{"FILES AS EDGES", R"text(
`inputs` and `outputs` name files: paths from `workdir` on, globs, and folders, which end with `/` and stand for all that is
in them. A task waits for the success of each that writes what it reads; between two tasks of the same matrix or array that
name the same path, element by element. `{{key}}` of the matrix and `%a`, the number of the element, may stand in a path. Two
writers of one file are an error; where a glob or a folder of one task may hold a file of another, and neither waits for the
other, `sbraid check` warns. A folder may be named by as many tasks as you like.

When a task ends with 0 and one of its outputs is not there ten seconds later, it ends with 1; its log and `sbraid status`
name what is missing. `sbraid submit --skip-up-to-date` leaves out what has outputs, none of them older than its inputs, and
still runs the same text.

    [task.shard]
    outputs = ["shards/"]
    run = "./shard.sh"

    [task.count]
    inputs = ["shards/*.bin"]
    outputs = ["count-{{n}}.txt"]
    matrix = { n = [1, 2, 3] }
    run = "./count.sh {{n}} >count-{{n}}.txt"

    [task.plot]
    inputs = ["count-{{n}}.txt"]
    outputs = ["plot-{{n}}.svg"]
    matrix = { n = [1, 2, 3] }
    run = "./plot.sh {{n}}"
)text"},
    ManualSection{"TRYING AGAIN", R"text(
With `retry` a task whose attempt has failed is tried again, and with `continue` it goes on over its time limit. In both the
job is put back into the queue by its own batch script and keeps its id: whoever waits for it goes on waiting, and sees only
how the last attempt ended. Of an array each element is on its own. All attempts write to one log, with a line between them.

    [task.fetch]
    run = "curl -O https://example.org/data"
    retry = { max = 3, delay = "10m" }

    [task.train]
    afterok = ["fetch"]
    time = "1-00:00:00"
    continue = { signal = "USR2", lead = "5m", max = 20 }
    retry = { max = 2, on = ["exit:75", "oom"] }
    run = "python train.py --resume latest"

What counts as a failure stands in `on` of `retry`. `fail` is any exit code but 0 and any signal; running out of memory is
`oom` alone, and the time limit `timeout`. Without `on` it is `fail`. An output that is missing at the end is the exit code
1. Memory is judged by what the kernel has counted for the job: under `srun` that is known where cgroup v2 is used. What
somebody cancels is never tried again, and neither preemption nor a failing node counts as an attempt: Slurm starts the job
anew in both by itself.

Slurm waits before it starts a job again, by default two minutes; `delay` says how long it shall be. With `inplace = true` the
next attempt follows at once in the same allocation. There, memory can be a reason only for ranks under `srun`: a job whose
batch script ran out of it is OUT_OF_MEMORY, whatever follows.

With `continue`, all processes of the task get the signal `lead` before the limit (Slurm may send it a minute early). The shell
that reads `run` outlives it and waits for its commands; a `script` is on its own, and needs a trap. What takes the signal
saves what it has and ends as it likes: the job is requeued then, and also when the limit comes first, `max` times at most.
The task is done when it ends with 0 before any signal, or when the file $SBRAID_DONE_FILE is there after it; not done
at its last time, it has failed. An end with another exit code before the signal is a failure, which `retry` may name.
NCCL takes SIGUSR1 for itself.
)text"},
    ManualSection{"SERVICES AND LIMITS", R"text(
`service = true` makes a task that lives beside others, such as an inference server. They wait for its start, with `after`;
when the last of them has ended, a small job cancels it. Where no task waits for it, it lives until all others have ended.

`[limits]` says how much of the workflow may run at once: `jobs`, `gpus`, and `category.NAME` for the tasks with that
`category`. Nothing watches over that: tasks that would be too many wait for the end of others, which is decided when the
file is read. `gpu_hours` is a budget: a file that may cost more by its `time` or `expect` is an error.

    [limits]
    gpus = 4
    category.download = 1

    [task.get-a]
    run = "curl -O https://example.org/a"
    category = "download"

    [task.get-b]
    run = "curl -O https://example.org/b"
    category = "download"

    [task.server]
    service = true
    run = "./serve"
    gpus = 1

    [task.ask]
    after = ["server+1"]
    matrix = { prompt = ["short", "long"] }
    run = "./ask {{prompt}}"
    gpus = 1
)text"},
    ManualSection{"NOTIFICATIONS", R"text(
`[notify]` names a webhook, which gets a message by POST, and the occasions: `"finished"`, the run has ended, however it did,
also when it was cancelled; `"failed"`, a task has failed and Slurm will not run it again, while others may still run, or the
run has ended with failures. Each is told once a run. Without `on` it is `["finished"]`. A submission that Slurm refused, so
that nothing of it ran, is told to who submitted it, and not to the webhook.

    [notify]
    webhook = "file:/home/ada/.config/hook"
    on = ["finished", "failed"]

    [task.train]
    run = "./train"

Whoever sees it first tells: `sbraid wait`, `status --watch` and `submit --wait`, and a small job, named `notify`, that
runs when all tasks have ended, where gates may run and with the account and partition of the first task. Where Slurm
refuses it (`gate` of the configuration says where such jobs may run), that is a warning. On its node it
calls `sbraid` by the path that it had at submission, and where that is not there it says so in its log. It needs to reach
the address from there; http_proxy, https_proxy and no_proxy are obeyed. A webhook that does not answer, or answers
with 408, 425, 429 or 5xx, is tried again for a while, and is owed the message still: the last job tries again, and so
does `sbraid notify`. Any other refusal is final. Nothing of this changes how a task or the run ended, or the exit code
of `wait`; it is a warning.

The message is sent at least once: who is killed after it was sent and before that was recorded leaves one that is sent
again. It has the same key then, in the header Idempotency-Key and as `key` of the body. The body is one object of JSON,
`"schema": "sbraid.notification/1"`, with `key`, `event` (the occasion), `text` (one line for people, which chat services
show), `run`, `name` (of the workflow), `state` (of the run), `counts` (of elements, by state), `failures` (their number)
and `failed` (the first hundred: `task`, `element`, `job_id`, `state`, `exit_code`, `signal`), `run_dir`, `user`, `created`
and `ended` (seconds since the epoch, UTC, or null).

The address of a webhook is often a secret by itself. Messages show its host alone; the run directory keeps it
in `workflow.toml` and `plan.json`, which nobody can read who cannot read the workflow file. `"file:PATH"` keeps it
out of all of them: the first line of that file is the address, read when it is needed, by the same user on any node.
)text"},
    ManualSection{"FINAL TASKS", R"text(
`[final.NAME]` is a task that runs when all tasks have ended, however they ended, and also when some were cancelled. It
may wait for other final tasks, and no task may wait for it.

    [task.train]
    run = "./train"

    [final.report]
    run = "sbraid report"

    [final.clean]
    afterok = ["report"]
    run = "rm -r scratch"
)text"},
    ManualSection{"SEVERAL FILES", R"text(
`include = ["site.toml"]` merges the keys of other files into the file. Tables are merged key by key; the file itself
wins over what it includes, and of two files that it includes the later. In `[defaults]` the rules are those that tasks
have over defaults: `env` and `sbatch` are merged, `setup` is joined, the included first. A task that is there already is
an error. A file may include others, and is read once. Relative paths of `script`, `workflow`, `include` and `workdir`
start at the folder of the file that they stand in; a task without `workdir` runs in the folder of the including file.

A task with `workflow` is a sub-workflow: all tasks of another workflow file, as `NAME/TASK`. They run in the folder of
that file, with its own `[vars]` and `[defaults]`. Of the outer `[defaults]` only options of sbatch reach inside, where the
inner file does not say otherwise. `vars` gives values to variables that the inner file has in `[vars]`; `-D` is for the
outer file alone. With `matrix` it is there once for each combination, as `NAME.0/TASK`, `NAME.1/TASK` and so on: the keys
of the matrix are variables of the inner file, and may stand as `{{key}}` in the path, in `vars` and in the edges.

    include = ["site.toml"]

    [task.fetch]
    run = "./fetch"

    [task.prep]
    workflow = "prep.toml"
    matrix = { shard = [0, 1, 2] }
    vars = { base = "llama-8b" }
    afterok = ["fetch"]

    [task.train]
    afterok = ["prep"]
    run = "./train"

    [task.peek]
    afterok = ["prep[shard=0]/tokenize"]
    run = "./peek"

To wait for a sub-workflow is to wait

| afterok     for the success of all its tasks whose success no other one of it waits for,
|             but for those that run only on a failure, and final ones
| afternotok  for one of these to fail, or to be cancelled because another has failed
| afterany    for the end of all its tasks, final ones included
| after       for the start of all its tasks that wait for nothing in it

Single tasks are `prep/tokenize`, `prep/*`, `prep/train[3]`; of one combination `prep[shard=0]/tokenize`, `prep[0]/tokenize`
or `prep.0/tokenize`. A `*` stays within its file: at the top, it stands for sub-workflows as a whole. In a file names are
those of that file, and its final tasks run when all else in it has ended.

What a sub-workflow waits for, those of its tasks wait for that could start without the success of another one of it. So
when that is never met, none of them runs, not even its final tasks and those that run on a failure.
)text"},
};

}  // namespace

std::span<const ManualSection> manual_sections() {
    return k_sections;
}

}  // namespace sbraid
