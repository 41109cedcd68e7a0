// Some output frames of a timeline, as if they were all of it.
#include <doctest/doctest.h>

#include "model_fixture.hpp"

namespace reelpool::model_test {

TEST_CASE("the frames of a part are those of the whole, numbered anew") {
    const Timeline whole =
        timeline_of(project_text(R"("a": {"path": "a.mp4"})",
                                 main_comp(tracks({R"({"media": "a", "speed": 2})"}), "3")),
                    {video(640, 360, 30, 300)});
    REQUIRE(whole.frame_count() == 90);
    const Timeline part =
        whole.only({{OutputIndex{10}, 5}, {OutputIndex{20}, 0}, {OutputIndex{88}, 2}});
    REQUIRE(part.frame_count() == 7);
    const std::uint32_t numbers[] = {10, 11, 12, 13, 14, 88, 89};
    for (std::uint32_t n = 0; n < 7; ++n) {
        CHECK(part.number_in_whole(OutputIndex{n}).value == numbers[n]);
        CHECK(part.index_of(OutputIndex{numbers[n]}) == OutputIndex{n});
        const ResolvedFrame frame = part.resolve(OutputIndex{n});
        CHECK(frame.list == whole.frame(OutputIndex{numbers[n]}));
        CHECK(frame.list.output.value == numbers[n]);
        CHECK(frame.appearances == whole.resolve(OutputIndex{numbers[n]}).appearances);
    }
    for (const std::uint32_t other : {0U, 9U, 15U, 20U, 87U, 90U, 0xffffffffU})
        CHECK_FALSE(part.index_of(OutputIndex{other}));
    CHECK(part.output().width == 640);
    CHECK(whole.only({}).frame_count() == 0);
    for (std::uint32_t n = 0; n < 90; ++n) {
        CHECK(whole.number_in_whole(OutputIndex{n}).value == n);
        CHECK(whole.index_of(OutputIndex{n}) == OutputIndex{n});
    }
    CHECK_FALSE(whole.index_of(OutputIndex{90}));
}

}  // namespace reelpool::model_test
