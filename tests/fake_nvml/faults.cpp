// A hang blocks all signals first: a call stuck in a driver ends by SIGKILL at most, and so must this one.
#include "faults.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "text.hpp"

namespace sbraid::sim {

namespace {

std::string_view without_prefix(std::string_view name) {
    if (name.starts_with("nvml")) name.remove_prefix(4);
    return name;
}

std::string_view without_version(std::string_view name) {
    const auto underscore = name.rfind("_v");
    if (underscore == std::string_view::npos || !parse_whole(name.substr(underscore + 2))) return name;
    return name.substr(0, underscore);
}

// What stands behind the kind and its target; `words` are those.
Result<Fault> make_fault(std::string_view kind, std::string_view target, std::string_view argument) {
    Fault fault;
    fault.target = target;
    if (kind == "hang" || kind == "crash" || kind == "garbage" || kind == "lost") {
        fault.kind = kind == "hang"      ? FaultKind::hang
                     : kind == "crash"   ? FaultKind::crash
                     : kind == "garbage" ? FaultKind::garbage
                                         : FaultKind::lost;
        if (!argument.empty()) return Unexpected("nothing may follow the target");
        return fault;
    }
    if (kind == "error" || kind == "slow") {
        const auto number = parse_whole(argument);
        if (!number || *number > 1'000'000) return Unexpected("a number must follow the target");
        fault.kind = kind == "error" ? FaultKind::error : FaultKind::slow;
        fault.number = static_cast<unsigned>(*number);
        return fault;
    }
    if (kind == "mig" && argument == "on") {
        fault.kind = FaultKind::mig;
        return fault;
    }
    if (kind == "long" && argument == "on") {
        fault.kind = FaultKind::long_entries;
        return fault;
    }
    if (kind == "accounting" && argument == "off") {
        fault.kind = FaultKind::no_accounting;
        return fault;
    }
    return Unexpected("not understood");
}

[[noreturn]] void hang_for_ever() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    while (true) pause();
}

[[noreturn]] void crash() {
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    _exit(139);  // somebody blocked the signal
}

}  // namespace

Result<std::vector<Fault>> parse_faults(std::string_view text, std::string_view node) {
    std::vector<Fault> faults;
    for (const std::string_view line : split(text, "\n")) {
        std::string_view rest = line;
        std::string_view word = take_word(rest);
        if (word.empty() || word.front() == '#') continue;
        std::string_view for_node;
        if (word.front() == '@') {
            for_node = word.substr(1);
            word = take_word(rest);
        }
        const std::string_view target = take_word(rest);
        const std::string_view argument = take_word(rest);
        auto fault = target.empty() || !rest.empty() ? Unexpected("not understood")
                                                     : make_fault(word, target, argument);
        if (!fault) return Unexpected("faults: '" + std::string(line) + "': " + fault.error());
        if (for_node.empty() || for_node == node) faults.push_back(std::move(*fault));
    }
    return faults;
}

Result<std::vector<Fault>> read_faults(const std::string& folder, std::string_view node) {
    return parse_faults(read_file(folder + "/faults").value_or(""), node);
}

bool is_for_function(const Fault& fault, std::string_view function) {
    const std::string_view target = fault.target;
    if (function == "dlopen") return target == "dlopen";
    if (target == "*") return true;
    const std::string_view name = without_prefix(function);
    if (target == "init") return name == "Init_v2" || name == "InitWithFlags";
    const std::string_view wanted = without_prefix(target);
    return wanted == name || wanted == without_version(name);
}

bool has_device_fault(const std::vector<Fault>& faults, FaultKind kind, std::string_view uuid) {
    return std::any_of(faults.begin(), faults.end(), [&](const Fault& fault) {
        return fault.kind == kind && (fault.target == "*" || fault.target == uuid);
    });
}

void suffer(const std::vector<Fault>& faults, std::string_view function) {
    for (const Fault& fault : faults) {
        if (!is_for_function(fault, function)) continue;
        if (fault.kind == FaultKind::slow) usleep(fault.number * 1000);
        if (fault.kind == FaultKind::hang) hang_for_ever();
        if (fault.kind == FaultKind::crash) crash();
    }
}

}  // namespace sbraid::sim
