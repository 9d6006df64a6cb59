// The goldens under tests/data/graph are written anew with SBRAID_ACCEPT=1: look at each, the SVG as a
// picture.
#include "sbraid/graph_view.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "../../lib/src/text_width.hpp"
#include "plan_fixture.hpp"
#include "workflow_fixture.hpp"

namespace sbraid {
namespace {

namespace fs = std::filesystem;

SubmissionPlan plan_of_file(const std::string& name) {
    return plan_of(test::text_of_file(fs::path(SBRAID_TEST_DATA) / "graph" / (name + ".toml")));
}

void set(RunState& state, const SubmissionPlan& plan, const std::string& task, std::vector<JobState> states) {
    const auto job = static_cast<std::size_t>(&job_of(plan, task) - plan.jobs.data());
    auto& elements = state.jobs.at(job).elements;
    ASSERT_EQ(elements.size(), states.size());
    for (std::size_t i = 0; i < states.size(); ++i) elements[i].status.state = states[i];
}

GraphView half_way() {
    const SubmissionPlan plan = plan_of_file("run");
    RunState state = replay(plan, {});
    using enum JobState;
    set(state, plan, "tokenize", {completed, completed, completed, running, failed, out_of_memory});
    set(state, plan, "train", {pending});
    set(state, plan, "alarm", {skipped});
    set(state, plan, "check", {completed});
    set(state, plan, "publish", {running});
    set(state, plan, "sync", {cancelled});
    set(state, plan, "odd", {timeout});
    set(state, plan, "lost", {lost});
    return graph_view(plan, state, RunPhase::running, true);
}

void compare(const std::string& name, const std::string& text) {
    const fs::path golden = fs::path(SBRAID_TEST_DATA) / "graph" / name;
    const char* const accept = std::getenv("SBRAID_ACCEPT");
    if (accept != nullptr && std::string_view{accept} == "1") {
        std::ofstream{golden, std::ios::binary} << text;
        return;
    }
    ASSERT_TRUE(fs::exists(golden)) << "SBRAID_ACCEPT=1 writes it";
    EXPECT_EQ(text, test::text_of_file(golden));
}

void compare_all(const std::string& name, const GraphView& view) {
    compare(name + ".dot", to_dot(view));
    compare(name + ".mmd", to_mermaid(view));
    compare(name + ".svg", to_svg(view));
    compare(name + ".json", to_graph_json(view));
}

TEST(GraphView, GoldenDiamond) {
    compare_all("diamond", graph_view(plan_of_file("diamond")));
}

TEST(GraphView, GoldenOfEveryKindOfEdge) {
    compare_all("kinds", graph_view(plan_of_file("kinds")));
}

TEST(GraphView, GoldenOfARunHalfWay) {
    compare_all("run", half_way());
}

TEST(GraphView, StatesAreTheWordsOfStatus) {
    const GraphView view = half_way();
    std::map<std::string, std::string> states;
    std::map<std::string, Tone> tones;
    for (const GraphNode& node : view.nodes) {
        states[node.name] = node.state;
        tones[node.name] = node.tone;
    }
    EXPECT_EQ(states["tokenize"], "3 done, 1 running, 1 failed, 1 out of memory");
    EXPECT_EQ(tones["tokenize"], Tone::bad);
    EXPECT_EQ(states["train"], "PENDING");
    EXPECT_EQ(tones["train"], Tone::waiting);
    EXPECT_EQ(states["alarm"], "SKIPPED");
    EXPECT_EQ(tones["alarm"], Tone::idle);
    EXPECT_EQ(states["eval"], "UNSUBMITTED");
    EXPECT_EQ(tones["eval"], Tone::idle);
    EXPECT_EQ(states["check"], "COMPLETED");
    EXPECT_EQ(tones["check"], Tone::good);
    EXPECT_EQ(tones["publish"], Tone::active);
    EXPECT_EQ(tones["sync"], Tone::cancelled);
    EXPECT_EQ(tones["odd"], Tone::bad);
    EXPECT_EQ(tones["lost"], Tone::odd);
}

TEST(GraphView, EdgesToElementsOfATaskAreOneEdge) {
    const GraphView view = graph_view(plan_of(R"([task.a]
run = "true"
array = "0-9"
[task.few]
afterok = ["a[1]", "a[4]", "a[1]"]
run = "true"
[task.many]
afterok = ["a[1]", "a[2]", "a[3]", "a[4]", "a[5]"]
run = "true"
[task.all]
afterok = ["a[1]", "a"]
run = "true"
)"));
    ASSERT_EQ(view.edges.size(), 3U);
    EXPECT_EQ(edge_label(view.edges[0]), "[1,4]");
    EXPECT_EQ(edge_label(view.edges[1]), "[5 elements]");
    EXPECT_EQ(edge_label(view.edges[2]), "");
}

/// `child <- parent, parent`: what stands at the edges to one task.
std::string waits_of(const GraphView& view, const std::string& task) {
    std::string text;
    for (const GraphEdge& edge : view.edges) {
        if (view.nodes[edge.child].name != task) continue;
        const std::string label = edge_label(edge);
        text +=
            (text.empty() ? "" : "; ") + view.nodes[edge.parent].name + (label.empty() ? "" : " " + label);
    }
    return text;
}

const GraphNode& node_of(const GraphView& view, const std::string& task) {
    return *std::find_if(view.nodes.begin(), view.nodes.end(),
                         [&](const GraphNode& node) { return node.name == task; });
}

constexpr std::string_view k_four = R"([task.a]
run = "true"
[task.b]
run = "true"
[task.c]
run = "true"
[task.d]
run = "true"
)";

GraphView view_with(const std::string& dependency) {
    return graph_view(
        plan_of(std::string(k_four) + "[task.t]\nrun = \"true\"\ndependency = \"" + dependency + "\"\n"));
}

TEST(GraphView, AnyOfSeveralEdgesIsSaidOfEach) {
    const GraphView view = view_with("afterok:a?afterany:b");
    EXPECT_EQ(waits_of(view, "t"), "a afterok, one is enough; b afterany, one is enough");
    EXPECT_EQ(node_of(view, "t").condition, "");
    EXPECT_EQ(view.nodes.size(), 5U);
}

TEST(GraphView, GatesAreLookedThrough) {
    const GraphView view = view_with("afterok:a,(afterok:b?afternotok:c)");
    EXPECT_EQ(view.nodes.size(), 5U);
    EXPECT_EQ(waits_of(view, "t"), "a; b afterok, one is enough; c afternotok, one is enough");
    EXPECT_EQ(node_of(view, "t").condition, "afterok:a,(afterok:b?afternotok:c)");
}

TEST(GraphView, WhatGoesTogetherHasANumber) {
    const GraphView view = view_with("(afterok:a,afterok:b)?(afterok:c,afterany:d)");
    EXPECT_EQ(waits_of(view, "t"),
              "a afterok, one is enough and 1; b afterok, one is enough and 1; "
              "c afterok, one is enough and 2; d afterany, one is enough and 2");
    EXPECT_EQ(waits_of(view_with("(afterok:a?afterok:b),(afterok:c?afterok:d)"), "t"),
              "a afterok, one is enough or 1; b afterok, one is enough or 1; "
              "c afterok, one is enough or 2; d afterok, one is enough or 2");
}

TEST(GraphView, TheConditionOfAFinalTaskIsWhatItNames) {
    const auto condition = [](const std::string& dependency) {
        return node_of(graph_view(plan_of(std::string(k_four) + "[final.t]\nrun = \"true\"\ndependency = \"" +
                                          dependency + "\"\n")),
                       "t")
            .condition;
    };
    EXPECT_EQ(condition("afterok:a?afternotok:b"), "");
    EXPECT_EQ(condition("afterok:a,(afterok:b?afternotok:c)"), "afterok:a,(afterok:b?afternotok:c)");
    EXPECT_EQ(condition("afterok:a?(afterok:b,afterok:c)"), "afterok:a?(afterok:b,afterok:c)");
}

TEST(GraphView, NestedConditionsAreSaidInWords) {
    const GraphView view = view_with("afterok:a,(afterok:b?(afterok:c,after:d+10))");
    EXPECT_EQ(node_of(view, "t").condition, "afterok:a,(afterok:b?(afterok:c,after:d+10))");
    EXPECT_NE(to_svg(view).find("(afterok:c,after:d+10)"), std::string::npos);
    EXPECT_NE(to_dot(view).find("(afterok:c,after:d+10)"), std::string::npos);
    EXPECT_NE(to_mermaid(view).find("#40;afterok:c,after:d+10#41;"), std::string::npos);
}

TEST(GraphView, PartsOfATaskAreOneNode) {
    const Workflow workflow = workflow_of(R"([task.a]
run = "true"
array = "0-24"
[task.pair]
aftercorr = ["a"]
run = "true"
[task.some]
afterok = ["a[3]", "a[17]"]
run = "true"
[task.handler]
afternotok = ["a"]
run = "true"
[task.either]
dependency = "afternotok:a?afterok:pair"
run = "true"
)");
    PlanContext context = context_of_tests();
    context.max_array_size = 10;
    const SubmissionPlan plan = sbraid::plan(workflow, context);
    ASSERT_GT(plan.jobs.size(), 8U) << "a and pair in three parts each, gates for the handler";
    const GraphView view = graph_view(plan);
    ASSERT_EQ(view.nodes.size(), 5U);
    EXPECT_EQ(node_of(view, "a").elements, 25U);
    EXPECT_EQ(waits_of(view, "pair"), "a aftercorr");
    EXPECT_EQ(waits_of(view, "some"), "a [3,17]");
    EXPECT_EQ(waits_of(view, "handler"), "a afternotok");
    EXPECT_EQ(waits_of(view, "either"), "a afternotok, one is enough; pair afterok, one is enough");
}

TEST(GraphView, ElementsOfAMatrixHaveTheirValues) {
    const GraphView view = graph_view(plan_of(R"([task.train]
run = "true"
matrix = { lr = ["1e-4", "3e-4"], seed = [1, 2] }
[task.eval]
afterok = ["train[lr=1e-4,seed=2]"]
run = "true"
)"));
    EXPECT_EQ(node_of(view, "train").elements, 4U);
    EXPECT_EQ(waits_of(view, "eval"), "train [lr=1e-4,seed=2]");
}

/// Names as no workflow can have them, but a plan.json that somebody has edited.
GraphView hostile() {
    GraphView view;
    view.workflow = "w\"<&>\\";
    view.run = "r\"]<script>";
    view.phase = "running";
    view.nodes.push_back({.name = "a\"b\\c<d>&e#f`g|h]i\nj\x01k\xff",
                          .resources = "<b>\"&",
                          .state = "x];--\"",
                          .tone = Tone::odd});
    view.nodes.push_back({.name = "end"});
    view.edges.push_back({.parent = 0, .child = 1, .elements = {"\"</text>|"}});
    return view;
}

TEST(GraphView, NamesAreEscapedInDot) {
    const std::string dot = to_dot(hostile());
    EXPECT_NE(dot.find(R"(digraph "w\"<&>\\" {)"), std::string::npos) << dot;
    EXPECT_NE(dot.find(R"(label="a\"b\\c<d>&e#f`g|h]i j k)"), std::string::npos) << dot;
    EXPECT_NE(dot.find(R"(label="[\"</text>|]")"), std::string::npos) << dot;
}

TEST(GraphView, NamesAreEscapedInMermaid) {
    const std::string text = to_mermaid(hostile());
    EXPECT_NE(text.find(R"(n0["<b>a#34;b#92;c#60;d#62;#38;e#35;f#96;g#124;h#93;i j k)"), std::string::npos)
        << text;
    EXPECT_NE(text.find(R"(n0 -->|"#91;#34;#60;/text#62;#124;#93;"| n1)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"(title: "r'])"), std::string::npos) << text;
    // A word of Mermaid's own, as a name.
    EXPECT_NE(text.find(R"(n1["<b>end</b>"])"), std::string::npos) << text;
}

TEST(GraphView, NamesAreEscapedInSvg) {
    const std::string svg = to_svg(hostile());
    EXPECT_NE(svg.find("<title>r&quot;]&lt;script&gt;: running</title>"), std::string::npos) << svg;
    EXPECT_NE(svg.find("&lt;/text&gt;"), std::string::npos) << svg;
    EXPECT_NE(svg.find("&lt;b&gt;&quot;&amp;"), std::string::npos) << svg;
    EXPECT_EQ(svg.find('\x01'), std::string::npos);
    EXPECT_EQ(svg.find('\xff'), std::string::npos);
    EXPECT_EQ(svg.find("<script"), std::string::npos);
}

/// Tags close in the order in which they were opened, and nothing but known entities stands in the text.
TEST(GraphView, SvgIsWellFormed) {
    for (const GraphView& view : {hostile(), half_way(), graph_view(plan_of_file("kinds"))}) {
        const std::string svg = to_svg(view);
        std::vector<std::string> open;
        const std::regex tag(R"re(<(/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<]*")*)(/?)>)re");
        std::size_t angles = 0;
        for (std::sregex_iterator at(svg.begin(), svg.end(), tag), end; at != end; ++at) {
            ++angles;
            if (!(*at)[1].str().empty()) {
                ASSERT_FALSE(open.empty());
                ASSERT_EQ(open.back(), (*at)[2].str());
                open.pop_back();
            } else if ((*at)[4].str().empty()) {
                open.push_back((*at)[2].str());
            }
        }
        EXPECT_TRUE(open.empty());
        EXPECT_EQ(static_cast<std::size_t>(std::count(svg.begin(), svg.end(), '<')), angles);
        const std::regex stray("&(?!amp;|lt;|gt;|quot;)");
        EXPECT_FALSE(std::regex_search(svg, stray));
    }
}

TEST(GraphView, JsonTellsNodesAndEdges) {
    const auto json = nlohmann::json::parse(to_graph_json(graph_view(plan_of_file("kinds"))));
    EXPECT_EQ(json["schema"], "sbraid.graph/1");
    EXPECT_EQ(json["workflow"], "kinds");
    EXPECT_TRUE(json["run"].is_null());
    EXPECT_EQ(json["nodes"].size(), 10U);
    EXPECT_EQ(json["edges"].size(), 14U);
    EXPECT_TRUE(json["nodes"][0]["state"].is_null());
}

/// The lines of text of an SVG fit into the boxes that they stand in: by the widths of a wide font.
TEST(GraphView, TextFitsItsBox) {
    std::string toml = "name = \"long\"\n";
    for (const char* name : {"m", "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
                             "preprocess-the-whole-of-imagenet-again.with-other-parameters.v17"}) {
        toml += std::string("[task.\"") + name + "\"]\nrun = \"true\"\ntime = \"7-00:00:00\"\nnodes = 128\n" +
                "ntasks_per_node = 8\ncpus_per_task = 16\ngpus_per_node = 8\nmem = \"2000000M\"\n" +
                "array = \"0-999\"\n";
    }
    const std::string svg = to_svg(graph_view(plan_of(toml)));
    const std::regex box(R"re(<rect x="0" y="0" width="([0-9.]+)")re");
    const std::regex line(R"re(<text x="([0-9.]+)" y="[0-9.]+" font-size="([0-9.]+)"[^>]*>([^<]*))re");
    std::size_t boxes = 0;
    for (std::sregex_iterator at(svg.begin(), svg.end(), box), end; at != end; ++at) {
        ++boxes;
        const double width = std::stod((*at)[1].str());
        const std::string rest = at->suffix().str();
        const std::string group = rest.substr(0, rest.find("</g>"));
        for (std::sregex_iterator text(group.begin(), group.end(), line); text != end; ++text) {
            EXPECT_LT(text_width((*text)[3].str(), std::stod((*text)[2].str())), width - 12)
                << (*text)[3].str();
        }
    }
    EXPECT_EQ(boxes, 3U);
    // Too long for a box: both ends are kept, and the whole of it is in the title.
    EXPECT_NE(svg.find("preprocess-t"), std::string::npos);
    EXPECT_NE(svg.find("…"), std::string::npos);
    EXPECT_NE(
        svg.find(
            "<title>preprocess-the-whole-of-imagenet-again.with-other-parameters.v17 ×1000\n128 nodes · "),
        std::string::npos);
}

TEST(GraphView, FinalTasksFollowTheLastOnes) {
    const GraphView view = graph_view(plan_of(R"(
name = "f"
[task.a]
run = "true"
[task.b]
afterok = ["a"]
run = "true"
[task.c]
run = "true"
[final.end]
run = "true"
[final.second]
afterok = ["end"]
run = "true"
)"));
    std::vector<std::string> edges;
    for (const GraphEdge& edge : view.edges)
        edges.push_back(view.nodes[edge.parent].name + " " + view.nodes[edge.child].name);
    std::sort(edges.begin(), edges.end());
    EXPECT_EQ(edges,
              (std::vector<std::string>{"a b", "b end", "b second", "c end", "c second", "end second"}));
}

TEST(TextWidth, ShortensInTheMiddle) {
    const std::string name = "preprocess-the-whole-of-imagenet.v17";
    EXPECT_EQ(shortened(name, 10, 1000), name);
    const std::string cut = shortened(name, 10, 120);
    EXPECT_LE(text_width(cut, 10), 120);
    EXPECT_TRUE(cut.starts_with("prepro"));
    EXPECT_TRUE(cut.ends_with("t.v17"));
    EXPECT_EQ(shortened("éééééééé", 10, 60), "éé…éé");
    EXPECT_EQ(shortened("abc", 10, 1), "…");
}

}  // namespace
}  // namespace sbraid
