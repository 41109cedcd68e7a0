#include "orchestrator/model/field_names.hpp"

namespace reelpool::model {
namespace {

constexpr Built later = Built::later;

constexpr FieldName project_table[] = {{"reelpool"}, {"main"}, {"media"}, {"comps"}};
constexpr FieldName medium_table[] = {{"path"},  {"first"},         {"fps"},
                                      {"color"}, {"premultiplied"}, {"deinterlace"}};
constexpr FieldName color_table[] = {{"matrix"}, {"range"}, {"primaries"}, {"transfer"}};
constexpr FieldName comp_table[] = {
    {"width"},          {"height"}, {"fps"},       {"duration"},          {"background"},
    {"tracks"},         {"linear"}, {"rasterize"}, {"sampleRate"}, {"channelLayout"},
    {"loudness"}};
constexpr FieldName track_table[] = {{"id"},          {"clips"},   {"hidden"},    {"muted"},
                                     {"gain"}, {"opacity"}, {"pan"},     {"effects"}};
// "adjustment" is built as far as its neutral value goes.
constexpr FieldName clip_table[] = {{"id"},
                                    {"media"},
                                    {"comp"},
                                    {"solid"},
                                    {"size"},
                                    {"text", later},
                                    {"shape", later},
                                    {"start"},
                                    {"duration"},
                                    {"in"},
                                    {"speed"},
                                    {"remap"},
                                    {"reverse"},
                                    {"opacity"},
                                    {"fadeIn"},
                                    {"fadeOut"},
                                    {"disabled"},
                                    {"mute"},
                                    {"crop"},
                                    {"fit"},
                                    {"transform"},
                                    {"sampling"},
                                    {"blend"},
                                    {"masks"},
                                    {"effects"},
                                    {"adjustment"},
                                    {"transition"},
                                    {"matte"},
                                    {"gain"},
                                    {"pan"},
                                    {"channels"},
                                    {"pitch"}};
constexpr FieldName crop_table[] = {{"left"}, {"top"}, {"right"}, {"bottom"}};
constexpr FieldName transform_table[] = {{"anchor"}, {"position"}, {"scale"}, {"rotation"}};
constexpr FieldName keys_table[] = {{"keys"}};
constexpr FieldName mask_table[] = {{"shape"},   {"mode"},      {"center"},  {"size"},  {"vertices"},
                                    {"feather"}, {"expansion"}, {"opacity"}, {"invert"}};
constexpr FieldName mask_vertex_table[] = {{"point"}, {"in"}, {"out"}};
constexpr FieldName mask_shape_table[] = {{"rect"}, {"ellipse"}, {"path"}};
constexpr FieldName mask_mode_table[] = {{"add"}, {"subtract"}, {"intersect"}};
constexpr FieldName matte_table[] = {{"track"}, {"use"}, {"invert"}};
constexpr FieldName matte_use_table[] = {{"alpha"}, {"luma"}};
constexpr FieldName transition_table[] = {{"type"}, {"duration"}, {"softness"}, {"color"}};

constexpr FieldName blend_table[] = {{"normal"},
                                     {"multiply"},
                                     {"screen"},
                                     {"overlay"},
                                     {"darken"},
                                     {"lighten"},
                                     {"color-dodge"},
                                     {"color-burn"},
                                     {"hard-light"},
                                     {"soft-light"},
                                     {"difference"},
                                     {"exclusion"},
                                     {"hue"},
                                     {"saturation"},
                                     {"color"},
                                     {"luminosity"},
                                     {"add"},
                                     {"subtract"},
                                     {"divide"},
                                     {"linear-burn"},
                                     {"linear-light"},
                                     {"vivid-light"},
                                     {"pin-light"},
                                     {"hard-mix"},
                                     {"dissolve"},
                                     {"stencil-alpha"},
                                     {"stencil-luma"},
                                     {"silhouette-alpha"},
                                     {"silhouette-luma"}};
constexpr FieldName transition_type_table[] = {
    {"dissolve"},  {"wipe-left"},  {"wipe-right"},  {"wipe-up"},   {"wipe-down"},
    {"iris"},      {"slide-left"}, {"slide-right"}, {"slide-up"},  {"slide-down"},
    {"push-left"}, {"push-right"}, {"push-up"},     {"push-down"}, {"dip"}};
constexpr FieldName sampling_table[] = {
    {"bilinear"}, {"smooth"}, {"nearest"}, {"bicubic"}};
constexpr FieldName fit_table[] = {{"contain"}, {"cover"}, {"fill"}, {"none"}};
constexpr FieldName ease_table[] = {{"linear"},  {"hold"},     {"ease"},
                                    {"ease-in"}, {"ease-out"}, {"ease-in-out"}};
constexpr FieldName pitch_table[] = {{"keep"}, {"follow"}};
constexpr FieldName layout_table[] = {{"mono"}, {"stereo"}, {"3.0"}, {"quad"},
                                      {"5.0"},  {"5.1"},    {"6.1"}, {"7.1"}};
constexpr FieldName deinterlace_table[] = {{"off"}, {"weave"}, {"bob"}};
// The orders are those of what project_reader.cpp makes of them.
constexpr FieldName matrix_table[] = {{"bt601"}, {"bt709"},      {"bt2020"},           {"fcc"},
                                      {"smpte240m"}, {"ycgco"}, {"bt2020-cl", later}, {"rgb", later}};
constexpr FieldName range_table[] = {{"limited"}, {"full"}};
constexpr FieldName primaries_table[] = {{"bt709"},  {"bt601-525"}, {"bt601-625"},
                                         {"bt2020"}, {"dci-p3"},    {"display-p3"}};
constexpr FieldName transfer_table[] = {{"bt709"},   {"srgb"}, {"linear"}, {"gamma22"},
                                        {"gamma28"}, {"pq"},   {"hlg"},    {"log", later}};

}  // namespace

std::span<const FieldName> project_fields() {
    return project_table;
}
std::span<const FieldName> medium_fields() {
    return medium_table;
}
std::span<const FieldName> color_fields() {
    return color_table;
}
std::span<const FieldName> comp_fields() {
    return comp_table;
}
std::span<const FieldName> track_fields() {
    return track_table;
}
std::span<const FieldName> clip_fields() {
    return clip_table;
}
std::span<const FieldName> crop_fields() {
    return crop_table;
}
std::span<const FieldName> transform_fields() {
    return transform_table;
}
std::span<const FieldName> keys_fields() {
    return keys_table;
}
std::span<const FieldName> blend_modes() {
    return blend_table;
}
std::span<const FieldName> mask_fields() {
    return mask_table;
}
std::span<const FieldName> mask_vertex_fields() {
    return mask_vertex_table;
}
std::span<const FieldName> mask_shapes() {
    return mask_shape_table;
}
std::span<const FieldName> mask_modes() {
    return mask_mode_table;
}
std::span<const FieldName> matte_fields() {
    return matte_table;
}
std::span<const FieldName> matte_uses() {
    return matte_use_table;
}
std::span<const FieldName> transition_fields() {
    return transition_table;
}
std::span<const FieldName> transition_types() {
    return transition_type_table;
}
std::span<const FieldName> sampling_modes() {
    return sampling_table;
}
std::span<const FieldName> fit_modes() {
    return fit_table;
}
std::span<const FieldName> ease_names() {
    return ease_table;
}
std::span<const FieldName> pitch_modes() {
    return pitch_table;
}
std::span<const FieldName> channel_layouts() {
    return layout_table;
}
std::span<const FieldName> deinterlace_modes() {
    return deinterlace_table;
}
std::span<const FieldName> matrix_names() {
    return matrix_table;
}
std::span<const FieldName> range_names() {
    return range_table;
}
std::span<const FieldName> primaries_names() {
    return primaries_table;
}
std::span<const FieldName> transfer_names() {
    return transfer_table;
}

}  // namespace reelpool::model
