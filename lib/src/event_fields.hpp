#pragma once

#include <string_view>

#include "sbraid/event.hpp"

// The one list of every event's name and members, walked by the encoder and by the decoder alike, so that the
// two cannot disagree. lib/STATE.md says the same to people. A visitor has:
//   name(key, string&)       must be there; never cut
//   word(key, string&)       absent when empty; never cut
//   text(key, string&)       absent when empty; the encoder may cut it
//   number(key, integer&)    always written; absent: as it is
//   count(key, integer&)     absent when 0
//   real(key, double&)       always written; absent: as it is
//   maybe(key, optional<>&)  null when not known
//   time(key, optional<Timestamp>&)
//   flag(key, bool&)         absent when false
//   id(key, JobId&), job_key(key, JobKey&), state(key, JobState&)   must be there
//   ids(key, vector<JobId>&), words(key, vector<string>&)           absent when empty
// Members are never renamed or given another meaning; new ones may come.

namespace sbraid {

template <class E>
inline constexpr std::string_view k_event_name{};
template <>
inline constexpr std::string_view k_event_name<RunCreated> = "run_created";
template <>
inline constexpr std::string_view k_event_name<JobSubmitted> = "job_submitted";
template <>
inline constexpr std::string_view k_event_name<JobRefused> = "job_refused";
template <>
inline constexpr std::string_view k_event_name<JobsReleased> = "jobs_released";
template <>
inline constexpr std::string_view k_event_name<RunSubmitted> = "run_submitted";
template <>
inline constexpr std::string_view k_event_name<RollbackStarted> = "rollback_started";
template <>
inline constexpr std::string_view k_event_name<RunTakenBack> = "run_taken_back";
template <>
inline constexpr std::string_view k_event_name<JobCancelled> = "job_cancelled";
template <>
inline constexpr std::string_view k_event_name<JobSkipped> = "job_skipped";
template <>
inline constexpr std::string_view k_event_name<ElementEnded> = "element_ended";
template <>
inline constexpr std::string_view k_event_name<AttemptStarted> = "attempt_started";
template <>
inline constexpr std::string_view k_event_name<AttemptEnded> = "attempt_ended";
template <>
inline constexpr std::string_view k_event_name<StepStarted> = "step_started";
template <>
inline constexpr std::string_view k_event_name<RankStarted> = "rank_started";
template <>
inline constexpr std::string_view k_event_name<RankEnded> = "rank_ended";
template <>
inline constexpr std::string_view k_event_name<GpuUsed> = "gpu_used";
template <>
inline constexpr std::string_view k_event_name<StepEnded> = "step_ended";
template <>
inline constexpr std::string_view k_event_name<WebhookAnswered> = "webhook_answered";
template <>
inline constexpr std::string_view k_event_name<PlanRevised> = "plan_revised";

template <class V>
void fields(V& v, RunCreated& e) {
    v.name("run", e.run);
    v.name("workflow", e.workflow);
    v.word("user", e.user);
    v.word("host", e.host);
    v.word("version", e.version);
}
template <class V>
void fields(V& v, JobSubmitted& e) {
    v.name("job", e.job);
    v.number("number", e.number);
    v.id("id", e.id);
    v.word("cluster", e.cluster);
    v.word("token", e.token);
    v.flag("held", e.held);
    v.flag("adopted", e.adopted);
}
template <class V>
void fields(V& v, JobRefused& e) {
    v.name("job", e.job);
    v.number("number", e.number);
    v.text("message", e.message);
}
template <class V>
void fields(V& v, JobsReleased& e) {
    v.ids("ids", e.ids);
}
template <class V>
void fields(V& v, PlanRevised& e) {
    v.number("revision", e.revision);
}
template <class V>
void fields(V& /*v*/, RunSubmitted& /*e*/) {}
template <class V>
void fields(V& /*v*/, RollbackStarted& /*e*/) {}
template <class V>
void fields(V& /*v*/, RunTakenBack& /*e*/) {}
template <class V>
void fields(V& v, JobCancelled& e) {
    v.name("job", e.job);
    v.job_key("key", e.key);
    v.text("why", e.why);
}
template <class V>
void fields(V& v, JobSkipped& e) {
    v.name("job", e.job);
    v.text("why", e.why);
}
template <class V>
void fields(V& v, ElementEnded& e) {
    v.name("job", e.job);
    v.job_key("key", e.status.key);
    v.number("raw", e.status.raw.value);
    v.word("cluster", e.status.cluster);
    v.state("state", e.status.state);
    v.word("raw_state", e.status.raw_state);
    v.maybe("exit_code", e.status.exit_code);
    v.maybe("signal", e.status.signal);
    v.time("submit", e.status.submit);
    v.time("start", e.status.start);
    v.time("end", e.status.end);
    v.text("nodes", e.status.nodes);
    v.text("reason", e.status.reason);
    v.text("comment", e.status.comment);
    v.number("restarts", e.status.restarts);
    v.word("user", e.status.user);
}
template <class V>
void fields(V& v, AttemptStarted& e) {
    v.job_key("key", e.key);
    v.name("job", e.job);
    v.number("restart", e.restart);
    v.word("node", e.node);
    v.count("repeats", e.repeats);
}
template <class V>
void fields(V& v, AttemptEnded& e) {
    v.job_key("key", e.key);
    v.name("job", e.job);
    v.number("restart", e.restart);
    v.number("exit_code", e.exit_code);
    v.count("repeats", e.repeats);
    v.flag("again", e.again);
    v.text("why", e.why);
}
template <class V>
void fields(V& v, StepKey& e) {
    v.job_key("key", e.key);
    v.name("step", e.step);
    v.name("node", e.node);
    v.number("restart", e.restart);
}
template <class V>
void fields(V& v, StepStarted& e) {
    fields(v, e.where);
    v.number("ranks", e.ranks);
    v.words("gpus", e.gpus);
    v.word("gpus_unknown_because", e.gpus_unknown_because);
    v.flag("simulated", e.simulated);
}
template <class V>
void fields(V& v, RankStarted& e) {
    fields(v, e.where);
    v.number("rank", e.rank);
    v.number("pid", e.pid);
}
template <class V>
void fields(V& v, RankEnded& e) {
    fields(v, e.where);
    v.number("rank", e.rank);
    v.maybe("exit_code", e.exit_code);
    v.maybe("signal", e.signal);
    v.maybe("oom", e.oom);
    v.flag("core", e.core);
}
template <class V>
void fields(V& v, GpuUsed& e) {
    fields(v, e.where);
    v.maybe("rank", e.rank);
    v.name("uuid", e.uuid);
    v.maybe("util_mean", e.util_mean);
    v.maybe("util_max", e.util_max);
    v.maybe("mem_max_bytes", e.mem_max_bytes);
    v.maybe("mem_total_bytes", e.mem_total_bytes);
    v.maybe("energy_j", e.energy_j);
    v.maybe("longest_idle_s", e.longest_idle_s);
    v.maybe("idle_fraction", e.idle_fraction);
    v.maybe("processes", e.processes);
    v.real("coverage", e.coverage);
    v.flag("shared", e.shared);
    v.word("unknown_because", e.unknown_because);
    v.flag("simulated", e.simulated);
}
template <class V>
void fields(V& v, WebhookAnswered& e) {
    v.name("occasion", e.occasion);
    v.number("round", e.round);
    v.number("status", e.status);
}
template <class V>
void fields(V& v, StepEnded& e) {
    fields(v, e.where);
    v.number("dropped", e.dropped);
    v.text("trouble", e.trouble);
}

}  // namespace sbraid
