// Record -> line. The members are written in the order of event_fields.hpp, then the checksum of all that
// stands before it. When a line would be longer than a record may be, its longest text is cut at a code point
// and marked, and the line is written again, until it fits; names are cut only when no text is left to cut.

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "event_fields.hpp"
#include "sbraid/record.hpp"
#include "sound_utf8.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_cut_mark = "…";
constexpr std::size_t k_shortest_cut = 16;  // a text of so many bytes is not worth cutting
constexpr std::size_t k_sum_bytes = std::string_view{R"(,"sum":4294967295})"}.size() + 1;

/// The size of one code point (or one byte that is not UTF-8) inside a JSON string.
std::size_t quoted_size(std::string_view code_point) {
    const auto byte = static_cast<unsigned char>(code_point.front());
    if (byte == '"' || byte == '\\' || byte == '\n' || byte == '\t' || byte == '\r') return 2;
    return byte < 0x20 ? 6 : code_point.size();
}

void quote(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if (byte >= 0x80) {
            const std::size_t length = sound_code_point(text, at);
            out += length == 0 ? std::string_view{"\xEF\xBF\xBD"} : text.substr(at, length);
            at += std::max<std::size_t>(length, 1);
            continue;
        }
        switch (byte) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\r':
                out += "\\r";
                break;
            default:
                if (byte < 0x20) {
                    fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\u{:04x}"), byte);
                } else {
                    out += static_cast<char>(byte);
                }
        }
        ++at;
    }
    out += '"';
}

/// Seconds since the epoch with three decimals.
void put_time(std::string& out, Timestamp time) {
    const std::int64_t ms = std::max<std::int64_t>(time.time_since_epoch().count(), 0);
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}.{:03}"), ms / 1000, ms % 1000);
}

class Encoder {
  public:
    Encoder(std::string& out, std::vector<std::string*>& texts, std::vector<std::string*>& names)
        : out_(out), texts_(texts), names_(names) {}

    void name(std::string_view key, std::string& value) {
        names_.push_back(&value);
        member(key);
        quote(out_, value);
    }
    void word(std::string_view key, std::string& value) {
        if (!value.empty()) name(key, value);
    }
    void text(std::string_view key, std::string& value) {
        if (value.empty()) return;
        texts_.push_back(&value);
        member(key);
        quote(out_, value);
    }
    template <class T>
    void number(std::string_view key, T& value) {
        member(key);
        fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), value);
    }
    template <class T>
    void count(std::string_view key, T& value) {
        if (value != 0) number(key, value);
    }
    void real(std::string_view key, double value) {
        member(key);
        if (std::isfinite(value)) {
            fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), value);
        } else {
            out_ += "null";
        }
    }
    void maybe(std::string_view key, std::optional<double>& value) {
        real(key, value.value_or(std::numeric_limits<double>::quiet_NaN()));
    }
    void maybe(std::string_view key, std::optional<bool>& value) {
        member(key);
        out_ += !value ? "null" : *value ? "true" : "false";
    }
    template <class T>
    void maybe(std::string_view key, std::optional<T>& value) {
        if (value) return number(key, *value);
        member(key);
        out_ += "null";
    }
    void time(std::string_view key, std::optional<Timestamp>& value) {
        member(key);
        if (value) {
            put_time(out_, *value);
        } else {
            out_ += "null";
        }
    }
    void flag(std::string_view key, bool value) {
        if (!value) return;
        member(key);
        out_ += "true";
    }
    void id(std::string_view key, JobId& value) { number(key, value.value); }
    void job_key(std::string_view key, JobKey& value) {
        member(key);
        fmt::format_to(std::back_inserter(out_), FMT_COMPILE("\"{}"), value.job.value);
        if (value.element) fmt::format_to(std::back_inserter(out_), FMT_COMPILE("_{}"), *value.element);
        out_ += '"';
    }
    void state(std::string_view key, JobState& value) {
        member(key);
        quote(out_, to_string(value));
    }
    void ids(std::string_view key, std::vector<JobId>& values) {
        list(key, values,
             [&](JobId id) { fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), id.value); });
    }
    void words(std::string_view key, std::vector<std::string>& values) {
        list(key, values, [&](const std::string& word) { quote(out_, word); });
    }

  private:
    void member(std::string_view key) {
        out_ += ",\"";
        out_ += key;
        out_ += "\":";
    }
    /// What does not fit is left out: split_released() keeps that from happening.
    template <class T, class Put>
    void list(std::string_view key, std::vector<T>& values, Put put) {
        if (values.empty()) return;
        member(key);
        out_ += '[';
        for (const T& value : values) {
            const std::size_t before = out_.size();
            put(value);
            if (out_.size() + 1 + k_sum_bytes > k_max_record_bytes) {
                out_.resize(before);
                break;
            }
            out_ += ',';
        }
        if (out_.back() == ',') out_.pop_back();
        out_ += ']';
    }

    std::string& out_;
    std::vector<std::string*>& texts_;
    std::vector<std::string*>& names_;
};

/// Keeps as many whole code points as fit into `budget` quoted bytes with the mark behind them.
void cut(std::string& text, std::size_t budget) {
    std::string clean = to_utf8(text);
    std::size_t used = k_cut_mark.size();
    std::size_t at = 0;
    while (at < clean.size()) {
        const std::size_t length = sound_code_point(clean, at);
        used += quoted_size(std::string_view{clean}.substr(at, length));
        if (used > budget) break;
        at += length;
    }
    clean.resize(at);
    text = clean.append(k_cut_mark);
}

std::size_t quoted_length(const std::string& text) {
    std::string quoted;
    quote(quoted, text);
    return quoted.size() - 2;
}

/// Makes the longest of them shorter by about `excess` bytes; false when none is worth it.
bool shorten_longest(const std::vector<std::string*>& candidates, std::size_t excess) {
    std::string* longest = nullptr;
    std::size_t length = k_shortest_cut;
    for (std::string* candidate : candidates) {
        if (const std::size_t quoted = quoted_length(*candidate); quoted > length) {
            longest = candidate;
            length = quoted;
        }
    }
    if (longest == nullptr) return false;
    // Never less than half at once: the excess may be that of several texts together.
    cut(*longest, std::max({length > excess ? length - excess : 0, length / 2, k_shortest_cut}));
    return true;
}

}  // namespace

std::string encode(const Record& record) {
    Record shrinking = record;
    while (true) {
        std::string line = R"({"v":1,"w":)";
        std::vector<std::string*> texts;
        std::vector<std::string*> names{&shrinking.writer};
        quote(line, shrinking.writer);
        fmt::format_to(std::back_inserter(line), FMT_COMPILE(",\"n\":{},\"t\":"), shrinking.number);
        put_time(line, shrinking.time);
        std::visit(
            [&](auto& event) {
                fmt::format_to(std::back_inserter(line), FMT_COMPILE(",\"e\":\"{}\""),
                               k_event_name<std::remove_reference_t<decltype(event)>>);
                Encoder encoder{line, texts, names};
                fields(encoder, event);
            },
            shrinking.event);
        const std::size_t size = line.size() + k_sum_bytes;
        if (size > k_max_record_bytes && (shorten_longest(texts, size - k_max_record_bytes) ||
                                          shorten_longest(names, size - k_max_record_bytes))) {
            continue;
        }
        fmt::format_to(std::back_inserter(line), FMT_COMPILE(",\"sum\":{}}}\n"), cksum(line));
        return line;
    }
}

std::vector<JobsReleased> split_released(const std::vector<JobId>& ids) {
    constexpr std::size_t k_ids_a_record = 300;  // of at most 11 bytes each, beside the rest of the record
    std::vector<JobsReleased> parts;
    for (std::size_t at = 0; at < ids.size(); at += k_ids_a_record) {
        const std::size_t end = std::min(at + k_ids_a_record, ids.size());
        parts.emplace_back().ids.assign(ids.begin() + static_cast<std::ptrdiff_t>(at),
                                        ids.begin() + static_cast<std::ptrdiff_t>(end));
    }
    return parts;
}

}  // namespace sbraid
