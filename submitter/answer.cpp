#include "answer.hpp"

#include <array>
#include <utility>

// Colour is laid over the finished table, so that escape sequences never count as columns.

namespace sbraid {

namespace {

constexpr std::array<std::pair<std::string_view, Style>, 14> k_words = {{
    {"COMPLETED", Style::good},
    {"RUNNING", Style::active},
    {"FAILED", Style::bad},
    {"TIMEOUT", Style::bad},
    {"OUT_OF_MEMORY", Style::bad},
    {"NODE_FAIL", Style::bad},
    {"BOOT_FAIL", Style::bad},
    {"DEADLINE", Style::bad},
    {"CANCELLED", Style::weak},
    {"SKIPPED", Style::weak},
    {"UNSUBMITTED", Style::weak},
    {"LOST", Style::bad},
    {"succeeded", Style::good},
    {"failed", Style::bad},
}};

bool is_word_end(const std::string& text, std::size_t at) {
    return at >= text.size() || text[at] == ' ' || text[at] == '\n' || text[at] == ',';
}

std::string coloured(const Terminal& terminal, const std::string& text) {
    if (!terminal.colour()) return text;
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        bool painted = false;
        for (const auto& [word, style] : k_words) {
            const bool starts = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n';
            if (!starts || text.compare(at, word.size(), word) != 0 || !is_word_end(text, at + word.size()))
                continue;
            result += terminal.paint(style, word);
            at += word.size();
            painted = true;
            break;
        }
        if (!painted) result += text[at++];
    }
    return result;
}

}  // namespace

std::string for_people(const App& app, const Answer& answer, bool header) {
    return coloured(app.out, answer.heading + render_text(answer.people(), app.out.width(), header));
}

void write_answer(const App& app, const Options& options, const Answer& answer) {
    const bool header = !options.has("noheader");
    if (app.json) {
        app.answer(answer.json());
    } else if (options.has("parsable2")) {
        app.answer(render_parsable(answer.parsable(), header));
    } else {
        app.answer(for_people(app, answer, header));
    }
}

}  // namespace sbraid
