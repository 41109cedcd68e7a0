#include <unistd.h>

#include <cstdio>

#include "tools/ipc_dump/command.hpp"

int main(int argc, char** argv) {
    const reelpool::ipc_dump::Answer answer = reelpool::ipc_dump::run({argv + 1, argv + argc});
    std::fputs(answer.output.c_str(), stdout);
    std::fputs(answer.errors.c_str(), stderr);
    const bool was_written = std::fflush(stdout) == 0;
    return was_written ? answer.exit_code : 7;
}
