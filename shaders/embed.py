"""Compiles one shader with glslc, validates it with spirv-val, and writes it as a C++ array."""
import argparse
import array
import pathlib
import subprocess
import sys


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--glslc", required=True)
    parser.add_argument("--spirv-val", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--depfile", required=True)
    parser.add_argument("source")
    parser.add_argument("output")
    args = parser.parse_args()

    spirv = args.output + ".spv"
    target = "vulkan1.2"
    # Unoptimised on purpose: glslc would unroll all kinds of items before specialisation drops most
    # of them. Drivers optimise what is left just as well, and compile it in less time.
    commands = [
        [args.glslc, "-O0", "--target-env=" + target, "-MD", "-MF", args.depfile, "-MT", args.output,
         args.source, "-o", spirv],
        [args.spirv_val, "--target-env", target, spirv],
    ]
    for command in commands:
        result = subprocess.run(command, check=False)
        if result.returncode != 0:
            return result.returncode

    words = array.array("I", pathlib.Path(spirv).read_bytes())
    if sys.byteorder != "little":
        words.byteswap()
    lines = [", ".join(f"0x{word:08x}" for word in words[i:i + 8]) for i in range(0, len(words), 8)]
    pathlib.Path(args.output).write_text(
        "// Made from " + pathlib.Path(args.source).name + " by embed.py.\n"
        "#pragma once\n\n#include <cstdint>\n\n"
        "namespace reelpool::shaders {\n\n"
        f"inline constexpr std::uint32_t {args.name}_spirv[] = {{\n    "
        + ",\n    ".join(lines) + ",\n};\n\n}  // namespace reelpool::shaders\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
