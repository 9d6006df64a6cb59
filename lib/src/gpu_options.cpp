// What gres_job_state_validate() of Slurm refuses, in words. Each rule was tried on 22.05. Numbers are
// compared where each option names GPUs of one kind; what has several kinds Slurm may judge.
//
// A wrapped batch script may say in its own lines what seems to be missing here, and so may options that are
// passed on unseen.
#include "gpu_options.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "characters.hpp"

namespace sbraid {
namespace {

/// GPUs as one option asks for them.
struct Request {
    const SbatchOption* option = nullptr;
    std::string key;  ///< as in the workflow file
    bool has_typed = false;
    bool has_untyped = false;
    std::optional<std::uint64_t> count;  ///< absent: of several kinds
    std::string_view type;               ///< of the only kind; empty: any, or several kinds

    explicit operator bool() const { return option != nullptr; }
};

class GpuOptions {
  public:
    GpuOptions(Reader& reader, const Task& task) : reader_(reader), task_(task) {
        all_ = of_option("gpus");
        per_node_ = of_option("gpus-per-node");
        per_task_ = of_option("gpus-per-task");
        per_socket_ = of_option("gpus-per-socket");
        gres_ = of_gres();
    }

    void check() const {
        check_flags();
        if (is_mixed()) return;
        warn_of_two_types();
        warn_of_twice_on_a_node();
        if (!may_be_said_elsewhere()) check_missing();
        check_spread();
        check_ranks();
        const Request& on_node = per_node_ ? per_node_ : gres_;
        if (on_node) check_nodes(on_node);
    }

  private:
    [[nodiscard]] Request of_option(std::string_view name) const {
        Request request;
        request.option = task_.option(name);
        if (!request || !request.option->value) return {};
        request.key = name;
        std::replace(request.key.begin(), request.key.end(), '-', '_');
        const auto parts = split(*request.option->value, ',');
        for (const std::string_view part : parts) {
            const std::size_t colon = part.rfind(':');
            (colon == std::string_view::npos ? request.has_untyped : request.has_typed) = true;
            if (parts.size() > 1) continue;
            request.count = number(part.substr(colon + 1));
            if (colon != std::string_view::npos) request.type = part.substr(0, colon);
        }
        return request;
    }

    [[nodiscard]] Request of_gres() const {
        Request request;
        const SbatchOption* const gres = task_.option("gres");
        if (gres == nullptr || !gres->value) return {};
        std::size_t found = 0;
        for (std::string_view part : split(*gres->value, ',')) {
            if (part.starts_with("gres:") || part.starts_with("gres/")) part.remove_prefix(5);
            const auto words = split(part, ':');
            if (words.front() != "gpu") continue;
            const bool has_count = words.size() > 1 && number(words.back()).has_value();
            const bool is_typed = words.size() > (has_count ? 2 : 1);
            (is_typed ? request.has_typed : request.has_untyped) = true;
            request.count = has_count ? number(words.back()) : 1;
            request.type = is_typed ? words[1] : std::string_view{};
            ++found;
        }
        if (found == 0) return {};
        if (found > 1) {
            request.count.reset();
            request.type = {};
        }
        request.option = gres;
        request.key = "gres";
        return request;
    }

    [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view name) const {
        const SbatchOption* const option = task_.option(name);
        return option == nullptr || !option->value ? std::nullopt : number(*option->value);
    }
    [[nodiscard]] bool has(std::string_view name) const { return task_.option(name) != nullptr; }

    [[nodiscard]] bool may_be_said_elsewhere() const {
        return std::holds_alternative<ScriptFile>(task_.payload) ||
               std::any_of(task_.options.begin(), task_.options.end(),
                           [](const SbatchOption& option) { return option.name.starts_with("tres-per-"); });
    }

    [[nodiscard]] bool is_mixed() const {
        std::array<const Request*, 5> requests{&all_, &per_node_, &per_task_, &per_socket_, &gres_};
        const Request* typed = nullptr;
        const Request* untyped = nullptr;
        for (const Request* const one : requests) {
            if (one->has_typed && typed == nullptr) typed = one;
            if (one->has_untyped && untyped == nullptr) untyped = one;
        }
        if (typed == nullptr || untyped == nullptr) return false;
        const std::string where =
            typed == untyped ? fmt::format("'{}'", typed->key)
                             : fmt::format("'{}' has a type and '{}' has none:", typed->key, untyped->key);
        reader_.error(untyped->option->place,
                      typed == untyped ? fmt::format("{} names GPUs with a type and without", where)
                                       : fmt::format("{} sbatch refuses one beside the other", where),
                      "name the type everywhere, or nowhere");
        return true;
    }

    void warn_of_two_types() const {
        const Request* first = nullptr;
        for (const Request* const one : {&all_, &per_node_, &per_task_, &per_socket_, &gres_}) {
            if (one->type.empty()) continue;
            if (first == nullptr) first = one;
            if (one->type == first->type) continue;
            reader_.warning(
                one->option->place,
                fmt::format("'{}' asks for {}, but '{}' for {}: it waits for a node that has both", one->key,
                            one->type, first->key, first->type),
                "one of the two is enough");
            return;
        }
    }

    void warn_of_twice_on_a_node() const {
        if (!gres_ || !per_node_) return;
        reader_.warning(per_node_.option->place,
                        "'gpus_per_node' and 'gres' both say how many GPUs each node is to have",
                        "one of the two is enough");
    }

    void check_flags() const {
        const SbatchOption* const flags = task_.option("gres-flags");
        if (flags == nullptr || !flags->value) return;
        const auto words = split(*flags->value, ',');
        const auto holds = [&words](std::string_view word) {
            return std::any_of(words.begin(), words.end(),
                               [word](std::string_view one) { return equal_ignoring_case(one, word); });
        };
        if (holds("disable-binding") && holds("enforce-binding"))
            reader_.error(flags->place,
                          "gres_flags: 'disable-binding' and 'enforce-binding' exclude each other",
                          "sbatch takes only one of them");
    }

    void check_missing() const {
        const bool has_gpus = (all_ && all_.count != 0U) || per_node_ || per_task_ || per_socket_ || gres_;
        if (const SbatchOption* const memory = task_.option("mem-per-gpu"); memory != nullptr && !has_gpus)
            reader_.error(memory->place, "'mem_per_gpu' needs GPUs beside it", "sbatch refuses it alone");
        // Where nothing says how many ranks there are, plan() says one.
        const SbatchOption* const nodes = task_.option("nodes");
        const bool has_ranks = has("ntasks") || has("ntasks-per-node");
        if (per_task_ && !all_ && !has_ranks && nodes != nullptr && !number_of("nodes"))
            reader_.error(per_task_.option->place, "'gpus_per_task' does not go with a range of nodes alone",
                          "say 'ntasks' or 'gpus', too");
        if (const SbatchOption* const ranks = task_.option("ntasks-per-gpu");
            ranks != nullptr && !has_gpus && !has_ranks && nodes == nullptr)
            reader_.error(ranks->place, "'ntasks_per_gpu' needs 'gpus', or 'ntasks', beside it",
                          "sbatch refuses it alone");
    }

    void check_spread() const {
        const auto nodes = number_of("nodes");
        if (all_.count && nodes && *all_.count > 0 && *all_.count < *nodes)
            reader_.error(all_.option->place,
                          fmt::format("'gpus' ({}) are fewer than 'nodes' ({})", *all_.count, *nodes),
                          "'gpus' is for the whole job; 'gpus_per_node' says how many each node has");
    }

    void check_ranks() const {
        const auto ranks = number_of("ntasks");
        if (all_.count && per_task_.count && *per_task_.count > 0) {
            if (*all_.count % *per_task_.count != 0)
                reader_.error(all_.option->place,
                              fmt::format("'gpus' ({}) is not a multiple of 'gpus_per_task' ({})",
                                          *all_.count, *per_task_.count));
            else if (ranks && *ranks != *all_.count / *per_task_.count)
                reader_.error(
                    task_.option("ntasks")->place,
                    fmt::format("'gpus' ({}) and 'gpus_per_task' ({}) make {} ranks, but 'ntasks' is {}",
                                *all_.count, *per_task_.count, *all_.count / *per_task_.count, *ranks),
                    "leave one of the three out");
        }
        const auto per_gpu = number_of("ntasks-per-gpu");
        if (per_gpu && *per_gpu > 0 && ranks && !all_ && !per_node_ && !gres_ && *ranks % *per_gpu != 0)
            reader_.error(
                task_.option("ntasks")->place,
                fmt::format("'ntasks' ({}) is not a multiple of 'ntasks_per_gpu' ({})", *ranks, *per_gpu));
    }

    void check_nodes(const Request& on_node) const {
        if (!on_node.count || *on_node.count == 0) return;
        if (all_.count && *all_.count % *on_node.count != 0) {
            reader_.error(all_.option->place,
                          fmt::format("'gpus' ({}) is not a multiple of the {} GPUs of each node ('{}')",
                                      *all_.count, *on_node.count, on_node.key),
                          "one of the two is enough");
        } else if (const auto nodes = number_of("nodes");
                   all_.count && nodes && *nodes != *all_.count / *on_node.count) {
            reader_.error(
                all_.option->place,
                fmt::format("'gpus' ({}) by {} on each node ('{}') make {} nodes, but 'nodes' is {}",
                            *all_.count, *on_node.count, on_node.key, *all_.count / *on_node.count, *nodes),
                "one of 'gpus' and 'nodes' is enough");
        }
        const auto sockets = number_of("sockets-per-node");
        if (per_socket_.count && sockets && *per_socket_.count * *sockets != *on_node.count)
            reader_.error(per_socket_.option->place,
                          fmt::format("{} GPUs on each of {} sockets are not the {} of a node ('{}')",
                                      *per_socket_.count, *sockets, *on_node.count, on_node.key));
    }

    Reader& reader_;
    const Task& task_;
    Request all_;
    Request per_node_;
    Request per_task_;
    Request per_socket_;
    Request gres_;
};

}  // namespace

void check_gpu_options(Reader& reader, const Task& task) {
    const bool is_about_gpus = std::any_of(task.options.begin(), task.options.end(), [](const auto& option) {
        return option.name.find("gpu") != std::string::npos || option.name.starts_with("gres");
    });
    if (is_about_gpus) GpuOptions{reader, task}.check();
}

}  // namespace sbraid
