// `{{name}}` in texts: the first line of the input is the value of a -D, the second one of a key of [vars],
// the rest is the text.
#include "fuzz.hpp"
#include "vars.hpp"

namespace sbraid {
namespace {

std::string first_line(std::string& text) {
    const std::size_t end = text.find('\n');
    std::string line = text.substr(0, end);
    text.erase(0, end == std::string::npos ? end : end + 1);
    return line;
}

}  // namespace
}  // namespace sbraid

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sbraid;
    std::string text = fuzz::text_of(data, size);
    const std::string given = first_line(text);
    const std::string in_file = first_line(text);
    Sources sources;
    const std::uint32_t file =
        sources.add("flow.toml", "[vars]\na = '" + in_file + "'\nb = '<{{a}}{{given}}>'\nc = 1e-4\n");
    const auto document = parse(sources, file);
    if (!document) return 0;
    Diagnostics found;
    Vars vars{*document, {{"given", given}}, &sources, found};
    vars.set_parameters({"lr", "seed"});
    const Place place{file, 2, 5, 3};
    for (const bool allowed : {false, true}) {
        vars.allow_parameters(allowed);
        const std::size_t before = found.size();
        const auto expanded = vars.expand(text, place);
        fuzz::require(expanded.has_value() || found.size() > before, "what cannot be replaced is told", text);
        if (expanded && text.find("{{") == std::string::npos)
            fuzz::require(*expanded == text, "a text without braces stays as it is", text);
        std::ignore = vars.place_in(place, text, text.size() / 2, 1);
    }
    vars.refuse_unused({{"given", given}});
    for (const Diagnostic& one : found) std::ignore = render(sources, one);
    return 0;
}
