#include "needs_text.hpp"

namespace sbraid {

void read_needs(Reader& reader, const Entry& entry, NeedsText& needs) {
    if (entry.key == "dependency") {
        if (auto text = reader.text(entry.key, entry.node, "an expression"))
            needs.dependency = PlacedText{std::move(*text), entry.node.place};
        return;
    }
    const EdgeKind kind = parse_edge_kind(entry.key).value_or(EdgeKind::afterok);
    std::vector<PlacedText> items = reader.texts(entry.key, entry.node, "an array of names of tasks");
    needs.lists.reserve(needs.lists.size() + items.size());
    for (PlacedText& item : items) needs.lists.push_back({kind, std::move(item.text), item.place});
}

}  // namespace sbraid
