#include "outputs.hpp"

namespace sbraid {

std::optional<TaskIndex> Outputs::add(Output output) {
    if (output.is_file()) {
        const auto [writer, is_new] = files_.try_emplace(output.pattern.literal(), all_.size());
        if (!is_new) return all_[writer->second].task;
    } else {
        others_.push_back(all_.size());
    }
    all_.push_back(std::move(output));
    return std::nullopt;
}

void Outputs::each(const PathPattern& input, const std::function<void(const Output&)>& take) const {
    if (input.literal().empty() || input.literal().ends_with('/')) {
        for (const Output& output : all_)
            if (output.pattern.overlaps(input)) take(output);
        return;
    }
    if (const auto found = files_.find(input.literal()); found != files_.end()) take(all_[found->second]);
    for (const std::size_t other : others_)
        if (all_[other].pattern.overlaps(input)) take(all_[other]);
}

}  // namespace sbraid
