// WfFormat JSON of WfCommons.
#include "importing.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    sbraid::fuzz::import_text(sbraid::fuzz::text_of(data, size), sbraid::ImportFormat::wfformat);
    return 0;
}
