#include "decoder_worker/av_log.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
}

#include <algorithm>
#include <array>
#include <cstdarg>
#include <deque>
#include <mutex>
#include <string_view>

#include "decoder_worker/codec_attachment.hpp"

namespace reelpool::worker {
namespace {

constexpr std::size_t max_lines = 3;
constexpr std::size_t max_characters = 400;

/// libavutil's log callback has no user pointer, so this one thing is global.
struct LogTail {
    std::mutex mutex;
    std::deque<std::string> lines;
};

LogTail& log_tail() {
    static LogTail tail;
    return tail;
}

std::string printable(const char* text) {
    std::string line;
    for (; *text != '\0'; ++text)
        if (*text >= ' ' && *text < 127) line.push_back(*text);
    return line;
}

/// After a seek into an open group of pictures H.264 is told to forget pictures that it never had.
bool is_harmless(std::string_view format) {
    return format.starts_with("mmco: unref short failure");
}

/// Concealment is told as information only. (The frame's own flags come too late: with frame
/// threads they may be copied before the picture is finished.)
bool is_complaint(int level, std::string_view format) {
    if (format.starts_with("concealing ")) return true;
    return level <= AV_LOG_ERROR && !is_harmless(format);
}

/// Tells the stream whose codec complains which packet it is about.
void attribute(void* source) {
    if (source == nullptr || *static_cast<const AVClass**>(source) != avcodec_get_class()) return;
    const auto& codec = *static_cast<const AVCodecContext*>(source);
    if (codec.opaque != nullptr)
        static_cast<CodecAttachment*>(codec.opaque)->complaints.add(codec.reordered_opaque);
}

void remember(void* source, int level, const char* format, va_list arguments) {
    if (is_complaint(level, format)) attribute(source);
    if (level > AV_LOG_WARNING) return;
    std::array<char, 512> text{};
    int print_prefix = 1;
    av_log_format_line2(source, level, format, arguments, text.data(), text.size(), &print_prefix);
    std::string line = printable(text.data());
    // "[mov,mp4 @ 0x55...] what": the addresses say nothing to anybody.
    while (line.starts_with("[") && line.find("] ") != std::string::npos)
        line.erase(0, line.find("] ") + 2);
    if (line.empty()) return;
    LogTail& tail = log_tail();
    const std::lock_guard lock(tail.mutex);
    if (std::find(tail.lines.begin(), tail.lines.end(), line) != tail.lines.end()) return;
    tail.lines.push_back(std::move(line));
    if (tail.lines.size() > max_lines) tail.lines.pop_front();
}

}  // namespace

void capture_av_log() {
    av_log_set_callback(remember);
}

std::string take_av_log() {
    LogTail& tail = log_tail();
    const std::lock_guard lock(tail.mutex);
    std::string text;
    for (const std::string& line : tail.lines) text += (text.empty() ? "" : "; ") + line;
    tail.lines.clear();
    if (text.size() > max_characters) text.resize(max_characters);
    return text;
}

}  // namespace reelpool::worker
