"""Compiles one shader into modules with glslc, validates each with spirv-val, and writes them all as
C++ arrays. A module is the shader with other preprocessor definitions; a shape is a set of all
modules with some more."""
import argparse
import array
import pathlib
import subprocess
import sys


def compile_module(args, name: str, kinds: str, level: str, defines: list) -> array.array:
    """The module's words. The last one compiled leaves the depfile: all include the same files."""
    spirv = f"{args.output}.{name}.spv"
    target = "vulkan1.2"
    commands = [
        [args.glslc, level, *("-I" + folder for folder in args.include),
         "--target-env=" + target, f"-DMODULE_KINDS=({kinds})", *defines, "-MD",
         "-MF", args.depfile, "-MT", args.output, args.source, "-o", spirv],
        [args.spirv_val, "--target-env", target, spirv],
    ]
    for command in commands:
        if subprocess.run(command, check=False).returncode != 0:
            sys.exit(1)
    words = array.array("I", pathlib.Path(spirv).read_bytes())
    if sys.byteorder != "little":
        words.byteswap()
    return words


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--glslc", required=True)
    parser.add_argument("--spirv-val", required=True)
    parser.add_argument("--name", required=True, help="of the shader, in the C++ names")
    parser.add_argument("--depfile", required=True)
    parser.add_argument("--include", action="append", default=[], help="a folder")
    parser.add_argument("--module", action="append", required=True,
                        help="NAME:LEVEL:KINDS, smallest first")
    parser.add_argument("--shape", action="append", required=True,
                        help="NAME[:DEFINITION]..., such as gpu:PIXELS_Y=1")
    parser.add_argument("source")
    parser.add_argument("output")
    args = parser.parse_args()

    arrays = []
    tables = []
    for shape in args.shape:
        shape_name, *definitions = shape.split(":")
        defines = ["-D" + definition for definition in definitions]
        rows = []
        for module in args.module:
            module_name, level, kinds = module.split(":")
            name = f"{shape_name}_{module_name}"
            words = compile_module(args, name, kinds, level, defines)
            lines = [", ".join(map(hex, words[i:i + 10])) for i in range(0, len(words), 10)]
            arrays.append(f"inline constexpr std::uint32_t {args.name}_{name}[] = {{\n    "
                          + ",\n    ".join(lines) + "};\n")
            rows.append(f"    {{{kinds}, {args.name}_{name}}},\n")
        tables.append(f"inline constexpr Module {args.name}_{shape_name}_modules[] = {{\n"
                      + "".join(rows) + "};\n")
    pathlib.Path(args.output).write_text(
        "// Made from " + pathlib.Path(args.source).name + " by embed.py.\n"
        "#pragma once\n\n#include <cstdint>\n#include <span>\n\n"
        '#include "shaders/parameters.hpp"\n\n'
        "namespace reelpool::shaders {\n\n" + "\n".join(arrays) + "\n" + "".join(tables) + "\n}  // namespace reelpool::shaders\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
