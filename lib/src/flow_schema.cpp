// One property for each row of the table of keys. The type of a key gives its form; the words of a grammar
// and the least number that it takes are asked of the grammar itself. Only tables have forms of their own,
// below.
//
// Any string may hold `{{name}}`, so a pattern always takes that too.
#include "sbraid/flow_schema.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "characters.hpp"
#include "sbraid/option_table.hpp"

namespace sbraid {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_task_name = "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$";
constexpr std::string_view k_variable_name = "^[A-Za-z_][A-Za-z0-9_]*$";

/// `END` as a pattern that takes it in any case: `[eE][nN][dD]`.
std::string in_any_case(std::string_view word) {
    std::string pattern;
    for (const char c : word) {
        if (is_letter(c))
            pattern += fmt::format("[{}{}]", static_cast<char>(c | 0x20), static_cast<char>(c & ~0x20));
        else
            pattern += c;
    }
    return pattern;
}

Json text() {
    return {{"type", "string"}};
}

Json text_of(const Grammar* grammar) {
    if (grammar == nullptr) return text();
    Json result = text();
    if (complaint(*grammar, "")) result["minLength"] = 1;
    if (grammar->words.empty()) return result;
    std::string any;
    for (const std::string_view word : grammar->words) any += (any.empty() ? "" : "|") + in_any_case(word);
    const std::string more = grammar->list ? fmt::format("(,({}))*", any) : std::string{};
    result["pattern"] = fmt::format("^({}){}$|\\{{\\{{", any, more);
    // The words themselves once more, because editors offer them to be chosen from.
    return {{"anyOf", Json::array({Json{{"enum", grammar->words}}, std::move(result)})}};
}

/// A whole number, as small as the grammar takes it.
Json number_of(const Grammar* grammar) {
    Json result{{"type", "integer"}};
    const auto takes = [grammar](std::string_view number) {
        return grammar == nullptr || !complaint(*grammar, number);
    };
    if (!takes("-1")) result["minimum"] = takes("0") ? 0 : 1;
    if (grammar != nullptr && !grammar->words.empty() && !takes("2")) result["maximum"] = 1;
    return result;
}

Json any_of(std::initializer_list<Json> forms) {
    return {{"anyOf", Json(forms)}};
}

Json list_of(Json item) {
    return {{"type", "array"}, {"items", std::move(item)}};
}

Json scalar() {
    return {{"type", {"string", "number", "boolean"}}};
}

Json named(std::string_view pattern, Json value) {
    return {{"type", "object"},
            {"patternProperties", {{std::string{pattern}, std::move(value)}}},
            {"additionalProperties", false}};
}

Json definition(std::string_view name) {
    return {{"$ref", fmt::format("#/definitions/{}", name)}};
}

Json matrix() {
    const Json rows = list_of({{"type", "object"}, {"additionalProperties", scalar()}});
    Json values = list_of(scalar());
    values["minItems"] = 1;
    Json result = named(k_variable_name, values);
    result["properties"] = {{"exclude", rows}, {"include", rows}};
    // Patterns hold beside properties: these two are no keys of the matrix.
    result["patternProperties"] = {{"^(?!(exclude|include)$)[A-Za-z_][A-Za-z0-9_]*$", std::move(values)}};
    return result;
}

/// Options that sbraid does not know: all names but those that are refused.
Json passed_on() {
    Json result = named("^[A-Za-z][A-Za-z0-9_-]*$", scalar());
    for (const Key& key : key_table())
        if (key.role == KeyRole::refused)
            result["properties"][std::string{key.sbatch}] = {{"not", Json::object()},
                                                             {"description", key.doc}};
    return result;
}

Json limits() {
    const Json count{{"type", "integer"}, {"minimum", 1}};
    return {
        {"type", "object"},
        {"properties",
         {{"gpus", count}, {"jobs", count}, {"gpu_hours", count}, {"category", named(k_task_name, count)}}},
        {"additionalProperties", false}};
}

/// Nothing in it is required: the file that includes another may say but a part of it.
Json notify() {
    const Json occasion{{"enum", {"finished", "failed"}}};
    Json occasions = list_of(occasion);
    occasions["minItems"] = 1;
    return {{"type", "object"},
            {"properties",
             {{"webhook", {{"type", "string"}, {"pattern", "^([Hh][Tt][Tt][Pp][Ss]?://|file:|.*\\{\\{)"}}},
              {"on", any_of({occasion, std::move(occasions)})}}},
            {"additionalProperties", false}};
}

Json one_word_of(std::initializer_list<std::string_view> words, std::string_view pattern) {
    Json known{{"enum", Json::array()}};
    for (const std::string_view word : words) known["enum"].push_back(word);
    return any_of({std::move(known), Json{{"type", "string"}, {"pattern", pattern}}});
}

Json duration() {
    return {{"type", "string"}, {"pattern", R"(^[0-9]+[smhd]$|\{\{)"}};
}

Json count_from(int least) {
    return any_of({Json{{"type", "integer"}, {"minimum", least}},
                   Json{{"type", "string"}, {"pattern", R"(^[0-9]+$|\{\{)"}}});
}

Json retry() {
    const Json cause = one_word_of({"fail", "oom", "timeout", "node_fail"}, R"(^(exit|signal):|\{\{)");
    Json causes = list_of(cause);
    causes["minItems"] = 1;
    return any_of({count_from(0), Json{{"type", "object"},
                                       {"properties",
                                        {{"max", count_from(1)},
                                         {"on", any_of({cause, std::move(causes)})},
                                         {"delay", duration()},
                                         {"inplace", {{"type", "boolean"}}}}},
                                       {"required", {"max"}},
                                       {"additionalProperties", false}}});
}

Json goes_on() {
    return any_of({Json{{"enum", Json::array({false})}},
                   Json{{"type", "object"},
                        {"properties",
                         {{"signal", one_word_of({"USR2", "USR1", "HUP", "INT", "QUIT", "ALRM"},
                                                 R"(^([sS][iI][gG])?[a-zA-Z]+[12]?$|\{\{)")},
                          {"lead", duration()},
                          {"max", count_from(1)}}},
                        {"required", {"max"}},
                        {"additionalProperties", false}}});
}

Json table_of(const Key& key) {
    if (key.name == "task" || key.name == "final") return named(k_task_name, definition("task"));
    if (key.name == "defaults") return definition("defaults");
    if (key.name == "vars") return named("^[A-Za-z_][A-Za-z0-9_-]*$", scalar());
    if (key.name == "env") return named("^(?!SBRAID_)[A-Za-z_][A-Za-z0-9_]*$", scalar());
    if (key.name == "sbatch") return passed_on();
    if (key.name == "matrix") return matrix();
    if (key.name == "limits") return limits();
    if (key.name == "notify") return notify();
    if (key.name == "retry") return retry();
    if (key.name == "continue") return goes_on();
    return {{"type", "object"}};
}

Json form_of(const Key& key) {
    switch (key.type) {
        case KeyType::text:
        case KeyType::moment:  // a date of TOML is a string to whoever has no dates
            return text_of(key.grammar);
        case KeyType::number:
            return {{"type", "integer"}, {"minimum", 1}};
        case KeyType::text_or_number:
            return any_of({number_of(key.grammar), text_of(key.grammar)});
        case KeyType::texts:
            return any_of({text_of(key.grammar), list_of(text_of(key.grammar))});
        case KeyType::flag:
            return {{"type", "boolean"}};
        case KeyType::flag_or_text:
            return any_of({Json{{"type", "boolean"}}, text_of(key.grammar)});
        case KeyType::arguments:
            return list_of(scalar());
        case KeyType::paths:
        case KeyType::tasks:
            return any_of({text(), list_of(text())});
        case KeyType::table:
            return table_of(key);
    }
    return {};
}

bool is_taken(const Key& key) {
    return key.role != KeyRole::refused;
}

Json property(const Key& key) {
    if (!is_taken(key))
        return {{"not", Json::object()}, {"description", key.doc}, {"x-taplo", {{"hidden", true}}}};
    std::string about{key.doc};
    if (!key.example.empty()) about += fmt::format("\n\n`{} = {}`", key.name, key.example);
    if (!key.sbatch.empty()) about += fmt::format("\n\nsbatch --{}", key.sbatch);
    Json form = form_of(key);
    // Draft-07 ignores what stands beside a reference.
    if (form.contains("$ref")) form = {{"allOf", Json::array({std::move(form)})}};
    Json result{{"description", std::move(about)}};
    result.update(form);
    return result;
}

Json keys_of(KeyScope scope) {
    Json result{{"type", "object"}, {"properties", Json::object()}, {"additionalProperties", false}};
    for (const Key& key : key_table()) {
        const bool is_in = key.scope == scope || (scope == KeyScope::task && key.scope == KeyScope::defaults);
        if (is_in) result["properties"][std::string{key.name}] = property(key);
    }
    return result;
}

}  // namespace

std::string flow_schema() {
    Json schema{
        {"$schema", "http://json-schema.org/draft-07/schema#"},
        {"title", "A workflow of sbraid"},
        {"description",
         "Tasks of a workflow, each a job of Slurm; the keys are sbatch's long options with _ for -."}};
    schema.update(keys_of(KeyScope::file));
    schema["definitions"] = {{"defaults", keys_of(KeyScope::defaults)}, {"task", keys_of(KeyScope::task)}};
    return schema.dump(2) + "\n";
}

}  // namespace sbraid
