#include "orchestrator/cli/shown_text.hpp"

#include <doctest/doctest.h>

using namespace reelpool::cli;

TEST_CASE("what cannot be shown is replaced, one character for each byte or character") {
    CHECK(printable("a/b \u00fc \u4e2d \U0001F600.mp4") == "a/b \u00fc \u4e2d \U0001F600.mp4");
    CHECK(printable("a\nb\x1b[31m\x7f") == "a\u240ab\u241b[31m\u2421");
    CHECK(printable("\u0085\u202e\u2066\u2028") == "\ufffd\ufffd\ufffd\ufffd");
    CHECK(printable("\xFFx\x80y") == "\ufffdx\ufffdy");
    CHECK(printable("\xE2\x82") == "\ufffd\ufffd");            // cut off
    CHECK(printable("\xC0\xAF") == "\ufffd\ufffd");            // overlong
    CHECK(printable("\xE0\x80\xAF") == "\ufffd\ufffd\ufffd");  // overlong
    CHECK(printable("\xED\xA0\x80") == "\ufffd\ufffd\ufffd");  // a surrogate
    CHECK(printable("\xF4\x90\x80\x80").size() == 12);         // beyond the last character
    CHECK(printable(std::string("\0", 1)) == "\u2400");
}

TEST_CASE("names cannot become markup, neither in text nor in attributes") {
    CHECK(html_escaped("</script>&\"'\n") == "&lt;/script&gt;&amp;&quot;&#39;\u240a");
}

TEST_CASE("of long names the end is kept") {
    CHECK(end_of("footage/a.mp4", 13) == "footage/a.mp4");
    CHECK(end_of("footage/a.mp4", 10) == "...e/a.mp4");
    CHECK(columns_of("\u4e2d\u4e2da\u0301") == 5);
    CHECK(end_of("\u4e2d\u4e2d\u4e2d\u4e2d", 6) == "...\u4e2d");
}
