// make_big_project: writes the big project twice, from footage and from barcode clips.
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "big_project.hpp"

namespace {

using reelpool::export_test::BigProject;

constexpr const char* usage =
    "usage: make_big_project --out DIR [--footage FILE] [--size WxH] [--seconds N]\n"
    "writes DIR/barcode.json and, with footage, DIR/footage.json, with their files\n";

void run(const std::vector<std::string>& words) {
    BigProject shape;
    std::filesystem::path out;
    std::filesystem::path footage;
    for (std::size_t k = 0; k < words.size(); k += 2) {
        const std::string& value = words.at(k + 1);
        if (words[k] == "--out") {
            out = value;
        } else if (words[k] == "--footage") {
            footage = value;
        } else if (words[k] == "--size") {
            shape.width = std::stoi(value);
            shape.height = std::stoi(value.substr(value.find('x') + 1));
        } else if (words[k] == "--seconds") {
            shape.seconds = std::stoi(value);
        } else {
            throw std::invalid_argument("unknown option " + words[k]);
        }
    }
    if (out.empty() || shape.seconds < 2 || shape.seconds % 2 != 0) {
        throw std::invalid_argument("--out and an even number of seconds are needed");
    }
    make_barcode_files(shape, out / "barcode");
    std::ofstream(out / "barcode.json") << big_project_text(shape, "barcode");
    if (footage.empty()) return;
    make_footage_files(shape, footage, out / "footage");
    std::ofstream(out / "footage.json") << big_project_text(shape, "footage");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(std::vector<std::string>(argv + 1, argv + argc));
        return 0;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "make_big_project: %s\n%s", problem.what(), usage);
        return 2;
    }
}
