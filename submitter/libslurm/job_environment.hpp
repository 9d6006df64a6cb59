#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sbraid {

/// The environment that a job is given: what there was, with what sbatch puts into it.
class JobEnvironment {
  public:
    /// `base`: `NAME=value`, ends with a null, and outlives this.
    explicit JobEnvironment(const char* const* base);

    void set(std::string_view name, std::string_view value);
    void set_if_absent(std::string_view name, std::string_view value);
    void remove(std::string_view name);
    [[nodiscard]] std::optional<std::string_view> value(std::string_view name) const;

    /// What of it a job with this --export is given. False: the value is nothing that is understood here.
    [[nodiscard]] bool keep_exported(std::string_view exported);

    /// For job_desc_msg_t::environment; good until the next change. Its last entry is null.
    [[nodiscard]] char** data();
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

  private:
    [[nodiscard]] std::size_t find(std::string_view name) const;
    void set_entry(std::string_view entry);
    void keep_slurm_only();
    void keep_listed(std::string_view list);

    std::vector<const char*> entries_;
    std::deque<std::string> own_;
    std::vector<char*> handed_out_;
};

/// What sbatch finds out about its own process for the job, and tells it in the environment.
class Surroundings {
  public:
    /// Reads this process and slurm.conf; changes the umask for an instant.
    Surroundings();
    void tell(JobEnvironment& environment) const;

  private:
    std::vector<std::pair<std::string, std::string>> variables_;
    std::string umask_;
};

}  // namespace sbraid
