"""Writes text files as C++ string constants: plan_page.css becomes plan_page_css."""
import pathlib
import sys


def literal(text: str) -> str:
    """Raw strings of limited length, which the compiler joins."""
    assert ')text"' not in text
    return "\n".join(f'R"text({text[i:i + 8000]})text"' for i in range(0, len(text), 8000))


def main() -> None:
    output, *inputs = map(pathlib.Path, sys.argv[1:])
    constants = [f"inline constexpr std::string_view {file.name.replace('.', '_')} =\n"
                 f"{literal(file.read_text(encoding='utf-8'))};\n" for file in inputs]
    output.write_text("// Made by embed_text.py.\n#pragma once\n\n#include <string_view>\n\n"
                      "namespace reelpool::cli {\n\n" + "\n".join(constants)
                      + "\n}  // namespace reelpool::cli\n", encoding="utf-8")


main()
