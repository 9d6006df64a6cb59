// Sorted by what they mean, edges that say the same are neighbours, and so are those to one parent.
#include "edge_meanings.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <span>
#include <tuple>

namespace sbraid {
namespace {

// Order by what an edge means, not by where it stands.
auto meaning(const Edge& edge) {
    return std::make_tuple(edge.parent, edge.kind, edge.element, edge.delay);
}

/// `group`: the edges to one parent, sorted by meaning, equal ones in the order of the file.
void drop_repeated(Reader& reader, const NamedEdges& named, std::span<const std::uint32_t> group,
                   std::vector<bool>& keep) {
    for (std::size_t i = 1; i < group.size(); ++i) {
        const Edge& edge = named.edges[group[i]];
        if (meaning(named.edges[group[i - 1]]) != meaning(edge)) continue;
        keep[group[i]] = false;
        if (named.is_explicit[group[i]] && named.is_explicit[group[i - 1]])
            reader.warning(edge.place,
                           fmt::format("task '{}' names '{}' twice under '{}'", named.child,
                                       named.parent_name(edge), to_string(edge.kind)),
                           "once is enough");
    }
}

void report_contradiction(Reader& reader, const NamedEdges& named, std::span<const std::uint32_t> group) {
    for (const std::uint32_t number : group) {
        const Edge& edge = named.edges[number];
        if (edge.kind != EdgeKind::afternotok) continue;
        const bool contradicts = std::any_of(group.begin(), group.end(), [&](std::uint32_t other) {
            const Edge& ok = named.edges[other];
            return ok.kind == EdgeKind::afterok && (!ok.element || ok.element == edge.element);
        });
        if (!contradicts) continue;
        reader.error(edge.place,
                     fmt::format("task '{}' can never run: it waits for '{}' to succeed and to fail",
                                 named.child, named.parent_name(edge)),
                     "leave one out; afterany waits for either");
        return;
    }
}

}  // namespace

std::vector<bool> compare_edges(Reader& reader, const NamedEdges& named, std::vector<std::uint32_t> numbers) {
    std::vector<bool> keep(named.edges.size(), true);
    if (numbers.size() < 2) return keep;
    std::sort(numbers.begin(), numbers.end(), [&named](std::uint32_t a, std::uint32_t b) {
        return std::tuple{meaning(named.edges[a]), a} < std::tuple{meaning(named.edges[b]), b};
    });
    for (auto begin = numbers.begin(); begin != numbers.end();) {
        const auto end = std::find_if(begin, numbers.end(), [&](std::uint32_t number) {
            return named.edges[number].parent != named.edges[*begin].parent;
        });
        drop_repeated(reader, named, {begin, end}, keep);
        report_contradiction(reader, named, {begin, end});
        begin = end;
    }
    return keep;
}

}  // namespace sbraid
