"""`voicelift bench WHAT`: benchmarks. Each prints ratios, and writes WHAT.json and WHAT.png."""

import argparse
from pathlib import Path
from typing import Any

from cli.installed import default_model, require
from core.errors import InvalidOptions
from core.settings import REPOSITORY

HELP = "measure speed, memory and quality against time"
DEMO_SONG = REPOSITORY / "deploy" / "local" / "demo_song" / "demo_song.flac"
PACKAGES = ("torch", "scipy", "matplotlib", "auraloss")
WHAT = {
    "codec": "encode and decode a chunk, compared with EnCodec's architecture",
    "net": "the networks by batch size, compared with the machine's compute and memory limits",
    "engine": "throughput and latency against load, compared with one job at a time",
    "song": "a whole file: real-time factor, memory, time per step",
    "peers": "the same song separated by HT-Demucs and Open-Unmix, if installed",
    "curve": "quality against steps and the start of sampling",
    "scale": "one file over several worker processes",
}


def add_parser(sub: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench` to the commands of `voicelift`."""
    parser = sub.add_parser("bench", help=HELP, description=HELP)
    benches = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, text in WHAT.items():
        bench = benches.add_parser(name, help=text, description=text)
        bench.add_argument("--model", type=Path, default=default_model(), help="model folder")
        bench.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, ...")
        bench.add_argument("--out", type=Path, default=Path("out/bench"), help="output folder (default: out/bench)")
        bench.add_argument(
            "--quick", action="store_true", help="short form of a few seconds, without meaningful figures"
        )
        threads = "CPU threads of each process (default: 1)" if name == "scale" else "CPU threads (default: all cores)"
        bench.add_argument("--threads", type=int, default=1 if name == "scale" else None, help=threads)
        if name in ("engine", "song", "peers", "scale"):
            bench.add_argument("--quality", default="standard", choices=["draft", "standard", "high"])
            bench.add_argument("--steps", type=int, help="denoising steps; overrides the quality")
            bench.add_argument("--t-start", type=float, help="start of sampling; the paper's is 1")
        if name == "net":
            bench.add_argument("--profile", action="store_true", help="write a trace with times and memory")
        if name == "engine":
            bench.add_argument("--with-song", action="store_true", help="measure while chunks of a long song arrive")
        if name in ("song", "peers", "scale"):
            bench.add_argument(
                "song", type=Path, nargs="?", default=DEMO_SONG, help="audio file, repeated to the length"
            )
        if name == "song":
            bench.add_argument("--seconds", default="180", help="lengths in seconds, as 30,180,3600 (default: 180)")
        if name in ("peers", "scale"):
            bench.add_argument(
                "--seconds", type=float, default=180.0, help="length of the song in seconds (default: 180)"
            )
        if name == "scale":
            bench.add_argument("--processes", type=int, default=2, help="maximum number of processes (default: 2)")
        if name == "curve":
            bench.add_argument("--root", type=Path, help="folder with splits.json (default: generated songs)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run one benchmark. Raises InvalidOptions for missing packages, songs or devices."""
    require(f"bench {args.what}", PACKAGES)
    if args.what in ("song", "peers", "scale") and not args.song.is_file():
        raise InvalidOptions(f"{args.song} does not exist. The demo song is in the repository; or name another song.")
    from lab.bench import codec, curve, load, net, peers, scale, song

    where: dict[str, Any] = {"model_dir": args.model, "device": args.device, "threads": args.threads}
    sampling: dict[str, Any] = {
        "quality": getattr(args, "quality", "standard"),
        "steps": getattr(args, "steps", None),
        "t_start": getattr(args, "t_start", None),
    }
    match args.what:
        case "codec":
            codec.run(**where, quick=args.quick, out=args.out)
        case "net":
            net.run(**where, quick=args.quick, profiled=args.profile, out=args.out)
        case "engine":
            load.run(**where, sampling=sampling, song=args.with_song, quick=args.quick, out=args.out)
        case "song":
            lengths = [2.0] if args.quick else [float(seconds) for seconds in args.seconds.split(",")]
            song.run(song.Setup(**where, sampling=sampling, quick=args.quick), args.song, lengths, args.out)
        case "peers":
            seconds = 2.0 if args.quick else args.seconds
            peers.run(**where, sampling=sampling, song=args.song, seconds=seconds, quick=args.quick, out=args.out)
        case "curve":
            curve.run(**where, root=args.root, quick=args.quick, out=args.out)
        case "scale":
            seconds = 3.0 if args.quick else args.seconds
            scale.run(**where, sampling=sampling, song=args.song, seconds=seconds, most=args.processes, out=args.out)
    return 0
