// [notify]: whom to tell, and when. No message holds the address, which may be a secret, and render() does
// not show what stands behind its key.
#include "notify_table.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

#include "sbraid/suggest.hpp"
#include "source_files.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_address_form =
    R"(write "https://hooks.example.org/…", or "file:PATH" of a file that holds such a URL)";
constexpr std::string_view k_on_form = R"(as in on = ["finished", "failed"])";

bool is_right(Reader& reader, const Place& place, std::string_view address) {
    if (const auto file = address_file(address)) {
        if (file->empty()) reader.error(place, "webhook: 'file:' names no file", std::string{k_address_form});
        return !file->empty();
    }
    const std::string why = why_no_url(address);
    if (!why.empty())
        reader.error(place, fmt::format("webhook: this is not a URL: {}", why), std::string{k_address_form});
    return why.empty();
}

void read_address(Reader& reader, const Entry& entry, Webhook& webhook) {
    auto address = reader.text("webhook", entry.node, "a URL, or file:PATH");
    if (address && is_right(reader, entry.node.place, *address)) webhook.address = std::move(*address);
}

void read_occasions(Reader& reader, const Entry& entry, Webhook& webhook) {
    constexpr std::array<std::string_view, 2> k_occasions{"finished", "failed"};
    webhook.on.clear();
    const auto words = reader.texts("on", entry.node, "an array of \"finished\" and \"failed\"");
    const auto* const array = std::get_if<Array>(&entry.node.value);
    if (array != nullptr && array->items.empty())
        reader.error(entry.node.place, "'on' names no occasion, so nothing would ever be told",
                     std::string{k_on_form});
    for (const PlacedText& word : words) {
        const auto occasion = parse_occasion(word.text);
        if (!occasion) {
            std::string hint = did_you_mean(word.text, k_occasions);
            reader.error(word.place, fmt::format("on: '{}' is no occasion to tell of", word.text),
                         hint.empty() ? std::string{k_on_form} : std::move(hint));
        } else if (std::find(webhook.on.begin(), webhook.on.end(), *occasion) == webhook.on.end()) {
            webhook.on.push_back(*occasion);
        }
    }
    std::sort(webhook.on.begin(), webhook.on.end());
}

}  // namespace

std::optional<Webhook> read_notify(Reader& reader, const Entry& entry,
                                   const std::function<std::string(std::uint32_t)>& directory_of) {
    constexpr std::array<std::string_view, 2> k_keys{"webhook", "on"};
    const Table* const table = reader.table("notify", entry.node, "a table that says whom to tell",
                                            "write [notify], and below it webhook = \"https://…\"");
    if (table == nullptr) return std::nullopt;
    Webhook webhook{.address = {}, .on = {Occasion::finished}};
    bool is_told = false;  // or meant to be, by a key that is misspelt
    for (const Entry& item : table->entries) {
        if (item.key == "webhook") {
            is_told = true;
            read_address(reader, item, webhook);
            if (const auto file = address_file(webhook.address))
                webhook.address = "file:" + absolute_path(directory_of(item.node.place.file), *file);
        } else if (item.key == "on") {
            read_occasions(reader, item, webhook);
        } else {
            const auto meant = closest(item.key, k_keys);
            is_told = is_told || meant == k_keys.front();
            reader.error(item.key_place, fmt::format("'{}' is not a key of [notify]", item.key),
                         meant ? fmt::format("did you mean '{}'?", *meant) : "its keys are webhook and on");
        }
    }
    if (!is_told)
        reader.error(entry.key_place, "[notify] does not say whom to tell",
                     R"(write webhook = "https://hooks.example.org/…" below it)");
    if (webhook.address.empty() || webhook.on.empty()) return std::nullopt;
    return webhook;
}

}  // namespace sbraid
