#include "sbraid/import.hpp"

#include <algorithm>

#include "characters.hpp"
#include "import_formats.hpp"

namespace sbraid {

ImportFormat guess_import_format(std::string_view name, std::string_view text) {
    const auto ends_with = [name](std::string_view ending) {
        return name.size() >= ending.size() &&
               equal_ignoring_case(name.substr(name.size() - ending.size()), ending);
    };
    if (ends_with(".json")) return ImportFormat::wfformat;
    if (ends_with(".dag")) return ImportFormat::dagman;
    const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    return first != std::string_view::npos && text[first] == '{' ? ImportFormat::wfformat
                                                                 : ImportFormat::dagman;
}

tl::expected<Imported, Diagnostics> import_workflow(Sources& sources, std::uint32_t file, ImportFormat format,
                                                    const ImportContext& context) {
    switch (format) {
        case ImportFormat::dagman:
            return import_dagman(sources, file, context);
        case ImportFormat::wfformat:
            return import_wfformat(sources, file, context);
    }
    return tl::unexpected{Diagnostics{}};  // every format is above
}

}  // namespace sbraid
