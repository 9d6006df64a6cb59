// How a batch script tries again.
//
// Nobody watches over a run, so the job does it itself: when its task has failed in a way that `retry` names,
// or has been told to stop ahead of its time limit (`continue`), the script puts its own job back into the
// queue. The job keeps its id, and so whoever waits for it goes on waiting.
//
// An element is requeued as ARRAY_ELEMENT: of one element SLURM_JOB_ID is the id of the whole array, and all
// of that would start again. Slurm is asked for the job's state first: what is not RUNNING (or, at its limit,
// COMPLETING because of that) somebody else has ended, scancel above all; a SIGTERM that is not the limit's
// is such a word too. In the time of grace before a preemption the job is RUNNING, but its steps have got a
// SIGTERM: Slurm starts it anew by itself, and that is no attempt. Attempts are counted in a file of
// state.d/, because SLURM_RESTART_COUNT counts preemptions and failed nodes.
//
// At the time limit SIGTERM comes, and KillWait is what is left: the requeue is in the trap. Lack of memory
// is read from the kernel's counts in the cgroup; an exit code does not tell, srun makes 1 of it. After the
// requeue the script waits to be killed: ending with 0 would be the job's success.
#include "attempts.hpp"

#include <fmt/format.h>

#include "own_failures.hpp"
#include "replaced.hpp"
#include "shell_text.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_counting = R"sh(
# The job tries again by itself: a requeue keeps its id, so that what waits for it goes on waiting. For each time there is
# a line in $SBRAID_TRIES, because SLURM_RESTART_COUNT counts preemptions and failed nodes too.
SBRAID_KEY=${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}
SBRAID_TRIES=$SBRAID_RUN_DIR/state.d/tries.$SBRAID_KEY

own_state() { # as in "RUNNING None": Slurm's state of this job, and the reason; PREEMPTED when it is about to be
    local try text
    type -P scontrol >/dev/null || return
    for try in {1..60}; do # slurmctld may be away for some minutes
        ((try == 1)) || sleep 5
        text=$(scontrol --oneliner show job "$SBRAID_KEY" 2>/dev/null) || continue
        if [[ $text =~ \ PreemptTime=[0-9] ]]; then
            echo PREEMPTED
            return
        elif [[ $text =~ \ JobState=([A-Z_]+)\ Reason=([^ ]+) ]]; then
            echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
            return
        fi
    done
}

may_try_again() { # retry|continue MOST WHY STATE: whether it may, if that is the job's state; counts it, and says so
    local state times
    state=$(own_state)
    if [[ ! $state ]]; then
        echo "sbraid: task '$SBRAID_TASK' $3, and $1 is not possible: scontrol is not there, or has no answer"
        return 1
    fi
    if [[ $state == PREEMPTED ]]; then
        echo "sbraid: task '$SBRAID_TASK' $3, because Slurm preempts it: that is no attempt"
        # Slurm requeues what is still there at the end of the time of grace. From 24.05 on also what ends before, and it has
        # to: what waits is requeued a second time, after its next end, because GRACE_PREEMPT stays set.
        [[ $(scontrol --version) =~ \ ([0-9]+)\.([0-9]+) ]]
        ((10#${BASH_REMATCH[1]:-0}${BASH_REMATCH[2]} < 2405)) || exit 143
        exec sleep infinity
    fi
    # Any other state is somebody's will: the job was cancelled, or is being moved.
    # shellcheck disable=SC2053 # it is a pattern
    [[ $state == $4 ]] || return
    times=$(grep -cs "^$1" "$SBRAID_TRIES")
    if ((times >= $2)); then
        echo "sbraid: task '$SBRAID_TASK' $3; $1.max = $2 is used up"
        SBRAID_WHY="${SBRAID_WHY:-$3}; $1.max = $2 is used up"
        return 1
    fi
    if ! { echo "$1: $3" >>"$SBRAID_TRIES"; } 2>/dev/null; then
        echo "sbraid: task '$SBRAID_TASK' $3, and $1 is not possible: $SBRAID_TRIES cannot be written"
        return 1
    fi
    echo "sbraid: -------- task '$SBRAID_TASK' $3: $1 $((times + 1)) of $2 --------"
}
)sh";

constexpr std::string_view k_requeue = R"sh(
requeue() { # retry|continue: does not return, unless Slurm refuses
    local answer
    SBRAID_GOT=
    trap SBRAID_GOT=TERM TERM # that is Slurm now, which ends what it has requeued
    answer=$(trap '' TERM; exec scontrol requeue "$SBRAID_KEY" 2>&1) || {
        echo "sbraid: Slurm does not requeue it: $answer"
        return 1
    }
@DELAY@    read -rt 10 -u 7
    read -rt 10 < <(note @NUMBER@ attempt_ended '"exit_code":'"${code:-143}"'@REPEATS@,"again":true'; echo)
    [[ ! $SBRAID_GOT ]] || exit 143
    exec sleep infinity # an end of its own could look like success
}
)sh";

constexpr std::string_view k_in_place = R"sh(
SBRAID_TRY=0 SBRAID_REPEATS=$(grep -cs '^retry' "$SBRAID_TRIES") # in this allocation, in all

again_here() { # the records of an end and of a start, and the pause between them
    read -rt 10 -u 7
    read -rt 10 < <(note @NUMBER@ attempt_ended '"exit_code":'"$code"'@REPEATS@,"again":true'; echo)
@BETWEEN@    ((++SBRAID_TRY, ++SBRAID_REPEATS))
    exec 7< <(note $((2 * SBRAID_TRY + 1)) attempt_started '"node":"'"$SLURMD_NODENAME"'"@REPEATS@'; echo)
}
)sh";

// v2 counts for all groups below the job's, v1 for each alone.
constexpr std::string_view k_out_of_memory = R"sh(
oom_kills() { # the kernel's counts of this job on this node, but for zeros: an exit code does not tell (srun makes 1 of it)
    local job
    job=/sys/fs/cgroup$(sed -nE 's,^0::(.*)/step_.*,\1,p; s,^[0-9]+:memory:(.*)/step_.*,/memory\1,p' /proc/self/cgroup)
    grep -hs '^oom_kill [1-9]' "$job"/memory.events "$job"/step_*/{,task_*/}memory.oom_control
}
SBRAID_OOM_KILLS=$(oom_kills)
)sh";

/// Within the quotes of members of a record.
constexpr std::string_view k_repeats = R"sh(,"repeats":'"$((SBRAID_REPEATS))"')sh";
constexpr std::string_view k_last_number = "$((2 * SBRAID_TRY + 2))";

/// Each mark wherever it stands.
std::string filled(std::string_view text,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> marks) {
    std::string result{text};
    for (const auto& [mark, with] : marks) result = replaced(std::move(result), mark, with);
    return result;
}

bool looks_at_memory(const Retry& retry) {
    return retry.fail || retry.oom;
}

/// `75 | 137`
std::string case_pattern(const std::vector<int>& codes) {
    std::string pattern;
    for (const int code : codes) pattern += fmt::format("{}{}", pattern.empty() ? "" : " | ", code);
    return pattern;
}

/// retry_failure(): whether the end with a code is one of `on`, and the next attempt then.
std::string retry_function(const Retry& retry) {
    std::string text = fmt::format(
        "\nretry_failure() {{ # after the exit code $1{}\n    local why=\"ended with exit code $1\"\n",
        retry.inplace ? "; in place" : "");
    if (looks_at_memory(retry)) {
        text += "    if [[ $(oom_kills) != \"$SBRAID_OOM_KILLS\" ]]; then\n";
        text +=
            retry.oom ? "        why='ran out of memory'\n" : "        return 1 # `retry` does not name it\n";
    }
    if (!retry.fail) {
        const std::string pattern = case_pattern(retry.codes);
        const std::string line =
            pattern.empty() ? "return 1" : fmt::format("case $1 in {}) ;; *) return 1 ;; esac", pattern);
        text += looks_at_memory(retry) ? fmt::format("    else\n        {}\n", line)
                                       : fmt::format("    {}\n", line);
    }
    if (looks_at_memory(retry)) text += "    fi\n";
    return text + fmt::format("    may_try_again retry {} \"$why\" 'RUNNING *' && {}\n}}\n", retry.max,
                              retry.inplace ? "again_here" : "requeue retry");
}

bool looks_at_limit(const Attempts& attempts) {
    return attempts.continuation || (attempts.retry && attempts.retry->timeout);
}

std::string limit_function(const Attempts& attempts) {
    std::string text =
        "\n# shellcheck disable=SC2317 # a trap calls it\nat_time_limit() { # SIGTERM has come, for that or "
        "for something else\n";
    if (attempts.continuation)
        text += fmt::format(
            "    [[ ! -e $SBRAID_DONE_FILE ]] &&\n        may_try_again continue {} 'reached its "
            "time limit' 'COMPLETING TimeLimit' && requeue continue\n",
            attempts.continuation->max);
    else
        text += fmt::format(
            "    may_try_again retry {} 'reached its time limit' 'COMPLETING TimeLimit' && requeue retry\n",
            attempts.retry->max);
    return text + "}\n";
}

std::string continue_function(const Continuation& continuation) {
    return fmt::format(
        R"sh(
go_on() {{ # it was told to stop: either it is done, or this is not its end
    while kill -0 -- "-$SBRAID_CHILD"; do sleep 1; done 2>/dev/null # what it has started may still be writing
    if [[ -e $SBRAID_DONE_FILE ]]; then
        code=0
    else
        may_try_again continue {} 'is not done yet' 'RUNNING *' && requeue continue
        ((code)) || code=1
    fi
}}
)sh",
        continuation.max);
}

std::string requeue_function(const Attempts& attempts) {
    const bool inplace = attempts.retry && attempts.retry->inplace;
    const bool waits = attempts.retry && attempts.retry->delay.count() > 0 && !inplace;
    const std::string delay =
        waits
            ? fmt::format("    [[ $1 != retry ]] || scontrol update JobId=\"$SBRAID_KEY\" StartTime=now+{}\n",
                          attempts.retry->delay.count())
            : std::string{};
    return filled(k_requeue, {{"@NUMBER@", inplace ? k_last_number : "2"},
                              {"@REPEATS@", inplace ? k_repeats : ""},
                              {"@DELAY@", delay}});
}

std::string in_place_function(const PlannedJob& job, const Retry& retry) {
    std::string between = forget_outputs(job);
    if (retry.delay.count() > 0)
        between += fmt::format(
            "    sleep {} &\n    SBRAID_CHILD=$!\n    wait \"$SBRAID_CHILD\"\n    [[ $SBRAID_GOT != TERM ]] "
            "|| return\n",
            retry.delay.count());
    if (looks_at_memory(retry)) between += "    SBRAID_OOM_KILLS=$(oom_kills)\n";
    return filled(k_in_place,
                  {{"@BETWEEN@", between}, {"@NUMBER@", k_last_number}, {"@REPEATS@", k_repeats}});
}

std::string indented(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        result += "    ";
        result += text.substr(0, end + 1);
        text.remove_prefix(end + 1);
    }
    return result;
}

}  // namespace

std::string outlive_signal(const Attempts& attempts, std::string_view shell) {
    if (!attempts.continuation || !reads_shell_text(shell)) return {};
    return fmt::format("trap : {} # this shell waits for what its commands make of it\n",
                       attempts.continuation->signal);
}

std::string ignore_signal(const Attempts& attempts) {
    if (!attempts.continuation) return {};
    return fmt::format(R"(sh -c 'trap "" {}; exec "$@"' sh)", attempts.continuation->signal);
}

std::string open_texts(const PlannedJob& job) {
    const bool is_there = job.script_body.find("\nopen_texts() {") != std::string::npos;
    return is_there ? "open_texts\n" : "";
}

std::string early_trap(const PlannedJob& job) {
    if (!job.attempts.continuation) return {};
    return fmt::format("\nSBRAID_STOP=\ntrap SBRAID_STOP=yes {} # so early it may come\n",
                       job.attempts.continuation->signal);
}

std::string attempt_exports(const PlannedJob& job) {
    if (!job.attempts.continuation) return {};
    return "export "
           "SBRAID_DONE_FILE=$SBRAID_RUN_DIR/state.d/"
           "done.${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}\n";
}

std::string attempt_functions(const PlannedJob& job) {
    const Attempts& attempts = job.attempts;
    if (!attempts.any()) return {};
    const auto& retry = attempts.retry;
    std::string text{k_counting};
    if (!retry || !retry->inplace || looks_at_limit(attempts)) text += requeue_function(attempts);
    if (retry && looks_at_memory(*retry)) text += k_out_of_memory;
    if (retry && retry->inplace) text += in_place_function(job, *retry);
    if (retry) text += retry_function(*retry);
    if (looks_at_limit(attempts)) text += limit_function(attempts);
    if (attempts.continuation) text += continue_function(*attempts.continuation);
    return text;
}

std::string all_attempts(const PlannedJob& job, const OneAttempt& one) {
    const Attempts& attempts = job.attempts;
    if (!attempts.any())
        return one.note_start + one.traps + one.start + one.wait + one.outputs + one.note_end;
    const auto& retry = attempts.retry;
    const auto& goes_on = attempts.continuation;
    std::string text = open_texts(job) + one.traps;
    if (looks_at_limit(attempts))
        text += "trap 'kill -s TERM \"$SBRAID_CHILD\"; SBRAID_GOT=TERM; at_time_limit' TERM\n";
    if (goes_on) {
        text += fmt::format(
            "trap '[[ ! $SBRAID_CHILD ]] || kill -s {0} -- \"-$SBRAID_CHILD\"; SBRAID_GOT={0} "
            "SBRAID_STOP=yes' {0}\n"
            "if [[ $SBRAID_STOP ]]; then run_task() {{ exit 1; }}; fi # it has come already: too late to "
            "begin\n"
            "set -m # a process group of its own, all of which gets the signal\n{1}set +m\n",
            goes_on->signal, one.start);
    } else {
        text += one.start;
    }
    text += one.wait;
    if (goes_on) text += "if [[ $SBRAID_STOP ]]; then go_on; fi\n";
    text += one.outputs;
    if (!retry) return one.note_start + text + one.note_end;
    const std::string failed =
        fmt::format("((code)) && [[ {}$SBRAID_GOT != TERM ]] && retry_failure \"$code\"",
                    goes_on ? "! $SBRAID_STOP && " : "");
    if (!retry->inplace)
        return one.note_start + text + failed + " # and is not back from a requeue\n" + one.note_end;
    // Records of several attempts: numbers of their own, and how many came before within an allocation.
    const std::string repeats = fmt::format("'{}'; echo)", k_repeats);
    const std::string last = fmt::format("note {}", k_last_number);
    return fmt::format("run_attempt() {{\n{}}}\n{}run_attempt\nwhile {}; do run_attempt; done\n{}",
                       indented(text), filled(one.note_start, {{"; echo)", repeats}}), failed,
                       filled(one.note_end, {{"note 2", last}, {"; echo)", repeats}}));
}

}  // namespace sbraid
