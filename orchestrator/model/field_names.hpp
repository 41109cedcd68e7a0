#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace reelpool::model {

enum class Built : std::uint8_t { yes, later };

/// A field of the project format.
struct FieldName {
    std::string_view name;
    Built built = Built::yes;  ///< later: known, and refused by name
};

/// The fields of each kind of object, in the order in which the format explains them.
[[nodiscard]] std::span<const FieldName> project_fields();
[[nodiscard]] std::span<const FieldName> medium_fields();
[[nodiscard]] std::span<const FieldName> color_fields();
[[nodiscard]] std::span<const FieldName> comp_fields();
[[nodiscard]] std::span<const FieldName> track_fields();
[[nodiscard]] std::span<const FieldName> clip_fields();
[[nodiscard]] std::span<const FieldName> crop_fields();
[[nodiscard]] std::span<const FieldName> transform_fields();
[[nodiscard]] std::span<const FieldName> keys_fields();
[[nodiscard]] std::span<const FieldName> transition_fields();
[[nodiscard]] std::span<const FieldName> mask_fields();
[[nodiscard]] std::span<const FieldName> mask_vertex_fields();
[[nodiscard]] std::span<const FieldName> matte_fields();

/// Values that a field may have, where those are words.
/// In the order of BlendMode.
[[nodiscard]] std::span<const FieldName> blend_modes();
/// In the order of TransitionKind.
[[nodiscard]] std::span<const FieldName> transition_types();
/// In the order of Sampling.
[[nodiscard]] std::span<const FieldName> sampling_modes();
[[nodiscard]] std::span<const FieldName> fit_modes();
/// In the order of MaskShape.
[[nodiscard]] std::span<const FieldName> mask_shapes();
/// In the order of MaskMode.
[[nodiscard]] std::span<const FieldName> mask_modes();
[[nodiscard]] std::span<const FieldName> matte_uses();
[[nodiscard]] std::span<const FieldName> ease_names();
[[nodiscard]] std::span<const FieldName> pitch_modes();
[[nodiscard]] std::span<const FieldName> channel_layouts();
[[nodiscard]] std::span<const FieldName> deinterlace_modes();
[[nodiscard]] std::span<const FieldName> matrix_names();
[[nodiscard]] std::span<const FieldName> range_names();
[[nodiscard]] std::span<const FieldName> primaries_names();
[[nodiscard]] std::span<const FieldName> transfer_names();

}  // namespace reelpool::model
