#include "sbraid/option_table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sbraid/key_view.hpp"
#include "workflow_fixture.hpp"

namespace sbraid::test {
namespace {

TEST(OptionTable, NamesNoKeyTwice) {
    std::set<std::pair<KeyScope, std::string_view>> names;
    for (const Key& key : key_table())
        EXPECT_TRUE(
            names.emplace(key.scope == KeyScope::file ? KeyScope::file : KeyScope::task, key.name).second)
            << key.name;
}

TEST(OptionTable, IsWhatCheckKeysLists) {
    const TextTable list = key_list();
    ASSERT_EQ(list.rows.size(), key_table().size());
    const auto row = [&](std::string_view name) -> std::vector<std::string> {
        for (const auto& one : list.rows)
            if (one[0] == name) return one;
        return {};
    };
    EXPECT_EQ(row("nodes"), (std::vector<std::string>{"nodes", "task+defaults", "yes", "2",
                                                      "number of nodes, or a range"}));
    EXPECT_EQ(row("name")[1], "file");
    EXPECT_EQ(row("afterok")[1], "task");
    EXPECT_EQ(row("uid"), (std::vector<std::string>{
                              "uid", "task+defaults", "never", "",
                              "it is about the submission itself: the run belongs to who submits it"}));
    // The list tells the truth: only what is not accepted is refused as a key of a task.
    for (const auto& one : list.rows) {
        if (one[1] == "file") continue;
        const Checked checked = check(fmt::format("[task.a]\nrun = \"a\"\n{} = \"x\"\n", one[0]));
        const std::string messages = checked.messages();
        const bool refused = messages.find("has no place in a workflow") != std::string::npos;
        EXPECT_EQ(refused, one[2] != "yes") << one[0] << "\n" << messages;
    }
}

TEST(OptionTable, EveryKeyIsDocumented) {
    for (const Key& key : key_table()) {
        EXPECT_FALSE(key.doc.empty()) << key.name;
        EXPECT_EQ(key.doc.find('\n'), std::string_view::npos) << key.name;
    }
}

TEST(OptionTable, AnOptionIsCalledAsInSbatch) {
    for (const Key& key : key_table()) {
        if (key.role != KeyRole::job) continue;
        std::string option{key.name};
        std::replace(option.begin(), option.end(), '_', '-');
        EXPECT_EQ(key.sbatch, option);
        EXPECT_EQ(find_sbatch_option(option), &key);
    }
}

// The examples of the table are what manual and schema show: each must be right, and become the option it
// says.
TEST(OptionTable, EveryExampleOfAJobOptionBecomesThatOption) {
    for (const Key& key : key_table()) {
        if (key.role != KeyRole::job) continue;
        // What sbatch refuses alone.
        const std::string_view beside = key.name == "gpus_per_socket"  ? "sockets_per_node = 2\n"
                                        : key.name == "mem_per_gpu"    ? "gpus = 1\n"
                                        : key.name == "ntasks_per_gpu" ? "nodes = 1\n"
                                                                       : "";
        const std::string text =
            fmt::format("[task.a]\nrun = \"a\"\n{} = {}\n{}", key.name, key.example, beside);
        const Checked checked = check(text);
        ASSERT_TRUE(checked.workflow) << checked.messages();
        const SbatchOption* const option = checked.workflow->tasks().front().option(key.sbatch);
        ASSERT_NE(option, nullptr) << key.name;
        EXPECT_EQ(option->value.has_value(), key.example != "true") << key.name;
    }
}

TEST(OptionTable, EveryExampleOfOurOwnKeysIsRight) {
    for (const Key& key : key_table()) {
        if (key.role != KeyRole::structure && key.role != KeyRole::edge) continue;
        if (key.example.empty()) continue;
        std::string text;
        if (key.scope == KeyScope::file) {
            text = fmt::format("{} = {}\n[task.a]\nrun = \"a\"\n", key.name, key.example);
        } else {
            const bool is_payload =
                key.name == "workflow" || key.name == "run" || key.name == "script" || key.name == "command";
            const bool is_pair = key.name == "aftercorr";
            text = "[vars]\nlr = 1\n";
            for (const char* other : {"a", "b", "c"}) text += fmt::format("[task.{}]\nrun = \"a\"\n", other);
            text += fmt::format("[task.prepare]\nrun = \"a\"\n{}[task.x]\n{}{} = {}\n{}",
                                is_pair ? "array = \"0-3\"\n" : "",
                                key.name == "max_parallel" ? "array = \"0-3\"\n" : "", key.name, key.example,
                                key.name == "continue"           ? "run = \"b\"\ntime = 60\n"
                                : key.name == "args"             ? "script = \"train.sbatch\"\n"
                                : key.name == "container_mounts" ? "run = \"b\"\napptainer = \"b.sif\"\n"
                                : key.name == "vars"             ? "workflow = \"prep.toml\"\n"
                                : is_payload                     ? ""
                                                                 : "run = \"b\"\n");
        }
        WorkflowContext context;
        context.files["train.sbatch"] = "#!/bin/bash\n";
        context.files["prep.toml"] = "[vars]\nbase = 1\n[task.a]\nrun = \"a\"\n";
        context.files["site.toml"] = "[defaults]\ntime = 5\n";
        const Checked checked = check("flow.toml", text, context);
        EXPECT_TRUE(checked.workflow) << text << checked.messages();
    }
}

TEST(OptionTable, WhatIsRefusedIsRefusedEverywhere) {
    for (const Key& key : key_table()) {
        if (key.role != KeyRole::refused) continue;
        const std::string where = key.scope == KeyScope::file ? "" : "[task.a]\nrun = \"a\"\n";
        EXPECT_FALSE(check(fmt::format("{}{} = \"x\"\n", where, key.name)).workflow) << key.name;
        if (key.sbatch.empty()) continue;
        EXPECT_FALSE(
            check(fmt::format("[task.a]\nrun = \"a\"\nsbatch = {{ {} = \"x\" }}\n", key.sbatch)).workflow)
            << key.name;
    }
}

TEST(OptionTable, EveryExclusionNamesOptionsAndIsFound) {
    for (const Exclusion& exclusion : exclusions()) {
        const Key* const first = find_key(KeyScope::task, exclusion.first);
        const Key* const second = find_key(KeyScope::task, exclusion.second);
        ASSERT_NE(first, nullptr) << exclusion.first;
        ASSERT_NE(second, nullptr) << exclusion.second;
        const Checked checked =
            check(fmt::format("[task.a]\nrun = \"a\"\nsockets_per_node = 2\n{} = {}\n{} = {}\n", first->name,
                              first->example, second->name, second->example));
        EXPECT_FALSE(checked.workflow) << first->name << " and " << second->name;
        EXPECT_NE(checked.messages().find("exclude each other"), std::string::npos) << checked.messages();
    }
}

// Values of an option, all of one kind: what Slurm 22.05 takes (sbatch(1)), and what none does.
struct Values {
    std::string_view key;
    std::vector<std::string_view> right;
    std::vector<std::string_view> wrong;
};
void PrintTo(const Values& values, std::ostream* out) {
    *out << values.key;
}

class Grammars : public ::testing::TestWithParam<Values> {};

TEST_P(Grammars, TakeWhatSlurmTakes) {
    for (const std::string_view value : GetParam().right)
        EXPECT_TRUE(
            check(fmt::format("[task.a]\nrun = \"a\"\n{} = \"{}\"\n", GetParam().key, value)).workflow)
            << value;
    for (const std::string_view value : GetParam().wrong)
        EXPECT_FALSE(
            check(fmt::format("[task.a]\nrun = \"a\"\n{} = \"{}\"\n", GetParam().key, value)).workflow)
            << value;
}

INSTANTIATE_TEST_SUITE_P(
    OptionTable, Grammars,
    ::testing::Values(
        Values{"time",
               {"0", "90", "90:30", "02:00:00", "1-12", "1-12:30", "1-12:30:00", "UNLIMITED", "infinite"},
               {"", "1h", "2 hours", "1:2:3:4", "-5", "1-", "1-2:3:4:5", "1.5", "a:b", ":30"}},
        Values{"begin",
               {"16:00", "16:00:30", "4:00PM", "now", "now+60", "now+1hour", "now + 2 days", "today",
                "tomorrow", "midnight", "teatime", "noon tomorrow", "2030-01-20", "2030-01-20T12:34",
                "2030-01-20T12:34:00", "0120", "012030", "01/20/30", "01/20-16:00"},
               {"", "soon", "24:00", "12:60", "now+", "now+1fortnight", "2030-13-01", "2030-01-32", "13/01",
                "Monday"}},
        Values{"mem",
               {"0", "1024", "1G", "1g", "16GB", "100K", "2T", "512M"},
               {"", "G", "1.5G", "-1G", "1 G", "1P", "lots", "1B", "16GiB"}},
        Values{
            "nodes", {"1", "2-4", "1k", "1,2,4", "2-16:2"}, {"", "0", "4-2", "a", "1-", "-2", "1,,2", "2x"}},
        Values{"ntasks", {"1", "4096"}, {"0", "-1", "1.5", "1k", "99999999999"}},
        Values{"gres",
               {"gpu", "gpu:2", "gpu:h100", "gpu:h100:2", "gpu:2,nvme:1", "craynetwork:0", "disk:10G",
                "gres:gpu:1", "gpu:1g.10gb:2"},
               {"", "gpu:", "gpu::2", "gpu:4:h100", "gpu:a:b:c", "gpu:2,", "gpu:h100:-1", "gpu:-1", "gpu:1.5",
                "-1", "2", "help"}},
        Values{"gpus",
               {"1", "h100:2", "h100:2,a100:1", "0"},
               {"", "h100", "2:h100", "h100:", ":2", "-1", "h100:-1", "-h:1", "1.5"}},
        Values{
            "gpu_bind",
            {"closest", "none", "verbose,closest", "map_gpu:0,1*4", "mask_gpu:0x3", "per_task:1", "single:2"},
            {"", "near", "map_gpu:", "map_gpu:x", "map_gpu:0,", "mask_gpu:0xg"}},
        Values{"gpu_freq",
               {"low", "450", "medium,memory=high", "highm1,verbose", "memory=450"},
               {"", "x", "LOW", "memory", "memory=x", "high,"}},
        Values{"signal",
               {"USR1", "SIGUSR1@60", "usr2@0", "10", "10@65535", "B:TERM@30", "R:INT", "RB:10@1"},
               {"", "FOO", "USR1@", "USR1@65536", "USR1@1m", "X:USR1", "0", "65"}},
        Values{"mail_type", {"END", "end,fail", "TIME_LIMIT_80", "ALL"}, {"", "ENDS", "END,", "END;FAIL"}},
        Values{"constraint",
               {"a100", "a100&ib", "a100|h100", "[r1|r2]", "[r1*2&r2*4]", "gpu*4", "[(a&b)*1&c*2]"},
               {"", "[a", "a)", "a&&b", "&a", "a|"}},
        Values{"nodelist",
               {"n1", "n[1-4,7]", "n1,n2", "/path/to/hosts", "./hosts"},
               {"", "n[1", "n1,", "n1 n2", ",n1"}},
        Values{"nice", {"0", "100", "-100", "2147483645"}, {"", "low", "2147483646", "1.5"}},
        Values{"priority", {"0", "TOP", "top", "4294967280"}, {"", "-1", "high"}},
        Values{"exclusive", {"user", "mcs", "topo"}, {"", "users", "true"}},
        Values{"distribution",
               {"block", "*:cyclic", "plane=4", "block:fcyclic:block", "cyclic,NoPack"},
               {"", "rows", "block:x", "plane", "plane=x", "block,tight"}},
        Values{"extra_node_info", {"2", "2:16", "2:16:1", "*:8", "1-2"}, {"", "2:", "a", "1:2:3:4"}},
        Values{"switches", {"1", "1@60", "2@1-12:00"}, {"", "0", "@60", "1@soon"}},
        Values{"licenses", {"matlab", "matlab:2", "a@db:1,b", "a|b"}, {"", ":2", "a:b", "a,,b"}},
        Values{"acctg_freq", {"30", "task=30", "task=30,energy=0"}, {"", "task", "cpu=1", "task=fast"}},
        Values{"tres_per_task",
               {"cpu:4", "gres/gpu:1", "cpu:4,gres/gpu:h100:2", "cpu=4"},
               {"", "cpu", "4", "cpu:"}},
        Values{"propagate", {"ALL", "NOFILE,STACK"}, {"", "FILES"}},
        Values{"profile", {"all", "task,energy"}, {"", "cpu"}},
        Values{"open_mode", {"append", "truncate"}, {"", "a"}},
        Values{"wait_all_nodes", {"0", "1"}, {"", "2"}}));

TEST(OptionTable, ANegativeNumberOfGpusIsNotTakenForAType) {
    const auto wrong = complaint(*find_key(KeyScope::task, "gpus")->grammar, "-1");
    ASSERT_TRUE(wrong);
    EXPECT_EQ(wrong->because, "'-1' is not a count");
    EXPECT_EQ(wrong->hint, "a count is a whole number from 0");
}

TEST(OptionTable, GuessesWhatAKeyWasMeantToBe) {
    EXPECT_EQ(hint_for_unknown_key(KeyScope::task, "walltime"), "did you mean 'time'?");
    EXPECT_EQ(hint_for_unknown_key(KeyScope::task, "depends_on"), "did you mean 'afterok'?");
    EXPECT_EQ(hint_for_unknown_key(KeyScope::task, "partion"), "did you mean 'partition'?");
    EXPECT_EQ(hint_for_unknown_key(KeyScope::task, "gpus-per-node"), "did you mean 'gpus_per_node'?");
    EXPECT_EQ(hint_for_unknown_key(KeyScope::file, "tasks"), "did you mean 'task'?");
    EXPECT_EQ(hint_for_unknown_key(KeyScope::task, "frobnicate"), "");
}

}  // namespace
}  // namespace sbraid::test
