// compare_export: an exported file against the reference, frame by frame, for a person to read.
#include <cstdio>
#include <exception>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "compare.hpp"
#include "exported_file.hpp"
#include "project.hpp"

namespace {

using namespace reelpool;

constexpr const char* usage =
    "usage: compare_export PROJECT OUT FRAME[,FRAME...] [WxH [FPS]]\n"
    "prints PSNR and largest difference per plane and every barcode that should be there\n"
    "exit code 0: all at least 60 dB and at most 3 apart\n";

std::vector<int> numbers(const std::string& list) {
    std::vector<int> all;
    std::istringstream words(list);
    for (std::string word; std::getline(words, word, ',');) all.push_back(std::stoi(word));
    return all;
}

/// Prints what each layer's barcode says beside what it should say.
void print_barcodes(const export_test::OutputPicture& picture,
                    const std::vector<reference::PlacedPicture>& placed) {
    for (const auto& one : placed) {
        const auto read = export_test::barcode_in(picture, export_test::placement_of(one));
        std::printf("    %s[%d]: ", one.name.first.c_str(), one.name.second);
        if (read) {
            std::printf("id %d frame %d\n", read->media_id, read->frame);
        } else {
            std::printf("no barcode\n");
        }
    }
}

int run(const std::vector<std::string>& words) {
    reference::RenderOptions options;
    if (words.size() > 3) {
        options.size = {std::stoi(words[3]), std::stoi(words[3].substr(words[3].find('x') + 1))};
    }
    if (words.size() > 4) options.fps = reference::parse_decimal(words[4]);
    const std::vector<int> frames = numbers(words.at(2));
    reference::Renderer renderer(reference::read_project(words.at(0)), options);
    const auto got = export_test::decode_frames(words.at(1), frames);
    std::size_t next = 0;
    bool near = true;
    renderer.render(frames, [&](int frame, const reference::OutputPicture& wanted) {
        const auto& picture = got.at(next++);
        const auto differences = reference::compare(picture, wanted);
        for (const auto& d : differences) near = near && d.psnr_db >= 60 && d.largest <= 3;
        std::printf("frame %d: %s\n", frame, reference::to_string(differences).c_str());
        print_barcodes(picture, renderer.pictures_at(frame));
    });
    return near ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(std::vector<std::string>(argv + 1, argv + argc));
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "compare_export: %s\n%s", problem.what(), usage);
        return 2;
    }
}
