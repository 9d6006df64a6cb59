#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# What the workflow language says, on a real Slurm: edges that are met when they should be, and elements that get what is
# theirs.

load lib
load flow

setup_file() { box_start --nodes 4 --gpus 0 --no-accounting --conf MaxArraySize=21; }

@test "a truth table: or, and mixed with or, of three parents that end well or not" {
    # For each of the eight outcomes, its three parents and a child for each condition.
    conditions=(
        'afterok:A?afterok:B?afterok:C'
        'afterok:A,(afterok:B?afterok:C)'
        '(afterok:A,afterok:B)?afterok:C'
        '(afterok:A?afternotok:B),(afterok:C?afternotok:A)'
        'afternotok:A?(afterok:B,afternotok:C)'
        'afterok:A,(afterok:B?(afternotok:B,afterok:C))'
    )
    # The same in bash, with 1 for a parent that ends well.
    formulas=('A||B||C' 'A&&(B||C)' '(A&&B)||C' '(A||!B)&&(C||!A)' '!A||(B&&!C)' 'A&&(B||(!B&&C))')
    {
        printf 'name = "truth"\n[defaults]\ntime = "2"\nmem = "20M"\n'
        for outcome in 000 001 010 011 100 101 110 111; do
            for parent in A B C; do
                bit=${outcome:$(($(printf %d "'$parent") - 65)):1}
                printf '[task.%s%s]\nrun = "exit %d"\n' "$parent" "$outcome" $((1 - bit))
            done
            for i in "${!conditions[@]}"; do
                printf '[task.x%s-%d]\nrun = "true"\ndependency = "%s"\n' "$outcome" "$i" \
                    "$(sed -E "s/:([ABC])/:\1$outcome/g" <<<"${conditions[i]}")"
            done
        done
    } >"$SCRATCH/work/truth.toml"
    write_flow <"$SCRATCH/work/truth.toml"
    submit_flow
    "$SBRAID" wait || true
    states=$("$SBRAID" status -P --noheader)
    wrong=0
    for outcome in 000 001 010 011 100 101 110 111; do
        # shellcheck disable=SC2034
        A=${outcome:0:1} B=${outcome:1:1} C=${outcome:2:1}
        for i in "${!formulas[@]}"; do
            expected=SKIPPED
            formula=${formulas[i]}
            if ((formula)); then expected=COMPLETED; fi
            got=$(awk -F'|' -v task="x$outcome-$i" '$1 == task { print $4 }' <<<"$states")
            [[ $got == "$expected" ]] || { echo "$outcome ${conditions[i]}: $got, not $expected" && wrong=1; }
        done
    done
    equal 0 "$wrong"
}

@test "a chain of three matrices goes element by element" {
    write_flow <<'T'
name = "chain"
[defaults]
time = "10"
mem = "20M"
[task.a]
matrix = { x = ["p", "q", "r", "s", "t"], y = [1, 2, 3, 4] }
# The element q,3 is held up until somebody else of the chain has come to its end.
run = """
if [ {{x}}{{y}} = q3 ]; then until [ -e c.p1 ]; do sleep 0.1; done; fi
date +%s.%N >a.{{x}}{{y}}
"""
[task.b]
aftercorr = ["a"]
run = "ls a.{{x}}{{y}} >b.{{x}}{{y}}"
[task.c]
aftercorr = ["b"]
command = ["cp", "b.{{x}}{{y}}", "c.{{x}}{{y}}"]
T
    submit_flow
    "$SBRAID" wait
    # a.q3 could end, so c.p1 was there before it: elements do not wait for the whole.
    equal "COMPLETED" "$(state_of a)"
    equal 20 "$(find . -maxdepth 1 -name 'c.*' | wc -l)"
    # Each child found what its own parent had made.
    for file in c.*; do equal "a.${file#c.}" "$(cat "$file")"; done
    equal 'x=q,y=3' "$("$SBRAID" status --json | jq -r '.tasks[] | select(.task == "a") | .element' | sed -n 7p)"
}

@test "a slice, one element, and values with everything a shell could trip over" {
    write_flow <<'T'
name = "slice"
[defaults]
time = "2"
mem = "20M"
[task.sweep]
matrix = { word = ["a b", "$HOME", "it's", "&", "*", "{{{{seed}}"], seed = [1, 2], exclude = [{ word = "&", seed = 2 }], include = [{ word = "last", seed = 9 }] }
env = { FROM_ENV = "<{{word}}>" }
run = """
printf '%s' "{{seed}}|$FROM_ENV|$SBRAID_PARAM_WORD" >"out.$SLURM_ARRAY_TASK_ID"
[ {{seed}} != 2 ]
"""
[task.ones]
afterok = ["sweep[seed=1]"]
run = "true"
[task.twos]
afternotok = ["sweep[seed=2]"]
run = "true"
[task.last]
afterok = ["sweep[word=last,seed=9]"]
run = "true"
[task.never]
afterok = ["sweep[seed=2]"]
run = "true"
T
    submit_flow
    "$SBRAID" wait || true
    for task in ones twos last; do equal COMPLETED "$(state_of $task)"; done
    equal SKIPPED "$(state_of never)"
    equal '1|<a b>|a b' "$(cat out.0)"
    equal '2|<$HOME>|$HOME' "$(cat out.3)"
    equal "1|<it's>|it's" "$(cat out.4)"
    equal '1|<&>|&' "$(cat out.6)"
    equal '1|<*>|*' "$(cat out.8)"
    equal '2|<{{seed}}>|{{seed}}' "$(cat out.11)"
    equal '9|<last>|last' "$(cat out.12)"
    [[ ! -e out.7 ]]
}

@test "an array that is larger than Slurm takes still looks like one" {
    write_flow <<'T'
name = "cut"
[defaults]
time = "2"
mem = "20M"
[task.shards]
array = "0-44%6"
run = "echo $SLURM_ARRAY_TASK_ID $SLURM_ARRAY_TASK_MIN $SLURM_ARRAY_TASK_MAX $SLURM_ARRAY_TASK_COUNT >in.$SLURM_ARRAY_TASK_ID; [ $SLURM_ARRAY_TASK_ID != 33 ]"
[task.each]
aftercorr = ["shards"]
run = "cp in.$SLURM_ARRAY_TASK_ID out.$SLURM_ARRAY_TASK_ID"
[task.one]
afterok = ["shards[41]"]
run = "true"
[task.all]
afterok = ["shards"]
run = "true"
[task.alarm]
afternotok = ["shards"]
run = "true"
T
    submit_flow
    "$SBRAID" wait || true
    equal 44 "$(find . -maxdepth 1 -name 'out.*' | wc -l)"
    equal "0 0 44 45" "$(cat out.0)"
    equal "41 0 44 45" "$(cat out.41)"
    equal COMPLETED "$(state_of one)"
    equal SKIPPED "$(state_of all)"
    equal COMPLETED "$(state_of alarm)"
    equal '33' "$("$SBRAID" status --json | jq -r '.tasks[] | select(.task == "shards" and .state == "FAILED") | .element')"
    equal '45' "$("$SBRAID" status --json | jq '[.tasks[] | select(.task == "shards")] | length')"
    "$SBRAID" logs 'shards[33]' >/dev/null
}

@test "a final task runs when all else has ended, whatever was cancelled or failed before" {
    write_flow <<'T'
name = "last"
[defaults]
time = "10"
mem = "20M"
[task.a]
run = "exit 3"
[task.b]
afterok = ["a"]
run = "true"
[task.c]
run = "while [ ! -e go ]; do sleep 0.1; done"
[task.d]
afterok = ["c"]
run = "true"
[final.report]
run = "date >report.made"
T
    submit_flow
    wait_for 60 is_state a FAILED
    "$SBRAID" cancel --yes d
    equal PENDING "$(state_of report)"
    touch go
    "$SBRAID" wait || equal 6 $?
    equal COMPLETED "$(state_of report)"
    equal SKIPPED "$(state_of b)"
    [[ -e report.made ]]
}

@test "a service lives until the last task that needs it has ended" {
    write_flow <<'T'
name = "served"
[defaults]
time = "20"
mem = "20M"
[task.server]
service = true
run = "echo up >server.up; sleep 1000"
[task.ask]
after = ["server"]
matrix = { n = [1, 2] }
run = "until [ -e server.up ]; do sleep 0.1; done; touch asked.{{n}}"
[task.slow]
after = ["server"]
run = "until [ -e go ]; do sleep 0.1; done"
[task.none]
after = ["server"]
afternotok = ["ask"]
run = "true"
[final.report]
run = "touch report.made"
T
    submit_flow
    wait_for 60 is_state ask COMPLETED
    equal RUNNING "$(state_of server)"
    touch go
    "$SBRAID" wait
    equal CANCELLED "$(state_of server)"
    equal SKIPPED "$(state_of none)"
    equal COMPLETED "$(state_of report)"
    [[ $("$SBRAID" status) == *"nothing needs it any more"* ]]
}

@test "what writes comes before what reads, and an output that is missing is a failure" {
    write_flow <<'T'
name = "data"
[defaults]
time = "10"
mem = "20M"
[task.eval]
inputs = ["model.{{x}}.{{y}}.pt"]
outputs = ["score.{{x}}.{{y}}"]
matrix = { x = ["a b", "c"], y = [1, 2] }
run = "cp 'model.{{x}}.{{y}}.pt' 'score.{{x}}.{{y}}'"
[task.train]
inputs = ["shards/*.bin"]
outputs = ["model.{{x}}.{{y}}.pt"]
matrix = { x = ["a b", "c"], y = [1, 2] }
run = "[ {{y}} = 2 ] || cat shards/*.bin >'model.{{x}}.{{y}}.pt'"
[task.split]
outputs = ["shards/"]
run = "until [ -e go ]; do sleep 0.1; done; mkdir shards; echo 1 >shards/1.bin"
[task.other]
inputs = ["/elsewhere/file"]
array = "4-5"
outputs = ["other.%a", "other.*"]
run = "touch other.$SLURM_ARRAY_TASK_ID"
T
    submit_flow
    # While split waits, Slurm has all of the edges.
    equal "" "$(scontrol show job "$(job_of other)" | grep -o 'Dependency=[^(]*after.*' || true)"
    [[ $(scontrol show job "$(job_of train)" | tr ' ' '\n' | grep '^Dependency=') == *"afterok:$(job_of split)"* ]]
    [[ $(scontrol show job "$(job_of eval)" | tr ' ' '\n' | grep '^Dependency=') == *"aftercorr:$(job_of train)"* ]]
    touch go
    "$SBRAID" wait || equal 6 $?
    equal "COMPLETED FAILED" "$(state_of train)"
    equal "COMPLETED SKIPPED" "$(state_of eval)"
    equal COMPLETED "$(state_of other)"
    equal 1 "$(cat "score.a b.1")"
    [[ $("$SBRAID" logs 'train[x=a b,y=2]') == *"sbraid: task train fails: it ended with 0, but there is no output model.a b.2.pt"* ]]
    equal "no output model.a b.2.pt" "$("$SBRAID" status --json | jq -r '.tasks[] | select(.task == "train" and .element == "x=a b,y=2").why')"
    equal "no output model.a b.2.pt" "$("$SBRAID" report --json | jq -r '.tasks[] | select(.task == "train" and .element == "x=a b,y=2").why')"
}

@test "where the workdir is not there the task fails, and does not run elsewhere" {
    write_flow <<'T'
name = "folders"
[defaults]
time = "2"
mem = "20M"
[task.lost]
workdir = "nowhere"
run = "touch ran.$SBRAID_RUN"
[task.make]
outputs = ["made/"]
run = "mkdir made"
[task.use]
afterok = ["make"]
workdir = "made"
run = "touch used"
T
    run "$SBRAID" check flow.toml
    equal 0 "$status"
    [[ $output == *"flow.toml:6:"*"the workdir '$FLOW/nowhere' is not there, and no task writes it"* ]]
    [[ $output != *"/made' is not there"* ]]
    submit_flow 2>warnings
    equal 1 "$(grep -c "the workdir '$FLOW/nowhere' is not there" warnings)"
    "$SBRAID" wait || equal 6 $?
    equal "FAILED COMPLETED COMPLETED" "$(state_of lost) $(state_of make) $(state_of use)"
    [[ -e made/used && ! -e /tmp/ran.$RUN ]]
    [[ $("$SBRAID" logs lost) == *"sbraid: task lost fails: cannot enter workdir $FLOW/nowhere on n"* ]]
    equal "cannot enter workdir $FLOW/nowhere" "$("$SBRAID" status --json | jq -r '.tasks[] | select(.task == "lost").why')"
    [[ $("$SBRAID" status) == *"lost"*"cannot enter workdir $FLOW/nowhere"* && $("$SBRAID" report) == *"cannot enter workdir $FLOW/nowhere"* ]]
}

@test "what is up to date is not run again, until its text or an input changes" {
    make_flow() {
        cat >flow.toml <<T
name = "make"
[defaults]
time = "2"
mem = "20M"
[task.a]
inputs = ["in.txt"]
outputs = ["a.txt"]
run = "cp in.txt a.txt; echo a >>ran"
[task.b]
inputs = ["a.txt"]
outputs = ["b.{{n}}"]
matrix = { n = [1, 2] }
run = "cp a.txt b.{{n}}; echo b >>ran $1"
[task.c]
inputs = ["b.*"]
run = "echo c >>ran"
T
    }
    write_flow </dev/null
    make_flow
    echo one >in.txt
    "$SBRAID" submit --skip-up-to-date --wait flow.toml
    equal "a b b c" "$(sort ran | paste -sd' ')"
    rm ran
    "$SBRAID" submit --skip-up-to-date --wait flow.toml # c has no output
    equal "c" "$(cat ran)"
    rm ran
    make_flow "; true"
    "$SBRAID" submit --skip-up-to-date --wait flow.toml
    equal "b b c" "$(sort ran | paste -sd' ')"
    rm ran
    touch in.txt
    "$SBRAID" submit --skip-up-to-date --wait flow.toml
    equal "a b b c" "$(sort ran | paste -sd' ')"
    sed -i '/task.c/,$d' flow.toml
    run "$SBRAID" submit --skip-up-to-date flow.toml
    equal 0 "$status"
    [[ $output == *"all tasks are up to date: nothing to submit"* ]]
}

@test "limits hold without anybody who watches, also when tasks fail and are skipped" {
    # Each task counts itself in and out under a lock; how many there were at once is what the limits speak of.
    cat >"$SCRATCH/work/count.sh" <<'S'
#!/bin/bash
# count.sh MOST NAME… : one more of each, for a moment, and until there have been MOST of the first at once.
change() {
    exec 5>lock
    flock 5
    for name in "${@:2}"; do
        now=$(($(cat "now.$name" 2>/dev/null || echo 0) + $1))
        echo "$now" >"now.$name"
        [[ $now -le $(cat "most.$name" 2>/dev/null || echo 0) ]] || echo "$now" >"most.$name"
    done
    exec 5>&-
}
change 1 "${@:2}"
sleep 0.$((RANDOM % 10))
until [[ $(cat "most.$2") -ge $1 ]]; do sleep 0.1; done
change -1 "${@:2}"
S
    chmod +x "$SCRATCH/work/count.sh"
    {
        printf 'name = "limited"\n[limits]\njobs = 6\ncategory.net = 2\n[defaults]\ntime = "10"\nmem = "20M"\n'
        for i in 1 2 3 4 5 6 7 8 9; do
            printf '[task.get%d]\nrun = "./count.sh 2 net jobs; exit %d"\ncategory = "net"\n' "$i" $((i % 4 == 0))
            printf '[task.use%d]\nrun = "./count.sh 3 jobs"\nafterok = ["get%d"]\n' "$i" "$i"
        done
        printf '[task.sweep]\narray = "0-9"\nrun = "./count.sh 2 net jobs"\ncategory = "net"\n'
    } >"$SCRATCH/work/limited.toml"
    write_flow <"$SCRATCH/work/limited.toml"
    cp "$SCRATCH/work/count.sh" .
    submit_flow
    "$SBRAID" wait || equal 6 $?
    equal COMPLETED "$(state_of use1)"
    equal SKIPPED "$(state_of use4)"
    equal COMPLETED "$(state_of sweep)"
    equal 2 "$(cat most.net)"
    (($(cat most.jobs) > 2 && $(cat most.jobs) <= 6))
}

is_state() { [[ $(state_of "$1") == "$2" ]]; }
