#include "fold_run.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <cerrno>
#include <charconv>
#include <map>
#include <type_traits>

#include "io/file.hpp"
#include "sbraid/journal/journal.hpp"

// A file may go only when nobody can write to it any more. Every record tells whose it is: those of nodes
// belong to an element, and Slurm says when that is over; what such a writer still had to do after it (a
// collector that gives up, a reader's cache of an NFS client) is given some minutes. The others are of
// commands, whose names hold host and process.

namespace sbraid {

namespace {

constexpr std::chrono::minutes k_grace{5};
constexpr std::size_t k_most = 1000;  ///< files a command: the rest is the next one's

/// The element that a node's record is about; nullptr: it is a command's.
const JobKey* key_of(const Event& event) {
    return std::visit(
        [](const auto& one) -> const JobKey* {
            using E = std::decay_t<decltype(one)>;
            if constexpr (std::is_same_v<E, AttemptStarted> || std::is_same_v<E, AttemptEnded>) {
                return &one.key;
            } else if constexpr (requires { one.where.key; }) {
                return &one.where.key;
            } else {
                return nullptr;
            }
        },
        event);
}

/// Of a writer named `COMMAND.HOST.PID.6HEX`.
bool is_process_gone(std::string_view writer) {
    const auto hex = writer.rfind('.');
    if (hex == std::string_view::npos || hex == 0) return false;
    const auto dot = writer.rfind('.', hex - 1);
    if (dot == std::string_view::npos) return false;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(writer.data() + dot + 1, writer.data() + hex, pid);
    if (error != std::errc{} || end != writer.data() + hex || pid <= 0) return false;
    if (!writer.substr(0, dot).ends_with("." + host_name())) return false;
    return ::kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace

std::vector<std::string> ended_writers(const Run& run, const std::vector<std::string>& writers,
                                       Timestamp now) {
    std::map<JobKey, const ElementState*> elements;
    for (const auto& job : run.state.jobs) {
        for (const auto& element : job.elements) {
            elements[element.status.key] = &element;
        }
    }
    const auto is_over = [&](const Record& record) {
        const auto* key = key_of(record.event);
        if (key == nullptr) return record.time + k_grace <= now && is_process_gone(record.writer);
        const auto found = elements.find(*key);
        if (found == elements.end() || !found->second->final) return false;
        const auto& status = found->second->status;
        return status.state != JobState::lost && status.end && *status.end + k_grace <= now;
    };
    std::map<std::string, std::pair<std::size_t, std::size_t>> said;  // records, and those that are over
    for (const auto& writer : writers) said[writer] = {};
    for (const auto& record : run.records) {
        const auto found = said.find(record.writer);
        if (found == said.end()) continue;
        ++found->second.first;
        if (is_over(record)) ++found->second.second;
    }
    std::vector<std::string> ended;
    for (const auto& [writer, counts] : said) {
        if (counts.first > 0 && counts.first == counts.second) ended.push_back(writer);
    }
    return ended;
}

void fold_ended(const App& app, const Run& run) {
    auto ended = ended_writers(run, own_file_writers(run.dir), app.clock.now());
    if (ended.size() > k_most) ended.resize(k_most);
    if (auto folded = fold(run.dir, ended, std::chrono::milliseconds(0)); !folded) {
        app.say_more(fmt::format("{}; the next command tries again", folded.error().message));
    }
}

}  // namespace sbraid
