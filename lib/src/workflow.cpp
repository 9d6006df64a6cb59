#include "sbraid/workflow.hpp"

#include <algorithm>

namespace sbraid {

const SbatchOption* Task::option(std::string_view option_name) const {
    const auto found =
        std::lower_bound(options.begin(), options.end(), option_name,
                         [](const SbatchOption& option, std::string_view n) { return option.name < n; });
    return found != options.end() && found->name == option_name ? &*found : nullptr;
}

}  // namespace sbraid
