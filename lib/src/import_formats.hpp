#pragma once

#include "sbraid/import.hpp"

namespace sbraid {

// One function a format; contracts as import_workflow()'s.
[[nodiscard]] tl::expected<Imported, Diagnostics> import_dagman(Sources& sources, std::uint32_t file,
                                                                const ImportContext& context);
[[nodiscard]] tl::expected<Imported, Diagnostics> import_wfformat(const Sources& sources, std::uint32_t file,
                                                                  const ImportContext& context);

}  // namespace sbraid
