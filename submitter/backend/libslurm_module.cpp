#include "backend/libslurm_module.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "backend/classify.hpp"
#include "io/file.hpp"

// RTLD_GLOBAL: the plugins that libslurm loads (auth_munge.so) find libslurm's functions among the global
// ones only.

namespace sbraid {

namespace {

/// Beside the program in its build folder, or below the prefix that it is installed to.
std::vector<std::string> places_of(const std::string& file) {
    const auto prefix = std::filesystem::path(executable_path()).parent_path().parent_path();
    std::vector<std::string> places = {prefix / "lib/sbraid" / file};
    if (const auto other = (prefix / SBRAID_LIBRARY_FOLDER / "sbraid" / file).string();
        other != places.front())
        places.push_back(other);
    return places;
}

/// As an argument vector of C: ends with a null.
std::vector<const char*> pointers(const std::vector<std::string>& texts) {
    std::vector<const char*> result;
    result.reserve(texts.size() + 1);
    for (const auto& text : texts) result.push_back(text.c_str());
    result.push_back(nullptr);
    return result;
}

Unexpected no_module(std::string why) {
    return Unexpected{Error{.kind = ErrorKind::slurm, .message = std::move(why)}};
}

}  // namespace

LibslurmModule::LibslurmModule(const sbraid_module& module) : module_(&module) {
    const char* filter = "";
    module.start(&filter);
    cli_filter_ = filter;
}

Result<std::shared_ptr<const LibslurmModule>> LibslurmModule::open(const std::string& release) {
    const auto places = places_of(fmt::format("sbraid_libslurm-{}.so", release));
    for (const auto& place : places) {
        if (::access(place.c_str(), F_OK) != 0) continue;
        void* const library = ::dlopen(place.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
        if (library == nullptr) return no_module(::dlerror());
        const auto entry = reinterpret_cast<sbraid_module_entry>(::dlsym(library, SBRAID_MODULE_ENTRY));
        const auto* const module = entry == nullptr ? nullptr : entry();
        if (module == nullptr || module->abi != SBRAID_MODULE_ABI)
            return no_module(fmt::format("'{}' is of another version of sbraid", place));
        return std::shared_ptr<const LibslurmModule>(new LibslurmModule(*module));
    }
    return no_module(fmt::format("there is no module for Slurm {}: '{}' is not there", release,
                                 fmt::join(places, "' and '")));
}

std::string LibslurmModule::trouble_with(const std::vector<std::string>& arguments) const {
    const auto options = pointers(arguments);
    const std::array<const char*, 1> environment{};
    const sbraid_module_job job{
        .options = options.data(), .environment = environment.data(), .submit_line = "", .script = ""};
    std::array<char, SBRAID_MODULE_TEXT> why{};
    if (module_->maps(&job, why.data(), why.size()) != 0) return {};
    return why.data();
}

SubmitOutcome LibslurmModule::submit(const std::vector<std::string>& arguments,
                                     const std::vector<std::string>& environment,
                                     const std::string& script) const {
    const auto options = pointers(arguments);
    const auto variables = pointers(environment);
    const auto line = fmt::format("sbatch {}", fmt::join(arguments, " "));
    const sbraid_module_job job{.options = options.data(),
                                .environment = variables.data(),
                                .submit_line = line.c_str(),
                                .script = script.c_str()};
    sbraid_module_answer answer;
    module_->submit(&job, &answer);
    if (answer.job_id != 0) return Submitted{.id = JobId{answer.job_id}, .cluster = {}};
    if (answer.error == 0) return Unclear{.message = "Slurm answered without a job id"};
    return classify_words(answer.text);
}

Result<void> LibslurmModule::release(JobId job) const {
    sbraid_module_answer answer;
    module_->release(job.value, &answer);
    if (answer.error == 0) return {};
    return Unexpected{Error{.kind = ErrorKind::slurm, .message = answer.text}};
}

}  // namespace sbraid
