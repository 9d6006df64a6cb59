#include "collect/step.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace sbraid::collect {
namespace {

template <std::size_t Size>
std::optional<std::string> text(const char (&field)[Size]) {
    const std::size_t length = strnlen(field, Size);
    if (length == Size) return std::nullopt;
    return std::string(field, length);
}

// A node's name becomes part of file names.
bool is_node_name(const std::string& name) {
    return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
    });
}

std::string step_name(std::uint32_t step) {
    switch (step) {
        case protocol::k_batch_step:
            return "batch";
        case protocol::k_interactive_step:
            return "interactive";
        default:
            return std::to_string(step);
    }
}

JobKey job_key(const protocol::Hello& hello) {
    const bool is_element = hello.array_job != 0 && hello.array_task < protocol::k_none;
    if (!is_element) return {JobId{hello.job}, std::nullopt};
    return {JobId{hello.array_job}, hello.array_task};
}

}  // namespace

std::string Step::name() const {
    std::string name = std::to_string(key.key.job.value);
    if (key.key.element) name += "_" + std::to_string(*key.key.element);
    name += "." + key.step + "." + key.node;
    if (key.restart > 0) name += ".r" + std::to_string(key.restart);
    return name;
}

std::optional<Step> make_step(const protocol::Hello& hello) {
    if (hello.header.magic != protocol::k_magic || hello.header.version != protocol::k_version ||
        hello.header.kind != protocol::Kind::hello || hello.group_count > protocol::k_most_groups)
        return std::nullopt;
    const auto node = text(hello.node);
    const auto run_dir = text(hello.run_dir);
    const auto gpus = text(hello.gpus);
    const auto spool = text(hello.spool);
    const auto nvml = text(hello.nvml);
    if (!node || !run_dir || !gpus || !spool || !nvml || !is_node_name(*node) || run_dir->empty() ||
        run_dir->front() != '/')
        return std::nullopt;

    Step step;
    step.key = {job_key(hello), step_name(hello.step), *node, hello.restart};
    step.job_id = hello.job;
    step.is_script = hello.step == protocol::k_batch_step || hello.step == protocol::k_interactive_step;
    step.local_ranks = hello.local_ranks;
    step.nodes = hello.nodes;
    step.uid = hello.uid;
    step.gid = hello.gid;
    step.groups.assign(hello.groups, hello.groups + hello.group_count);
    step.run_dir = *run_dir;
    step.gpus = *gpus;
    step.spool = *spool;
    step.nvml = *nvml;
    return step;
}

}  // namespace sbraid::collect
