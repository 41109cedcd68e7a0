#include "probe.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "child.hpp"
#include "json_value.hpp"
#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

/// A text or number member as text; empty when it is absent or says that it is unknown.
std::string word(const JsonValue& object, const char* name) {
    const JsonValue* found = object.find(name);
    if (found == nullptr || found->text == "unknown" || found->text == "unspecified" ||
        found->text == "N/A") {
        return {};
    }
    return found->text;
}

/// A fact of the stream, or of its first frame where the stream does not say.
std::string fact(const JsonValue& stream, const JsonValue* frame, const char* name) {
    std::string said = word(stream, name);
    if (said.empty() && frame != nullptr) said = word(*frame, name);
    return said;
}

Matrix matrix_named(const Media& media, const std::string& name) {
    if (name == "bt709") return Matrix::bt709;
    if (name == "smpte170m" || name == "bt470bg") return Matrix::bt601;
    if (name == "bt2020nc") return Matrix::bt2020;
    if (name == "smpte240m") return Matrix::smpte240;
    if (name == "fcc") return Matrix::fcc;
    throw ReferenceError("media." + media.id, "matrix " + name + " is not built here");
}

void read_colour(const Media& media, const JsonValue& stream, const JsonValue* frame,
                 MediaFacts& facts) {
    const std::string primaries = fact(stream, frame, "color_primaries");
    const std::string transfer = fact(stream, frame, "color_transfer");
    if (primaries == "bt2020" || transfer == "smpte2084" || transfer == "arib-std-b67") {
        throw ReferenceError("media." + media.id, "wide gamut and HDR are not built here");
    }
    const bool jpeg = word(stream, "codec_name") == "mjpeg" || facts.format.full_range_name;
    const std::string space = fact(stream, frame, "color_space");
    if (media.matrix) {
        facts.matrix = *media.matrix;
    } else if (facts.format.family == Family::yuv && !space.empty()) {
        facts.matrix = matrix_named(media, space);
    } else {
        facts.matrix = jpeg || facts.height <= 576 ? Matrix::bt601 : Matrix::bt709;
    }
    const std::string range = fact(stream, frame, "color_range");
    if (media.full_range) {
        facts.full_range = *media.full_range;
    } else if (!range.empty()) {
        facts.full_range = range == "pc";
    } else {
        facts.full_range = facts.format.family == Family::rgb || jpeg;
    }
    const std::string location = fact(stream, frame, "chroma_location");
    const double middle_x = (1 << facts.format.shift_x) / 2.0;
    const double middle_y = (1 << facts.format.shift_y) / 2.0;
    facts.site_x =
        location == "center" || location == "top" || location == "bottom" ? middle_x : 0.5;
    facts.site_y = location == "topleft" || location == "top" ? 0.5 : middle_y;
    if (location == "bottomleft" || location == "bottom") facts.site_y = 2 * middle_y - 0.5;
}

/// The 2 x 2 part of the display matrix as exact 0 and +-1; identity without one.
Affine display_rotation(const Media& media, const JsonValue& stream) {
    const JsonValue* list = stream.find("side_data_list");
    if (list == nullptr) return {};
    for (const JsonValue& entry : list->items) {
        const JsonValue* text = entry.find("displaymatrix");
        if (text == nullptr) continue;
        // Three lines of "00000000:  m0 m1 m2".
        std::istringstream lines(text->text);
        std::array<double, 9> m{};
        std::string label;
        for (std::size_t row = 0; row < 3; ++row) {
            lines >> label >> m[3 * row] >> m[3 * row + 1] >> m[3 * row + 2];
        }
        for (double& value : m) value = std::round(value / 65536.0 * 1000) / 1000;
        const Affine turned{m[0], m[3], m[1], m[4], 0, 0};
        const bool right_angle =
            (std::abs(turned.a) == 1 && turned.b == 0 && turned.c == 0 &&
             std::abs(turned.d) == 1) ||
            (turned.a == 0 && std::abs(turned.b) == 1 && std::abs(turned.c) == 1 && turned.d == 0);
        if (!right_angle) {
            throw ReferenceError("media." + media.id, "a display matrix that is no right angle");
        }
        return turned;
    }
    return {};
}

void read_geometry(const Media& media, const JsonValue& stream, const JsonValue* frame,
                   MediaFacts& facts) {
    facts.width = std::stoi(word(stream, "width"));
    facts.height = std::stoi(word(stream, "height"));
    const std::string aspect = fact(stream, frame, "sample_aspect_ratio");
    if (const auto colon = aspect.find(':'); colon != std::string::npos) {
        const double above = std::stod(aspect.substr(0, colon));
        const double below = std::stod(aspect.substr(colon + 1));
        if (above > 0 && below > 0) facts.aspect = above / below;
    }
    Affine turn = display_rotation(media, stream);
    const Point size = turn.direction({facts.width * facts.aspect, double(facts.height)});
    // Negative extents are moved back so that the upright picture begins at (0, 0).
    turn.e = size.x < 0 ? -size.x : 0;
    turn.f = size.y < 0 ? -size.y : 0;
    facts.upright_width = std::abs(size.x);
    facts.upright_height = std::abs(size.y);
    facts.coded_to_upright = turn.after({facts.aspect, 0, 0, 1, 0, 0});
}

void read_frame_times(const Media& media, const JsonValue& stream, const JsonValue& frames,
                      MediaFacts& facts) {
    facts.time_base = parse_fraction(word(stream, "time_base"));
    for (const JsonValue& frame : frames.items) {
        std::string pts = word(frame, "pts");
        if (pts.empty()) pts = word(frame, "best_effort_timestamp");
        if (pts.empty()) throw ReferenceError("media." + media.id, "a frame without a timestamp");
        facts.pts.push_back(std::stoll(pts));
    }
    const std::string last = word(frames.items.back(), "pkt_duration");
    if (!last.empty() && std::stoll(last) > 0) {
        facts.last_duration = std::stoll(last);
    } else if (facts.pts.size() > 1) {
        facts.last_duration = facts.pts.back() - facts.pts[facts.pts.size() - 2];
    }
}

void count_sequence(const Media& media, MediaFacts& facts) {
    facts.kind = MediaFacts::Kind::sequence;
    facts.fps = *media.fps;
    facts.first = media.first.value_or(1);
    while (std::filesystem::exists(sequence_path(media.path.string(), facts.first + facts.count))) {
        ++facts.count;
    }
    if (facts.count == 0) throw ReferenceError("media." + media.id, "no picture of the sequence");
}

}  // namespace

MediaFacts probe_media(const Media& media) {
    MediaFacts facts;
    std::string path = media.path.string();
    if (media.fps) {
        count_sequence(media, facts);
        path = sequence_path(path, facts.first);
    }
    const JsonValue told = parse_json(test_media::run_or_throw(
        {"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_streams", "-show_frames",
         "-show_entries", "format=format_name", "-of", "json", path}));
    const JsonValue* streams = told.find("streams");
    const JsonValue* frames = told.find("frames");
    if (streams == nullptr || streams->items.empty()) {
        throw ReferenceError("media." + media.id, "no video stream");
    }
    if (frames == nullptr || frames->items.empty()) {
        throw ReferenceError("media." + media.id, "no frames");
    }
    const JsonValue& stream = streams->items.front();
    const JsonValue* first = &frames->items.front();
    facts.format = pixel_format_named(word(stream, "pix_fmt"));
    read_geometry(media, stream, first, facts);
    read_colour(media, stream, first, facts);
    if (facts.kind == MediaFacts::Kind::sequence) return facts;
    const JsonValue* container = told.find("format");
    const std::string name = container == nullptr ? "" : word(*container, "format_name");
    if (name.ends_with("_pipe") || name == "image2") {
        facts.kind = MediaFacts::Kind::still;
    } else {
        read_frame_times(media, stream, *frames, facts);
    }
    return facts;
}

}  // namespace reelpool::reference
