// The bytes of a state file. A checksum is more than a fuzzer guesses, so the lines are read once more with
// right ones.
#include <fmt/format.h>

#include "fuzz.hpp"
#include "sbraid/record.hpp"

namespace sbraid {
namespace {

std::string with_sums(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        line = line.substr(0, line.rfind(",\"sum\":"));
        result += fmt::format("{},\"sum\":{}}}\n", line, cksum(line));
    }
    return result;
}

void read(const std::string& text) {
    const Decoded decoded = decode(text, "state.jsonl");
    for (const Record& record : decoded.records) {
        const std::string line = encode(record);
        fuzz::require(line.size() <= k_max_record_bytes && line.ends_with('\n'), "a record is a line", line);
        const Decoded again = decode(line, "again");
        fuzz::require(again.records.size() == 1 && again.damage.empty(), "what was written can be read",
                      line);
        fuzz::require(encode(again.records.front()) == line, "and says the same", line);
    }
    const Decoded merged = merge({decoded, decoded});
    fuzz::require(merged.records.size() <= decoded.records.size(), "no record twice");
}

}  // namespace
}  // namespace sbraid

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = sbraid::fuzz::text_of(data, size);
    sbraid::read(text);
    sbraid::read(sbraid::with_sums(text));
    return 0;
}
