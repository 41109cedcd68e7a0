#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace reelpool::worker::test {

/// How a worker gets about in a file.
enum class Seeking : std::uint8_t {
    by_keyframes,  ///< there are several, and every seek lands where the table says
    mended,        ///< there are several, but decoding cannot start at each: seeks are corrected
    linear,        ///< only from the start
};

/// What the barcodes of a file's frames say.
enum class Barcodes : std::uint8_t {
    counting,    ///< one more from frame to frame
    increasing,  ///< frames were dropped in between
    unreadable,  ///< the codec is too coarse, or there is none
};

/// One combination of container, codec, GOP and time stamps.
struct MatrixRow {
    const char* name;  ///< of the file; its extension chooses the container
    /// What follows the input on ffmpeg's command line. Between braces at its beginning: the name
    /// of another row, which is the input instead of the raw barcode clip.
    const char* arguments;
    Seeking seeking = Seeking::by_keyframes;
    std::uint32_t frames = 120;  ///< in its frame table; 0: as many as ffmpeg decodes
    Barcodes barcodes = Barcodes::counting;
    std::uint32_t first_barcode = 0;
    const char* rate = "25";           ///< frames per second of the raw barcode clip
    const char* input_options = "";    ///< before -i
    std::uint32_t kept_percent = 100;  ///< of the file's bytes: less cuts its end off
};

/// Every frame of the clips is 160x96 and carries its number.
[[nodiscard]] std::span<const MatrixRow> matrix_rows();

/// The path of a row's file, which is made if it is not there yet.
[[nodiscard]] std::string matrix_file(const MatrixRow& row);
[[nodiscard]] std::string matrix_file(const std::string& name);

/// The paths of an image sequence's pictures, which are made from the same clip.
[[nodiscard]] std::vector<std::string> matrix_sequence(std::uint32_t frames);
/// Their common name, as ffmpeg reads it.
[[nodiscard]] std::string sequence_pattern();

}  // namespace reelpool::worker::test
