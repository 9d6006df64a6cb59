#include "confirm.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <iostream>

namespace sbraid {

Answer ask(const App& app, const std::string& question, Interrupts& interrupts) {
    if (::isatty(STDIN_FILENO) == 0 || !app.err.is_tty()) return Answer::nobody;
    app.err.write(question + " [y/N] ");
    std::array<pollfd, 2> polled = {{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                     {.fd = interrupts.fd(), .events = POLLIN, .revents = 0}}};
    std::ignore = ::poll(polled.data(), polled.size(), -1);  // getline() waits as well
    if (interrupts.requested()) return Answer::interrupted;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes" ? Answer::yes : Answer::no;
}

}  // namespace sbraid
