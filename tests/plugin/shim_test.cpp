// The shim inside an emulated host: what it exports and needs, what it returns, what it sends, and that a
// helper that is missing, mute, deaf, gone or crashing changes nothing. Each test runs in a child process,
// since a shim is loaded once and keeps its state like in slurmstepd. Times are printed, never asserted.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include "sbraid/journal/journal.hpp"
#include "spank_host.hpp"

namespace sbraid::test {
namespace {

using namespace std::chrono_literals;
using Hook = int (*)(spank_t, int, char**);

constexpr const char* k_hooks[] = {"slurm_spank_init_post_opt", "slurm_spank_task_post_fork",
                                   "slurm_spank_task_exit", "slurm_spank_exit"};

std::string output_of(const std::string& command) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string text;
    char buffer[4096];
    while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe.get())) text.append(buffer, got);
    return text;
}

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

bool wait_for(const std::function<bool()>& condition, std::chrono::seconds limit = 60s) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

// Loaded for good, as Slurm does it.
class Plugin {
  public:
    explicit Plugin(int mode = RTLD_LAZY) : handle_(dlopen(SBRAID_SHIM, mode)) {
        EXPECT_NE(handle_, nullptr) << dlerror();
    }
    template <class T>
    T* symbol(const char* name) const {
        return reinterpret_cast<T*>(dlsym(handle_, name));
    }
    // The hook's result; its time goes to `slowest`.
    int call(const char* name, const std::vector<std::string>& arguments = {}) {
        std::vector<std::string> words = arguments;
        std::vector<char*> argv;
        argv.reserve(words.size());
        for (std::string& word : words) argv.push_back(word.data());
        const auto start = std::chrono::steady_clock::now();
        const int result =
            reinterpret_cast<Hook>(dlsym(handle_, name))(nullptr, static_cast<int>(argv.size()), argv.data());
        const auto took =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
        times[name].push_back(took.count());
        return result;
    }
    std::map<std::string, std::vector<std::int64_t>> times;

  private:
    void* handle_;
};

void print_times(Plugin& plugin) {
    for (auto& [name, times] : plugin.times) {
        std::sort(times.begin(), times.end());
        std::printf("%-28s %zu calls, median %lld us, slowest %lld us\n", name.c_str(), times.size(),
                    static_cast<long long>(times[times.size() / 2]), static_cast<long long>(times.back()));
    }
}

// Runs the body in a child; its failed expectations are the test's.
void in_host(const std::function<void(Plugin&)>& body) {
    std::fflush(nullptr);
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
        {
            Plugin plugin;
            body(plugin);
        }
        std::fflush(nullptr);
        _exit(testing::Test::HasFailure() ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << "the host ended with wait status " << status;
}

class Shim : public testing::Test {
  protected:
    Shim() {
        char name[] = "/tmp/sbraid-shim.XXXXXX";
        folder = mkdtemp(name);
        host() = Host{};
        host().environment = {{"SBRAID_RUN_DIR", (folder / "run").string()}, {"SLURM_STEP_GPUS", "0,1"}};
        std::filesystem::create_directory(folder / "run");
    }
    ~Shim() override { std::filesystem::remove_all(folder); }

    // Where a test does not say otherwise (the last word counts) no helper and no hook is too slow, however
    // busy the machine is.
    static std::vector<std::string> patiently(std::vector<std::string> arguments) {
        arguments.emplace_back("patience_ms=60000");
        arguments.emplace_back("budget_us=999999");
        return arguments;
    }
    std::vector<std::string> fake(const std::string& mode) const {
        return patiently({"collect=" SBRAID_FAKE_HELPER, "sim=" + (folder / mode).string(),
                          "spool=" + (folder / "spool").string()});
    }
    std::string log(const std::string& mode = "record") const { return text_of(folder / (mode + ".log")); }
    bool is_closed(const char* mode = "record") const { return log(mode).ends_with("closed\n"); }

    static void start_rank(Plugin& plugin, std::uint32_t rank) {
        host().has_task = true;
        host().task = {static_cast<int>(rank), rank + 10, getpid(), 0};
        EXPECT_EQ(plugin.call("slurm_spank_task_post_fork"), 0);
    }
    static void end_rank(Plugin& plugin, std::uint32_t rank, int status) {
        host().has_task = true;
        host().task = {static_cast<int>(rank), rank + 10, 0, status};
        EXPECT_EQ(plugin.call("slurm_spank_task_exit"), 0);
    }

    std::filesystem::path folder;
};

TEST(ShimFile, ExportsWhatSlurmWantsAndNothingElse) {
    std::istringstream lines(output_of("nm -D --defined-only --format=posix " SBRAID_SHIM));
    std::set<std::string> names;
    for (std::string line; std::getline(lines, line);) names.insert(line.substr(0, line.find(' ')));
    EXPECT_EQ(names,
              (std::set<std::string>{"plugin_name", "plugin_type", "plugin_version", "spank_plugin_version",
                                     "slurm_spank_init_post_opt", "slurm_spank_task_post_fork",
                                     "slurm_spank_task_exit", "slurm_spank_exit"}));
}

TEST(ShimFile, NeedsNothingButLibcAndIsNeverUnloaded) {
    const std::string dynamic = output_of("readelf --dynamic --wide " SBRAID_SHIM);
    std::istringstream lines(dynamic);
    std::vector<std::string> needed;
    for (std::string line; std::getline(lines, line);)
        if (line.find("(NEEDED)") != std::string::npos)
            needed.push_back(line.substr(line.find('['), line.find(']') - line.find('[') + 1));
    EXPECT_EQ(needed, std::vector<std::string>{"[libc.so.6]"});
    EXPECT_NE(dynamic.find("NODELETE"), std::string::npos);
    EXPECT_NE(dynamic.find("NOW"), std::string::npos);
}

TEST(ShimFile, AsksTheHostForNoMoreThanEveryReleaseHas) {
    std::istringstream lines(output_of("nm -D --undefined-only --format=posix " SBRAID_SHIM));
    std::set<std::string> foreign;
    for (std::string line; std::getline(lines, line);) {
        const std::string name = line.substr(0, line.find(' '));
        if (name.starts_with("spank_") || name.starts_with("slurm_")) foreign.insert(name);
    }
    EXPECT_EQ(foreign,
              (std::set<std::string>{"slurm_info", "spank_context", "spank_get_item", "spank_getenv"}));
}

TEST_F(Shim, IsASpankPluginOfThisRelease) {
    in_host([](Plugin& plugin) {
        EXPECT_STREQ(plugin.symbol<const char>("plugin_name"), "sbraid");
        EXPECT_STREQ(plugin.symbol<const char>("plugin_type"), "spank");
        EXPECT_EQ(*plugin.symbol<const unsigned>("plugin_version"), unsigned{SLURM_VERSION_NUMBER});
        EXPECT_NE(dlopen(SBRAID_SHIM, RTLD_NOW), nullptr);
    });
}

TEST_F(Shim, DoesNothingOutsideOfSlurmstepd) {
    in_host([](Plugin& plugin) {
        for (const spank_context_t context :
             {S_CTX_ERROR, S_CTX_LOCAL, S_CTX_ALLOCATOR, S_CTX_SLURMD, S_CTX_JOB_SCRIPT}) {
            host().context = context;
            for (const char* hook : k_hooks) EXPECT_EQ(plugin.call(hook), 0);
        }
        EXPECT_EQ(host().getenv_calls, 0);
        EXPECT_EQ(host().item_calls, 0);
    });
}

TEST_F(Shim, CostsAStepWithoutRunDirectoryOneGetenv) {
    in_host([](Plugin& plugin) {
        host().environment.clear();
        for (const char* hook : k_hooks) EXPECT_EQ(plugin.call(hook, {"collect=/nowhere"}), 0);
        EXPECT_EQ(host().getenv_calls, 1);
        EXPECT_EQ(host().item_calls, 0);
        EXPECT_TRUE(host().log.empty());
    });
}

TEST_F(Shim, SendsWhatHappenedInOrder) {
    in_host([this](Plugin& plugin) {
        host().groups = {4, 5, 6};
        host().array_job = 9;
        host().array_task = 3;
        host().restart = 2;
        EXPECT_EQ(plugin.call("slurm_spank_init_post_opt", fake("record")), 0);
        start_rank(plugin, 0);
        start_rank(plugin, 1);
        end_rank(plugin, 1, 9);
        end_rank(plugin, 0, 7 << 8);
        EXPECT_EQ(plugin.call("slurm_spank_exit"), 0);
        EXPECT_TRUE(wait_for([&] { return is_closed(); }));
        const std::string pid = std::to_string(getpid());
        EXPECT_EQ(log(), "hello job=12 array=9_3 step=0 restart=2 groups=3 nodes=4294967294 run_dir=" +
                             (folder / "run").string() + " gpus=0,1 spool=" + (folder / "spool").string() +
                             "\n"
                             "2 rank=10 local=0 pid=" +
                             pid + " status=0 oom=0 dropped=0 off=0\n" + "2 rank=11 local=1 pid=" + pid +
                             " status=0 oom=0 dropped=0 off=0\n" +
                             "3 rank=11 local=1 pid=0 status=9 oom=-1 dropped=0 off=0\n"
                             "3 rank=10 local=0 pid=0 status=1792 oom=-1 dropped=0 off=0\n"
                             "4 rank=0 local=0 pid=0 status=0 oom=0 dropped=0 off=0\nclosed\n");
        print_times(plugin);
    });
}

TEST_F(Shim, OfABatchScriptTakesTheGpusOfTheJob) {
    in_host([this](Plugin& plugin) {
        host().step = 0xfffffffb;
        host().environment["SLURM_JOB_GPUS"] = "3";
        plugin.call("slurm_spank_init_post_opt", fake("record"));
        plugin.call("slurm_spank_exit");
        EXPECT_TRUE(wait_for([&] { return is_closed(); }));
        EXPECT_NE(log().find(" gpus=3 "), std::string::npos) << log();
    });
}

TEST_F(Shim, TellsTheJobsNodesAndNotTheStepsAlone) {
    const auto told = [this](const char* of_job, std::uint32_t of_step) {
        std::filesystem::remove(folder / "record.log");  // of the call before, which is closed already
        host().environment["SLURM_JOB_NUM_NODES"] = of_job;
        host().nodes = of_step;
        in_host([this](Plugin& plugin) {
            plugin.call("slurm_spank_init_post_opt", fake("record"));
            plugin.call("slurm_spank_exit");
            EXPECT_TRUE(wait_for([&] { return is_closed(); }));
        });
        const std::string text = log();
        const std::size_t begin = text.find(" nodes=");
        return text.substr(begin, text.find(" run_dir") - begin);
    };
    EXPECT_EQ(told("40", 2), " nodes=40");
    EXPECT_EQ(told("40", 0), " nodes=40") << "a batch script";
    EXPECT_EQ(told("1", 3), " nodes=3");
    EXPECT_EQ(told("x", 3), " nodes=4294967294") << "not known";
}

TEST_F(Shim, SaysThatAListOfGpusIsTooLong) {
    host().environment["SLURM_STEP_GPUS"] = "0" + std::string(5000, '0');
    in_host([this](Plugin& plugin) {
        plugin.call("slurm_spank_init_post_opt", fake("record"));
        plugin.call("slurm_spank_exit");
        EXPECT_TRUE(wait_for([&] { return is_closed(); }));
        EXPECT_NE(log().find(" gpus=! "), std::string::npos) << log();
    });
}

TEST_F(Shim, LeavesTheExternStepAlone) {
    in_host([this](Plugin& plugin) {
        host().step = 0xfffffffc;
        for (const char* hook : k_hooks) EXPECT_EQ(plugin.call(hook, fake("record")), 0);
        EXPECT_FALSE(std::filesystem::exists(folder / "record.log"));
    });
}

TEST_F(Shim, IgnoresARunDirectoryThatIsNoPathOrTooLong) {
    for (const std::string& value : {std::string("relative"), std::string(), "/" + std::string(5000, 'x')}) {
        host().environment["SBRAID_RUN_DIR"] = value;
        in_host([this](Plugin& plugin) {
            EXPECT_EQ(plugin.call("slurm_spank_init_post_opt", fake("record")), 0);
            EXPECT_EQ(host().item_calls, 0);
        });
    }
}

TEST_F(Shim, EveryHookReturnsZeroWhateverTheHelperDoes) {
    for (const char* mode : {"deaf", "mute", "gone", "crash"}) {
        SCOPED_TRACE(mode);
        in_host([&](Plugin& plugin) {
            std::vector<std::string> arguments = fake(mode);
            if (mode == std::string_view("mute")) arguments.emplace_back("patience_ms=100");
            EXPECT_EQ(plugin.call("slurm_spank_init_post_opt", arguments), 0);
            for (std::uint32_t rank = 0; rank < 50; ++rank) start_rank(plugin, rank);
            for (std::uint32_t rank = 0; rank < 50; ++rank) end_rank(plugin, rank, 0);
            EXPECT_EQ(plugin.call("slurm_spank_exit"), 0);
            std::printf("helper '%s'\n", mode);
            print_times(plugin);
        });
    }
}

TEST_F(Shim, EndsALauncherThatDoesNotLeaveTheStep) {
    in_host([this](Plugin& plugin) {
        std::vector<std::string> arguments = fake("mute");
        arguments.emplace_back("patience_ms=20");
        EXPECT_EQ(plugin.call("slurm_spank_init_post_opt", arguments), 0);
        // Else it would stay for a minute.
        EXPECT_TRUE(wait_for([] { return waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }));
        const int calls = host().item_calls;
        start_rank(plugin, 0);
        EXPECT_EQ(host().item_calls, calls) << "it is off";
        EXPECT_EQ(host().log, std::vector<std::string>{"sbraid: '" SBRAID_FAKE_HELPER
                                                       "' does not run: nothing is recorded for this step"});
    });
}

TEST_F(Shim, KeepsAHelperThatHasLeftButAnswersLate) {
    in_host([this](Plugin& plugin) {
        std::vector<std::string> arguments = fake("late");
        arguments.emplace_back("patience_ms=5000");
        EXPECT_EQ(plugin.call("slurm_spank_init_post_opt", arguments), 0);
        end_rank(plugin, 0, 0);
        EXPECT_EQ(plugin.call("slurm_spank_exit"), 0);
        EXPECT_TRUE(wait_for([&] { return is_closed("late"); }));
        EXPECT_NE(log("late").find("\n3 rank=10 local=0 pid=0 status=0 oom=-1 "), std::string::npos)
            << log("late");
    });
}

TEST_F(Shim, LogsOnceThatThereIsNoHelperAndReturnsZero) {
    in_host([](Plugin& plugin) {
        for (const char* hook : k_hooks) EXPECT_EQ(plugin.call(hook, {"collect=/nowhere", "colour=red"}), 0);
        EXPECT_EQ(host().log, (std::vector<std::string>{
                                  "sbraid: plugstack argument 'colour=red' is not understood and ignored",
                                  "sbraid: '/nowhere' does not run: nothing is recorded for this step"}));
    });
}

TEST_F(Shim, AHelperThatDoesNotReadCostsNotesAndHearsHowMany) {
    if (geteuid() != 0) GTEST_SKIP() << "only root gets more room in a socket than the system's limit";
    in_host([this](Plugin& plugin) {
        EXPECT_EQ(plugin.call("slurm_spank_init_post_opt", fake("slow")), 0);
        for (std::uint32_t rank = 0; rank < 20'000; ++rank) end_rank(plugin, rank, 0);
        EXPECT_EQ(plugin.call("slurm_spank_exit"), 0);
        print_times(plugin);

        std::ofstream(folder / "slow.go") << "now";
        EXPECT_TRUE(wait_for([&] { return is_closed("slow"); }));
        const std::string heard = log("slow");
        const auto notes = static_cast<std::size_t>(std::count(heard.begin(), heard.end(), '\n')) - 3;
        EXPECT_GT(notes, 1000U);
        EXPECT_LT(notes, 20'000U) << "some were dropped";
        EXPECT_NE(heard.find("\n4 rank=0 local=0 pid=0 status=0 oom=0 dropped=" +
                             std::to_string(20'000 - notes) + " off=0\nclosed\n"),
                  std::string::npos)
            << heard.substr(heard.size() - 200);
    });
}

TEST_F(Shim, SwitchesItselfOffAfterThreeSlowHooksInARow) {
    in_host([this](Plugin& plugin) {
        std::vector<std::string> arguments = fake("record");
        arguments.emplace_back("budget_us=0");
        plugin.call("slurm_spank_init_post_opt", arguments);
        for (std::uint32_t rank = 0; rank < 10; ++rank) start_rank(plugin, rank);
        const int calls = host().item_calls;
        end_rank(plugin, 0, 0);
        EXPECT_EQ(host().item_calls, calls) << "it is off";
        EXPECT_TRUE(wait_for([&] { return is_closed(); }));
        EXPECT_NE(log().find("dropped=0 off=1\nclosed\n"), std::string::npos) << log();
    });
}

TEST_F(Shim, WithTheRealHelperTheRecordsAreInTheRunDirectory) {
    in_host([this](Plugin& plugin) {
        host().environment.erase("SLURM_STEP_GPUS");
        EXPECT_EQ(plugin.call("slurm_spank_init_post_opt",
                              patiently({"collect=" SBRAID_COLLECT, "spool=" + (folder / "spool").string()})),
                  0);
        start_rank(plugin, 0);
        end_rank(plugin, 0, 11 | 0x80);
        EXPECT_EQ(plugin.call("slurm_spank_exit"), 0);
        Decoded state;
        const auto has_ended = [&] {
            auto read = read_state((folder / "run").string());
            if (!read) return false;
            state = std::move(*read);
            return !state.records.empty() && std::holds_alternative<StepEnded>(state.records.back().event);
        };
        EXPECT_TRUE(wait_for(has_ended));
        EXPECT_EQ(state.records.size(), 4U);
        EXPECT_TRUE(state.damage.empty());
        for (const Record& record : state.records)
            if (const auto* const ended = std::get_if<RankEnded>(&record.event)) {
                EXPECT_EQ(ended->rank, 10U);
                EXPECT_EQ(ended->signal, 11);
                EXPECT_FALSE(ended->exit_code);
                EXPECT_TRUE(ended->core);
            }
        print_times(plugin);
    });
}

}  // namespace
}  // namespace sbraid::test
