#!/bin/bash
# The architecture, as a test: who may include whom, and what the pure library may not touch.
# usage: check.sh SOURCE_DIR
set -uo pipefail
cd "$1" || exit 2
bad=0
complain() {
    local text
    text=$(cat)
    if [[ -n $text ]]; then
        printf '%s\n%s\n\n' "$1" "$text"
        bad=1
    fi
}

# lib knows nothing of the programs; the programs do not know each other.
grep -nE '#include "(backend|commands|io|collect|spank|app|options)' -r lib --include=*.cpp --include=*.hpp |
    complain "lib/ includes a program's header:"
grep -nE '#include .*(submitter|backend/|commands/)' -r plugin --include=*.cpp --include=*.hpp |
    complain "plugin/ includes the submitter:"
grep -nE '#include .*(spank|collect)/' -r submitter --include=*.cpp --include=*.hpp |
    complain "submitter/ includes the plugin:"
grep -nE '#include [<"]sbraid/journal' -r lib/src lib/include |
    complain "the pure library includes the journal:"

grep -nE '#include "' -r submitter/libslurm --include=*.cpp --include=*.hpp |
    grep -vE '"(module\.h|release|job_environment|job_request|gpu_options|option_rows|option_values)(\.hpp)?"' |
    complain "the module for libslurm includes something of ours but its own:"
grep -nE '#include <slurm/' -r lib submitter --include=*.cpp --include=*.hpp | grep -v '^submitter/libslurm/' |
    complain "Slurm's headers are for submitter/libslurm alone:"

# No effects in the pure library: no file, process, socket, environment, clock or terminal.
grep -nE '#include <(fstream|iostream|cstdio|filesystem|unistd\.h|fcntl\.h|sys/.*|thread|mutex|spawn\.h|signal\.h|csignal|dlfcn\.h|poll\.h)>' \
    -r lib/src lib/include | complain "lib/ includes a header of effects:"
grep -nE '\b(getenv|system_clock::now|steady_clock::now|std::cout|std::cerr|printf\(|fopen|std::time\(|random_device)\b' \
    -r lib/src lib/include | grep -vE '//|snprintf' | complain "lib/ touches the world:"

# The network is the submitter's alone, in one place.
grep -nE '#include <curl/' -r lib plugin submitter --include=*.cpp --include=*.hpp | grep -v '^submitter/io/http\.cpp:' |
    complain "libcurl is for submitter/io/http.cpp alone:"

# Public headers show no third-party type.
grep -nE '(toml::|CURL|po::|boost::|nlohmann|fmt::)' -r lib/include lib/journal/include submitter/backend/backend.hpp |
    grep -vE '^\S+:[0-9]+:\s*//' | complain "a public header shows a third-party type:"

exit $bad
