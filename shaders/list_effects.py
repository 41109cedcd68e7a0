"""Puts the effects on pictures together: GLSL with all their functions and two that choose among
them by number, and the same numbers as C++ names. An effect is a file NAME.glsl with a function
effect_NAME (- as _) and, where its numbers must be made ready first, prepare_NAME."""
import argparse
import pathlib
import re

GLSL = """// Made by list_effects.py.
{bodies}
/// What is the same for all samples.
Numbers prepared(const uint effect, Numbers p) {{
    switch (effect) {{
{prepares}    }}
    return p;
}}

/// Clamped colours in, colours out.
vec3 changed(const uint effect, vec3 c, Numbers p) {{
    switch (effect) {{
{effects}    }}
    return c;
}}
"""
CPP = """// Made by list_effects.py.
#pragma once

#include <string_view>

namespace reelpool::shaders {{

/// By number in effects.comp, less 1: 0 is no effect.
inline constexpr std::string_view effect_names[] = {{{names}}};

}}  // namespace reelpool::shaders
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--glsl", required=True)
    parser.add_argument("--cpp", required=True)
    parser.add_argument("effects", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    bodies = prepares = effects = ""
    for number, path in enumerate(args.effects, 1):
        word = path.stem.replace("-", "_")
        text = path.read_text(encoding="utf-8")
        bodies += f"\n// {path.name}\n{text}"
        effects += f"        case {number}u: return effect_{word}(c, p);\n"
        if re.search(rf"\bprepare_{word}\(", text):
            prepares += f"        case {number}u: return prepare_{word}(p);\n"
    pathlib.Path(args.glsl).write_text(
        GLSL.format(bodies=bodies, prepares=prepares, effects=effects), encoding="utf-8")
    names = ", ".join(f'"{path.stem}"' for path in args.effects)
    pathlib.Path(args.cpp).write_text(CPP.format(names=names), encoding="utf-8")


if __name__ == "__main__":
    main()
