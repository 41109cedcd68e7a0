#pragma once

#include <functional>
#include <string>

#include "orchestrator/model/project.hpp"
#include "orchestrator/model/value_reader.hpp"

namespace reelpool::model {

/// The entries of "effects", those on sound apart from those on pictures.
struct EffectLists {
    std::vector<ProjectEffect> sound;
    std::vector<ClipEffect> picture;
};

enum class EffectKeys : std::uint8_t { refused, allowed };

/// Gives the text of a file that the project names.
using ReadText = std::function<Result<std::string>(const std::string& path)>;

/// Reads the files of look-up tables, each once, and puts them into Project::tables.
/// Errors: project: what `read` refuses; a file that is no table, with the place that names it; all
/// of them together too large.
[[nodiscard]] Status load_tables(Project& project, const ReadText& read);

/// Reads "effects". Curves go into `tables`. Key times are local, frames at `fps`.
[[nodiscard]] EffectLists read_effects(const ValueReader& list, const Rational& fps,
                                       EffectKeys keys, TableFile& tables);

/// Finds the tracks that turn others down, and what cannot be.
/// Errors: project: a track that is not there, or turns itself down; a frequency that the sample
/// rate has no room for.
[[nodiscard]] Status resolve_effects(Project& project);

}  // namespace reelpool::model
