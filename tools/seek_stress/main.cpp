#include <cstdio>

#include "tools/seek_stress/command.hpp"

namespace {

void write_to(std::FILE* stream, const std::string& text) {
    std::fputs(text.c_str(), stream);
    std::fflush(stream);
}

}  // namespace

int main(int argc, char** argv) {
    const reelpool::seek_stress::Outputs outputs{
        .text = [](const std::string& text) { write_to(stdout, text); },
        .errors = [](const std::string& text) { write_to(stderr, text); }};
    return reelpool::seek_stress::run({argv + 1, argv + argc}, outputs);
}
