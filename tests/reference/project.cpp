#include "project.hpp"

#include "project_reader.hpp"
#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

void read_colour_overrides(const Field& color, Media& media) {
    color.allow_only({"matrix", "range", "primaries", "transfer"});
    color.refuse({"primaries", "transfer"});
    if (const auto matrix = color.get("matrix")) {
        const std::string& name = matrix->text();
        if (name == "bt601") {
            media.matrix = Matrix::bt601;
        } else if (name == "bt709") {
            media.matrix = Matrix::bt709;
        } else if (name == "bt2020") {
            media.matrix = Matrix::bt2020;
        } else {
            matrix->fail("unknown matrix");
        }
    }
    if (const auto range = color.get("range")) {
        if (range->text() != "limited" && range->text() != "full") range->fail("unknown range");
        media.full_range = range->text() == "full";
    }
}

Media read_media(const std::string& id, const Field& field, const std::filesystem::path& folder) {
    field.allow_only({"path", "first", "fps", "color", "premultiplied"});
    Media media;
    media.id = id;
    media.path = folder / field.require("path").text();
    if (const auto first = field.get("first")) media.first = first->integer();
    if (const auto fps = field.get("fps")) media.fps = fps->rate();
    if (const auto color = field.get("color")) read_colour_overrides(*color, media);
    if (const auto done = field.get("premultiplied")) media.premultiplied = done->boolean();
    return media;
}

void read_source(const Field& field, Clip& clip) {
    int sources = 0;
    if (const auto media = field.get("media")) {
        clip.source = MediaSource{media->text()};
        ++sources;
    }
    if (const auto comp = field.get("comp")) {
        clip.source = CompSource{comp->text()};
        ++sources;
    }
    if (const auto solid = field.get("solid")) {
        SolidSource made{.colour = solid->colour(), .size = std::nullopt};
        if (const auto size = field.get("size")) {
            if (size->item_count() != 2) size->fail("must be [width, height]");
            made.size = {size->item(0).real(), size->item(1).real()};
        }
        clip.source = made;
        ++sources;
    }
    if (const auto adjustment = field.get("adjustment"); adjustment && adjustment->boolean()) {
        clip.source = Adjustment{};
        ++sources;
    }
    if (sources != 1) field.fail("exactly one of media, comp, solid and adjustment is needed");
}

void read_times(const Field& field, const Rational& fps, Clip& clip) {
    if (const auto start = field.get("start")) clip.start = start->time(fps);
    if (const auto duration = field.get("duration")) {
        clip.duration = duration->time(fps);
        if (*clip.duration <= 0) duration->fail("must be above 0");
    }
    if (const auto in = field.get("in")) clip.in = in->time(fps);
    if (clip.in < 0) field.fail("\"in\" must not be negative");
    if (const auto speed = field.get("speed")) clip.speed = speed->curve(fps);
    if (const auto remap = field.get("remap")) clip.remap = remap->time_curve(fps);
    if (const auto reverse = field.get("reverse")) clip.reverse = reverse->boolean();
    if (const auto fade = field.get("fadeIn")) clip.fade_in = fade->time(fps);
    if (const auto fade = field.get("fadeOut")) clip.fade_out = fade->time(fps);
}

void read_geometry(const Field& field, const Rational& fps, Clip& clip) {
    if (const auto crop = field.get("crop")) {
        crop->allow_only({"left", "top", "right", "bottom"});
        if (const auto side = crop->get("left")) clip.crop.left = side->real();
        if (const auto side = crop->get("top")) clip.crop.top = side->real();
        if (const auto side = crop->get("right")) clip.crop.right = side->real();
        if (const auto side = crop->get("bottom")) clip.crop.bottom = side->real();
    }
    if (const auto fit = field.get("fit")) {
        const std::map<std::string, Fit> names{{"contain", Fit::contain},
                                               {"cover", Fit::cover},
                                               {"fill", Fit::fill},
                                               {"none", Fit::none}};
        if (!names.contains(fit->text())) fit->fail("unknown fit");
        clip.fit = names.at(fit->text());
    }
    if (const auto sampling = field.get("sampling")) {
        const std::map<std::string, Sampling> names{{"bilinear", Sampling::bilinear},
                                                    {"smooth", Sampling::smooth},
                                                    {"nearest", Sampling::nearest},
                                                    {"bicubic", Sampling::bicubic}};
        if (!names.contains(sampling->text())) sampling->fail("unknown sampling");
        clip.sampling = names.at(sampling->text());
    }
    const auto transform = field.get("transform");
    if (!transform) return;
    transform->allow_only({"anchor", "position", "scale", "rotation"});
    if (const auto anchor = transform->get("anchor")) {
        clip.anchor = anchor->point(fps, Field::OneNumber::refused);
    }
    if (const auto position = transform->get("position")) {
        clip.position = position->point(fps, Field::OneNumber::refused);
    }
    if (const auto scale = transform->get("scale")) {
        clip.scale = scale->point(fps, Field::OneNumber::is_both);
    }
    if (const auto rotation = transform->get("rotation")) clip.rotation = rotation->curve(fps);
}

MaskVertex read_vertex(const Field& field, const Rational& fps) {
    MaskVertex vertex;
    if (field.is(JsonValue::Kind::array)) {
        vertex.point = field.point(fps, Field::OneNumber::refused);
        return vertex;
    }
    field.allow_only({"point", "in", "out"});
    vertex.point = field.require("point").point(fps, Field::OneNumber::refused);
    if (const auto in = field.get("in")) vertex.in = in->point(fps, Field::OneNumber::refused);
    if (const auto out = field.get("out")) vertex.out = out->point(fps, Field::OneNumber::refused);
    return vertex;
}

Mask read_mask(const Field& field, const Rational& fps) {
    field.allow_only({"shape", "mode", "center", "size", "vertices", "feather", "expansion",
                      "opacity", "invert"});
    Mask mask;
    mask.shape = field.require("shape").text();
    if (const auto mode = field.get("mode")) mask.mode = mode->text();
    if (const auto center = field.get("center"))
        mask.center = center->point(fps, Field::OneNumber::refused);
    if (const auto size = field.get("size"))
        mask.size = size->point(fps, Field::OneNumber::refused);
    if (const auto vertices = field.get("vertices"))
        for (std::size_t i = 0; i < vertices->item_count(); ++i)
            mask.vertices.push_back(read_vertex(vertices->item(i), fps));
    if (const auto feather = field.get("feather")) mask.feather = feather->curve(fps);
    if (const auto expansion = field.get("expansion")) mask.expansion = expansion->curve(fps);
    if (const auto opacity = field.get("opacity")) mask.opacity = opacity->curve(fps);
    if (const auto invert = field.get("invert")) mask.invert = invert->boolean();
    return mask;
}

void read_cuts(const Field& field, const Rational& fps, Clip& clip) {
    if (const auto masks = field.get("masks"))
        for (std::size_t i = 0; i < masks->item_count(); ++i)
            clip.masks.push_back(read_mask(masks->item(i), fps));
    if (const auto matte = field.get("matte")) {
        matte->allow_only({"track", "use", "invert"});
        Matte made{.track = matte->require("track").text()};
        if (const auto use = matte->get("use")) made.luma = use->text() == "luma";
        if (const auto invert = matte->get("invert")) made.invert = invert->boolean();
        clip.matte = std::move(made);
    }
}

/// A parameter: its name, default and how many numbers it has.
struct Parameter {
    std::string name;
    int otherwise = 0;
    int numbers = 1;
};

std::vector<Parameter> parameters_of(const Field& type) {
    const std::map<std::string, std::vector<Parameter>> all{
        {"brightness", {{"amount", 1}}},
        {"contrast", {{"amount", 1}}},
        {"exposure", {{"stops"}}},
        {"gamma", {{"gamma", 1, 3}}},
        {"saturation", {{"amount", 1}}},
        {"hue", {{"angle"}}},
        {"temperature", {{"kelvin", 6500}}},
        {"tint", {{"amount"}}},
        {"levels",
         {{"inBlack"}, {"inWhite", 1}, {"gamma", 1}, {"outBlack"}, {"outWhite", 1}}},
        {"lift-gamma-gain", {{"lift", 0, 3}, {"gamma", 1, 3}, {"gain", 1, 3}}},
        {"cdl", {{"slope", 1, 3}, {"offset", 0, 3}, {"power", 1, 3}, {"saturation", 1}}},
        {"invert", {{"amount", 1}}},
        {"grayscale", {{"amount", 1}}},
        {"sepia", {{"amount", 1}}},
        {"threshold", {{"level"}}},
        {"posterize", {{"levels", 4}}}};
    const auto found = all.find(type.text());
    if (found == all.end()) type.fail("is no effect that is built here");
    return found->second;
}

std::vector<ClipEffect> read_effects(const Field& list, const Rational& fps) {
    std::vector<ClipEffect> effects;
    for (std::size_t i = 0; i < list.item_count(); ++i) {
        const Field field = list.item(i);
        const Field type = field.require("type");
        ClipEffect effect{.name = type.text(), .values = {}};
        for (const Parameter& parameter : parameters_of(type)) {
            const auto value = field.get(parameter.name);
            for (int n = 0; n < parameter.numbers; ++n) {
                if (!value)
                    effect.values.emplace_back(parameter.otherwise);
                else if (value->is(JsonValue::Kind::array))
                    effect.values.push_back(value->item(static_cast<std::size_t>(n)).curve(fps));
                else
                    effect.values.push_back(value->curve(fps));
            }
        }
        effects.push_back(std::move(effect));
    }
    return effects;
}

Clip read_clip(const Field& field, const Rational& fps) {
    field.refuse({"text", "shape"});
    field.allow_only({"id",        "media",     "comp",     "solid", "size",    "start",
                      "duration",  "in",        "speed",    "remap", "reverse", "fadeIn",
                      "fadeOut",   "opacity",   "disabled", "crop",  "fit",     "sampling",
                      "transform", "blend",     "mute",     "gain",  "pan",     "channels",
                      "pitch",     "transition", "masks", "matte", "effects", "adjustment"});
    Clip clip;
    clip.place = field.place();
    read_source(field, clip);
    read_times(field, fps, clip);
    read_geometry(field, fps, clip);
    read_cuts(field, fps, clip);
    if (const auto effects = field.get("effects")) clip.effects = read_effects(*effects, fps);
    if (const auto opacity = field.get("opacity")) clip.opacity = opacity->curve(fps);
    if (const auto disabled = field.get("disabled")) clip.disabled = disabled->boolean();
    if (const auto blend = field.get("blend")) {
        clip.blend = blend_named(blend->text(), blend->place());
    }
    if (const auto transition = field.get("transition")) {
        transition->allow_only({"type", "duration", "softness", "color"});
        Transition made{.type = transition->require("type").text(),
                        .duration = transition->require("duration").time(fps)};
        if (const auto softness = transition->get("softness")) made.softness = softness->real();
        if (const auto colour = transition->get("color")) made.colour = colour->colour();
        clip.transition = std::move(made);
    }
    return clip;
}

Comp read_comp(const std::string& id, const Field& field) {
    field.allow_only({"linear", "width", "height", "fps", "duration", "background", "tracks", "rasterize",
                      "sampleRate", "channelLayout", "loudness"});
    Comp comp;
    comp.id = id;
    comp.width = field.require("width").integer();
    comp.height = field.require("height").integer();
    if (comp.width <= 0 || comp.height <= 0) field.fail("width and height must be above 0");
    comp.fps = field.require("fps").rate();
    if (const auto duration = field.get("duration")) comp.duration = duration->time(comp.fps);
    if (const auto background = field.get("background")) comp.background = background->colour();
    if (const auto linear = field.get("linear")) comp.linear = linear->boolean();
    if (const auto rasterize = field.get("rasterize")) comp.rasterized = rasterize->boolean();
    const Field tracks = field.require("tracks");
    for (std::size_t t = 0; t < tracks.item_count(); ++t) {
        const Field from = tracks.item(t);
        from.allow_only({"id", "clips", "hidden", "muted", "opacity", "gain", "effects"});
        Track track;
        if (const auto name = from.get("id")) track.id = name->text();
        if (const auto hidden = from.get("hidden")) track.hidden = hidden->boolean();
        if (const auto opacity = from.get("opacity")) track.opacity = opacity->real();
        if (const auto effects = from.get("effects"))
            track.effects = read_effects(*effects, comp.fps);
        const Field clips = from.require("clips");
        for (std::size_t c = 0; c < clips.item_count(); ++c) {
            track.clips.push_back(read_clip(clips.item(c), comp.fps));
        }
        comp.tracks.push_back(std::move(track));
    }
    return comp;
}

}  // namespace

Project read_project(const std::filesystem::path& file) {
    const JsonValue json = parse_json_file(file);
    const Field root(json, "");
    root.allow_only({"reelpool", "main", "media", "comps"});
    if (root.require("reelpool").integer() != 1) root.fail("unknown version of the format");
    Project project;
    project.main = root.require("main").text();
    const auto folder = std::filesystem::absolute(file).parent_path();
    if (const auto media = root.get("media")) {
        for (const auto& [id, value] : media->json().members) {
            project.media.emplace(id, read_media(id, Field(value, "media." + id), folder));
        }
    }
    for (const auto& [id, value] : root.require("comps").json().members) {
        project.comps.emplace(id, read_comp(id, Field(value, "comps." + id)));
    }
    if (!project.comps.contains(project.main)) root.fail("there is no comp " + project.main);
    return project;
}

}  // namespace reelpool::reference
