// A request is read into its parts, `TYPE:COUNT` or `COUNT`, which are the same in every style; what differs
// is the option and the word before each part. sbatch repeats some options in the job's environment, where
// srun takes them for its own: the batch script puts those variables back as the file has them.
#include "sbraid/gpu_style.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <map>

#include "characters.hpp"
#include "sbraid/diagnostic.hpp"
#include "sbraid/plan.hpp"
#include "sbraid/script_options.hpp"
#include "sbraid/shell_quote.hpp"

namespace sbraid {
namespace {

using NamedOptions = std::map<std::string, std::optional<std::string>, std::less<>>;

/// All options that ask for GPUs, or say how those are shared out. Two of them together mean more than each.
constexpr std::array<std::string_view, 8> k_requests{
    "gpus",           "gpus-per-node", "gpus-per-task", "gpus-per-socket",
    "ntasks-per-gpu", "tres-per-task", "tres-per-node", "tres-per-job"};

bool is_type(std::string_view text) {
    return !text.empty() && !is_number(text) && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
    });
}

using Parts = std::vector<std::string>;

/// `4` and `h100:4`, and where a count may be absent `h100` and nothing; nullopt: anything else.
std::optional<std::string> part_of(std::string_view text, bool may_lack_count) {
    const auto colon = text.rfind(':');
    if (colon != std::string_view::npos)
        return is_type(text.substr(0, colon)) && is_number(text.substr(colon + 1))
                   ? std::optional{std::string{text}}
                   : std::nullopt;
    if (is_number(text)) return std::string{text};
    if (!may_lack_count) return std::nullopt;
    if (text.empty()) return "1";
    const bool is_count_with_suffix = is_digit(text.front());  // or a type like one: 1g.5gb
    return is_type(text) && !is_count_with_suffix ? std::optional{fmt::format("{}:1", text)} : std::nullopt;
}

/// All with a type, or a single one without.
bool is_plain(const Parts& parts) {
    if (parts.empty()) return false;
    return parts.size() == 1 || std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
               return part.find(':') != std::string::npos;
           });
}

std::optional<Parts> parts_of_gpus(std::string_view value) {
    Parts parts;
    for (const std::string_view text : split(value, ',')) {
        auto part = part_of(text, false);
        if (!part) return std::nullopt;
        parts.push_back(std::move(*part));
    }
    return is_plain(parts) ? std::optional{std::move(parts)} : std::nullopt;
}

bool is_gpu(std::string_view resource) {
    return resource == "gpu" || resource.starts_with("gpu:");
}

std::string joined(const Parts& parts, std::string_view before) {
    std::string text;
    for (const std::string& part : parts)
        text += fmt::format("{}{}{}", text.empty() ? "" : ",", before, part);
    return text;
}

class Speller {
  public:
    Speller(NamedOptions& options, GpuStyle style) : options_(options), style_(style) {}

    /// Returns what was done; empty: nothing.
    std::string run() {
        switch (style_) {
            case GpuStyle::gres:
                return to_gres();
            case GpuStyle::gpus:
                return to_gpus();
            case GpuStyle::tres:
                return to_tres();
        }
        return {};
    }

  private:
    /// Whether this is the one request besides gres.
    [[nodiscard]] bool stands_alone(std::string_view request) const {
        return value_of(request) != nullptr &&
               std::none_of(k_requests.begin(), k_requests.end(), [&](std::string_view name) {
                   return name != request && options_.contains(name);
               });
    }
    [[nodiscard]] const std::string* value_of(std::string_view name) const {
        const auto found = options_.find(name);
        return found != options_.end() && found->second ? &*found->second : nullptr;
    }
    [[nodiscard]] bool has_one_node() const {
        const std::string* const nodes = value_of("nodes");
        return nodes != nullptr && (*nodes == "1" || *nodes == "1-1");
    }

    std::string to_gres() {
        const std::string_view from = stands_alone("gpus-per-node")            ? "gpus-per-node"
                                      : has_one_node() && stands_alone("gpus") ? "gpus"
                                                                               : "";
        if (from.empty()) return {};
        const std::string was = *value_of(from);
        const auto parts = parts_of_gpus(was);
        const std::string* const others = value_of("gres");
        const auto other_parts =
            split(others == nullptr ? std::string_view{} : std::string_view{*others}, ',');
        if (!parts || std::any_of(other_parts.begin(), other_parts.end(), is_gpu)) return {};
        const std::string gpus = joined(*parts, "gpu:");
        const std::string gres = others == nullptr ? gpus : *others + "," + gpus;
        return put(from, was, "gres", gres);
    }

    std::string to_gpus() {
        const std::string* const gres = value_of("gres");
        if (gres == nullptr || std::any_of(k_requests.begin(), k_requests.end(),
                                           [this](std::string_view name) { return options_.contains(name); }))
            return {};
        Parts parts;
        Parts others;
        for (const std::string_view resource : split(*gres, ',')) {
            if (!is_gpu(resource)) {
                others.emplace_back(resource);
                continue;
            }
            auto part = part_of(resource.substr(std::min<std::size_t>(resource.size(), 4)), true);
            if (!part) return {};
            parts.push_back(std::move(*part));
        }
        if (!is_plain(parts)) return {};
        const std::string was = *gres;
        std::string done = put("gres", was, "gpus-per-node", joined(parts, ""));
        if (others.empty()) return done;
        options_["gres"] = joined(others, "");
        return fmt::format("{} --gres={}", done, *options_["gres"]);
    }

    std::string to_tres() {
        if (!stands_alone("gpus-per-task") || options_.contains("cpus-per-task")) return {};
        const std::string was = *value_of("gpus-per-task");
        const auto parts = parts_of_gpus(was);
        if (!parts) return {};
        return put("gpus-per-task", was, "tres-per-task", joined(*parts, "gres/gpu:"));
    }

    std::string put(std::string_view from, const std::string& was, std::string_view into, std::string is) {
        std::string done = fmt::format("--{}={} as --{}={}", from, was, into, is);
        options_.erase(options_.find(from));
        options_.insert_or_assign(std::string{into}, std::move(is));
        return done;
    }

    NamedOptions& options_;
    GpuStyle style_;
};

/// Its script asks for GPUs: what of that holds still depends on the option that stands beside it.
bool asks_itself(const PlannedJob& job) {
    if (job.sbatch_lines.empty()) return false;
    std::string text = "#!/bin/sh\n";
    for (const std::string& line : job.sbatch_lines) text += fmt::format("#SBATCH {}\n", line);
    Sources sources;
    const std::uint32_t file = sources.add("", std::move(text));
    const auto options = read_script_options(sources, file).options;
    return std::any_of(options.begin(), options.end(), [](const ScriptOption& option) {
        return option.name == "gres" ||
               std::find(k_requests.begin(), k_requests.end(), option.name) != k_requests.end();
    });
}

NamedOptions options_of(const PlannedJob& job) {
    NamedOptions options;
    for (const std::string& option : job.options) {
        const std::size_t equals = option.find('=');
        std::optional<std::string> value;
        if (equals != std::string::npos) value = option.substr(equals + 1);
        options.emplace(option.substr(2, equals == std::string::npos ? equals : equals - 2),
                        std::move(value));
    }
    return options;
}

/// Lines of shell that undo what the other spelling changes in the environment of the job.
std::string variables_as_written(const NamedOptions& written, const NamedOptions& respelt) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> k_variables{
        {{"gpus", "SLURM_GPUS"},
         {"gpus-per-node", "SLURM_GPUS_PER_NODE"},
         {"gpus-per-task", "SLURM_GPUS_PER_TASK"}}};
    std::string lines;
    for (const auto& [option, variable] : k_variables) {
        const auto was = written.find(option);
        const bool is_there = respelt.contains(option);
        if (was != written.end() && !is_there)
            lines += fmt::format("export {}={} # as the file asks for GPUs\n", variable,
                                 shell_quote(was->second.value_or("")));
        if (was == written.end() && is_there)
            lines += fmt::format("unset {} # srun reads it, and the file asks for GPUs in another way\n",
                                 variable);
    }
    return lines;
}

}  // namespace

std::optional<GpuStyle> parse_gpu_style(std::string_view text) {
    if (text == "gres") return GpuStyle::gres;
    if (text == "gpus") return GpuStyle::gpus;
    if (text == "tres") return GpuStyle::tres;
    return std::nullopt;
}

std::vector<std::string> respell_gpus(SubmissionPlan& plan, GpuStyle style) {
    std::vector<std::string> done;
    for (PlannedJob& job : plan.jobs) {
        if (job.role != JobRole::task || asks_itself(job)) continue;
        const NamedOptions written = options_of(job);
        NamedOptions options = written;
        const std::string what = Speller{options, style}.run();
        if (what.empty()) continue;
        done.push_back(fmt::format("'{}': {}", job.name(), what));
        job.script_body.insert(0, variables_as_written(written, options));
        job.options.clear();
        for (const auto& [name, value] : options)
            job.options.push_back(value ? fmt::format("--{}={}", name, *value) : fmt::format("--{}", name));
    }
    return done;
}

}  // namespace sbraid
