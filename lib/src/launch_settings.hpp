#pragma once

#include <optional>
#include <vector>

#include "reader.hpp"
#include "sbraid/launch.hpp"

namespace sbraid {

struct Settings;
struct Task;

/// What [defaults] or a task says about who starts it, and in what, each key for itself.
struct LaunchSettings {
    struct Way {
        Launcher launcher;
        Place place;
    };
    std::optional<Way> launch;
    std::optional<PlacedText> container_image;  ///< empty text: `false`, which takes a default away
    std::optional<PlacedText> apptainer;        ///< likewise
    std::optional<std::vector<PlacedText>> mounts;
    Place mounts_place;  ///< of the key
};

/// Reads `entry` when its key is one of launch, container_image, apptainer and container_mounts; else false.
bool read_launch_setting(Reader& reader, const Entry& entry, LaunchSettings& settings);

/// Reports images of one table that exclude each other.
void check_images(Reader& reader, const Settings& settings);

/// Sets `launch` and `container` of a task whose payload (read from `payload`, nullptr when it has none),
/// working directory and options are there already, and takes away an option `container` of [defaults] where
/// the task has an image of its own. What cannot work together is reported.
void merge_launch(Reader& reader, const Settings& defaults, const Settings& own, const Entry* payload,
                  Task& task);

}  // namespace sbraid
