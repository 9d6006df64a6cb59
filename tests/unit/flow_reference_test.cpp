// What is made of the table of keys for readers: the JSON Schema and the manual page. tests/schema and
// tests/man show them to programs that are not ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sbraid/flow_manual.hpp"
#include "sbraid/flow_schema.hpp"
#include "sbraid/option_table.hpp"
#include "workflow_fixture.hpp"

namespace sbraid::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(FlowSchema, HasEveryKeyWhereItBelongs) {
    const json schema = json::parse(flow_schema());
    const json& file = schema.at("properties");
    const json& task = schema.at("definitions").at("task").at("properties");
    const json& defaults = schema.at("definitions").at("defaults").at("properties");
    for (const Key& key : key_table()) {
        const std::string name{key.name};
        EXPECT_EQ(file.contains(name), find_key(KeyScope::file, name) != nullptr) << name;
        EXPECT_EQ(task.contains(name), find_key(KeyScope::task, name) != nullptr) << name;
        if (key.scope != KeyScope::file) {
            EXPECT_EQ(defaults.contains(name), key.scope == KeyScope::defaults) << name;
        }
        const json& property = key.scope == KeyScope::file ? file.at(name) : task.at(name);
        const bool refused = key.role == KeyRole::refused;
        EXPECT_EQ(property.contains("not"), refused) << name;
        EXPECT_THAT(property.at("description").get<std::string>(), HasSubstr(std::string{key.doc}));
    }
    EXPECT_EQ(schema.at("additionalProperties"), false);
}

TEST(FlowSchema, AsksTheGrammarsForWordsAndBounds) {
    const json task = json::parse(flow_schema()).at("definitions").at("task").at("properties");
    EXPECT_EQ(task.at("open_mode").at("anyOf").at(0).at("enum"), (json{"append", "truncate"}));
    EXPECT_EQ(task.at("open_mode").at("anyOf").at(1).at("pattern"),
              R"(^([aA][pP][pP][eE][nN][dD]|[tT][rR][uU][nN][cC][aA][tT][eE])$|\{\{)");
    EXPECT_EQ(task.at("ntasks").at("anyOf").at(0), (json{{"type", "integer"}, {"minimum", 1}}));
    EXPECT_EQ(task.at("mem").at("anyOf").at(0), (json{{"type", "integer"}, {"minimum", 0}}));
    EXPECT_EQ(task.at("nice").at("anyOf").at(0), (json{{"type", "integer"}}));
    EXPECT_EQ(task.at("max_parallel").at("minimum"), 1);
    EXPECT_THAT(task.at("time").at("description").get<std::string>(),
                HasSubstr("`time = \"02:00:00\"`\n\nsbatch --time"));
}

/// The text of a line of the page, as it is shown.
std::string shown_line(std::string line) {
    if (line.starts_with("\\&")) line.erase(0, 2);
    for (const auto& [roff, text] :
         std::initializer_list<std::pair<std::string, std::string>>{{"\\(dq", "\""},
                                                                    {"\\(aq", "'"},
                                                                    {"\\(ha", "^"},
                                                                    {"\\(ti", "~"},
                                                                    {"\\(ga", "`"},
                                                                    {"\\-", "-"},
                                                                    {"\\e", "\\"}})
        for (std::size_t at = 0; (at = line.find(roff, at)) != std::string::npos; at += text.size())
            line.replace(at, roff.size(), text);
    return line;
}

std::vector<std::string> examples_in(const std::string& page) {
    std::vector<std::string> examples;
    std::istringstream lines{page};
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line == ".EX") examples.emplace_back();
        if (line == ".EE") inside = false;
        if (inside) examples.back() += shown_line(line) + "\n";
        if (line == ".EX") inside = true;
    }
    return examples;
}

TEST(FlowManual, EveryExampleIsAWorkflowWithoutAMistake) {
    const auto examples = examples_in(flow_manual());
    EXPECT_GE(examples.size(), 7U);
    for (const std::string& example : examples) {
        WorkflowContext context;
        context.files["site.toml"] = "[defaults]\ntime = 5\n";
        context.files["prep.toml"] =
            "[vars]\nbase = \"\"\nshard = 0\n[task.tokenize]\nrun = \"./tokenize {{base}} {{shard}}\"\n";
        const Checked checked = check("flow.toml", example, context);
        EXPECT_TRUE(checked.workflow) << example << checked.messages();
        EXPECT_EQ(checked.messages(), "") << example;
    }
}

TEST(FlowManual, TellsEveryKeyWithTypeDefaultOptionAndExample) {
    const std::string page = flow_manual();
    for (const Key& key : key_table()) {
        if (key.role == KeyRole::refused) continue;
        EXPECT_THAT(page, HasSubstr("\n.TP\n\\fB" + std::string{key.name} + "\\fR\n"));
    }
    EXPECT_THAT(page,
                HasSubstr(".TP\n\\fBtime\\fR\nlimit of the run time\n.br\n"
                          "Type: string or whole number: minutes, or a text like \\(dq30:00\\(dq, "
                          "\\(dq02:00:00\\(dq, \\(dq1-12\\(dq or \\(dq1-12:00:00\\(dq.\n.br\n"
                          "In: [task.NAME], [defaults]. Default: Slurm's. Becomes \\fB\\-\\-time\\fR.\n.br\n"
                          "Example: \\fBtime = \\(dq02:00:00\\(dq\\fR\n"));
    EXPECT_THAT(page, HasSubstr("the command that reads \\fBrun\\fR\n.br\nType: string.\n.br\n"
                                "In: [task.NAME], [defaults]. Default: /bin/bash -eo pipefail.\n"));
    EXPECT_THAT(page, HasSubstr("\n.TP\n\\fB\\-\\-parsable\\fR\nit is about the submission itself"));
}

}  // namespace
}  // namespace sbraid::test
