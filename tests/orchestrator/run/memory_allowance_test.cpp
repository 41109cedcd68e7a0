#include "orchestrator/run/memory_allowance.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "temp_folder.hpp"

using namespace reelpool;
using test_media::TempFolder;

namespace {

void say(const TempFolder& root, const std::string& group, const std::string& file,
         const std::string& text) {
    std::filesystem::create_directories(root / group);
    root.write(group + "/" + file, text);
}

}  // namespace

TEST_CASE("the least that a group and those around it allow counts") {
    const TempFolder root;
    say(root, "jobs/render", "memory.max", "2147483648\n");
    say(root, "jobs", "memory.max", "1073741824\n");
    CHECK(run::cgroup_allowance("0::/jobs/render\n", root.path().string()) == 1073741824U);
    say(root, "jobs", "memory.max", "max\n");
    CHECK(run::cgroup_allowance("0::/jobs/render\n", root.path().string()) == 2147483648U);
}

TEST_CASE("version 1 has a folder of its own, and a number for no limit") {
    const TempFolder root;
    const std::string memberships = "12:cpu,cpuacct:/a\n7:memory:/a/b\n0::/\n";
    say(root, "memory/a/b", "memory.limit_in_bytes", "9223372036854771712\n");
    CHECK_FALSE(run::cgroup_allowance(memberships, root.path().string()));
    say(root, "memory/a", "memory.limit_in_bytes", "536870912\n");
    CHECK(run::cgroup_allowance(memberships, root.path().string()) == 536870912U);
}

TEST_CASE("nothing said is nothing allowed or forbidden") {
    const TempFolder root;
    CHECK_FALSE(run::cgroup_allowance("", root.path().string()));
    CHECK_FALSE(run::cgroup_allowance("nonsense\n0::/gone\n", root.path().string()));
    CHECK(run::memory_allowance() > 0);
}
