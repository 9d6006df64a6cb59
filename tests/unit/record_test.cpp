#include "sbraid/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

namespace sbraid {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Timestamp at_ms(std::int64_t ms) {
    return Timestamp{milliseconds{ms}};
}

Record skipped(std::string writer, std::uint64_t number, std::int64_t ms, std::string why = "because") {
    return {std::move(writer), number, at_ms(ms), JobSkipped{"train", std::move(why)}};
}

/// A line around any members, with the right checksum.
std::string sealed(const std::string& body) {
    return body + ",\"sum\":" + std::to_string(cksum(body)) + "}\n";
}

std::vector<std::string> lines_of(const Decoded& decoded) {
    std::vector<std::string> lines;
    for (const Record& record : decoded.records) lines.push_back(encode(record));
    return lines;
}

std::vector<std::string> damage_of(const Decoded& decoded) {
    std::vector<std::string> texts;
    for (const Damage& damage : decoded.damage) {
        texts.push_back(damage.file + ":" + std::to_string(damage.line) + ": " + damage.what);
    }
    return texts;
}

GpuUsed full_gpu_use() {
    GpuUsed gpu;
    gpu.where = {{JobId{13}, 4}, "0", "n2", 1};
    gpu.rank = 3;
    gpu.uuid = "GPU-5c2a";
    gpu.util_mean = 87.25;
    gpu.util_max = 100;
    gpu.mem_max_bytes = 76'235'669'504;
    gpu.mem_total_bytes = 85'899'345'920;
    gpu.energy_j = 1.5e6;
    gpu.longest_idle_s = 2.5;
    gpu.idle_fraction = 0.1;
    gpu.processes = 2;
    gpu.coverage = 0.98;
    gpu.shared = true;
    gpu.unknown_because = "shared";
    gpu.simulated = true;
    return gpu;
}

/// One event of every kind, with every member set.
std::vector<Event> every_event() {
    const StepKey step{{JobId{13}, 4}, "0", "n2", 1};
    ElementEnded ended;
    ended.job = "train";
    ended.status.key = {JobId{13}, 4};
    ended.status.raw = JobId{17};
    ended.status.cluster = "c1";
    ended.status.state = JobState::out_of_memory;
    ended.status.raw_state = "OUT_OF_MEMORY";
    ended.status.exit_code = 0;
    ended.status.signal = 125;
    ended.status.submit = at_ms(1'767'225'600'001);
    ended.status.start = at_ms(1'767'225'600'020);
    ended.status.end = at_ms(1'767'225'600'300);
    ended.status.nodes = "n[1-2]";
    ended.status.reason = "OutOfMemory";
    ended.status.comment = "a \"comment\"\twith \\ and \x01";
    ended.status.restarts = 2;
    ended.status.user = "ada";
    return {RunCreated{"r-1", "r", "ada", "login1", "0.1.0"},
            JobSubmitted{"train", 2, JobId{4'294'967'295}, "c1", "sbraid:r-1:train#2", true, true},
            JobRefused{"train", 2, "sbatch: error: größer\nsecond line"},
            JobsReleased{{JobId{12}, JobId{13}}},
            RunSubmitted{},
            JobCancelled{"train", {JobId{12}, 3}, "duplicate"},
            JobSkipped{"train", "'prep' failed, so afterok can never be met"},
            ended,
            AttemptStarted{{JobId{12}, std::nullopt}, "train", 1, "n1", 2},
            AttemptEnded{{JobId{12}, 3}, "train", 1, 137, 2, true, "no output a \"b\""},
            StepStarted{step, 4, {"GPU-1", "GPU-2"}, "hung", true},
            RankStarted{step, 3, 31337},
            RankEnded{step, 3, 1, 9, false, true},
            full_gpu_use(),
            StepEnded{step, 7, "the library hung"},
            RollbackStarted{},
            RunTakenBack{},
            WebhookAnswered{"failed", 2, 404},
            PlanRevised{3}};
}

std::string file_of_every_event() {
    std::string file;
    std::uint64_t number = 0;
    for (Event& event : every_event()) file += encode({"w.1", ++number, at_ms(1'767'225'600'123), event});
    return file;
}

TEST(Cksum, IsTheOneThatCksumPrints) {
    // printf %s TEXT | cksum
    EXPECT_EQ(cksum(""), 4294967295U);
    EXPECT_EQ(cksum("a"), 1220704766U);
    EXPECT_EQ(cksum("123456789"), 930766865U);
    EXPECT_EQ(cksum("The quick brown fox jumps over the lazy dog"), 2074844392U);
}

TEST(Record, EveryEventSurvivesEncodingAndDecoding) {
    const std::string file = file_of_every_event();
    const Decoded decoded = decode(file, "f");
    EXPECT_THAT(damage_of(decoded), IsEmpty());
    ASSERT_EQ(decoded.records.size(), std::variant_size_v<Event>);
    std::string again;
    for (std::size_t i = 0; i < decoded.records.size(); ++i) {
        EXPECT_EQ(decoded.records[i].event.index(), i);
        again += encode(decoded.records[i]);
    }
    EXPECT_EQ(again, file);

    const auto& ended = std::get<ElementEnded>(decoded.records[7].event);
    EXPECT_EQ(ended.status.key, (JobKey{JobId{13}, 4}));
    EXPECT_EQ(ended.status.state, JobState::out_of_memory);
    EXPECT_EQ(ended.status.start, at_ms(1'767'225'600'020));
    EXPECT_EQ(ended.status.comment, "a \"comment\"\twith \\ and \x01");
    const auto& gpu = std::get<GpuUsed>(decoded.records[13].event);
    EXPECT_EQ(gpu.energy_j, 1.5e6);
    EXPECT_EQ(gpu.rank, 3U);
    EXPECT_TRUE(gpu.shared);
}

TEST(Record, WhatIsNotKnownIsNullAndComesBackUnknown) {
    GpuUsed gpu;
    gpu.where = {{JobId{1}, std::nullopt}, "batch", "n1", 0};
    gpu.uuid = "GPU-1";
    gpu.unknown_because = "mig";
    gpu.idle_fraction = std::numeric_limits<double>::quiet_NaN();
    const std::string line = encode({"w", 1, at_ms(0), gpu});
    EXPECT_THAT(line, HasSubstr(R"("rank":null,"uuid":"GPU-1","util_mean":null,)"));
    EXPECT_THAT(line, HasSubstr(R"("idle_fraction":null,)"));
    const Decoded decoded = decode(line, "f");
    ASSERT_EQ(decoded.records.size(), 1U);
    const auto& read = std::get<GpuUsed>(decoded.records[0].event);
    EXPECT_EQ(read.rank, std::nullopt);
    EXPECT_EQ(read.util_mean, std::nullopt);
    EXPECT_EQ(read.idle_fraction, std::nullopt);
    EXPECT_EQ(read.unknown_because, "mig");
}

TEST(Record, LongTextIsCutAtACodePointAndMarked) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "ü";
    for (int shift = 0; shift < 4; ++shift) {
        const std::string line = encode({"w", 1, at_ms(0), JobRefused{"train", 1, text}});
        EXPECT_LE(line.size(), k_max_record_bytes);
        EXPECT_GT(line.size(), k_max_record_bytes - 16);
        const Decoded decoded = decode(line, "f");
        ASSERT_EQ(decoded.records.size(), 1U);
        const std::string& read = std::get<JobRefused>(decoded.records[0].event).message;
        ASSERT_TRUE(read.ends_with("…"));
        const std::string kept = read.substr(0, read.size() - std::string_view{"…"}.size());
        EXPECT_EQ(kept, text.substr(0, kept.size()));
        EXPECT_EQ((kept.size() - static_cast<std::size_t>(shift)) % 2, 0U);
        text.insert(0, "x");
    }
}

TEST(Record, FitsWhateverIsPutIntoIt) {
    const std::string long_text(20'000, '\x02');  // six bytes each when written
    ElementEnded ended;
    ended.job = std::string(9'000, 'j');
    ended.status.nodes = long_text;
    ended.status.reason = long_text;
    ended.status.comment = long_text;
    ended.status.user = std::string(5'000, 'u');
    JobsReleased released;
    for (std::uint32_t i = 0; i < 5000; ++i) released.ids.emplace_back(4'000'000'000U + i);
    StepStarted started{{{JobId{1}, {}}, "0", "n", 0}, 1, {}, "", false};
    for (int i = 0; i < 500; ++i)
        started.gpus.push_back("MIG-4f8ac3d2-5e1c-5d3f-a5d0-6d2b4a01f0c" + std::to_string(i));
    for (const Event& event : std::vector<Event>{ended, released, started}) {
        const std::string line = encode({std::string(5'000, 'w'), 1, at_ms(0), event});
        EXPECT_LE(line.size(), k_max_record_bytes);
        const Decoded decoded = decode(line, "f");
        EXPECT_THAT(damage_of(decoded), IsEmpty());
        EXPECT_EQ(decoded.records.size(), 1U);
    }
}

TEST(Record, ReleasedJobsAreSplitSoThatNoneIsLost) {
    std::vector<JobId> ids;
    for (std::uint32_t i = 0; i < 1000; ++i) ids.emplace_back(4'000'000'000U + i);
    std::vector<JobId> back;
    for (const JobsReleased& part : split_released(ids)) {
        const Decoded decoded = decode(encode({std::string(128, 'w'), 1, at_ms(0), part}), "f");
        ASSERT_EQ(decoded.records.size(), 1U);
        const auto& read = std::get<JobsReleased>(decoded.records[0].event).ids;
        back.insert(back.end(), read.begin(), read.end());
    }
    EXPECT_EQ(back, ids);
    EXPECT_THAT(split_released({}), IsEmpty());
}

TEST(Record, BytesThatAreNotUtf8AreReplaced) {
    const std::string line = encode(skipped("w", 1, 0, "a\xFF\xC3(b\xED\xA0\x80"));
    const Decoded decoded = decode(line, "f");
    ASSERT_EQ(decoded.records.size(), 1U);
    EXPECT_EQ(std::get<JobSkipped>(decoded.records[0].event).why, "a\uFFFD\uFFFD(b\uFFFD\uFFFD\uFFFD");
    // and what another program wrote without care
    const Decoded raw =
        decode(sealed("{\"v\":1,\"w\":\"w\",\"n\":1,\"t\":0,\"e\":\"job_skipped\",\"job\":\"a\xFF\""), "f");
    ASSERT_EQ(raw.records.size(), 1U);
    EXPECT_EQ(std::get<JobSkipped>(raw.records[0].event).job, "a\uFFFD");
}

TEST(Decode, ReadsEscapesOfEveryKind) {
    const Decoded decoded = decode(
        sealed(
            R"({"v":1,"w":"w","n":1,"t":7.5,"e":"job_skipped","job":"\u00e4\ud83d\ude00\/\b\f","why":"\ud83d\u12")"),
        "f");
    ASSERT_EQ(decoded.records.size(), 1U);
    EXPECT_EQ(decoded.records[0].time, at_ms(7500));
    EXPECT_EQ(std::get<JobSkipped>(decoded.records[0].event).job, "ä😀/\b\f");
    EXPECT_EQ(std::get<JobSkipped>(decoded.records[0].event).why, "\uFFFD\uFFFD12");
}

TEST(Decode, TakesTimesWithAnyNumberOfDecimals) {
    for (const auto& [text, ms] : std::map<std::string, std::int64_t>{
             {"5", 5000}, {"5.", 5000}, {"5.1", 5100}, {"5.123", 5123}, {"5.123999", 5123}}) {
        const Decoded decoded =
            decode(sealed(R"({"v":1,"w":"w","n":1,"t":)" + text + R"(,"e":"run_submitted")"), "f");
        ASSERT_EQ(decoded.records.size(), 1U) << text;
        EXPECT_EQ(decoded.records[0].time, at_ms(ms)) << text;
    }
}

TEST(Decode, IgnoresMembersAndCountsEventsThatItDoesNotKnow) {
    const std::string file =
        sealed(
            R"({"v":1,"w":"w","n":1,"t":0,"e":"job_skipped","new":{"a":[1,"}"]},"job":"train","more":[{},2])") +
        sealed(R"({"v":1,"w":"w","n":2,"t":0,"e":"job_promoted","job":"train")") + encode(skipped("w", 3, 0));
    const Decoded decoded = merge({decode(file, "f")});
    EXPECT_THAT(damage_of(decoded), IsEmpty());
    EXPECT_EQ(decoded.records.size(), 2U);
    EXPECT_EQ(decoded.unknown, 1U);
}

TEST(Decode, NamesBothVersionsOfANewerRecord) {
    const Decoded decoded =
        decode("{\"v\":2,\"w\":\"w\",\"n\":1,\"sum\":0}\n" + encode(skipped("w", 1, 0)), "state.jsonl");
    EXPECT_EQ(decoded.records.size(), 1U);
    EXPECT_THAT(damage_of(decoded),
                ElementsAre("state.jsonl:1: a record of version 2; this sbraid reads version 1"));
}

TEST(Decode, RefusesRecordsWithoutWhatTheyNeed) {
    for (const char* body : {
             R"({"v":1,"n":1,"t":0,"e":"run_submitted")",            // no writer
             R"({"v":1,"w":"w","n":0,"t":0,"e":"run_submitted")",    // numbers start at 1
             R"({"v":1,"w":"w","n":1,"t":-1,"e":"run_submitted")",   // before the epoch
             R"({"v":1,"w":"w","n":1,"t":"0","e":"run_submitted")",  // a text for a time
             R"({"v":1,"w":"w","n":1,"t":0,"e":"job_skipped")",      // no job
             R"({"v":1,"w":"w","n":1,"t":0,"e":"job_submitted","job":"a","id":4294967296)",  // too large an
                                                                                             // id
             R"({"v":1,"w":"w","n":1,"t":0,"e":"attempt_started","job":"a","key":"1_")",
             R"({"v":1,"w":"w","n":1,"t":0,"e":"attempt_started","job":"a","key":"[1]")",
             R"({"v":1,"w":"w","n":1,"t":0,"e":"jobs_released","ids":[1,"2"])",
             R"({"v":1,"w":"w","n":1,"t":0,"e":"jobs_released","ids":[1)",
             R"({"v":1,"w":"w","n":1,"t":0,"e":"run_submitted","x":)",
             R"({"v":1,"w":"w","n":1,"t":0,"e":"run_submitted" junk)",
         }) {
        const Decoded decoded = decode(sealed(body), "f");
        EXPECT_THAT(decoded.records, IsEmpty()) << body;
        EXPECT_THAT(damage_of(decoded), ElementsAre("f:1: not a record")) << body;
    }
}

TEST(Decode, SaysWhatIsWrongWithALine) {
    const std::string good = encode(skipped("w", 1, 0));
    std::string flipped = good;
    flipped[20] = static_cast<char>(flipped[20] ^ 1);
    const std::string torn = good.substr(0, 60);
    const std::string file = "hello\n" + flipped + torn + "\n" + good + std::string(9, '\0') + good + torn;
    const Decoded decoded = decode(file, "f");
    EXPECT_EQ(decoded.records.size(), 2U);
    EXPECT_THAT(damage_of(decoded), ElementsAre("f:1: not a record", "f:2: checksum", "f:3: torn",
                                                "f:5: NUL bytes", "f:6: torn"));
}

TEST(Decode, FindsRecordsThatAreGluedToDamage) {
    const std::string one = encode(skipped("w", 1, 0));
    const std::string two = encode(skipped("w", 2, 0));
    const std::string bare_one = one.substr(0, one.size() - 1);
    for (const auto& [file, damage] : std::map<std::string, std::vector<std::string>>{
             {one.substr(0, 50) + one + two, {"f:1: torn"}},  // the next writer did not heal
             {bare_one + two, {}},                            // a newline was lost
             {bare_one + "x" + two, {"f:1: not a record"}},   // a newline was flipped
             {bare_one + std::string(3, '\0') + two, {"f:1: NUL bytes"}},
             {bare_one + "\n\n" + two, {}}}) {
        const Decoded decoded = decode(file, "f");
        EXPECT_THAT(lines_of(decoded), ElementsAre(one, two));
        EXPECT_THAT(damage_of(decoded), testing::ElementsAreArray(damage));
    }
}

TEST(Decode, OfEveryTruncationTakesExactlyTheWholeRecords) {
    const std::string file = file_of_every_event();
    const std::vector<std::string> all = lines_of(decode(file, "f"));
    for (std::size_t size = 0; size <= file.size(); ++size) {
        const Decoded decoded = decode(std::string_view{file}.substr(0, size), "f");
        std::size_t whole = 0;
        std::size_t bytes = 0;
        while (whole < all.size() && bytes + all[whole].size() - 1 <= size) bytes += all[whole++].size();
        ASSERT_EQ(decoded.records.size(), whole) << "cut at " << size;
        for (std::size_t i = 0; i < whole; ++i)
            ASSERT_EQ(encode(decoded.records[i]), all[i]) << "cut at " << size;
        ASSERT_EQ(decoded.damage.size(), size > bytes ? 1U : 0U) << "cut at " << size;
    }
}

TEST(Decode, NeverTakesARecordWithAFlippedBit) {
    const std::string file = file_of_every_event();
    const std::vector<std::string> all = lines_of(decode(file, "f"));
    for (std::size_t bit = 0; bit < file.size() * 8; bit += 3) {
        std::string flipped = file;
        flipped[bit / 8] =
            static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
        const Decoded decoded = decode(flipped, "f");
        const std::vector<std::string> lines = lines_of(decoded);
        ASSERT_GE(lines.size() + 1, all.size()) << "bit " << bit;
        for (const std::string& line : lines) {
            ASSERT_THAT(all, testing::Contains(line)) << "bit " << bit;
        }
        ASSERT_TRUE(lines.size() == all.size() || !decoded.damage.empty()) << "bit " << bit;
    }
}

TEST(Decode, SurvivesAnything) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    const std::string file = file_of_every_event();
    for (int round = 0; round < 300; ++round) {
        std::string broken = file;
        for (int change = 0; change < 20; ++change) {
            const std::size_t at = random() % broken.size();
            switch (random() % 4) {
                case 0:
                    broken[at] = static_cast<char>(random());
                    break;
                case 1:
                    broken.erase(at, random() % 40);
                    break;
                case 2:
                    broken.insert(at, random() % 40, '\0');
                    break;
                default:
                    broken.insert(at, broken.substr(random() % broken.size(), random() % 200));
                    break;
            }
        }
        const std::vector<std::string> all = lines_of(decode(file, "f"));
        for (const std::string& line : lines_of(decode(broken, "f")))
            ASSERT_THAT(all, testing::Contains(line));
    }
}

TEST(Decode, TakesTheExamplesOfTheDocument) {
    std::ifstream in{SBRAID_SOURCE_DIR "/lib/STATE.md"};
    std::stringstream text;
    text << in.rdbuf();
    const std::string document = text.str();
    const std::size_t start = document.find("```json\n") + 8;
    ASSERT_GT(start, 8U);
    const Decoded decoded =
        decode(std::string_view{document}.substr(start, document.find("```", start) - start), "STATE.md");
    EXPECT_THAT(damage_of(decoded), IsEmpty());
    std::set<std::size_t> kinds;
    for (const Record& record : decoded.records) kinds.insert(record.event.index());
    EXPECT_EQ(kinds.size(), std::variant_size_v<Event>) << "the document lacks an example of some event";
    EXPECT_THAT(damage_of(merge({decoded})), IsEmpty());
}

TEST(Merge, OrdersByTimeButNeverAgainstAWritersOwnOrder) {
    const Decoded a{{skipped("a", 1, 100), skipped("a", 2, 50), skipped("a", 3, 300)}, {}, 0, {}};
    const Decoded b{{skipped("b", 2, 200), skipped("b", 1, 60)}, {}, 0, {}};
    std::vector<std::string> order;
    for (const Record& r : merge({a, b}).records) order.push_back(r.writer + std::to_string(r.number));
    EXPECT_THAT(order, ElementsAre("b1", "a1", "a2", "b2", "a3"));
}

TEST(Merge, TakesNoRecordTwice) {
    const Decoded a{{skipped("a", 1, 1), skipped("a", 2, 2), skipped("a", 2, 2)}, {}, 0, {}};
    const Decoded again{{skipped("a", 2, 2), skipped("a", 3, 3)}, {}, 1, {{"b", 1}}};
    const Decoded merged = merge({a, again, again});
    EXPECT_EQ(merged.records.size(), 3U);
    EXPECT_EQ(merged.unknown, 1U);
    EXPECT_THAT(damage_of(merged), IsEmpty());
}

TEST(Merge, ReportsWhatIsMissing) {
    const Decoded a{{skipped("a", 2, 1), skipped("a", 5, 2)}, {{"f", 3, "torn"}}, 0, {{"a", 4}}};
    const Decoded b{{skipped("b", 2, 1)}, {}, 0, {}};
    EXPECT_THAT(damage_of(merge({a, b})),
                ElementsAre("f:3: torn", ":0: gap: 2 records of writer a are missing",
                            ":0: gap: 1 record of writer b is missing"));
}

}  // namespace
}  // namespace sbraid
