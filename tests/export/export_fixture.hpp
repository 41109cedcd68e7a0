#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "barcode_clip.hpp"
#include "child.hpp"
#include "compare.hpp"
#include "exported_file.hpp"
#include "renderer.hpp"
#include "temp_folder.hpp"

namespace reelpool::export_test {

using test_media::TempFolder;

/// The path of the reelpool program under test, from the environment variable REELPOOL_BIN.
[[nodiscard]] std::string reelpool_program();

/// How one export is asked for.
struct ExportRequest {
    std::string project = {};     ///< the project file's text
    std::string out = "out.mkv";  ///< in the test's folder
    std::string engine = "v2";
    std::string codec = "ffv1";
    std::vector<std::string> more = {};  ///< further arguments
};

/// Runs `reelpool export` in the test's folder and returns what it did.
[[nodiscard]] test_media::Outcome run_export(const TempFolder& folder,
                                             const ExportRequest& request);

/// Likewise of a project file that is there already; `request.project` does not count.
[[nodiscard]] test_media::Outcome run_export_of(const TempFolder& folder,
                                                const std::filesystem::path& project,
                                                const ExportRequest& request);

/// Exports, requires exit code 0, and returns the path of the output.
[[nodiscard]] std::filesystem::path export_file(const TempFolder& folder,
                                                const ExportRequest& request);

/// How near is near enough: at least `psnr_db` in every plane, at most `largest` anywhere.
struct Nearness {
    double psnr_db = 60;
    int largest = 3;
};

/// Exports a project and checks frames against the reference and its frame count.
void check_against_reference(const TempFolder& folder, const ExportRequest& request,
                             const std::vector<int>& frames,
                             const reference::RenderOptions& options = {},
                             const Nearness& nearness = {});

/// Compares picture by picture, with a readable message for the first that is not near.
void check_near(const OutputPicture& got, const OutputPicture& wanted, const std::string& what,
                const Nearness& nearness);

/// A project with one comp "main" over the given media object and tracks.
[[nodiscard]] std::string project_text(const std::string& media, const std::string& comp_fields,
                                       const std::string& tracks,
                                       const std::string& more_comps = "");

}  // namespace reelpool::export_test
