#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2317
# [notify]: a webhook is told of a run's end, once, whoever sees it, and its trouble is nobody else's.

load lib
load flow

setup_file() { box_start --nodes 2; }

setup() {
    HOOK=$(mktemp -d "$SCRATCH/work/hook.XXXXXX")
    chmod 777 "$HOOK"
    echo 200 >"$HOOK/answers"
    : >"$HOOK/requests"
    HOOK_PIDS=()
    start_webhook
    URL="http://ada:pass@127.0.0.1:$(<"$HOOK/port")/hidden?token=hidden"
    URL_SHOWN="http://127.0.0.1:$(<"$HOOK/port")/…"
}

start_webhook() { # [CERTIFICATE KEY]
    rm -f "$HOOK/port"
    python3 "$BATS_TEST_DIRNAME/webhook.py" "$HOOK" "$@" 3>&- &
    HOOK_PIDS+=($!)
    wait_for 60 test -e "$HOOK/port"
}

teardown() {
    note_failure
    kill "${HOOK_PIDS[@]}" 2>/dev/null || true
}

# flow_with ON [RUN]: one task that ends as RUN does, when there is a file `go`.
flow_with() {
    write_flow <<T
name = "told"
[notify]
webhook = "$URL"
on = $1
[defaults]
time = "10"
mem = "20M"
[task.a]
run = "while [ ! -e go ]; do sleep 0.2; done; ${2:-true}"
T
}

told() { jq -r .key "$HOOK/requests"; }
has_told() { (($(wc -l <"$HOOK/requests") >= $1)); }
answered() { records | jq -cs 'map(select(.e == "webhook_answered")) | sort_by(.t) | map([.occasion, .status])'; }
run_has_ended() { [[ $("$SBRAID" status --json | jq -r .state) == succeeded ]]; }
notifier_is_over() { nothing_queued --name=told.notify; }
# What comes is told by this test alone.
without_notifier() {
    scancel --name=told.notify
    wait_for 60 notifier_is_over
}

@test "when nobody waits, the last job of the run tells, and whoever looks later does not" {
    flow_with '["finished", "failed"]'
    submit_flow
    touch go
    wait_for 60 has_told 1
    wait_for 60 notifier_is_over
    equal "$RUN:finished:1" "$(told)"
    equal '[["finished",200]]' "$(answered)"
    equal "/hidden?token=hidden $RUN told succeeded 1 $FLOW/.sbraid/$RUN" \
        "$(jq -r '"\(.path) \(.body | "\(.run) \(.name) \(.state) \(.counts.COMPLETED) \(.run_dir)")"' "$HOOK/requests")"
    "$SBRAID" wait
    "$SBRAID" status --watch >/dev/null
    equal 'nothing to tell: the webhook has been told already' "$("$SBRAID" notify | sed 's/.*: nothing/nothing/')"
    equal 1 "$(wc -l <"$HOOK/requests")"
    # The job is none of the run's tasks, and the address stands where the workflow's text stands, and nowhere else.
    equal 1 "$("$SBRAID" status --json | jq '.tasks | length')"
    equal "plan.json workflow.toml" "$(cd .sbraid/"$RUN" && grep -rl hidden . | sed 's|^\./||' | sort | paste -sd' ')"
}

@test "a failed run: one message of the failure, one of the end, and wait says 6" {
    flow_with '["finished", "failed"]' 'exit 3'
    submit_flow
    touch go
    run "$SBRAID" wait
    equal 6 "$status"
    wait_for 60 has_told 2
    wait_for 60 notifier_is_over
    equal "$RUN:failed:1 $RUN:finished:1" "$(told | paste -sd' ')"
    equal 'a 3' "$(jq -r '.body.failed[0] | "\(.task) \(.exit_code)"' "$HOOK/requests" | sort -u)"
    equal '[["failed",200],["finished",200]]' "$(answered)"
}

@test "a run that ended well tells nothing to who wants to hear of failures" {
    flow_with '"failed"'
    submit_flow
    touch go
    "$SBRAID" wait
    wait_for 60 notifier_is_over
    equal 0 "$(wc -l <"$HOOK/requests")"
    equal '[]' "$(answered)"
}

@test "a cancelled run is finished, and what was never completely in is not told of" {
    flow_with '["finished", "failed"]'
    submit_flow
    "$SBRAID" cancel --yes
    wait_for 60 has_told 1
    wait_for 60 notifier_is_over
    equal "$RUN:finished:1 cancelled" "$(jq -r '"\(.key) \(.body.state)"' "$HOOK/requests")"

    printf '[task.b]\nrun = "true"\npartition = "moon"\n' >>flow.toml
    run "$SBRAID" submit --again flow.toml
    equal 4 "$status"
    wait_for 60 notifier_is_over
    equal 1 "$(wc -l <"$HOOK/requests")"
}

@test "an endpoint that is busy is told again with the same key; wait tells where no job does" {
    echo 500 close 200 >"$HOOK/answers"
    flow_with '"finished"'
    submit_flow
    without_notifier
    touch go
    run "$SBRAID" wait
    equal 0 "$status"
    equal 3 "$(wc -l <"$HOOK/requests")"
    equal "$RUN:finished:1" "$(told | sort -u)"
    equal '[["finished",200]]' "$(answered)"
    [[ $output == *succeeded* && $output != *warning* ]] # that the job was cancelled says nothing of the run
}

@test "a refusal is told once, without the secret, and changes no exit code" {
    echo 404 >"$HOOK/answers"
    flow_with '"finished"'
    submit_flow
    notifier=$(squeue --noheader --name=told.notify --format=%i)
    touch go
    run "$SBRAID" wait
    equal 0 "$status"
    [[ $output != *hidden* && $output != *pass* ]]
    wait_for 60 has_told 1
    wait_for 60 notifier_is_over
    equal 1 "$(wc -l <"$HOOK/requests")"
    equal '[["finished",404]]' "$(answered)"
    wait_for 60 sacct_has_end "$notifier"
    equal COMPLETED "$(sacct_field "$notifier" State)"
    echo 200 >"$HOOK/answers"
    equal delivered "$("$SBRAID" notify --again --json | jq -r '.notifications[0].outcome')"
}

@test "an endpoint that is not there: wait ends as the run did, and notify tries again" {
    flow_with '"finished"' false
    submit_flow
    without_notifier
    echo close >"$HOOK/answers"
    touch go
    run "$SBRAID" wait
    equal 6 "$status"
    [[ $output == *"warning: the webhook http://127.0.0.1:"*"could not be told 'finished'"*"sbraid notify"* ]]
    equal '[]' "$(answered)"
    run "$SBRAID" notify --patience 1s -P --noheader
    equal 1 "$status"
    [[ $output == *"finished|$RUN:finished:1|failed|"* ]]
    run "$SBRAID" notify --dry-run --json
    equal 0 "$status"
    equal "owed $RUN" "$(jq -r '.notifications[0] | "\(.outcome) \(.body.run)"' <<<"$output")"
    echo 204 >"$HOOK/answers"
    before=$(wc -l <"$HOOK/requests")
    "$SBRAID" notify
    equal $((before + 1)) "$(wc -l <"$HOOK/requests")"
    equal "$RUN:finished:1" "$(told | sort -u)"
    equal '[["finished",204]]' "$(answered)"
}

@test "an answer that never ends is one, and --dry-run tells what has been answered from what is owed" {
    echo stall >"$HOOK/answers"
    flow_with '"finished"'
    submit_flow
    without_notifier
    touch go
    wait_for 60 run_has_ended
    equal "$URL_SHOWN is owed 'finished'" "$("$SBRAID" notify --dry-run | sed -n '1s/^run [^ ]*: //p')"
    equal delivered "$("$SBRAID" notify --patience 10s --json | jq -r '.notifications[0].outcome')"
    equal 1 "$(wc -l <"$HOOK/requests")"
    equal '[["finished",200]]' "$(answered)"
    equal "$URL_SHOWN would be told again 'finished'" \
        "$("$SBRAID" notify --again --dry-run | sed -n '1s/^run [^ ]*: //p')"
}

@test "where Slurm refuses the last job the run goes on without it, and wait tells" {
    flow_with '"finished"'
    mkdir "$HOOK/sbraid"
    echo 'gate = { partition = "moon" }' >"$HOOK/sbraid/config.toml"
    export XDG_CONFIG_HOME=$HOOK
    submit_flow 2>talk.txt
    grep -q 'warning: Slurm refused the small job that tells the webhook of \[notify\].*moon' talk.txt
    equal '' "$(squeue --noheader --name=told.notify)"
    equal running "$("$SBRAID" status --json | jq -r .state)"
    touch go
    "$SBRAID" wait
    equal "$RUN:finished:1" "$(told)"
    equal '[["finished",200]]' "$(answered)"
}

@test "who is killed between the message and its record leaves one that is sent again with the same key" {
    echo kill 200 >"$HOOK/answers"
    flow_with '"finished"'
    submit_flow
    without_notifier
    "$SBRAID" wait >wait.out 2>&1 3>&- &
    echo $! >"$HOOK/victim"
    touch go
    code=0
    wait "$(<"$HOOK/victim")" || code=$?
    equal 137 "$code"
    equal '[]' "$(answered)"
    "$SBRAID" wait
    equal "$RUN:finished:1 $RUN:finished:1" "$(told | paste -sd' ')"
    equal '[["finished",200]]' "$(answered)"
}

@test "where there is no sbraid the last job says so, and ends well" {
    mkdir "$HOOK/bin"
    cp "$SBRAID" "$HOOK/bin/sbraid"
    flow_with '"finished"'
    SBRAID=$HOOK/bin/sbraid submit_flow
    rm "$HOOK/bin/sbraid"
    touch go
    says_so() { [[ $("$SBRAID" logs notify 2>/dev/null) == *"there is no $HOOK/bin/sbraid"* ]]; }
    wait_for 60 says_so
    wait_for 60 notifier_is_over
    equal 0 "$(wc -l <"$HOOK/requests")"
    "$SBRAID" wait
    equal "$RUN:finished:1" "$(told)"
}

@test "an address that is nobody's business: a private workflow, or a file of its own" {
    flow_with '"finished"'
    chmod 600 flow.toml
    submit_flow
    equal 700 "$(stat -c %a .sbraid/"$RUN")"
    equal 600 "$(stat -c %a .sbraid/"$RUN"/plan.json)"
    touch go
    "$SBRAID" wait
    chmod 644 flow.toml
    { echo '[notify]' && sed -n '/^webhook/,/^on/p' flow.toml; } >hook.toml
    chmod 600 hook.toml
    sed -i -e '/^\[notify\]/,/^on/d' -e '1i include = ["hook.toml"]' flow.toml
    submit_flow
    equal 700 "$(stat -c %a .sbraid/"$RUN")"
    "$SBRAID" wait
    sed -i -e 1d -e '/^name/r hook.toml' flow.toml
    rm go

    echo "$URL" >"$HOOK/address"
    chmod 600 "$HOOK/address"
    sed -i "s|^webhook = .*|webhook = \"file:$HOOK/address\"|" flow.toml
    : >"$HOOK/requests"
    submit_flow
    touch go
    wait_for 60 has_told 1
    wait_for 60 notifier_is_over
    equal "$RUN:finished:1" "$(told)"
    run grep -r hidden .sbraid/"$RUN"
    equal 1 "$status"
}

@test "redirects are followed, three at most; certificates are checked; the proxy is that of the environment" {
    real=$URL
    URL=file:$HOOK/address
    echo "$real" >"$HOOK/address"
    flow_with '"finished"'
    submit_flow
    touch go
    wait_for 60 has_told 1
    wait_for 60 notifier_is_over

    echo 307:/elsewhere 302:/there 204 >"$HOOK/answers"
    : >"$HOOK/requests"
    "$SBRAID" notify --again
    equal "/hidden?token=hidden /elsewhere /there" "$(jq -r .path "$HOOK/requests" | paste -sd' ')"
    equal "$RUN:finished:1" "$(told | sort -u)"

    echo 302:/round >"$HOOK/answers"
    : >"$HOOK/requests"
    run "$SBRAID" notify --again --json
    equal 1 "$status"
    equal 4 "$(wc -l <"$HOOK/requests")"
    [[ $output == *'"outcome":"refused","status":302'* ]]

    echo 200 >"$HOOK/answers"
    : >"$HOOK/requests"
    echo http://hooks.invalid/behind >"$HOOK/address"
    http_proxy=http://127.0.0.1:$(<"$HOOK/port") "$SBRAID" notify --again
    equal http://hooks.invalid/behind "$(jq -r .path "$HOOK/requests")"

    command -v openssl || skip "no openssl to make a certificate with"
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$HOOK/key" -out "$HOOK/certificate"
    start_webhook "$HOOK/certificate" "$HOOK/key"
    : >"$HOOK/requests"
    echo "https://localhost:$(<"$HOOK/port")/hidden" >"$HOOK/address"
    run "$SBRAID" notify --again --patience 14s # which leaves the last try 7 s
    equal 1 "$status"
    [[ $output == *"could not be told 'finished': "*certificate* && $output != *hidden* ]]
    equal 0 "$(wc -l <"$HOOK/requests")"
    # The certificate was all that was wrong with it.
    curl --silent --show-error --fail --cacert "$HOOK/certificate" -d '{}' "$(<"$HOOK/address")"
    equal 1 "$(wc -l <"$HOOK/requests")"
}
