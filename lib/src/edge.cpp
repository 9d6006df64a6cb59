#include "sbraid/edge.hpp"

#include <array>
#include <utility>

namespace sbraid {
namespace {

constexpr std::array<std::pair<EdgeKind, std::string_view>, 5> k_names{{
    {EdgeKind::afterok, "afterok"},
    {EdgeKind::afterany, "afterany"},
    {EdgeKind::afternotok, "afternotok"},
    {EdgeKind::after, "after"},
    {EdgeKind::aftercorr, "aftercorr"},
}};

}  // namespace

std::string_view to_string(EdgeKind kind) {
    return k_names[static_cast<std::size_t>(kind)].second;
}

std::optional<EdgeKind> parse_edge_kind(std::string_view text) {
    for (const auto& [kind, name] : k_names)
        if (name == text) return kind;
    return std::nullopt;
}

}  // namespace sbraid
