// Who starts a task, and in what: the keys launch, container_image, apptainer and container_mounts.
//
// Each key of a task replaces that of [defaults]; an image replaces a default image of any engine, Slurm's
// own `container` too. Then the whole is looked at once, with the payload and the options that the task has
// in the end. What a default cannot do for a task (a wrapped batch script launches for itself) is not done,
// and only what the task itself asks for is an error.
#include "launch_settings.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "characters.hpp"
#include "key_grammars.hpp"
#include "sbraid/suggest.hpp"
#include "sbraid/workflow.hpp"
#include "settings.hpp"
#include "shell_text.hpp"
#include "wording.hpp"

namespace sbraid {
namespace {

using Engine = Container::Engine;

constexpr auto& k_launchers = grammar::k_launcher_words;  // in the order of Launcher

/// A text behind a launcher travels in the environment, where no string may be longer than 128 KiB
/// (execve(2)).
constexpr std::size_t k_longest_text = 100'000;

void read_launch(Reader& reader, const Entry& entry, LaunchSettings& settings) {
    const auto word = reader.text(entry.key, entry.node, "a text");
    if (!word) return;
    const auto found = std::find(k_launchers.begin(), k_launchers.end(), *word);
    if (found == k_launchers.end()) {
        std::string hint = did_you_mean(*word, k_launchers);
        reader.error(entry.node.place, fmt::format("launch: '{}' is no way to launch a task", shown(*word)),
                     hint.empty() ? std::string{grammar::launcher.form} : std::move(hint));
        return;
    }
    settings.launch = {static_cast<Launcher>(found - k_launchers.begin()), entry.node.place};
}

std::optional<PlacedText> read_image(Reader& reader, const Entry& entry) {
    const auto* const truth = std::get_if<bool>(&entry.node.value);
    if (truth != nullptr && !*truth) return PlacedText{{}, entry.key_place};
    if (truth != nullptr) {
        reader.error(entry.node.place, fmt::format("'{} = true' names no image", entry.key),
                     "give its name or path; false takes the one of [defaults] away");
        return std::nullopt;
    }
    auto image = reader.text(entry.key, entry.node, "the name or path of an image, or false");
    if (!image) return std::nullopt;
    if (image->empty() || image->find_first_of("\r\n") != std::string::npos) {
        reader.error(entry.node.place, fmt::format("'{}' names no image", entry.key),
                     "false takes the one of [defaults] away");
        return std::nullopt;
    }
    return PlacedText{std::move(*image), entry.key_place};
}

std::string_view what_is_wrong(const std::vector<std::string_view>& parts) {
    if (parts.size() > 3) return "it has more than a source, a target and a mode";
    for (const std::string_view part : parts)
        if (part.empty()) return "a part of it is empty";
    if (parts.front().front() == '~' || parts.front().front() == '$')
        return "no shell sees it, so nothing replaces its beginning";
    if (parts.size() > 1 && parts[1].front() != '/') return "the target is not an absolute path";
    if (parts.size() > 2 && parts[2] != "ro" && parts[2] != "rw") return "the mode is neither ro nor rw";
    return {};
}

void read_mounts(Reader& reader, const Entry& entry, LaunchSettings& settings) {
    settings.mounts_place = entry.key_place;
    settings.mounts.emplace();
    for (PlacedText& item : reader.texts(entry.key, entry.node, "an array of mounts")) {
        std::string_view wrong = what_is_wrong(split(item.text, ':'));
        if (item.text.find(',') != std::string::npos) wrong = "a comma separates mounts where they are used";
        if (std::any_of(item.text.begin(), item.text.end(), is_control)) wrong = "it is more than a line";
        if (wrong.empty())
            settings.mounts->push_back(std::move(item));
        else
            reader.error(item.place,
                         fmt::format("container_mounts: '{}' is no mount: {}", shown(item.text), wrong),
                         R"(source:target, and :ro for read only, as in "/data/imagenet:/data:ro")");
    }
}

Mount mount_of(std::string_view text, std::string_view workdir) {
    const auto parts = split(text, ':');
    Mount mount;
    mount.source =
        parts[0].starts_with('/') ? std::string{parts[0]} : fmt::format("{}/{}", workdir, parts[0]);
    mount.target = parts.size() > 1 ? std::string{parts[1]} : mount.source;
    mount.read_only = parts.size() > 2 && parts[2] == "ro";
    return mount;
}

bool names_image(const std::optional<PlacedText>& image) {
    return image && !image->text.empty();
}

const Setting* own_oci(const Settings& settings) {
    const auto found = std::find_if(settings.options.begin(), settings.options.end(), [](const Setting& one) {
        return one.key == "container" && one.option.has_value();
    });
    return found == settings.options.end() ? nullptr : &*found;
}

/// The image that a task has in the end, and the key that says so.
struct Image {
    Engine engine = Engine::none;
    PlacedText text;
    bool own = false;
};

Image image_of(const Settings& defaults, const Settings& own) {
    for (const Settings* const from : {&own, &defaults}) {
        const LaunchSettings& said = from->launching;
        const bool is_own = from == &own;
        if (names_image(said.apptainer) && (is_own || !own.launching.apptainer))
            return {Engine::apptainer, *said.apptainer, is_own};
        if (names_image(said.container_image) && (is_own || !own.launching.container_image))
            return {Engine::pyxis, *said.container_image, is_own};
        if (own_oci(*from) != nullptr) return {};
    }
    return {};
}

std::string_view key_of(Engine engine) {
    return engine == Engine::apptainer ? "apptainer" : "container_image";
}

/// The program that the payload starts with; empty where that cannot be told.
std::string_view program_of(const Payload& payload) {
    std::string_view program;
    if (const auto* command = std::get_if<Command>(&payload)) {
        if (!command->argv.empty()) program = command->argv.front();
    } else if (const auto* run = std::get_if<RunText>(&payload)) {
        program = run->text;
        program.remove_prefix(std::min(program.find_first_not_of(" \t\r\n"), program.size()));
        program = program.substr(0, program.find_first_of(" \t\r\n;&|"));
    }
    return program.substr(program.rfind('/') + 1);
}

class LaunchCheck {
  public:
    LaunchCheck(Reader& reader, const Task& task, const Entry& payload, const Place& place)
        : reader_(reader), task_(task), payload_(payload), place_(place) {}

    void run() const {
        if (task_.launch != Launcher::none) check_program();
        if (task_.launch == Launcher::torchrun || task_.launch == Launcher::mpirun) check_one_command();
        if (task_.launch == Launcher::torchrun) check_ranks();
        if (task_.launch == Launcher::srun || task_.container.engine != Engine::none) check_size();
    }

  private:
    [[nodiscard]] bool is_among(std::string_view program,
                                std::initializer_list<std::string_view> names) const {
        return std::find(names.begin(), names.end(), program) != names.end();
    }

    void check_program() const {
        const std::string_view program = program_of(task_.payload);
        const std::string_view launcher = to_string(task_.launch);
        const bool is_itself =
            program == launcher || (task_.launch == Launcher::mpirun && program == "mpiexec");
        const bool is_python = program.starts_with("python");
        if (is_itself || (task_.launch == Launcher::torchrun && is_python)) {
            reader_.error(
                payload_.node.place,
                fmt::format("'{}' starts with '{}', which launch = \"{}\" does for it", payload_.key, program,
                            launcher),
                task_.launch == Launcher::torchrun
                    ? R"(write what comes after torchrun and its options: run = "train.py --lr 1e-4")"
                    : "write the program that it starts");
        } else if (is_among(program, {"srun", "mpirun", "mpiexec"}) ||
                   (program == "torchrun" && task_.launch == Launcher::mpirun)) {
            reader_.error(payload_.node.place,
                          fmt::format("'{}' starts with '{}', and launch = \"{}\" launches it already",
                                      payload_.key, program, launcher),
                          "write launch = \"none\", or the program alone");
        }
    }

    void check_one_command() const {
        const auto* const run = std::get_if<RunText>(&task_.payload);
        if (run == nullptr) return;
        if (const auto end = end_of_first_command(run->text))
            reader_.error(
                reader_.place_in({run->text, payload_.node.place}, *end, 1),
                fmt::format("'run' is more than one command, but under launch = \"{0}\" it is what comes "
                            "after {0}",
                            to_string(task_.launch)),
                "what is to be done before it belongs in `setup`");
        if (!reads_shell_text(task_.shell))
            reader_.error(place_,
                          fmt::format("launch = \"{}\" needs a shell to read 'run', not '{}'",
                                      to_string(task_.launch), shown(task_.shell)),
                          "leave 'shell' out");
    }

    void check_ranks() const {
        constexpr std::string_view k_hint = "the workers of a node are as many as its GPUs: ask for those";
        for (const std::string_view name : {"ntasks-per-node", "ntasks-per-gpu"}) {
            const SbatchOption* const option = task_.option(name);
            if (option == nullptr || (option->value == "1" && name == "ntasks-per-node")) continue;
            std::string key{name};
            std::replace(key.begin(), key.end(), '-', '_');
            reader_.error(
                option->place,
                fmt::format("launch = \"torchrun\" starts one torchrun a node: '{}' has no meaning", key),
                std::string{k_hint});
        }
        const SbatchOption* const ranks = task_.option("ntasks");
        const SbatchOption* const nodes = task_.option("nodes");
        if (ranks != nullptr && ranks->value != (nodes == nullptr ? "1" : nodes->value))
            reader_.error(ranks->place,
                          "launch = \"torchrun\" starts one torchrun a node: 'ntasks' is not 'nodes'",
                          std::string{k_hint});
    }

    void check_size() const {
        const auto* const run = std::get_if<RunText>(&task_.payload);
        if (run != nullptr && run->text.size() > k_longest_text)
            reader_.error(payload_.node.place,
                          fmt::format("'run' has {} bytes, and {} is the most that can be launched",
                                      run->text.size(), k_longest_text),
                          R"(put it into a file: run = "./train.sh")");
    }

    Reader& reader_;
    const Task& task_;
    const Entry& payload_;
    const Place& place_;
};

void check_pyxis(Reader& reader, const Task& task, const PlacedText& image) {
    if (task.launch == Launcher::mpirun) {
        reader.error(image.place, "'container_image' does not go with launch = \"mpirun\"",
                     "srun alone starts such containers: launch = \"srun\"");
    } else if (const SbatchOption* const nodes = task.option("nodes");
               task.launch == Launcher::none && nodes != nullptr && nodes->value && *nodes->value != "1" &&
               !nodes->value->starts_with("1-")) {
        reader.error(
            image.place,
            fmt::format("without 'launch' a single container runs, but the task has {} nodes", *nodes->value),
            "launch = \"srun\" starts one for each rank");
    }
}

}  // namespace

std::string_view to_string(Launcher launcher) {
    return k_launchers.at(static_cast<std::size_t>(launcher));
}

bool read_launch_setting(Reader& reader, const Entry& entry, LaunchSettings& settings) {
    if (entry.key == "launch")
        read_launch(reader, entry, settings);
    else if (entry.key == "container_image")
        settings.container_image = read_image(reader, entry);
    else if (entry.key == "apptainer")
        settings.apptainer = read_image(reader, entry);
    else if (entry.key == "container_mounts")
        read_mounts(reader, entry, settings);
    else
        return false;
    return true;
}

void check_images(Reader& reader, const Settings& settings) {
    struct Said {
        std::string_view key;
        Place place;
    };
    std::vector<Said> said;
    const LaunchSettings& launching = settings.launching;
    if (names_image(launching.apptainer)) said.push_back({"apptainer", launching.apptainer->place});
    if (names_image(launching.container_image))
        said.push_back({"container_image", launching.container_image->place});
    if (const Setting* const oci = own_oci(settings)) said.push_back({"container", oci->key_place});
    std::sort(said.begin(), said.end(), [](const Said& a, const Said& b) {
        return std::pair{a.place.line, a.place.column} < std::pair{b.place.line, b.place.column};
    });
    for (std::size_t i = 1; i < said.size(); ++i)
        reader.error(said[i].place, fmt::format("'{}' and '{}' exclude each other", said[i].key, said[0].key),
                     "a task runs in one container");
}

void merge_launch(Reader& reader, const Settings& defaults, const Settings& own, const Entry* payload,
                  Task& task) {
    const LaunchSettings& mine = own.launching;
    const bool is_script = payload != nullptr && payload->key == "script";
    Image image = image_of(defaults, own);
    if (is_script && (mine.launch && mine.launch->launcher != Launcher::none))
        reader.error(mine.launch->place, "'launch' does not go with 'script'",
                     "a batch script launches for itself: with srun, torchrun or mpirun in its own text");
    if (is_script && image.own)
        reader.error(image.text.place, fmt::format("'{}' does not go with 'script'", key_of(image.engine)),
                     "put the script's command into `run`");
    if (is_script || payload == nullptr) return;

    const auto& launch = mine.launch ? mine.launch : defaults.launching.launch;
    if (launch) task.launch = launch->launcher;
    if (image.engine != Engine::none) {
        std::erase_if(task.options, [](const SbatchOption& option) { return option.name == "container"; });
        task.container.engine = image.engine;
        task.container.image = image.text.text;
        const auto& mounts = mine.mounts ? mine.mounts : defaults.launching.mounts;
        if (mounts)
            for (const PlacedText& mount : *mounts)
                task.container.mounts.push_back(mount_of(mount.text, task.workdir));
        if (image.engine == Engine::pyxis) check_pyxis(reader, task, image.text);
    } else if (mine.mounts) {
        reader.error(mine.mounts_place, "'container_mounts' needs 'container_image' or 'apptainer' beside it",
                     task.option("container") != nullptr
                         ? "what an OCI bundle mounts stands in its config.json"
                         : "without a container everything is in its place");
    }
    LaunchCheck{reader, task, *payload, launch ? launch->place : task.place}.run();
}

}  // namespace sbraid
