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

constexpr std::array<std::string_view, 4> k_origins{"named", "data", "final", "limit"};

}  // namespace

std::string_view to_string(EdgeKind kind) {
    return k_names[static_cast<std::size_t>(kind)].second;
}

std::optional<EdgeKind> parse_edge_kind(std::string_view text) {
    for (const auto& [kind, name] : k_names)
        if (name == text) return kind;
    return std::nullopt;
}

std::string_view to_string(EdgeOrigin origin) {
    return k_origins[static_cast<std::size_t>(origin)];
}

std::optional<EdgeOrigin> parse_edge_origin(std::string_view text) {
    for (std::size_t i = 0; i < k_origins.size(); ++i)
        if (k_origins[i] == text) return static_cast<EdgeOrigin>(i);
    return std::nullopt;
}

}  // namespace sbraid
