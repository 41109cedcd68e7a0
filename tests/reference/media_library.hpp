#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "affine.hpp"
#include "exact_time.hpp"
#include "pixel_format.hpp"
#include "project.hpp"

namespace reelpool::reference {

/// What ffprobe says about a medium, after the project's overrides and the stated rules.
struct MediaFacts {
    enum class Kind { video, still, sequence };

    Kind kind = Kind::video;
    int width = 0;  ///< of the coded picture, in samples
    int height = 0;
    double aspect = 1;         ///< sample aspect ratio, width / height of one sample
    Affine coded_to_upright;   ///< coded pixels to upright square pixels
    double upright_width = 0;  ///< may be fractional
    double upright_height = 0;
    PixelFormat format;
    Matrix matrix = Matrix::bt709;
    bool full_range = false;
    double site_x = 0.5;  ///< where chroma sample (0, 0) sits, in coded luma positions
    double site_y = 1.0;

    std::vector<std::int64_t> pts;  ///< of a video's frames in order of presentation
    std::int64_t last_duration = 0;
    Rational time_base;
    Rational fps;   ///< a sequence's
    int first = 1;  ///< a sequence's first number
    int count = 0;  ///< a sequence's pictures

    /// Nothing for a still, which never ends.
    [[nodiscard]] std::optional<Rational> duration() const;
    /// The frame shown at a source time; the first before 0, the last after the end.
    [[nodiscard]] int frame_at(const Rational& time) const;
};

/// A frame of a medium by its number in order of presentation, from 0.
using FrameName = std::pair<std::string, int>;

/// Decoded pictures of a project's media, all made by the ffmpeg command line.
///
/// Frames come premultiplied, in the source's own depth. Thread: one caller at a time.
class MediaLibrary {
  public:
    explicit MediaLibrary(const Project& project) : project_(&project) {}

    [[nodiscard]] const MediaFacts& facts(const std::string& media_id);
    /// Decodes everything named, with one run of ffmpeg per file.
    void prefetch(const std::set<FrameName>& names);
    [[nodiscard]] std::shared_ptr<const PlanarFrame> frame(const FrameName& name);
    /// Frees all pictures.
    void forget_frames() { frames_.clear(); }

  private:
    [[nodiscard]] const Media& media(const std::string& id) const;
    void decode_video(const Media& media, const MediaFacts& facts, const std::set<int>& wanted);
    void decode_picture(const Media& media, const MediaFacts& facts, int index);
    void keep(const Media& media, const MediaFacts& facts, int index, PlanarFrame frame);

    const Project* project_;
    std::map<std::string, MediaFacts> facts_;
    std::map<FrameName, std::shared_ptr<const PlanarFrame>> frames_;
};

/// The path of one picture of a sequence: "f_%04d.png" and 7 give "f_0007.png".
[[nodiscard]] std::string sequence_path(const std::string& pattern, int number);

/// Multiplies straight alpha into every colour sample, in the source's depth: v' = zero +
/// floor((v - zero) a / amax + 1/2), zero being black for Y, R, G, B and neutral for chroma;
/// subsampled chroma takes the mean alpha of the luma samples it covers.
void premultiply(PlanarFrame& frame, const PixelFormat& format, bool full_range);

}  // namespace reelpool::reference
