"""python3 -B translator FILE.ptx FILE.cpp: nvcc's PTX as C++ that tests/cuda_ptx/device.h compiles. Stops with the line
at what it doesn't know, rather than guess."""

import pathlib
import sys

import parser
import writer


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    try:
        code = writer.module(parser.parse(source.read_text()))
    except parser.Unsupported as problem:
        sys.exit(f"{source}:{problem}")
    target.write_text(code)


main()
