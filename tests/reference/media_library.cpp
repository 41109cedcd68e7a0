#include "media_library.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>

#include "child.hpp"
#include "probe.hpp"
#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

/// ffmpeg's select expression for a set of frame numbers, run by run.
std::string select_expression(const std::set<int>& wanted) {
    std::string expression;
    for (auto at = wanted.begin(); at != wanted.end();) {
        const int begin = *at;
        int end = begin;
        while (at != wanted.end() && *at <= end + 1) end = *at++;
        if (!expression.empty()) expression += '+';
        expression += "between(n\\," + std::to_string(begin) + "\\," + std::to_string(end) + ")";
    }
    return "select=" + expression;
}

}  // namespace

std::optional<Rational> MediaFacts::duration() const {
    switch (kind) {
        case Kind::still:
            return std::nullopt;
        case Kind::sequence:
            return count / fps;
        case Kind::video:
            return Rational(pts.back() - pts.front() + last_duration) * time_base;
    }
    return std::nullopt;
}

int MediaFacts::frame_at(const Rational& time) const {
    switch (kind) {
        case Kind::still:
            return 0;
        case Kind::sequence: {
            const Integer index = floor_of(time * fps);
            if (index < 0) return 0;
            return index >= count ? count - 1 : static_cast<int>(index);
        }
        case Kind::video: {
            const Rational slack = std::min(Rational(time_base / 2), Rational(1, 2000));
            int shown = 0;
            for (std::size_t k = 0; k < pts.size(); ++k) {
                const Rational at = Rational(pts[k] - pts.front()) * time_base;
                if (at <= time + slack) shown = static_cast<int>(k);
            }
            return shown;
        }
    }
    return 0;
}

std::string sequence_path(const std::string& pattern, int number) {
    const auto percent = pattern.find('%');
    const auto d = percent == std::string::npos ? percent : pattern.find('d', percent);
    if (d == std::string::npos) throw ReferenceError("no %d in " + pattern);
    const std::string width = pattern.substr(percent + 1, d - percent - 1);
    std::string digits = std::to_string(number);
    const std::size_t wanted = width.empty() ? 0 : std::stoul(width);
    if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
    return pattern.substr(0, percent) + digits + pattern.substr(d + 1);
}

void premultiply(PlanarFrame& frame, const PixelFormat& format, bool full_range) {
    const Plane& alpha = frame.planes.back();
    const double full = (1 << format.depth) - 1;
    const double unit = std::ldexp(1.0, format.depth - 8);
    for (int p = 0; p < format.colour_planes(); ++p) {
        const bool chroma = format.subsampled(p);
        double zero = full_range ? 0 : 16 * unit;
        if (chroma) zero = 128 * unit;
        const int step_x = chroma ? 1 << format.shift_x : 1;
        const int step_y = chroma ? 1 << format.shift_y : 1;
        Plane& plane = frame.planes[static_cast<std::size_t>(p)];
        for (int y = 0; y < plane.height; ++y) {
            for (int x = 0; x < plane.width; ++x) {
                double sum = 0;
                int covered = 0;
                for (int ay = y * step_y; ay < std::min((y + 1) * step_y, alpha.height); ++ay) {
                    for (int ax = x * step_x; ax < std::min((x + 1) * step_x, alpha.width); ++ax) {
                        sum += alpha.at(ax, ay);
                        ++covered;
                    }
                }
                const double scaled = (plane.at(x, y) - zero) * sum / (covered * full);
                plane.at(x, y) = static_cast<std::uint16_t>(
                    std::clamp(zero + std::floor(scaled + 0.5), 0.0, full));
            }
        }
    }
}

const Media& MediaLibrary::media(const std::string& id) const {
    const auto found = project_->media.find(id);
    if (found == project_->media.end()) throw ReferenceError("media." + id, "does not exist");
    return found->second;
}

const MediaFacts& MediaLibrary::facts(const std::string& media_id) {
    const auto found = facts_.find(media_id);
    if (found != facts_.end()) return found->second;
    return facts_.emplace(media_id, probe_media(media(media_id))).first->second;
}

void MediaLibrary::prefetch(const std::set<FrameName>& names) {
    std::map<std::string, std::set<int>> by_file;
    for (const FrameName& name : names) {
        if (!frames_.contains(name)) by_file[name.first].insert(name.second);
    }
    for (const auto& [id, wanted] : by_file) {
        const MediaFacts& known = facts(id);
        if (known.kind == MediaFacts::Kind::video) {
            decode_video(media(id), known, wanted);
        } else {
            for (const int index : wanted) decode_picture(media(id), known, index);
        }
    }
}

std::shared_ptr<const PlanarFrame> MediaLibrary::frame(const FrameName& name) {
    prefetch({name});
    return frames_.at(name);
}

void MediaLibrary::decode_video(const Media& media, const MediaFacts& facts,
                                const std::set<int>& wanted) {
    test_media::Child ffmpeg = test_media::Child::reading({"ffmpeg",
                                                           "-v",
                                                           "error",
                                                           "-nostdin",
                                                           "-noautorotate",
                                                           "-i",
                                                           media.path.string(),
                                                           "-map",
                                                           "0:v:0",
                                                           "-vf",
                                                           select_expression(wanted),
                                                           "-vsync",
                                                           "passthrough",
                                                           "-frames:v",
                                                           std::to_string(wanted.size()),
                                                           "-f",
                                                           "rawvideo",
                                                           "-pix_fmt",
                                                           facts.format.raw_name,
                                                           "-"});
    std::vector<std::byte> bytes(facts.format.frame_bytes(facts.width, facts.height));
    for (const int index : wanted) {
        if (ffmpeg.read(bytes) != bytes.size()) {
            throw ReferenceError("media." + media.id,
                                 "ffmpeg did not give frame " + std::to_string(index));
        }
        keep(media, facts, index, unpack_frame(facts.format, facts.width, facts.height, bytes));
    }
}

void MediaLibrary::decode_picture(const Media& media, const MediaFacts& facts, int index) {
    std::string path = media.path.string();
    if (facts.kind == MediaFacts::Kind::sequence) path = sequence_path(path, facts.first + index);
    test_media::Child ffmpeg = test_media::Child::reading(
        {"ffmpeg", "-v", "error", "-nostdin", "-noautorotate", "-i", path, "-map", "0:v:0",
         "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", facts.format.raw_name, "-"});
    // One byte more than a frame: a picture of another size must not pass.
    std::vector<std::byte> bytes(facts.format.frame_bytes(facts.width, facts.height) + 1);
    if (ffmpeg.read(bytes) != bytes.size() - 1) {
        throw ReferenceError("media." + media.id, path + " differs in size from the first picture");
    }
    keep(media, facts, index, unpack_frame(facts.format, facts.width, facts.height, bytes));
}

void MediaLibrary::keep(const Media& media, const MediaFacts& facts, int index, PlanarFrame frame) {
    if (facts.format.alpha && !media.premultiplied) {
        premultiply(frame, facts.format, facts.full_range);
    }
    frames_[{media.id, index}] = std::make_shared<const PlanarFrame>(std::move(frame));
}

}  // namespace reelpool::reference
