#include "orchestrator/run/prepared_project.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "orchestrator/model/effect_reader.hpp"

namespace reelpool::run {
namespace {

constexpr std::size_t max_project_bytes = std::size_t{64} << 20;
/// Of a look-up table: 129^3 lines of three long numbers.
constexpr std::size_t max_table_text_bytes = std::size_t{128} << 20;

Error project_error(const std::string& path, std::string what, std::string hint) {
    return {.code = ErrorCode::project,
            .component = Component::project,
            .subject = path,
            .what = std::move(what),
            .cause = {},
            .hint = std::move(hint)};
}

/// The file's text, read no further than it can be long.
Result<std::string> read_text(const std::string& path, const std::string& subject,
                              std::size_t most_bytes, const MediaRoot* root) {
    REELPOOL_TRY(file, open_regular(path, subject, root));
    std::string text;
    std::string block(std::size_t{1} << 20, '\0');
    for (;;) {
        const ssize_t got = ::read(file.get(), block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return unexpected(
                project_error(subject, "the file cannot be read", std::strerror(errno)));
        if (got == 0) return text;
        text.append(block, 0, static_cast<std::size_t>(got));
        if (text.size() > most_bytes)
            return unexpected(project_error(
                subject,
                "the file is larger than " + std::to_string(most_bytes >> 20) + " MiB",
                "is this the right file?"));
    }
}

Result<std::string> read_project_text(const std::string& path) {
    auto text = read_text(path, path, max_project_bytes, nullptr);
    if (text || text.error().code != ErrorCode::media) return text;
    Error error = std::move(text).error();
    error.code = ErrorCode::project;
    return unexpected(std::move(error));
}

std::string beside(const std::string& project_path, const std::string& path) {
    if (!path.empty() && path.front() == '/') return path;
    const std::size_t slash = project_path.rfind('/');
    return slash == std::string::npos ? path : project_path.substr(0, slash + 1) + path;
}

MediaRequest request_for(const model::ProjectMedium& medium, const std::string& project_path) {
    return {.name = model::medium_path(medium),
            .path = beside(project_path, medium.path),
            .is_sequence = medium.is_sequence,
            .first = medium.first,
            .alpha = medium.is_premultiplied ? wire::AlphaMode::premultiplied
                                             : wire::AlphaMode::straight,
            .matrix_override = medium.color.matrix,
            .range_override = medium.color.range,
            .unit = medium.deinterlace == model::Deinterlace::bob ? wire::FrameUnit::field
                                                                  : wire::FrameUnit::frame};
}

}  // namespace

Result<PreparedProject> prepare_project(const std::string& path, EventLoop& loop,
                                        WorkerPool& workers, std::uint32_t keep_running,
                                        std::shared_ptr<const MediaRoot> root) {
    REELPOOL_TRY(text, read_project_text(path));
    auto project = model::parse_project(text);
    if (!project) {
        Error error = std::move(project).error();
        error.subject = error.subject.empty() ? path : path + ": " + error.subject;
        return unexpected(std::move(error));
    }
    PreparedProject prepared;
    prepared.project = std::move(project).value();
    REELPOOL_TRY_STATUS(model::load_tables(prepared.project, [&](const std::string& table) {
        const std::string file = beside(path, table);
        return read_text(file, file, max_table_text_bytes, root.get());
    }));
    const std::vector<std::uint32_t> used = model::media_in_use(prepared.project);
    std::vector<MediaRequest> requests;
    for (const std::uint32_t index : used) {
        requests.push_back(request_for(prepared.project.media[index], path));
        requests.back().root = root;
    }
    REELPOOL_TRY(files, open_media(requests));
    prepared.files = std::move(files);
    REELPOOL_TRY(probed, probe_media(loop, workers, prepared.files.files, keep_running));
    prepared.probed = std::move(probed);
    prepared.facts.resize(prepared.project.media.size());
    for (std::size_t i = 0; i < used.size(); ++i) {
        const MediaId id = prepared.files.by_request[i];
        prepared.facts[used[i]] = model::MediaFacts{.id = id,
                                                    .info = prepared.probed[id.value].info,
                                                    .table = prepared.probed[id.value].table};
    }
    return prepared;
}

}  // namespace reelpool::run
