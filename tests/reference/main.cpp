// reference_render: draws frames of a project slowly and plainly, to judge the program by.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "project.hpp"
#include "reference_error.hpp"
#include "renderer.hpp"

namespace {

using namespace reelpool::reference;

constexpr const char* usage =
    "usage: reference_render PROJECT FRAME[,FRAME...] -o DIR [--size WxH] [--fps R] [--pix "
    "FORMAT]\n"
    "       reference_render PROJECT FRAME[,FRAME...] --shown   (which frames of which media)\n"
    "       reference_render PROJECT 0 --count   (how many frames there are)\n"
    "writes DIR/frame_NNNNNN.raw: the planes of FORMAT (default yuv420p), one after another\n";

struct Arguments {
    std::filesystem::path project;
    std::vector<int> frames;
    std::filesystem::path folder;
    RenderOptions options;
    bool only_shown = false;
    bool only_count = false;
};

Arguments read_arguments(const std::vector<std::string>& words) {
    Arguments arguments;
    std::vector<std::string> plain;
    for (std::size_t k = 0; k < words.size(); ++k) {
        const std::string& word = words[k];
        if (word == "--shown") {
            arguments.only_shown = true;
        } else if (word == "--count") {
            arguments.only_count = true;
        } else if (word.size() > 1 && word[0] == '-') {
            const std::string& value = words.at(++k);
            if (word == "-o") {
                arguments.folder = value;
            } else if (word == "--size") {
                arguments.options.size = {std::stoi(value),
                                          std::stoi(value.substr(value.find('x') + 1))};
            } else if (word == "--fps") {
                arguments.options.fps = value.find('/') == std::string::npos
                                            ? parse_decimal(value)
                                            : parse_fraction(value);
            } else if (word == "--pix") {
                arguments.options.pixel_format = value;
            } else {
                throw ReferenceError("unknown option " + word);
            }
        } else {
            plain.push_back(word);
        }
    }
    if (plain.size() != 2) throw ReferenceError("a project and frame numbers are needed");
    const bool draws = !arguments.only_shown && !arguments.only_count;
    if (arguments.folder.empty() && draws) throw ReferenceError("-o is missing");
    arguments.project = plain[0];
    std::istringstream list(plain[1]);
    for (std::string number; std::getline(list, number, ',');) {
        arguments.frames.push_back(std::stoi(number));
    }
    return arguments;
}

void run(const Arguments& arguments) {
    Renderer renderer(read_project(arguments.project), arguments.options);
    if (arguments.only_count) {
        std::printf("%d\n", renderer.frame_count());
        return;
    }
    if (arguments.only_shown) {
        for (const int frame : arguments.frames) {
            std::printf("%d:", frame);
            for (const auto& [media, index] : renderer.shown_at(frame).shown) {
                std::printf(" %s[%d]", media.c_str(), index);
            }
            std::printf("\n");
        }
        return;
    }
    std::filesystem::create_directories(arguments.folder);
    renderer.render(arguments.frames, [&](int frame, const OutputPicture& picture) {
        char name[32];
        std::snprintf(name, sizeof name, "frame_%06d.raw", frame);
        write_raw(picture, arguments.folder / name);
    });
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(read_arguments(std::vector<std::string>(argv + 1, argv + argc)));
        return 0;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "reference_render: %s\n%s", problem.what(), usage);
        return 1;
    }
}
