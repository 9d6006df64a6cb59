// Paths are taken apart component by component from the left, and the first match counts: a user who may make
// cgroups below the own task can choose names there, but none before Slurm's.
#include "spank/cgroup_path.hpp"

#include "spank/slice.hpp"

namespace sbraid::cgroup {
namespace {

bool starts_with(std::string_view text, std::string_view prefix) noexcept {
    return slice(text, 0, prefix.size()) == prefix;
}

bool ends_with(std::string_view text, std::string_view suffix) noexcept {
    return text.size() >= suffix.size() && slice(text, text.size() - suffix.size()) == suffix;
}

bool is_number_after(std::string_view text, std::string_view prefix) noexcept {
    if (!starts_with(text, prefix) || text.size() == prefix.size()) return false;
    for (const char c : slice(text, prefix.size()))
        if (c < '0' || c > '9') return false;
    return true;
}

// One component of a path, as positions: path[begin, end) without its slashes.
struct Component {
    std::size_t begin = 0, end = 0;
};

std::optional<Component> next_component(std::string_view path, std::size_t from) noexcept {
    while (from < path.size() && path[from] == '/') ++from;
    if (from >= path.size()) return std::nullopt;
    const std::size_t slash = path.find('/', from);
    return Component{from, slash == std::string_view::npos ? path.size() : slash};
}

std::string_view text_of(std::string_view path, Component c) noexcept {
    return slice(path, c.begin, c.end - c.begin);
}

// Where Slurm's tree stands in the path: `above` is the length of what is not the job's, `job` its folder.
struct Place {
    std::size_t above = 0;
    bool is_scope = false;
    Component job;
};

std::optional<Place> find_job(std::string_view path) noexcept {
    std::optional<Component> before;
    for (auto c = next_component(path, 0); c; before = c, c = next_component(path, c->end)) {
        const auto next = next_component(path, c->end);
        if (ends_with(text_of(path, *c), "slurmstepd.scope")) {
            if (!next || text_of(path, *next) == "system") return std::nullopt;
            return Place{c->end, true, *next};
        }
        if (next && is_number_after(text_of(path, *c), "uid_") && starts_with(text_of(path, *next), "job_")) {
            const std::size_t slurm = before ? before->begin : c->begin;
            return Place{slurm - 1, false, *next};
        }
    }
    return std::nullopt;
}

std::optional<Component> find_step(std::string_view path) noexcept {
    const auto place = find_job(path);
    if (!place) return std::nullopt;
    const auto c = next_component(path, place->job.end);
    if (!c || !starts_with(text_of(path, *c), "step_")) return std::nullopt;
    return c;
}

// Takes the next word, up to `separator`, off `text`.
std::string_view next_word(std::string_view& text, char separator) noexcept {
    const std::size_t end = text.find(separator);
    const std::string_view word = slice(text, 0, end);
    text = end == std::string_view::npos ? std::string_view{} : slice(text, end + 1);
    return word;
}

// True when the options of a mounted v1 hierarchy name exactly these controllers' hierarchy: the first is
// enough, since a controller is in one hierarchy only.
bool is_hierarchy(std::string_view super_options, std::string_view controllers) noexcept {
    return has_controller(super_options, slice(controllers, 0, controllers.find(',')));
}

}  // namespace

std::optional<Membership> next_membership(std::string_view& text) noexcept {
    while (!text.empty()) {
        std::string_view line = next_word(text, '\n');
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos || second + 1 >= line.size() || line[second + 1] != '/')
            continue;
        return Membership{slice(line, first + 1, second - first - 1), slice(line, second + 1)};
    }
    return std::nullopt;
}

bool has_controller(std::string_view controllers, std::string_view name) noexcept {
    while (!controllers.empty())
        if (next_word(controllers, ',') == name) return true;
    return false;
}

std::optional<WayOut> way_out(std::string_view path) noexcept {
    const auto place = find_job(path);
    if (!place) return std::nullopt;
    return WayOut{slice(path, 0, place->above), place->is_scope};
}

std::string_view job_of(std::string_view path) noexcept {
    const auto place = find_job(path);
    return place ? slice(path, 0, place->job.end) : std::string_view{};
}

std::string_view step_of(std::string_view path) noexcept {
    const auto step = find_step(path);
    return step ? slice(path, 0, step->end) : std::string_view{};
}

std::optional<std::uint32_t> task_of(std::string_view path) noexcept {
    const auto step = find_step(path);
    if (!step) return std::nullopt;
    auto c = next_component(path, step->end);
    if (c && text_of(path, *c) == "user") c = next_component(path, c->end);
    if (!c || !is_number_after(text_of(path, *c), "task_")) return std::nullopt;
    std::uint64_t number = 0;
    for (const char digit : slice(text_of(path, *c), 5)) {
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
        if (number > 0xffffffffU) return std::nullopt;
    }
    return static_cast<std::uint32_t>(number);
}

std::optional<Mount> find_mount(std::string_view mountinfo, std::string_view controllers) noexcept {
    while (!mountinfo.empty()) {
        // 32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:1 - cgroup cgroup rw,cpu
        std::string_view line = next_word(mountinfo, '\n');
        for (int skipped = 0; skipped < 3; ++skipped) next_word(line, ' ');
        const std::string_view root = next_word(line, ' ');
        const std::string_view point = next_word(line, ' ');
        const std::size_t dash = line.find(" - ");
        if (dash == std::string_view::npos) continue;
        line = slice(line, dash + 3);
        const std::string_view type = next_word(line, ' ');
        next_word(line, ' ');
        const bool found =
            controllers.empty() ? type == "cgroup2" : type == "cgroup" && is_hierarchy(line, controllers);
        if (found) return Mount{point, root};
    }
    return std::nullopt;
}

std::optional<std::string_view> below(std::string_view root, std::string_view path) noexcept {
    if (path.empty()) path = "/";
    if (root == "/") return path == "/" ? std::string_view{} : path;
    if (!starts_with(path, root)) return std::nullopt;
    const std::string_view rest = slice(path, root.size());
    if (!rest.empty() && rest[0] != '/') return std::nullopt;
    return rest == "/" ? std::string_view{} : rest;
}

}  // namespace sbraid::cgroup
