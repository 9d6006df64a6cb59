#include "collect/series.hpp"

#include <fmt/format.h>

#include <iterator>

namespace sbraid::collect {
namespace {

std::string whole(const std::optional<double>& number) {
    return number ? fmt::format("{:.0f}", *number) : "null";
}

std::string mebibytes(const std::optional<std::int64_t>& bytes) {
    return bytes ? fmt::format("{}", *bytes >> 20) : "null";
}

}  // namespace

std::string series_head(const Step& step, const std::vector<std::string>& uuids, bool simulated) {
    std::string line = fmt::format(R"({{"v":1,"job":"{}","step":"{}","node":"{}","restart":{},{}"gpus":[)",
                                   to_string(step.key.key), step.key.step, step.key.node, step.key.restart,
                                   simulated ? R"("simulated":true,)" : "");
    for (std::size_t i = 0; i < uuids.size(); ++i)
        fmt::format_to(std::back_inserter(line), R"({}"{}")", i > 0 ? "," : "", uuids[i]);
    return line + "]}\n";
}

std::string series_line(std::int64_t time_ms, const std::vector<Glance>& glances, std::size_t most) {
    std::string gpus;
    std::string ranks;
    for (const Glance& glance : glances) {
        if (glance.rank) {
            fmt::format_to(std::back_inserter(ranks), "{}[{},{},{},{}]", ranks.empty() ? "" : ",",
                           *glance.rank, glance.gpu, whole(glance.percent), mebibytes(glance.mem_bytes));
        } else {
            fmt::format_to(std::back_inserter(gpus), "{}[{},{},{},{}]", gpus.empty() ? "" : ",", glance.gpu,
                           whole(glance.percent), mebibytes(glance.mem_bytes), whole(glance.power_w));
        }
    }
    std::string line = fmt::format(R"({{"t":{}.{:03},"gpu":[{}],"rank":[{}]}})"
                                   "\n",
                                   time_ms / 1000, time_ms % 1000, gpus, ranks);
    return line.size() <= most ? line : std::string();
}

}  // namespace sbraid::collect
