#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "sbraid/plan.hpp"
#include "sound_utf8.hpp"

// plan.json: the plan as it was before the first job existed, member by member, and each job on a line of its
// own: a tree of JSON values takes several times the memory of its text, so there is one of a job at a time.
// Parents are written by the name of their job, so that a person can read it. Texts that are no UTF-8 (a
// wrapped script in Latin-1) cannot stand in JSON: they are written as {"bytes": [numbers]}.

namespace sbraid {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_schema = "sbraid.frozen-plan/";
constexpr int k_version_of_schema = 1;

Json text_to_json(const std::string& text) {
    if (is_utf8(text)) return text;
    return {{"bytes", std::vector<unsigned char>(text.begin(), text.end())}};
}

std::string text_from_json(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    const auto bytes = value.at("bytes").get<std::vector<unsigned char>>();
    return {bytes.begin(), bytes.end()};
}

Json edge_to_json(const SubmissionPlan& plan, const PlannedEdge& edge) {
    Json json{{"kind", to_string(edge.kind)}};
    if (const auto* inside = std::get_if<JobIndex>(&edge.parent)) {
        json["parent"] = plan.jobs.at(inside->value).name();
    } else {
        json["job_id"] = std::get<JobId>(edge.parent).value;
    }
    if (edge.element) json["element"] = *edge.element;
    if (edge.delay.count() != 0) json["delay_minutes"] = edge.delay.count();
    if (edge.origin != EdgeOrigin::named) json["origin"] = to_string(edge.origin);
    if (edge.waived) json["waived"] = true;
    return json;
}

Json matrix_to_json(const Matrix& matrix) {
    Json json{{"axes", Json::array()}, {"excluded", matrix.excluded()}, {"included", matrix.included()}};
    for (const Matrix::Axis& axis : matrix.axes())
        json["axes"].push_back({{"key", axis.key}, {"values", axis.values}});
    return json;
}

Matrix matrix_from_json(const Json& json) {
    std::vector<Matrix::Axis> axes;
    for (const Json& axis : json.at("axes"))
        axes.push_back(
            {axis.at("key").get<std::string>(), axis.at("values").get<std::vector<std::string>>()});
    return {std::move(axes), json.at("excluded").get<std::vector<std::uint32_t>>(),
            json.at("included").get<std::vector<Matrix::Row>>()};
}

std::string_view role_to_json(JobRole role) {
    switch (role) {
        case JobRole::task:
            return "task";
        case JobRole::gate:
            return "gate";
        case JobRole::closer:
            return "closer";
        case JobRole::notifier:
            return "notifier";
    }
    return "";
}

/// Kinds by their words, as in the workflow file; codes as the batch script sees them.
Json retry_to_json(const Retry& retry) {
    Json json{{"max", retry.max}, {"on", Json::array()}, {"codes", retry.codes}};
    for (const auto& [is_on, word] : {std::pair{retry.fail, "fail"},
                                      {retry.oom, "oom"},
                                      {retry.timeout, "timeout"},
                                      {retry.node_fail, "node_fail"}})
        if (is_on) json["on"].push_back(word);
    if (retry.delay.count() != 0) json["delay_s"] = retry.delay.count();
    if (retry.inplace) json["inplace"] = true;
    return json;
}

Retry retry_from_json(const Json& json) {
    Retry retry;
    retry.max = json.at("max").get<std::uint32_t>();
    const auto on = json.at("on").get<std::set<std::string>>();
    retry.fail = on.contains("fail");
    retry.oom = on.contains("oom");
    retry.timeout = on.contains("timeout");
    retry.node_fail = on.contains("node_fail");
    retry.codes = json.at("codes").get<std::vector<int>>();
    retry.delay = std::chrono::seconds{json.value("delay_s", std::int64_t{0})};
    retry.inplace = json.value("inplace", false);
    return retry;
}

Continuation continuation_from_json(const Json& json) {
    return {.signal = json.at("signal").get<std::string>(),
            .lead = std::chrono::seconds{json.at("lead_s").get<std::int64_t>()},
            .max = json.at("max").get<std::uint32_t>()};
}

Json again_to_json(const Resubmission& again) {
    Json json{{"revision", again.revision}, {"number", again.number}};
    if (again.elements) json["elements"] = to_string(*again.elements);
    return json;
}

ArraySpec array_from_json(const Json& json) {
    auto spec = parse_array_spec(json.get<std::string>());
    if (!spec) throw std::invalid_argument{spec.error().message};
    return *std::move(spec);
}

Resubmission again_from_json(const Json& json) {
    Resubmission again{.revision = json.at("revision").get<std::uint32_t>(),
                       .number = json.at("number").get<std::uint32_t>(),
                       .elements = {}};
    if (json.contains("elements")) again.elements = array_from_json(json.at("elements"));
    return again;
}

Json job_to_json(const SubmissionPlan& plan, const PlannedJob& job) {
    Json json{{"task", job.task}};
    if (!job.part.empty()) json["part"] = job.part;
    if (job.role != JobRole::task) json["role"] = role_to_json(job.role);
    if (job.final) json["final"] = true;
    if (job.service) json["service"] = true;
    if (job.checks_outputs) json["checks_outputs"] = true;
    if (!job.file.empty()) json["file"] = text_to_json(job.file);
    json["line"] = job.line;
    json["edges"] = Json::array();
    for (const PlannedEdge& edge : job.edges) json["edges"].push_back(edge_to_json(plan, edge));
    if (job.join == Join::any) json["join"] = "any";
    if (job.singleton) json["singleton"] = true;
    json["array"] = job.array ? Json(to_string(*job.array)) : Json(nullptr);
    if (job.numbering != Numbering{})
        json["numbering"] = {{"first", job.numbering.first}, {"step", job.numbering.step}};
    if (job.matrix) json["matrix"] = matrix_to_json(*job.matrix);
    json["options"] = Json::array();
    for (const std::string& option : job.options) json["options"].push_back(text_to_json(option));
    json["comment"] = text_to_json(job.comment);
    if (job.attempts.retry) json["retry"] = retry_to_json(*job.attempts.retry);
    if (const auto& goes_on = job.attempts.continuation)
        json["continue"] = {
            {"signal", goes_on->signal}, {"lead_s", goes_on->lead.count()}, {"max", goes_on->max}};
    json["hold"] = job.user_hold;
    if (job.on_dead_dependency)
        json["on_dead_dependency"] = *job.on_dead_dependency == DeadDependency::keep ? "keep" : "cancel";
    if (job.expect) json["expect_s"] = job.expect->count();
    json["output"] = text_to_json(job.output);
    json["log_directories"] = Json::array();
    for (const std::string& directory : job.log_directories) {
        json["log_directories"].push_back(text_to_json(directory));
    }
    for (const std::string& line : job.sbatch_lines) json["sbatch_lines"].push_back(text_to_json(line));
    json["script_body"] = text_to_json(job.script_body);
    for (const Resubmission& again : job.again) json["again"].push_back(again_to_json(again));
    return json;
}

using JobsByName = std::map<std::string, JobIndex, std::less<>>;

PlannedEdge edge_from_json(const Json& json, const JobsByName& jobs) {
    PlannedEdge edge;
    const auto& kind = json.at("kind").get_ref<const std::string&>();
    const auto known = parse_edge_kind(kind);
    if (!known) throw std::invalid_argument{fmt::format("unknown kind of edge '{}'", kind)};
    edge.kind = *known;
    if (json.contains("parent")) {
        const auto& name = json.at("parent").get_ref<const std::string&>();
        const auto parent = jobs.find(name);
        if (parent == jobs.end())
            throw std::invalid_argument{fmt::format("no job '{}' before its child", name)};
        edge.parent = parent->second;
    } else {
        edge.parent = JobId{json.at("job_id").get<std::uint32_t>()};
    }
    if (json.contains("element")) edge.element = json.at("element").get<std::uint32_t>();
    edge.delay = std::chrono::minutes{json.value("delay_minutes", 0)};
    edge.waived = json.value("waived", false);
    if (json.contains("origin")) {
        const auto& origin = json.at("origin").get_ref<const std::string&>();
        const auto known_origin = parse_edge_origin(origin);
        if (!known_origin) throw std::invalid_argument{fmt::format("unknown origin of an edge '{}'", origin)};
        edge.origin = *known_origin;
    }
    return edge;
}

JobRole role_from_json(const Json& json) {
    const std::string role = json.value("role", "task");
    for (const JobRole known : {JobRole::task, JobRole::gate, JobRole::closer, JobRole::notifier})
        if (role == role_to_json(known)) return known;
    throw std::invalid_argument{fmt::format("unknown role of a job '{}'", role)};
}

PlannedJob job_from_json(const Json& json, const JobsByName& jobs) {
    PlannedJob job;
    job.task = json.at("task").get<std::string>();
    job.part = json.value("part", "");
    job.role = role_from_json(json);
    job.final = json.value("final", false);
    job.service = json.value("service", false);
    job.checks_outputs = json.value("checks_outputs", false);
    if (json.contains("file")) job.file = text_from_json(json.at("file"));
    job.line = json.at("line").get<std::uint32_t>();
    for (const Json& edge : json.at("edges")) job.edges.push_back(edge_from_json(edge, jobs));
    job.join = json.value("join", "all") == "any" ? Join::any : Join::all;
    job.singleton = json.value("singleton", false);
    if (const Json& array = json.at("array"); !array.is_null()) job.array = array_from_json(array);
    if (json.contains("numbering")) {
        const Json& numbering = json.at("numbering");
        job.numbering = {numbering.at("first").get<std::uint32_t>(),
                         numbering.at("step").get<std::uint32_t>()};
    }
    if (json.contains("matrix")) job.matrix = matrix_from_json(json.at("matrix"));
    for (const Json& option : json.at("options")) job.options.push_back(text_from_json(option));
    job.comment = text_from_json(json.at("comment"));
    if (json.contains("retry")) job.attempts.retry = retry_from_json(json.at("retry"));
    if (json.contains("continue")) job.attempts.continuation = continuation_from_json(json.at("continue"));
    job.user_hold = json.at("hold").get<bool>();
    if (json.contains("on_dead_dependency"))
        job.on_dead_dependency =
            json.at("on_dead_dependency") == "keep" ? DeadDependency::keep : DeadDependency::cancel;
    if (json.contains("expect_s")) job.expect = std::chrono::seconds{json.at("expect_s").get<std::int64_t>()};
    job.output = text_from_json(json.at("output"));
    for (const Json& directory : json.at("log_directories")) {
        job.log_directories.push_back(text_from_json(directory));
    }
    if (json.contains("sbatch_lines")) {
        for (const Json& line : json.at("sbatch_lines")) job.sbatch_lines.push_back(text_from_json(line));
    }
    job.script_body = text_from_json(json.at("script_body"));
    if (json.contains("again"))
        for (const Json& again : json.at("again")) job.again.push_back(again_from_json(again));
    return job;
}

Json webhook_to_json(const Webhook& webhook) {
    Json json{{"address", webhook.address}, {"on", Json::array()}};
    for (const Occasion occasion : webhook.on) json["on"].push_back(to_string(occasion));
    return json;
}

Webhook webhook_from_json(const Json& json) {
    Webhook webhook{.address = json.at("address").get<std::string>(), .on = {}};
    for (const Json& one : json.at("on"))
        if (const auto occasion = parse_occasion(one.get_ref<const std::string&>()))
            webhook.on.push_back(*occasion);  // what a newer sbraid knows besides is none of ours to tell
    return webhook;
}

SubmissionPlan plan_from(const Json& json) {
    SubmissionPlan plan;
    plan.run = json.at("run").get<std::string>();
    plan.workflow = json.at("workflow").get<std::string>();
    plan.file = text_from_json(json.at("file"));
    plan.run_dir = text_from_json(json.at("run_dir"));
    plan.version = json.at("version").get<std::string>();
    plan.submitter = text_from_json(json.at("submitter"));
    for (const auto& [name, value] : json.at("sbatch_environment").items()) {
        plan.sbatch_environment.emplace(name, text_from_json(value));
    }
    plan.revision = json.value("revision", 1U);
    plan.text_revision = json.value("text_revision", 1U);
    if (json.contains("vars"))
        for (const auto& [name, value] : json.at("vars").items())
            plan.vars.emplace(name, text_from_json(value));
    plan.left_out = json.value("left_out", std::vector<std::string>{});
    if (json.contains("webhook")) plan.webhook = webhook_from_json(json.at("webhook"));
    JobsByName by_name;
    if (json.contains("sub_workflows"))
        for (const Json& one : json.at("sub_workflows"))
            plan.sub_workflows.push_back(
                {one.at("name").get<std::string>(),
                 one.contains("matrix") ? std::optional{matrix_from_json(one.at("matrix"))} : std::nullopt});
    for (const Json& one : json.at("jobs")) {
        PlannedJob job = job_from_json(one, by_name);
        if (!by_name.emplace(job.name(), JobIndex{static_cast<std::uint32_t>(plan.jobs.size())}).second) {
            throw std::invalid_argument{fmt::format("two jobs '{}'", job.name())};
        }
        plan.jobs.push_back(std::move(job));
    }
    return plan;
}

/// What is wrong with the schema; nullopt when we can read it.
std::optional<Error> check_schema(const Json& json) {
    const auto found = json.find("schema");
    const std::string schema = found != json.end() && found->is_string() ? found->get<std::string>() : "";
    if (!schema.starts_with(k_schema)) return Error{ErrorKind::failed, "this is no frozen plan of sbraid"};
    const std::string version = schema.substr(k_schema.size());
    if (version == std::to_string(k_version_of_schema)) return std::nullopt;
    return Error{ErrorKind::failed,
                 fmt::format("the plan has version {} of its format, this sbraid reads version {}", version,
                             k_version_of_schema),
                 "use the sbraid that submitted the run, or a newer one"};
}

}  // namespace

std::string to_json(const SubmissionPlan& plan) {
    Json json{{"schema", fmt::format("{}{}", k_schema, k_version_of_schema)},
              {"run", plan.run},
              {"workflow", plan.workflow},
              {"file", text_to_json(plan.file)},
              {"run_dir", text_to_json(plan.run_dir)},
              {"version", plan.version},
              {"submitter", text_to_json(plan.submitter)},
              {"sbatch_environment", Json::object()}};
    for (const auto& [name, value] : plan.sbatch_environment)
        json["sbatch_environment"][name] = text_to_json(value);
    if (plan.revision != 1) json["revision"] = plan.revision;
    if (plan.text_revision != 1) json["text_revision"] = plan.text_revision;
    for (const auto& [name, value] : plan.vars) json["vars"][name] = text_to_json(value);
    if (!plan.left_out.empty()) json["left_out"] = plan.left_out;
    for (const SubWorkflowName& sub : plan.sub_workflows) {
        json["sub_workflows"].push_back({{"name", sub.name}});
        if (sub.matrix) json["sub_workflows"].back()["matrix"] = matrix_to_json(*sub.matrix);
    }
    if (plan.webhook) json["webhook"] = webhook_to_json(*plan.webhook);
    std::string text = json.dump(1);
    text.resize(text.size() - std::string_view{"\n}"}.size());
    text += ",\n \"jobs\": [";
    for (const PlannedJob& job : plan.jobs) {
        text += &job == &plan.jobs.front() ? "\n  " : ",\n  ";
        text += job_to_json(plan, job).dump();
    }
    return text + "\n ]\n}\n";
}

Result<SubmissionPlan> plan_from_json(std::string_view text) {
    try {
        const Json json = Json::parse(text);
        if (auto error = check_schema(json)) return Unexpected{*std::move(error)};
        return plan_from(json);
    } catch (const std::exception& error) {
        return Unexpected{
            Error{ErrorKind::failed, fmt::format("the frozen plan cannot be read: {}", error.what())}};
    }
}

}  // namespace sbraid
