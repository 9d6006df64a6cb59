#include "sbraid/workdirs.hpp"

#include <gmock/gmock.h>

#include "workflow_fixture.hpp"

namespace sbraid {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The warnings where none of the folders is there.
std::vector<std::string> warnings(const std::string& toml) {
    const auto checked = test::check(toml);
    if (!checked.workflow) return {checked.messages()};
    std::vector<std::string> found;
    for (const Diagnostic& one : missing_workdirs(*checked.workflow, named_workdirs(*checked.workflow)))
        found.push_back(std::to_string(one.place.line) + ": " + one.message + "; " + one.hint);
    return found;
}

TEST(Workdirs, AreThoseThatSomebodyHasWrittenDown) {
    const auto checked = test::check(R"(
[defaults]
workdir = "/data"
[task.a]
run = "a"
[task.b]
workdir = "/data/b"
run = "b"
[task.c]
run = "c"
)");
    ASSERT_TRUE(checked.workflow);
    EXPECT_THAT(named_workdirs(*checked.workflow), ElementsAre("/data", "/data/b"));
    EXPECT_THAT(warnings("[task.a]\nrun = \"a\"\n"), IsEmpty()) << "the folder of the file";
}

TEST(Workdirs, OneThatIsMissingAndThatNobodyWritesIsToldOnce) {
    EXPECT_THAT(warnings(R"(
[defaults]
workdir = "/data"
[task.a]
outputs = ["model.pt"]
run = "a"
[task.b]
run = "b"
)"),
                ElementsAre("3: the workdir '/data' is not there, and no task writes it; make it before 'a' "
                            "starts: where Slurm does not find it, the task fails"));
}

TEST(Workdirs, ATaskThatItWaitsForMayMakeIt) {
    for (const char* output : {"/data/run/", "/data/run", "/data/run/model.pt", "/data/", "/data/*",
                               "/data/run/%a.bin", "/data/run/deep/*.bin"}) {
        const bool by_element = std::string_view{output}.find("%a") != std::string_view::npos;
        const std::string made = "[task.make]\n" + std::string{by_element ? "array = \"0-1\"" : ""} + R"(
outputs = [")" + std::string{output} +
                                 R"("]
run = "make"
[task.between]
afterok = ["make"]
run = "x"
[task.use]
workdir = "/data/run"
run = "use"
)";
        EXPECT_THAT(warnings(made + "afterany = [\"between\"]\n"), IsEmpty()) << output;
        EXPECT_THAT(
            warnings(made),
            ElementsAre("9: the workdir '/data/run' is not there, and 'use' does not wait for 'make', "
                        "which writes to it; afterok = [\"make\"] lets it wait, or make the folder "
                        "before"))
            << output;
    }
}

TEST(Workdirs, OneBesideItIsAnother) {
    for (const char* output : {"/data/running", "/data/run2/", "/data/run.txt", "/elsewhere/"}) {
        EXPECT_THAT(warnings(R"(
[task.make]
outputs = [")" + std::string{output} +
                             R"("]
run = "make"
[task.use]
afterok = ["make"]
workdir = "/data/run"
run = "use"
)"),
                    ElementsAre(testing::HasSubstr("no task writes it")))
            << output;
    }
}

TEST(Workdirs, TheLastTaskWaitsForAll) {
    EXPECT_THAT(warnings(R"(
[task.make]
outputs = ["/data/run/"]
run = "make"
[final.report]
workdir = "/data/run"
run = "use"
)"),
                IsEmpty());
}

}  // namespace
}  // namespace sbraid
