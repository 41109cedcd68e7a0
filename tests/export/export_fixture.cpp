#include "export_fixture.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "project.hpp"

namespace reelpool::export_test {
std::string reelpool_program() {
    const char* path = std::getenv("REELPOOL_BIN");
    return path == nullptr ? "" : path;
}

test_media::Outcome run_export(const TempFolder& folder, const ExportRequest& request) {
    return run_export_of(folder, folder.write("project.json", request.project), request);
}

test_media::Outcome run_export_of(const TempFolder& folder, const std::filesystem::path& project,
                                  const ExportRequest& request) {
    std::vector<std::string> argv{reelpool_program(),
                                  "export",
                                  project.string(),
                                  "-o",
                                  (folder / request.out).string(),
                                  "--codec",
                                  request.codec,
                                  "--engine",
                                  request.engine,
                                  "--overwrite",
                                  "--progress",
                                  "none"};
    argv.insert(argv.end(), request.more.begin(), request.more.end());
    return test_media::run_program(argv, std::chrono::seconds(300));
}

std::filesystem::path export_file(const TempFolder& folder, const ExportRequest& request) {
    const auto outcome = run_export(folder, request);
    CAPTURE(outcome.err);
    CAPTURE(outcome.out);
    REQUIRE(outcome.exit_code == 0);
    return folder / request.out;
}

void check_near(const OutputPicture& got, const OutputPicture& wanted, const std::string& what,
                const Nearness& nearness) {
    CAPTURE(what);
    const auto differences = reference::compare(got, wanted);
    CAPTURE(reference::to_string(differences));
    for (const auto& difference : differences) {
        CHECK(difference.psnr_db >= nearness.psnr_db);
        CHECK(difference.largest <= nearness.largest);
    }
}

void check_against_reference(const TempFolder& folder, const ExportRequest& request,
                             const std::vector<int>& frames,
                             const reference::RenderOptions& options, const Nearness& nearness) {
    const auto file = export_file(folder, request);
    reference::Renderer renderer(reference::read_project(folder / "project.json"), options);
    const auto got = decode_all(file);
    CHECK(static_cast<int>(got.size()) == renderer.frame_count());
    renderer.render(frames, [&](int frame, const OutputPicture& wanted) {
        REQUIRE(static_cast<std::size_t>(frame) < got.size());
        check_near(got[static_cast<std::size_t>(frame)], wanted, "frame " + std::to_string(frame),
                   nearness);
    });
}

std::string project_text(const std::string& media, const std::string& comp_fields,
                         const std::string& tracks, const std::string& more_comps) {
    return R"({"reelpool": 1, "main": "main", "media": {)" + media + R"(}, "comps": {"main": {)" +
           comp_fields + R"(, "tracks": [)" + tracks + "]}" + more_comps + "}}";
}

}  // namespace reelpool::export_test
