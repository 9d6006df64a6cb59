// The table of all keys, and how to look into it.
//
// The options of sbatch are those of sbatch(1) 22.05, and of later releases as far as they are about the job.
// What this version cannot do yet and what has no place in a workflow stand here too, so that they are
// refused with a reason.
#include "sbraid/option_table.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

#include "characters.hpp"
#include "key_grammars.hpp"
#include "sbraid/suggest.hpp"

namespace sbraid {
namespace {

using enum KeyRole;
using enum KeyType;
namespace g = grammar;

// One short maker for each kind of row, so that a row says only what is its own.
constexpr Key part(std::string_view name, KeyType type, std::string_view example, std::string_view doc) {
    return {name, KeyScope::file, structure, type, nullptr, {}, example, doc};
}
constexpr Key own(std::string_view name, KeyScope scope, KeyType type, std::string_view sbatch,
                  std::string_view example, std::string_view doc) {
    return {name, scope, structure, type, nullptr, sbatch, example, doc};
}
constexpr Key checked(std::string_view name, const Grammar& grammar, std::string_view example,
                      std::string_view doc) {
    return {name, KeyScope::defaults, structure, text, &grammar, {}, example, doc};
}
constexpr Key waits(std::string_view name, std::string_view example, std::string_view doc) {
    return {name, KeyScope::task, edge, tasks, nullptr, "dependency", example, doc};
}
constexpr Key waits_otherwise(std::string_view name, KeyType type, std::string_view example,
                              std::string_view doc) {
    return {name, KeyScope::task, edge, type, nullptr, "dependency", example, doc};
}
constexpr Key option(std::string_view name, std::string_view sbatch, KeyType type, const Grammar& grammar,
                     std::string_view example, std::string_view doc) {
    return {name, KeyScope::defaults, job, type, &grammar, sbatch, example, doc};
}
constexpr Key never(std::string_view name, std::string_view sbatch, std::string_view reason) {
    return {name, KeyScope::defaults, refused, text, nullptr, sbatch, {}, reason};
}

// clang-format off
constexpr std::array k_keys{
    // The parts of the file.
    part("name", text, R"("finetune")", "the name of the workflow: letters, digits, . _ -, at most 64, the first a letter, a digit or _; default: the name of the file"),
    part("include", texts, R"(["site.toml"])", "files whose keys are merged into this one, key by key, which wins over them; the later of them wins over the earlier; `env` and `sbatch` of [defaults] are merged, `setup` is joined; paths in a file start at its own folder"),
    part("vars", table, R"({ base = "llama-8b", lr = 1e-4 })", "values for {{name}} in any string; -D name=value on the command line wins; {{{{ gives two braces"),
    part("defaults", table, R"({ partition = "gpu", time = "02:00:00" })", "keys for every task; a task's own wins"),
    part("task", table, "", "[task.NAME] is a task: a node of the graph, one job of Slurm"),
    part("final", table, "", "[final.NAME] is a task that runs when all others have ended, however they ended"),

    part("limits", table, R"({ gpus = 16, jobs = 50, gpu_hours = 500, category.download = 2 })", "how much of the workflow may run at once, kept by edges: gpus, jobs, and category.NAME for the tasks with category = \"NAME\"; gpu_hours: what all of it may cost"),
    part("notify", table, R"({ webhook = "https://hooks.example.org/T0/B1", on = ["finished", "failed"] })", "webhook: the URL that gets a message by POST, or file:PATH of a file that holds it; on: \"finished\", the run has ended, however it did, or \"failed\", a task has failed for good; without it: \"finished\""),

    // What runs: exactly one of run, script, command and workflow.
    own("run", KeyScope::task, text, "", R"("python train.py --lr {{lr}}")", "shell text, read by `shell`"),
    own("script", KeyScope::task, text, "", R"("train.sbatch")", "an existing batch script; its own #SBATCH lines stay in force unless the file overrides them; as under sbatch, $0 is not its path"),
    own("command", KeyScope::task, arguments, "", R"(["python", "train.py"])", "a program and its arguments, no shell between"),
    own("args", KeyScope::task, arguments, "", R"(["--steps", "1000"])", "arguments for `script`"),
    own("workflow", KeyScope::task, text, "", R"("prep.toml")", "the tasks of another workflow file, as NAME/TASK; beside it stand edges, `vars` and `matrix` (then they are NAME.0/TASK, ...). To wait for NAME: afterok is the success of all its tasks whose success no other one of it waits for, without final ones and those that run only on a failure, afternotok the failure of one of these, afterany the end of all its tasks, after the start of all that wait for nothing in it; what NAME waits for, those of its tasks wait for that could start without the success of another"),
    own("vars", KeyScope::task, table, "", R"({ base = "llama-8b" })", "beside `workflow`: values for [vars] of that file"),
    own("shell", KeyScope::defaults, text, "", R"("/bin/bash -eo pipefail")", "the command that reads `run`; default: /bin/bash -eo pipefail"),
    own("setup", KeyScope::defaults, text, "", R"("module load cuda")", "shell text before what runs; that of [defaults] comes first"),
    own("env", KeyScope::defaults, table, "", R"({ OMP_NUM_THREADS = 8 })", "environment variables, their values as they are: `$HOME` in one stays so, where `setup` with an `export` has the shell replace it; merged with those of [defaults]"),
    own("workdir", KeyScope::defaults, text, "chdir", R"("data")", "where it runs, a folder that is there when the task starts; default: the folder of the workflow file"),
    own("array", KeyScope::task, text_or_number, "array", R"("0-15%4")", "one element for each index, in Slurm's grammar"),
    own("matrix", KeyScope::task, table, "array", R"x({ lr = ["1e-4", "3e-4"], seed = [1, 2] })x", "one element for each combination; {{lr}} in run, command, args, env and setup, $SBRAID_PARAM_LR in the job; `exclude` and `include` take arrays of tables"),
    own("max_parallel", KeyScope::task, number, "array", "4", "so many elements at a time, at most"),
    own("inputs", KeyScope::task, paths, "", R"(["data/train.txt", "shards/*.bin"])", "what it reads: paths, globs, and folders with / at the end, from `workdir` on; it waits for the tasks that write them"),
    own("outputs", KeyScope::task, paths, "", R"(["model.pt"])", "what it writes; {{key}} of its matrix and %a, the number of the element, may stand in it; when one is not there in the end, the task fails; two tasks never write one file, and into one folder (with / at the end) as many as you like"),
    own("service", KeyScope::task, flag, "", "true", "lives beside the others, which wait for its start (after = [\"NAME\"]); cancelled when the last of these has ended, or, where there are none, all others"),
    checked("expect", g::duration, R"("90m")", "how long it will run, for planning; `time` is how long it may, and no less"),
    checked("category", g::own_name, R"("download")", "a name for tasks that share a limit: see `limits`"),
    own("hold", KeyScope::defaults, flag, "hold", "true", "submit held; sbraid never releases it"),
    checked("launch", g::launcher, R"("srun")", "who starts the processes of run and command: \"none\", once, on the first node; \"srun\", each rank; \"torchrun\", one torchrun a node with a worker for each GPU, run being what comes after torchrun and its options; \"mpirun\", likewise. setup runs once, before it. With srun and GPUs, and with torchrun, MASTER_ADDR and MASTER_PORT name a place to meet; default: none"),
    own("container_image", KeyScope::defaults, flag_or_text, "", R"("nvcr.io#nvidia/pytorch:24.05-py3")", "the image that pyxis (srun --container-image) runs it in, below the same workdir; setup and the batch script stay outside; false: none"),
    own("apptainer", KeyScope::defaults, flag_or_text, "", R"("pytorch.sif")", "the image that `apptainer exec` runs it in, with --nv where it asks for GPUs (of AMD: env = { APPTAINER_ROCM = 1 }); setup and the batch script stay outside; false: none"),
    own("container_mounts", KeyScope::defaults, texts, "", R"(["/data/imagenet:/data:ro"])", "what container_image or apptainer mounts besides: source:target, :ro for read only"),
    own("sbatch", KeyScope::defaults, table, "", R"({ "some-option" = "x" })", "options of sbatch that sbraid does not know, passed on as they are"),

    // What it does when it fails, or when its time is over.
    own("retry", KeyScope::defaults, table, "", R"x({ max = 2, on = ["exit:75", "node_fail"], delay = "5m" })x", "a failed attempt is followed by another one, as the same job: what waits for it goes on waiting. `max`: so many after the first (`retry = 2` is short for that). `on`: what is tried again, of fail (any exit code but 0, any signal), exit:N, signal:N, oom (out of memory, which fail is not), timeout (the time limit) and node_fail (which Slurm does by itself, said or not, and counts not as an attempt); default fail. `delay`: at least so long between two. `inplace = true`: in the same allocation, without a requeue. 0 takes the default away"),
    own("continue", KeyScope::defaults, table, "", R"x({ signal = "USR2", lead = "5m", max = 20 })x", "a task that goes on over its time limit, as the same job: `lead` (5m) before the limit all its processes get `signal` (USR2), save what they have and end; up to `max` times (to be given) it is requeued then, unless the file $SBRAID_DONE_FILE is there. It is done when it ends with 0 before the signal, or with that file. Slurm may send the signal a minute early. false takes the default away"),

    // What it waits for.
    waits("afterok", R"(["prepare"])", "starts when these have succeeded: tasks, \"prep-*\", \"train[3]\", \"job:12345\""),
    waits("afterany", R"(["prepare"])", "starts when these have ended, however they ended"),
    waits("afternotok", R"(["prepare"])", "starts when these have failed"),
    waits("after", R"(["prepare+10"])", "starts when these have started, +N: N minutes later"),
    waits("aftercorr", R"(["prepare"])", "element by element: each starts when the same element of these has succeeded"),

    waits_otherwise("singleton", flag, "true", "starts when no earlier job of the same name and user is left"),
    waits_otherwise("dependency", text, R"x("afterok:a,(afterok:b?afternotok:c)")x", "Slurm's grammar with names for ids: `,` all, `?` any; parentheses mix them"),
    checked("on_dead_dependency", g::dead_dependency, R"("keep")", "what becomes of it when its dependency can never be met: \"cancel\", or \"keep\": it stays in the queue until somebody changes its dependency or cancels it; default: as the site has it (--kill-on-invalid-dep)"),

    // Where it runs, and for whom.
    option("account", "account", text, g::name, R"("physics")", "the account to charge"),
    option("partition", "partition", texts, g::name, R"("gpu")", "partitions, the first that can start it wins"),
    option("qos", "qos", text, g::name, R"("long")", "quality of service"),
    option("reservation", "reservation", texts, g::name, R"("course")", "run in a reservation"),
    option("clusters", "clusters", text, g::cluster, R"("hpc2")", "the cluster; one for the whole workflow"),
    option("cluster_constraint", "cluster-constraint", text, g::features, R"("!old")", "features that a federated cluster must have"),
    option("wckey", "wckey", text, g::name, R"("project1")", "workload characterisation key"),
    option("mcs_label", "mcs-label", text, g::name, R"("groupa")", "label of the mcs/group plugin"),
    option("job_name", "job-name", text, g::any, R"("big-train")", "the name in squeue; default: WORKFLOW.TASK"),
    option("comment", "comment", text, g::any, R"("for the paper")", "a comment; it follows sbraid's own token"),

    // When.
    option("time", "time", text_or_number, g::time_limit, R"("02:00:00")", "limit of the run time"),
    option("time_min", "time-min", text_or_number, g::time_limit, R"("00:30:00")", "the limit may be lowered to this if the job starts earlier"),
    option("begin", "begin", moment, g::moment, R"("now+2hours")", "not before this time"),
    option("deadline", "deadline", moment, g::moment, R"("2030-01-20T12:34:00")", "remove it if it cannot end before this time"),
    option("nice", "nice", text_or_number, g::adjustment, "100", "lower the priority by this much"),
    option("priority", "priority", text_or_number, g::priority, "1000", "a priority; for operators and administrators"),
    option("delay_boot", "delay-boot", text_or_number, g::time_limit, "5", "minutes to wait for nodes that have the features already"),
    option("reboot", "reboot", flag, g::any, "true", "reboot the nodes first; for administrators"),

    // Nodes, tasks, CPUs.
    option("nodes", "nodes", text_or_number, g::node_count, "2", "number of nodes, or a range"),
    option("use_min_nodes", "use-min-nodes", flag, g::any, "true", "of a range of nodes prefer the smaller number"),
    option("ntasks", "ntasks", text_or_number, g::count, "8", "number of ranks"),
    option("ntasks_per_node", "ntasks-per-node", text_or_number, g::count, "4", "ranks on each node"),
    option("ntasks_per_core", "ntasks-per-core", text_or_number, g::count, "1", "at most so many ranks on a core"),
    option("ntasks_per_socket", "ntasks-per-socket", text_or_number, g::count, "2", "at most so many ranks on a socket"),
    option("ntasks_per_gpu", "ntasks-per-gpu", text_or_number, g::count, "1", "ranks for each GPU"),
    option("cpus_per_task", "cpus-per-task", text_or_number, g::count, "8", "CPUs for each rank"),
    option("cpus_per_gpu", "cpus-per-gpu", text_or_number, g::count, "8", "CPUs for each GPU"),
    option("mincpus", "mincpus", text_or_number, g::count, "16", "at least so many CPUs on a node"),
    option("sockets_per_node", "sockets-per-node", text_or_number, g::sockets, "2", "only nodes with so many sockets"),
    option("cores_per_socket", "cores-per-socket", text_or_number, g::sockets, "16", "only nodes with so many cores on a socket"),
    option("threads_per_core", "threads-per-core", text_or_number, g::sockets, "1", "only nodes with so many threads on a core; use at most these"),
    option("extra_node_info", "extra-node-info", text_or_number, g::sockets, R"("2:16:1")", "only nodes with so many sockets, cores and threads"),
    option("core_spec", "core-spec", text_or_number, g::whole, "0", "cores of each node kept for the system"),
    option("thread_spec", "thread-spec", text_or_number, g::whole, "1", "threads of each node kept for the system"),
    option("distribution", "distribution", text, g::distribution, R"("block:cyclic")", "how ranks are laid out"),
    option("hint", "hint", text, g::hint, R"("nomultithread")", "bind by what the application is bound by"),
    option("overcommit", "overcommit", flag, g::any, "true", "more than one rank on a CPU"),
    option("oversubscribe", "oversubscribe", flag, g::any, "true", "share the resources with other jobs"),
    option("exclusive", "exclusive", flag_or_text, g::exclusive, "true", "share no node with other jobs; \"user\": only with my own"),
    option("contiguous", "contiguous", flag, g::any, "true", "nodes that stand side by side"),
    option("spread_job", "spread-job", flag, g::any, "true", "over as many nodes as possible"),
    option("switches", "switches", text_or_number, g::switches, R"("1@60")", "at most so many switches; wait for them so long"),
    option("segment", "segment", text_or_number, g::count, "4", "size of a segment of a block topology (24.05)"),
    option("consolidate_segments", "consolidate-segments", flag, g::any, "true", "segments of a block topology side by side (25.05)"),
    option("spread_segments", "spread-segments", flag, g::any, "true", "segments of a block topology apart (25.05)"),
    option("constraint", "constraint", text, g::features, R"("a100|h100")", "features that the nodes must have"),
    option("prefer", "prefer", text, g::features, R"("h100")", "features that are tried first"),
    option("batch", "batch", text, g::features, R"("haswell")", "features of the node that runs the batch script"),
    option("nodelist", "nodelist", texts, g::node_list, R"("n[1-4]")", "these nodes, and others if more are needed"),
    option("nodefile", "nodefile", text, g::path, R"("nodes.txt")", "a file with the list of nodes"),
    option("exclude", "exclude", texts, g::node_list, R"("n[7,9]")", "not these nodes"),

    // Memory, GPUs, other resources.
    option("mem", "mem", text_or_number, g::memory, R"("32G")", "memory on each node; 0 is all of it"),
    option("mem_per_cpu", "mem-per-cpu", text_or_number, g::memory, R"("4G")", "memory for each CPU"),
    option("mem_per_gpu", "mem-per-gpu", text_or_number, g::memory, R"("64G")", "memory for each GPU"),
    option("mem_bind", "mem-bind", text, g::any, R"("local")", "bind ranks to memory"),
    option("tmp", "tmp", text_or_number, g::memory, R"("100G")", "temporary disk space on each node"),
    option("gres", "gres", texts, g::gres, R"("gpu:h100:4")", "generic resources on each node"),
    option("gres_flags", "gres-flags", texts, g::gres_flags, R"("enforce-binding")", "how generic resources are bound"),
    option("gpus", "gpus", text_or_number, g::gpus, "8", "GPUs of the whole job"),
    option("gpus_per_node", "gpus-per-node", text_or_number, g::gpus, R"("h100:4")", "GPUs on each node"),
    option("gpus_per_task", "gpus-per-task", text_or_number, g::gpus, "1", "GPUs for each rank"),
    option("gpus_per_socket", "gpus-per-socket", text_or_number, g::gpus, "2", "GPUs on each socket; needs sockets_per_node"),
    option("gpu_bind", "gpu-bind", text, g::gpu_binding, R"("closest")", "bind ranks to GPUs"),
    option("gpu_freq", "gpu-freq", text_or_number, g::gpu_frequency, R"("medium,memory=high")", "frequency of the GPUs"),
    option("tres_per_task", "tres-per-task", texts, g::tres, R"("cpu:4,gres/gpu:1")", "resources for each rank (23.11)"),
    option("tres_bind", "tres-bind", text, g::any, R"("gres/gpu:closest")", "bind ranks to resources (23.11)"),
    option("licenses", "licenses", texts, g::licenses, R"("matlab:2")", "licenses"),
    option("cpu_freq", "cpu-freq", text_or_number, g::any, R"("high")", "frequency of the CPUs"),
    option("power", "power", text, g::any, R"("level")", "flags of the power management plugin"),
    option("network", "network", text, g::any, R"("system")", "what the switch plugin understands"),
    option("bb", "bb", text, g::any, R"("capacity=1G")", "burst buffer"),
    option("bbf", "bbf", text, g::path, R"("buffer.conf")", "file with the burst buffer's specification"),

    // How it runs, and what is told of it.
    option("output", "output", text, g::path, R"("out-%j.txt")", "standard output; default: logs/ in the run directory"),
    option("error", "error", text, g::path, R"("err-%j.txt")", "standard error; default: with the output"),
    option("input", "input", text, g::path, R"("input.txt")", "standard input"),
    option("open_mode", "open-mode", text, g::open_mode, R"("append")", "append to the output, or truncate it"),
    option("signal", "signal", text_or_number, g::signal, R"("B:USR1@120")", "signal it before the limit is reached"),
    option("requeue", "requeue", flag, g::any, "true", "may be requeued after a node failure or preemption; false: never"),
    option("no_kill", "no-kill", flag_or_text, g::off, "true", "go on when a node fails"),
    option("mail_type", "mail-type", texts, g::mail_types, R"(["END", "FAIL"])", "mail when this happens"),
    option("mail_user", "mail-user", texts, g::name, R"("me@example.org")", "whom to mail"),
    option("export", "export", texts, g::any, R"("NONE")", "variables of the submitting shell that reach the job"),
    option("export_file", "export-file", text, g::path, R"("env.bin")", "file with variables for the job"),
    option("propagate", "propagate", flag_or_text, g::rlimits, R"("NOFILE")", "limits of the submitting shell that hold for the job"),
    option("profile", "profile", texts, g::profile, R"("task")", "detailed profiles"),
    option("acctg_freq", "acctg-freq", text_or_number, g::sampling, R"("task=30")", "how often usage is sampled"),
    option("container", "container", text, g::path, R"("/images/bundle")", "path of an OCI bundle that the batch script runs in: it needs bash, and the run directory for notes; with launch = \"srun\" or \"torchrun\" the ranks alone run in it"),
    option("container_id", "container-id", text, g::name, R"("c1")", "id of the container (23.02)"),
    option("extra", "extra", text, g::any, R"("anything")", "text for the site's own plugins (23.02)"),
    option("wait_all_nodes", "wait-all-nodes", text_or_number, g::zero_one, "1", "1: start only when all nodes are booted"),
    option("stepmgr", "stepmgr", flag, g::any, "true", "manage steps on the job's first node (24.05)"),
    option("oom_kill_step", "oom-kill-step", text_or_number, g::yes_no, "1", "1: an out-of-memory rank takes its whole step with it (24.05)"),
    option("ignore_pbs", "ignore-pbs", flag, g::any, "true", "ignore #PBS lines of the script"),

    // Options of sbatch that have no place in a workflow.
    never("kill_on_invalid_dep", "kill-on-invalid-dep", "sbraid sets it itself, task by task"),
    never("chdir", "chdir", "sbraid calls it workdir"),
    never("no_requeue", "no-requeue", "write requeue = false"),
    never("wait", "wait", "it is about the submission itself: `sbraid wait` waits for the run"),
    never("parsable", "parsable", "it is about the submission itself: `sbraid submit --parsable` prints job ids"),
    never("test_only", "test-only", "it is about the submission itself: `sbraid submit --dry-run` shows what would be submitted"),
    never("quiet", "quiet", "it is about the submission itself"),
    never("verbose", "verbose", "it is about the submission itself"),
    never("wrap", "wrap", "it is about the submission itself: `run` takes shell text"),
    never("uid", "uid", "it is about the submission itself: the run belongs to who submits it"),
    never("gid", "gid", "it is about the submission itself: the run belongs to who submits it"),
    never("get_user_env", "get-user-env", "it is about the submission itself: `env` and `setup` make the job's environment"),
    never("help", "help", "it is about the submission itself"),
    never("usage", "usage", "it is about the submission itself"),
    never("version", "version", "it is about the submission itself"),
};

constexpr std::array k_exclusions{
    Exclusion{"mem", "mem_per_cpu"},               Exclusion{"mem", "mem_per_gpu"},
    Exclusion{"mem_per_cpu", "mem_per_gpu"},       Exclusion{"cpus_per_task", "cpus_per_gpu"},
    Exclusion{"core_spec", "thread_spec"},         Exclusion{"exclusive", "oversubscribe"},
    Exclusion{"hint", "ntasks_per_core"},          Exclusion{"hint", "threads_per_core"},
    Exclusion{"hint", "extra_node_info"},          Exclusion{"extra_node_info", "threads_per_core"},
    Exclusion{"extra_node_info", "ntasks_per_core"}, Exclusion{"ntasks_per_gpu", "gpus_per_task"},
    Exclusion{"ntasks_per_gpu", "gpus_per_socket"}, Exclusion{"ntasks_per_gpu", "ntasks_per_node"},
    Exclusion{"nodelist", "nodefile"},             Exclusion{"tres_per_task", "gpus_per_task"},
    Exclusion{"tres_per_task", "cpus_per_task"},
};

// What people write who come from elsewhere. Left: theirs; right: ours.
constexpr std::array<std::pair<std::string_view, std::string_view>, 33> k_synonyms{{
    {"walltime", "time"}, {"timelimit", "time"}, {"time_limit", "time"}, {"timeout", "time"}, {"runtime", "time"},
    {"memory", "mem"}, {"mem_mb", "mem"}, {"ram", "mem"}, {"cpus", "cpus_per_task"}, {"cores", "cpus_per_task"},
    {"threads", "cpus_per_task"}, {"gpu", "gpus"}, {"queue", "partition"}, {"project", "account"}, {"tasks", "ntasks"},
    {"needs", "afterok"}, {"depends", "afterok"}, {"depends_on", "afterok"}, {"deps", "afterok"}, {"requires", "afterok"},
    {"dependencies", "afterok"}, {"parents", "afterok"}, {"cmd", "run"}, {"exec", "run"}, {"bash", "run"},
    {"cwd", "workdir"}, {"dir", "workdir"}, {"working_directory", "workdir"}, {"environment", "env"}, {"stdout", "output"},
    {"stderr", "error"}, {"stdin", "input"}, {"modules", "setup"},
}};
// What is said once for a site or a user, and for no workflow.
constexpr std::array<std::string_view, 6> k_of_the_configuration{"gpu_style", "gate", "kill_invalid_dep", "patience", "connections", "backend"};
// clang-format on

bool is_visible(const Key& key, KeyScope scope) {
    if (scope == KeyScope::task) return key.scope != KeyScope::file;
    return key.scope == scope;
}

}  // namespace

std::optional<Complaint> complaint(const Grammar& grammar, std::string_view text) {
    if (text.empty()) return Complaint{};
    if (grammar.check != nullptr) return grammar.check(text);
    if (grammar.words.empty()) return std::nullopt;
    const auto parts = grammar.list ? split(text, ',') : std::vector{text};
    for (const std::string_view part : parts) {
        const bool known =
            std::any_of(grammar.words.begin(), grammar.words.end(),
                        [part](std::string_view word) { return equal_ignoring_case(word, part); });
        if (known) continue;
        return Complaint{parts.size() > 1 ? fmt::format("there is no '{}'", part) : std::string{},
                         did_you_mean(part, grammar.words)};
    }
    return std::nullopt;
}

std::span<const Key> key_table() {
    return k_keys;
}

const Key* find_key(KeyScope scope, std::string_view name) {
    static const auto index = [] {
        std::unordered_multimap<std::string_view, const Key*> by_name;
        for (const Key& key : k_keys) by_name.emplace(key.name, &key);
        return by_name;
    }();
    const auto [first, last] = index.equal_range(name);
    const auto found =
        std::find_if(first, last, [scope](const auto& entry) { return is_visible(*entry.second, scope); });
    return found == last ? nullptr : found->second;
}

const Key* find_sbatch_option(std::string_view option) {
    const auto found =
        std::find_if(k_keys.begin(), k_keys.end(), [option](const Key& key) { return key.sbatch == option; });
    return found == k_keys.end() ? nullptr : &*found;
}

std::string hint_for_unknown_key(KeyScope scope, std::string_view name) {
    if (std::find(k_of_the_configuration.begin(), k_of_the_configuration.end(), name) !=
        k_of_the_configuration.end())
        return "it belongs into the configuration: /etc/sbraid/config.toml or ~/.config/sbraid/config.toml";
    const auto synonym = std::find_if(k_synonyms.begin(), k_synonyms.end(), [name](const auto& pair) {
        return equal_ignoring_case(pair.first, name);
    });
    if (synonym != k_synonyms.end() && find_key(scope, synonym->second) != nullptr)
        return fmt::format("did you mean '{}'?", synonym->second);
    std::vector<std::string_view> names;
    for (const Key& key : k_keys)
        if (is_visible(key, scope) && key.role != refused) names.push_back(key.name);
    return did_you_mean(name, names);
}

std::span<const Exclusion> exclusions() {
    return k_exclusions;
}

std::span<const std::string_view> excluded_by(std::string_view key) {
    static const auto index = [] {
        std::unordered_map<std::string_view, std::vector<std::string_view>> by_key;
        for (const auto& [first, second] : k_exclusions) {
            by_key[first].push_back(second);
            by_key[second].push_back(first);
        }
        return by_key;
    }();
    const auto found = index.find(key);
    return found == index.end() ? std::span<const std::string_view>{} : found->second;
}

}  // namespace sbraid
