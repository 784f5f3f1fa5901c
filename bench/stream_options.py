"""What bench/tune and bench/ablate share: the options of the stream, and how the program is found."""

import os
import sys


def add_stream_arguments(parser):
    parser.add_argument("-e", "--events", required=True, metavar="FILE", help="CSV or JSON lines, plain or gzip")
    parser.add_argument("--types", help="only events of these types")
    parser.add_argument("--repeats", choices=["include", "exclude"])
    parser.add_argument("--score-every", type=int, metavar="N", help="score the events whose index is a multiple")
    parser.add_argument("-n", "--limit", type=int, help="events to use, from the start")
    parser.add_argument("--seed", type=int, help="of all random draws")
    parser.add_argument("--json", metavar="OUT", help="write all figures here")
    parser.add_argument("--sluice", metavar="PROGRAM", help="default: build/cli/sluice beside bench/, else from PATH")


def find_program(given):
    if given:
        return given
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    built = os.path.join(root, "build", "cli", "sluice")
    return built if os.path.exists(built) else "sluice"


def stream_options(arguments):
    options = ["--events", arguments.events]
    for name in ("types", "repeats", "score_every", "limit", "seed"):
        value = getattr(arguments, name)
        if value is not None:
            options += ["--" + name.replace("_", "-"), str(value)]
    return options


def show_progress(text):
    end = "\r" if sys.stderr.isatty() else "\n"
    sys.stderr.write(f"{text:<70}{end}")
    sys.stderr.flush()
