// Bytes -> records. Each line is first taken for one sound record, which it nearly always is. Only when it is
// not is it cut at every `{"v":` (which cannot stand inside a JSON string, where its quotes would be
// escaped), each piece is tried, and what is no record is reported: so a torn tail with the next record glued
// to it, or the NUL bytes that a lost NFS write leaves before one, cost only what is really gone. Every byte
// is looked at a fixed number of times, whatever the damage.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "event_fields.hpp"
#include "json_members.hpp"
#include "sbraid/record.hpp"

namespace sbraid {
namespace {

constexpr std::string_view k_start = R"({"v":)";
constexpr std::string_view k_sum = R"(,"sum":)";

template <class T>
bool to_number(std::string_view text, T& value) {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && stop == text.data() + text.size();
}

/// `1767225600.120`: integer arithmetic, because a double would round.
bool to_time(std::string_view text, Timestamp& time) {
    constexpr std::int64_t k_latest_s = 99'999'999'999;
    const std::size_t dot = std::min(text.find('.'), text.size());
    std::int64_t seconds = 0;
    if (!to_number(text.substr(0, dot), seconds) || seconds < 0 || seconds > k_latest_s) return false;
    std::int64_t ms = 0;
    std::int64_t worth = 100;
    for (const char digit : text.substr(std::min(dot + 1, text.size()))) {
        if (digit < '0' || digit > '9') return false;
        ms += (digit - '0') * worth;
        worth /= 10;
    }
    time = Timestamp{std::chrono::milliseconds{seconds * 1000 + ms}};
    return true;
}

/// The visitor of event_fields.hpp that reads. Remembers whether everything that must be there was.
class MemberReader {
  public:
    explicit MemberReader(const std::vector<JsonMember>& members) : members_(members) {}
    [[nodiscard]] bool ok() const { return ok_; }

    void name(std::string_view key, std::string& value) {
        auto text = json_string(find(key));
        require(text && !text->empty());
        if (text) value = std::move(*text);
    }
    void word(std::string_view key, std::string& value) {
        const std::string_view found = find(key);
        if (found.empty() || found == "null") return;
        auto text = json_string(found);
        require(text.has_value());
        if (text) value = std::move(*text);
    }
    void text(std::string_view key, std::string& value) { word(key, value); }
    template <class T>
    void number(std::string_view key, T& value) {
        if (const std::string_view found = find(key); !found.empty()) require(to_number(found, value));
    }
    template <class T>
    void count(std::string_view key, T& value) {
        number(key, value);
    }
    void real(std::string_view key, double& value) {
        std::optional<double> read;
        maybe(key, read);
        if (read) value = *read;
    }
    template <class T>
    void maybe(std::string_view key, std::optional<T>& value) {
        const std::string_view found = find(key);
        if (found.empty() || found == "null") return;
        T read{};
        require(convert(found, read));
        if (ok_) value = read;
    }
    void time(std::string_view key, std::optional<Timestamp>& value) { maybe(key, value); }
    void time(std::string_view key, Timestamp& value) { require(to_time(find(key), value)); }
    void flag(std::string_view key, bool& value) {
        if (const std::string_view found = find(key); !found.empty()) require(convert(found, value));
    }
    void id(std::string_view key, JobId& value) { require(to_number(find(key), value.value)); }
    void job_key(std::string_view key, JobKey& value) {
        std::string_view text = find(key);
        if (text.size() < 3 || text.front() != '"' || text.back() != '"') return require(false);
        text = text.substr(1, text.size() - 2);
        const std::size_t underscore = text.find('_');
        require(to_number(text.substr(0, underscore), value.job.value));
        if (underscore == std::string_view::npos) return;
        std::uint32_t element = 0;
        require(to_number(text.substr(underscore + 1), element));
        value.element = element;
    }
    void state(std::string_view key, JobState& value) {
        const auto text = json_string(find(key));
        require(text.has_value());
        if (text) value = parse_job_state(*text);
    }
    void ids(std::string_view key, std::vector<JobId>& values) {
        each(key, [&](std::string_view item) { return to_number(item, values.emplace_back().value); });
    }
    void words(std::string_view key, std::vector<std::string>& values) {
        each(key, [&](std::string_view item) {
            auto text = json_string(item);
            if (text) values.push_back(std::move(*text));
            return text.has_value();
        });
    }

  private:
    void require(bool condition) { ok_ = ok_ && condition; }

    static bool convert(std::string_view text, bool& value) {
        value = text == "true";
        return value || text == "false";
    }
    static bool convert(std::string_view text, double& value) {
        return to_number(text, value) && std::isfinite(value);
    }
    static bool convert(std::string_view text, Timestamp& value) { return to_time(text, value); }
    template <class T>
    static bool convert(std::string_view text, T& value) {
        return to_number(text, value);
    }

    template <class Take>
    void each(std::string_view key, Take take) {
        const std::string_view found = find(key);
        if (found.empty()) return;
        const auto items = split_items(found);
        require(items.has_value());
        for (std::size_t i = 0; ok_ && i < items->size(); ++i) require(take((*items)[i]));
    }

    /// The value as it stands in the text; empty when absent. Members come in the order in which they are
    /// asked for, so the search goes on where the last one ended.
    std::string_view find(std::string_view key) {
        for (std::size_t i = 0; i < members_.size(); ++i, ++next_) {
            if (next_ >= members_.size()) next_ = 0;
            if (members_[next_].key == key) return members_[next_++].value;
        }
        return {};
    }

    const std::vector<JsonMember>& members_;
    std::size_t next_ = 0;
    bool ok_ = true;
};

enum class Outcome { taken, torn, checksum, no_record, newer };

class Decoder {
  public:
    Decoder(Decoded& out, std::string_view file) : out_(out), file_(file) {}

    void take_line(std::string_view line, std::size_t number, bool ended) {
        if (line.empty()) return;
        line_ = number;
        if (const Outcome whole = take_record(line); whole == Outcome::taken) return;
        std::size_t start = line.find(k_start);
        if (start != 0) report_junk(line.substr(0, start), ended);
        while (start != std::string_view::npos) {
            const std::size_t next = line.find(k_start, start + 1);
            take_piece(line.substr(start, next == std::string_view::npos ? next : next - start));
            start = next;
        }
    }

  private:
    /// A piece begins like a record; behind its end there may be junk.
    void take_piece(std::string_view piece) {
        std::string_view junk;
        if (const std::size_t sum = piece.rfind(k_sum); sum != std::string_view::npos) {
            const std::size_t end = std::min(piece.find('}', sum), piece.size() - 1) + 1;
            junk = piece.substr(end);
            piece = piece.substr(0, end);
        }
        switch (take_record(piece)) {
            case Outcome::taken:
                break;
            case Outcome::torn:
                report("torn");
                break;
            case Outcome::checksum:
                report("checksum");
                break;
            case Outcome::no_record:
                report("not a record");
                break;
            case Outcome::newer:
                report(fmt::format("a record of version {}; this sbraid reads version 1", version_));
                break;
        }
        if (!junk.empty()) report_junk(junk, true);
    }

    void report_junk(std::string_view junk, bool ended) {
        if (junk.find_first_not_of('\0') == std::string_view::npos) return report("NUL bytes");
        report(ended ? "not a record" : "torn");
    }
    void report(std::string what) { out_.damage.push_back({file_, line_, std::move(what)}); }

    Outcome take_record(std::string_view text) {
        if (!text.starts_with(k_start)) return Outcome::no_record;
        const std::string_view version = text.substr(k_start.size(), text.find(',') - k_start.size());
        if (to_number(version, version_) && version_ > 1) return Outcome::newer;
        const std::size_t sum_at = text.rfind(k_sum);
        if (sum_at == std::string_view::npos || text.back() != '}') return Outcome::torn;
        const std::string_view sum =
            text.substr(sum_at + k_sum.size(), text.size() - sum_at - k_sum.size() - 1);
        std::uint32_t expected = 0;
        if (!to_number(sum, expected) || cksum(text.substr(0, sum_at)) != expected) return Outcome::checksum;
        return version_ == 1 && split_members(text, members_) ? take_members() : Outcome::no_record;
    }

    Outcome take_members() {
        Record& record = out_.records.emplace_back();  // made in place: a record is large
        const Outcome outcome = read_members(record);
        if (outcome != Outcome::taken || is_unknown_) out_.records.pop_back();
        return outcome;
    }

    Outcome read_members(Record& record) {
        MemberReader reader{members_};
        is_unknown_ = false;
        event_name_.clear();
        reader.name("w", record.writer);
        reader.number("n", record.number);
        reader.time("t", record.time);
        reader.name("e", event_name_);
        if (!reader.ok() || record.number == 0) return Outcome::no_record;
        if (read_event(record.event, event_name_, reader, std::make_index_sequence<k_events>{}) ==
            Known::no) {
            is_unknown_ = true;
            out_.unknown_from.push_back({std::move(record.writer), record.number});
            ++out_.unknown;
        }
        return reader.ok() ? Outcome::taken : Outcome::no_record;
    }

    enum class Known { no, yes };
    static constexpr std::size_t k_events = std::variant_size_v<Event>;

    template <std::size_t... I>
    static Known read_event(Event& event, std::string_view name, MemberReader& reader,
                            std::index_sequence<I...>) {
        const auto read_as = [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
            if (name != k_event_name<std::variant_alternative_t<N, Event>>) return false;
            fields(reader, event.emplace<N>());
            return true;
        };
        return (read_as(std::integral_constant<std::size_t, I>{}) || ...) ? Known::yes : Known::no;
    }

    Decoded& out_;
    std::string file_;
    std::size_t line_ = 0;
    std::uint64_t version_ = 0;
    bool is_unknown_ = false;  // the last record was of a kind that we do not know
    std::string event_name_;
    std::vector<JsonMember> members_;  // kept between records for its memory
};

}  // namespace

Decoded decode(std::string_view bytes, std::string_view file_name) {
    constexpr std::size_t k_short_record = 64;  // bounds what a file of newlines can make us reserve
    Decoded out;
    std::size_t lines = 1;
    for (std::size_t at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1))
        ++lines;
    out.records.reserve(std::min(lines, bytes.size() / k_short_record + 1));
    Decoder decoder{out, file_name};
    std::size_t number = 0;
    for (std::size_t start = 0; start < bytes.size();) {
        const std::size_t newline = bytes.find('\n', start);
        const std::size_t end = std::min(newline, bytes.size());
        decoder.take_line(bytes.substr(start, end - start), ++number, newline != std::string_view::npos);
        start = end + 1;
    }
    return out;
}

}  // namespace sbraid
