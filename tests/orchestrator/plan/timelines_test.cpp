// What engine V2 promises of whole timelines: how much it decodes, and in how much memory.
#include <doctest/doctest.h>

#include <stdexcept>

#include "orchestrator/model/project.hpp"
#include "orchestrator/model/timeline.hpp"
#include "orchestrator/plan/forecaster.hpp"
#include "orchestrator/run/engine.hpp"
#include "orchestrator/run/survey.hpp"
#include "sample_timelines.hpp"
#include "simulated_world.hpp"
#include "tests/sanitized.hpp"

using namespace reelpool;
using namespace reelpool::plan;
using namespace reelpool::plan::test;

namespace {

constexpr std::uint64_t mb = 1 << 20;
constexpr std::uint64_t default_cache = 500 * mb;
constexpr std::uint64_t small_cache = 200 * mb;
constexpr std::uint32_t keyframe_interval = 250;

constexpr std::uint64_t output_picture_bytes = 1920 * 1080 * 3 / 2;

/// A sample read as a project and planned as an export of 1920x1080 would be.
class Planned {
  public:
    Planned(const Sample& sample, std::uint64_t cache_bytes)
        : timeline_(read(sample)), survey_(run::survey(timeline_, media_, cache_bytes)) {
        auto engine = run::make_engine(run::EngineKind::v2, {timeline_, media_, survey_},
                                       {.cache_bytes = cache_bytes,
                                        .output_picture_bytes = output_picture_bytes,
                                        .frames_per_second = 30,
                                        .cores = 2});
        if (!engine) throw std::runtime_error(to_string(engine.error()));
        forecast_ = forecast(*engine->planner, engine->sources, engine->file_of,
                             static_cast<std::uint32_t>(media_.size()));
        CHECK(forecast_.cache_peak_bytes <= cache_bytes);
    }

    [[nodiscard]] const Forecast& expected() const { return forecast_; }
    [[nodiscard]] double decoded_over_ideal() const {
        const ForecastTotals totals = totals_of(forecast_);
        return amplification(totals.frames_decoded, totals.frames_ideal);
    }
    /// What is wanted of all files together.
    [[nodiscard]] std::uint64_t wants() const { return totals_of(forecast_).wants; }
    /// What is wanted of the file of this name.
    [[nodiscard]] const MediaForecast& of(const std::string& file) const {
        return forecast_.media.at(id_of_.at(file).value);
    }

  private:
    model::Timeline read(const Sample& sample) {
        auto project = model::parse_project(project_json(sample));
        if (!project) throw std::runtime_error(to_string(project.error()));
        std::vector<std::optional<model::MediaFacts>> facts;
        for (const model::ProjectMedium& medium : project->media) {
            const auto id = static_cast<std::uint32_t>(media_.size());
            media_.push_back(make_media(id, sample.frames_per_file, keyframe_interval));
            id_of_[medium.path] = MediaId{id};
            facts.push_back(
                model::MediaFacts{MediaId{id}, media_.back().info, media_.back().table});
        }
        auto timeline = model::Timeline::build(std::move(project).value(), facts,
                                               {.width = 1920, .height = 1080, .fps = 30});
        if (!timeline) throw std::runtime_error(to_string(timeline.error()));
        return std::move(timeline).value();
    }

    std::vector<MediaSource> media_;
    std::map<std::string, MediaId> id_of_;
    model::Timeline timeline_;
    run::Survey survey_;
    Forecast forecast_;
};

/// Plans with both caches: no more is decoded than this many times what any decoder would have to.
void check_decoded(const Sample& sample, double most, double most_in_small_cache) {
    const Planned normal(sample, default_cache);
    const Planned small(sample, small_cache);
    MESSAGE("decoded / ideal ", normal.decoded_over_ideal(), " with 500MB, ",
            small.decoded_over_ideal(), " with 200MB");
    CHECK(normal.decoded_over_ideal() <= most);
    CHECK(small.decoded_over_ideal() <= most_in_small_cache);
}

Sample cuts_of_different_files(int files) {
    Sample sample = cuts(files);
    SampleComp& main = sample.comps["main"];
    main.layers.resize(main.layers.size() / 2);
    main.length /= 2;
    return sample;
}

}  // namespace

TEST_CASE("cuts that use each file once decode each frame once") {
    check_decoded(cuts_of_different_files(20), 1.02, 1.02);
}

TEST_CASE("ten layers of one file, half of them nested") {
    check_decoded(ten_times_one_file(), 1.05, 2.4);
}

TEST_CASE("ten files in five nested comps") {
    check_decoded(nested_comps(), 1.10, 1.6);
}

TEST_CASE("comps eleven deep") {
    check_decoded(comps_eleven_deep(), 1.10, 1.6);
}

TEST_CASE("a hundred cuts of fifty files, each needed twice, far apart") {
    // Half of what is decoded is on the way to the second place, which has the first on it.
    check_decoded(cuts(50), 1.50, 1.50);
    CHECK(Planned(cuts(50), default_cache).expected().workers_peak <= 8);
    CHECK(Planned(cuts(50), small_cache).expected().workers_peak <= 8);
}

TEST_CASE("frames leave room for decoders where that costs little decoding") {
    for (const Sample& sample :
         {ten_times_one_file(), nested_comps(), comps_eleven_deep(), cuts(50), ten_offsets(0.25)})
        CHECK(Planned(sample, default_cache).expected().memory_peak_bytes <= default_cache);
    // Whole streams ride on frames that are kept: without them there would be twice the decoding.
    const Planned dear(ten_offsets(1), default_cache);
    CHECK(dear.expected().cache_peak_bytes > default_cache * 9 / 10);
    CHECK(dear.expected().memory_peak_bytes > default_cache);
}

TEST_CASE("ten times as many cuts take no more memory and no more workers") {
    const Planned few(cuts(50), default_cache);
    const Planned many(cuts(reelpool::test::is_sanitized() ? 150 : 500), default_cache);
    CHECK(many.expected().cache_peak_bytes == few.expected().cache_peak_bytes);
    CHECK(many.expected().workers_peak == few.expected().workers_peak);
    CHECK(many.expected().cursors_peak == few.expected().cursors_peak);
    CHECK(many.decoded_over_ideal() <= 1.50);
}

TEST_CASE("ten offsets over 13 s at a quarter of the size fit a small part of the cache") {
    const Sample sample = ten_offsets(0.25);
    check_decoded(sample, 1.05, 1.05);
    CHECK(Planned(sample, default_cache).expected().cache_peak_bytes <= 120 * mb);
    CHECK(Planned(sample, small_cache).expected().cache_peak_bytes <= 120 * mb);
}

TEST_CASE("ten offsets over 13 s in full size: some ride on each other, some decode themselves") {
    // 390 frames of 3 MB lie between the first and the last.
    check_decoded(ten_offsets(1), 3.7, 5.5);
}

TEST_CASE("twenty seconds backwards") {
    Sample sample{.frames_per_file = 720, .comps = {}};
    sample.comps["main"] = {600, {{"l0", 0, 0, 600, {}, 1, true}}};
    // Beside a decoder and pictures in flight, which have their part of the cache.
    check_decoded(sample, 1.40, 2.6);
}

TEST_CASE("of a shot behind an opaque layer that fills the picture nothing is wanted") {
    Sample sample{.frames_per_file = 360, .comps = {}};
    sample.comps["main"] = {120, {{"hidden", 0, 0, 100}, {"shown", 0, 0, 100}}};
    SUBCASE("hidden all the time") {
        const Planned planned(sample, default_cache);
        CHECK(planned.of("shown").wants == 100);
        CHECK(planned.of("hidden").wants == 0);
        CHECK(planned.of("hidden").frames_decoded == 0);
        CHECK(planned.of("hidden").workers.empty());
    }
    SUBCASE("by a comp that is opaque itself") {
        sample.comps["inner"] = sample.comps["main"];
        sample.comps["main"].layers = {{"below", 0, 0, 100}, {"@inner", 0, 0, 100}};
        const Planned planned(sample, default_cache);
        CHECK(planned.wants() == 100);
        CHECK(planned.of("shown").wants == 100);
        CHECK(planned.of("below").workers.empty());
    }
    SUBCASE("seen through it") {
        sample.comps["main"].layers[1].opacity = 0.5;
        CHECK(Planned(sample, default_cache).of("hidden").wants == 100);
    }
    SUBCASE("seen after it") {
        sample.comps["main"].layers[0].length = 120;
        const Planned planned(sample, default_cache);
        CHECK(planned.of("hidden").wants == 20);
        CHECK(planned.of("hidden").output_spans == std::vector<FrameSpan>{{100, 119}});
    }
}

TEST_CASE("a comp that is shown in five places at once decodes its media once") {
    const SampleComp inner{100, {{"a", 0, 0, 100}, {"b", 50, 0, 100, {960, 540, 960, 540}}}};
    Sample sample{.frames_per_file = 360, .comps = {{"inner", inner}}};
    SampleComp& main = sample.comps["main"];
    main.length = 100;
    for (int i = 0; i < 5; ++i)
        main.layers.push_back({"@inner", 0, 0, 100, {384 * i, 200, 384, 216}});
    const Planned planned(sample, default_cache);
    CHECK(planned.wants() == 2 * 100);
    CHECK(planned.decoded_over_ideal() == 1.0);
    CHECK(planned.of("a").frames_decoded == 100);
    CHECK(planned.of("b").frames_decoded == 150);
    CHECK(planned.expected().workers_peak == 2);
    CHECK(planned.expected().cursors_peak == 2);
}
