// The big project (6 files, 12 layers, 4 nests deep): frame count, pictures and barcodes.
#include "big_project.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "export_fixture.hpp"
#include "project.hpp"

namespace reelpool::export_test {
namespace {

/// Ten frames spread over the whole length, in both halves.
std::vector<int> sampled(int frames) {
    std::vector<int> chosen;
    for (int k = 0; k < 10; ++k) chosen.push_back((k * (frames - 1)) / 9);
    return chosen;
}

/// Every layer must show the frame that the reference shows, by its barcode.
void check_barcodes(const OutputPicture& picture,
                    const std::vector<reference::PlacedPicture>& placed) {
    CHECK(placed.size() == 12);
    for (const auto& one : placed) {
        CAPTURE(one.name.first);
        const auto read = barcode_in(picture, placement_of(one));
        REQUIRE(read.has_value());
        CHECK(read->media_id == std::stoi(one.name.first.substr(1)));
        CHECK(read->frame == one.name.second);
    }
}

enum class Barcodes { expected, none };

/// Exports a project that lies in the folder and compares ten frames.
void check_export(const TempFolder& folder, const std::string& text, int frames,
                  Barcodes barcodes) {
    const auto out = export_file(folder, {.project = text});
    CHECK(frame_md5s(out).size() == static_cast<std::size_t>(frames));
    reference::Renderer renderer(reference::read_project(folder / "project.json"), {});
    CHECK(renderer.frame_count() == frames);
    const std::vector<int> chosen = sampled(frames);
    const auto got = decode_frames(out, chosen);
    REQUIRE(got.size() == chosen.size());
    std::size_t next = 0;
    renderer.render(chosen, [&](int frame, const OutputPicture& wanted) {
        const OutputPicture& picture = got[next++];
        check_near(picture, wanted, "frame " + std::to_string(frame), {});
        // The first frame of a fade shows nothing of its layer.
        if (barcodes == Barcodes::expected && frame > 0) {
            check_barcodes(picture, renderer.pictures_at(frame));
        }
    });
}

}  // namespace

TEST_CASE("the big project in small") {
    const BigProject shape{.width = 480, .height = 270, .seconds = 2};
    const TempFolder folder;
    make_barcode_files(shape, folder / "barcode");
    check_export(folder, big_project_text(shape, "barcode"), 60, Barcodes::expected);
}

TEST_CASE("the big project, 30 seconds at 1080p30") {
    if (std::getenv("REELPOOL_LONG") == nullptr) {
        MESSAGE("SKIPPED: REELPOOL_LONG is not set");
        return;
    }
    const BigProject shape;
    const TempFolder folder;
    make_barcode_files(shape, folder / "barcode");
    check_export(folder, big_project_text(shape, "barcode"), 900, Barcodes::expected);
    const char* footage = std::getenv("REELPOOL_FOOTAGE");
    if (footage == nullptr) {
        MESSAGE("SKIPPED: REELPOOL_FOOTAGE is not set");
        return;
    }
    make_footage_files(shape, footage, folder / "footage");
    check_export(folder, big_project_text(shape, "footage"), 900, Barcodes::none);
}

}  // namespace reelpool::export_test
