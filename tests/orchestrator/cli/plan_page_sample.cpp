#include <cstdio>
#include <string>

#include "sample_plan.hpp"

/// usage: plan_page_sample [page|text|json|crowded|crowded-json]
int main(int argc, char** argv) {
    using namespace reelpool::cli;
    const std::string what = argc > 1 ? argv[1] : "page";
    const PlanReport report =
        what.starts_with("crowded") ? crowded_plan(1200, 100'000) : sample_plan();
    const std::string text = what == "text"           ? plan_text(report)
                             : what.ends_with("json") ? plan_json(report)
                                                      : plan_html(report);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return std::ferror(stdout);
}
