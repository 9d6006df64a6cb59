#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plan_fixture.hpp"
#include "sbraid/plan_view.hpp"

namespace sbraid {
namespace {

constexpr const char* k_flow = R"(
name = "flow"
[task.prep]
run = "true"
array = "0-15%4"
[task.train]
run = "echo 'größer ≥ 1 🚀' > \"$OUT\""
comment = "für Ada"
hold = true
expect = "90m"
on_dead_dependency = "keep"
gres = "gpu:h100:4"
afterok = ["prep", "prep[3]", "job:77"]
after = ["prep+10"]
)";

// There is no operator== for whole plans: what is written out again must be the same text.
void expect_same(const SubmissionPlan& plan) {
    const std::string text = to_json(plan);
    const auto read = plan_from_json(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(to_json(*read), text);
    ASSERT_EQ(read->jobs.size(), plan.jobs.size());
    for (std::size_t i = 0; i < plan.jobs.size(); ++i) {
        EXPECT_EQ(read->jobs[i].name(), plan.jobs[i].name());
        EXPECT_EQ(read->jobs[i].script_body, plan.jobs[i].script_body);
        EXPECT_EQ(read->jobs[i].sbatch_lines, plan.jobs[i].sbatch_lines);
        EXPECT_EQ(read->jobs[i].options, plan.jobs[i].options);
        EXPECT_EQ(read->jobs[i].edges, plan.jobs[i].edges);
        EXPECT_EQ(read->jobs[i].array, plan.jobs[i].array);
        EXPECT_EQ(read->jobs[i].comment, plan.jobs[i].comment);
        EXPECT_EQ(read->jobs[i].output, plan.jobs[i].output);
        EXPECT_EQ(read->jobs[i].log_directories, plan.jobs[i].log_directories);
        EXPECT_EQ(read->jobs[i].user_hold, plan.jobs[i].user_hold);
        EXPECT_EQ(read->jobs[i].on_dead_dependency, plan.jobs[i].on_dead_dependency);
        EXPECT_EQ(read->jobs[i].expect, plan.jobs[i].expect);
        EXPECT_EQ(read->jobs[i].line, plan.jobs[i].line);
    }
    EXPECT_EQ(read->run, plan.run);
    EXPECT_EQ(read->workflow, plan.workflow);
    EXPECT_EQ(read->file, plan.file);
    EXPECT_EQ(read->run_dir, plan.run_dir);
    EXPECT_EQ(read->version, plan.version);
    EXPECT_EQ(read->submitter, plan.submitter);
    EXPECT_EQ(read->sbatch_environment, plan.sbatch_environment);
}

TEST(FrozenPlan, ReadsBackAsItWas) {
    SubmissionPlan plan = plan_of(k_flow);
    plan.sbatch_environment = {{"SBATCH_ACCOUNT", "größer"}};
    plan.jobs[1].sbatch_lines = {"-N 2", "--time=5"};
    expect_same(plan);
}

TEST(FrozenPlan, KeepsItsWebhookAndWhoTellsIt) {
    const SubmissionPlan plan = plan_of(
        std::string{"[notify]\nwebhook = \"https://u:p@h/x?token=1\"\non = [\"failed\", \"finished\"]\n"} +
        "[task.a]\nrun = \"true\"\n");
    expect_same(plan);
    const auto read = plan_from_json(to_json(plan)).value();
    EXPECT_EQ(read.webhook,
              (Webhook{.address = "https://u:p@h/x?token=1", .on = {Occasion::finished, Occasion::failed}}));
    EXPECT_EQ(read.jobs.back().role, JobRole::notifier);
    EXPECT_EQ(to_json(plan_of("[task.a]\nrun = \"true\"\n")).find("webhook"), std::string::npos);
}

TEST(FrozenPlan, KeepsAScriptOfAMegabyteAndBytesThatAreNotUnicode) {
    SubmissionPlan plan = plan_of(k_flow);
    plan.jobs[0].script_body.append(1U << 20U, 'x');
    plan.jobs[1].script_body +=
        "Stra\xDF"
        "e\n";
    expect_same(plan);
}

TEST(FrozenPlan, OfANewerFormatIsRefusedWithBothVersions) {
    std::string text = to_json(plan_of(k_flow));
    const std::string schema = "sbraid.frozen-plan/1";
    text.replace(text.find(schema), schema.size(), "sbraid.frozen-plan/2");
    const auto read = plan_from_json(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().message, "the plan has version 2 of its format, this sbraid reads version 1");
    EXPECT_EQ(read.error().hint, "use the sbraid that submitted the run, or a newer one");
}

TEST(FrozenPlan, ThatIsDamagedIsAnErrorAtEveryLength) {
    const std::string text = to_json(plan_of("name = \"flow\"\n[task.a]\nrun = \"true\"\n"));
    for (std::size_t length = 0; length + 2 < text.size(); ++length) {
        EXPECT_FALSE(plan_from_json(text.substr(0, length))) << length;
    }
    for (const char* wrong : {"null", "[]", "{}", R"({"schema":1})", R"({"schema":"sbraid.plan/1"})",
                              R"({"schema":"sbraid.frozen-plan/1"})"}) {
        EXPECT_FALSE(plan_from_json(wrong)) << wrong;
    }
}

TEST(PlanView, NamesParentsInsideTheDependency) {
    const auto json = nlohmann::json::parse(to_plan_json(plan_of(k_flow)));
    EXPECT_EQ(json["schema"], "sbraid.plan/1");
    EXPECT_EQ(json["workflow"], "flow");
    EXPECT_EQ(json["schedule"], nullptr);
    ASSERT_EQ(json["tasks"].size(), 2U);
    EXPECT_EQ(json["tasks"][0]["name"], "prep");
    EXPECT_EQ(json["tasks"][0]["elements"], 16);
    EXPECT_EQ(json["tasks"][0]["edges"], nlohmann::json::array());
    EXPECT_EQ(json["tasks"][1]["edges"], nlohmann::json::parse(R"([
        {"kind":"afterok","task":"prep"}, {"kind":"afterok","task":"prep","element":"3"},
        {"kind":"afterok","job":"77"}, {"kind":"after","task":"prep","delay_s":600}])"));
    nlohmann::json dependency;
    for (const auto& word : json["tasks"][1]["sbatch"]) {
        if (word.is_array()) dependency = word;
    }
    EXPECT_EQ(dependency,
              nlohmann::json::parse(R"(["--dependency=afterok:", {"task":"prep"}, ":", {"task":"prep"},
        "_3:77,after:", {"task":"prep"}, "+10"])"));
}

TEST(PlanView, ShowsTasksEdgesAndResources) {
    EXPECT_EQ(render_parsable(plan_table(plan_of(k_flow))),
              "task|elements|edges|resources\n"
              "prep|16||\n"
              "train|1|afterok:prep:prep_3:77,after:prep+10|gres=gpu:h100:4\n");
}

TEST(PlanView, ShowsWhatABatchScriptAsksForItself) {
    const SubmissionPlan plan =
        plan_of("name = \"flow\"\n[task.old]\nscript = \"old.sbatch\"\ntime = \"10\"\n",
                {{"old.sbatch", "#!/bin/bash\n#SBATCH -N 2 -t 5\n#SBATCH --gres=gpu:4\ntrue\n"}});
    EXPECT_EQ(render_parsable(plan_table(plan), false),
              "old|1||time=10 #SBATCH -N 2 -t 5 #SBATCH --gres=gpu:4\n");
    EXPECT_EQ(nlohmann::json::parse(to_plan_json(plan))["tasks"][0]["sbatch_lines"],
              nlohmann::json::parse(R"(["-N 2 -t 5", "--gres=gpu:4"])"));
}

}  // namespace
}  // namespace sbraid
