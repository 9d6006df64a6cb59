// Writes sbraid-flow(5) to the file that is its only operand. Called by the build.
#include <fstream>

#include "sbraid/flow_manual.hpp"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::ofstream page{argv[1], std::ios::binary};
    page << sbraid::flow_manual();
    page.close();
    return page ? 0 : 1;
}
