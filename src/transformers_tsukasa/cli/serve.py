# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa serve`: speak for other programs over HTTP."""

import argparse
import json
import logging
import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .extras import serving_packages_explained
from .shared_options import add_device_argument


if TYPE_CHECKING:
    from ..server.settings import ServerSettings

_EXAMPLES = """examples:
  tsukasa serve
  tsukasa serve --model tsukasa-24khz kokoro --max-memory 2G
  tsukasa serve --host 0.0.0.0 --api-key SECRET
  tsukasa serve --model tsukasa-24khz --install-engine engine
  curl http://127.0.0.1:50121/v1/audio/speech -d '{"input": "こんにちは。"}' -o hello.mp3

docs/server.md of the project's repository describes every call.
"""
_NOT_REPEATED = ("help", "host", "port", "api_key", "install_engine")
# Variables of the environment that engines of VOICEVOX read; the command line comes first.
_VARIABLES = {"VV_HOST": "host", "VV_PORT": "port", "VV_CPU_NUM_THREADS": "cpu_num_threads"}
_SWITCHES = {"VV_USE_GPU": "use_gpu", "VV_DISABLE_MUTABLE_API": "disable_mutable_api"}
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--model",
        dest="models",
        metavar="MODEL",
        nargs="+",
        default=[os.environ.get("TSUKASA_MODEL") or "default"],
        help="model folders or hub ids, or kokoro; each is loaded when it is first used, the first at once. Default: "
        "the variable TSUKASA_MODEL, or the small model of the package",
    )
    network = parser.add_argument_group("network")
    network.add_argument("--host", default="127.0.0.1", help="address to bind to (default: %(default)s, this machine)")
    network.add_argument("--port", type=int, default=50121, help="0 takes a free one (default: %(default)s)")
    network.add_argument(
        "--api-key", action="append", help="that requests must have; several times for several. Also TSUKASA_API_KEY"
    )
    network.add_argument(
        "--cors-policy-mode",
        "--cors_policy_mode",
        choices=("localapps", "all"),
        help="pages that may use the server: those of this machine and browser extensions, or all; default: as stored "
        "at /setting, or localapps",
    )
    network.add_argument("--allow-origin", "--allow_origin", nargs="+", help="further pages; default: as stored")
    network.add_argument("--allow-host", "--allow_host", nargs="+", default=[], help="further names of this machine")
    _add_limits(parser.add_argument_group("limits"))
    other = parser.add_argument_group("other")
    add_device_argument(other, "the models run")
    other.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"), help="of the weights")
    other.add_argument("--cpu-num-threads", "--cpu_num_threads", type=int, help="of PyTorch")
    other.add_argument("--seed", type=int, help="of requests without one (default: drawn)")
    other.add_argument(
        "--upspeak",
        choices=("model", "classic"),
        default="model",
        help="how queries ask: as the model does it, or by one more mora, which is higher (default: %(default)s)",
    )
    other.add_argument(
        "--reranker",
        type=Path,
        metavar="FOLDER",
        help="a text aligner that chooses among the candidates of a request (default: each model's own)",
    )
    other.add_argument("--voice-map", type=Path, metavar="JSON", help='voices for other names: {"alloy": "mei"}')
    other.add_argument("--dictionary", type=Path, help="a user dictionary of readings (CSV or TSV)")
    other.add_argument(
        "--state",
        type=Path,
        metavar="FOLDER",
        help="of added voices, words, presets and settings (default: this user's data)",
    )
    other.add_argument(
        "--disable-mutable-api",
        "--disable_mutable_api",
        "--read-only",
        action="store_true",
        help="voices, words, presets and settings cannot be changed",
    )
    other.add_argument(
        "--install-engine",
        type=Path,
        metavar="FOLDER",
        help="write a folder that VOICEVOX's editor takes as an engine, which serves with the options given here; "
        "nothing is served now",
    )
    other.add_argument("--log-text", action="store_true", help="write the texts into the log, too")
    _add_options_of_editors(other)
    _take_variables(parser)


def _add_options_of_editors(other: argparse._ArgumentGroup) -> None:
    """Options with which programs start an engine of VOICEVOX; all but the first mean nothing here."""
    other.add_argument("--use_gpu", action="store_true", help=argparse.SUPPRESS)
    for name in ("--enable_mock", "--load_all_models", "--output_log_utf8", "--enable_cancellable_synthesis"):
        other.add_argument(name, action="store_true", help=argparse.SUPPRESS)
    for name in ("setting_file", "preset_file", "init_processes", "voicevox_dir", "voicelib_dir", "runtime_dir"):
        other.add_argument(f"--{name}", help=argparse.SUPPRESS)


def _take_variables(parser: argparse.ArgumentParser) -> None:
    """Let variables of the environment take the places of defaults."""
    given: dict[str, Any] = {name: os.environ[key] for key, name in _VARIABLES.items() if os.environ.get(key)}
    for key, name in _SWITCHES.items():
        value = os.environ.get(key) or "0"
        if value not in ("0", "1"):
            parser.error(f"the variable {key} must be 0 or 1, got '{value}'")
        given[name] = value == "1"
    parser.set_defaults(**given)


def _add_limits(limits: argparse._ArgumentGroup) -> None:
    limits.add_argument("--max-memory", type=_bytes, metavar="SIZE", help="of all weights, such as 800M or 2G")
    limits.add_argument("--queue", type=int, default=64, help="requests that wait (default: %(default)s)")
    limits.add_argument("--per-client", type=int, default=16, help="requests of one client (default: %(default)s)")
    limits.add_argument(
        "--timeout", type=float, default=600.0, metavar="SECONDS", help="for a request (default: %(default)g)"
    )
    limits.add_argument(
        "--max-input", type=int, default=100_000, metavar="CHARACTERS", help="of a text (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted, or install an engine."""
    from ..model_folders import existing_folders
    from ..model_names import find_model
    from ..text import UserDictionary

    with serving_packages_explained():
        from ..server.process import run_server
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("transformers_tsukasa.server").setLevel(logging.INFO)
    for model in options.models:
        find_model(model)  # a wrong name is answered at once
    existing_folders(reranker=options.reranker)
    if options.dictionary is not None:
        UserDictionary.from_file(options.dictionary)  # and so is a wrong file
    settings = _settings(options)
    if options.install_engine is not None:
        return _install(options)
    run_server(settings, lambda addresses: print("Ready:", *addresses, sep="\n  ", flush=True))
    return 0


def _settings(options: argparse.Namespace) -> "ServerSettings":
    """The settings of the command line, and what is stored where it has none."""
    from ..server.settings import ServerSettings, default_state
    from ..server.voicevox.stored_setting import read_setting

    names = {field.name for field in fields(ServerSettings)}
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(options).items()
        if name in names
    }
    state = options.state or default_state()
    stored = read_setting(state)
    if options.cors_policy_mode is None:
        given["cors_policy_mode"] = stored.cors_policy_mode.value
    if options.use_gpu:
        given["device"] = "cuda"
    if options.allow_origin is None:
        given["allow_origin"] = stored.origins
    given |= {"voice_map": {} if options.voice_map is None else _read_voice_map(options.voice_map), "state": state}
    return ServerSettings(**given, api_keys=_keys(options.api_key))


def _install(options: argparse.Namespace) -> int:
    """Write the folder of an engine that starts with these options."""
    from ..model_names import find_model
    from ..models.tsukasa.configuration_tsukasa import TsukasaConfig
    from ..server.model_pool import model_ids
    from ..server.voicevox.installing.engine_folder import install_engine

    names = tuple(options.models)
    rate = TsukasaConfig.from_pretrained(find_model(names[0])).sampling_rate
    identifier = next(iter(model_ids(names)))
    install_engine(options.install_engine, identifier, rate, options.port, _repeated(options))
    print(f"Wrote {options.install_engine}: add it in VOICEVOX's editor as an engine that exists", flush=True)
    return 0


def _repeated(options: argparse.Namespace) -> list[str]:
    """The options of the command line for a later start from another folder, but for the address and the keys."""
    arguments = []
    for action in options.command_parser._actions:
        value: Any = getattr(options, action.dest, None)
        is_default = value is None or value == action.default
        if (
            action.dest in _NOT_REPEATED
            or action.help is argparse.SUPPRESS
            or (is_default and action.dest != "models")
        ):
            continue
        values = [] if action.nargs == 0 else value if isinstance(value, list) else [value]
        is_path = action.dest == "models" or action.type is Path
        arguments += [action.option_strings[0], *(_absolute(each) if is_path else f"{each}" for each in values)]
    return arguments


def _absolute(path: str | Path) -> str:
    """The absolute path of what is there, or will be; names of models that are no folders stay."""
    return os.path.abspath(path) if isinstance(path, Path) or os.path.exists(path) else path


def _keys(given: list[str] | None) -> tuple[str, ...]:
    """The keys of the command line, or else those of the environment, between commas."""
    if given:
        return tuple(given)
    return tuple(key.strip() for key in os.environ.get("TSUKASA_API_KEY", "").split(",") if key.strip())


def _read_voice_map(path: Path) -> dict[str, str]:
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f'\'{path}\' is no JSON ({error}): write {{"alloy": "mei"}}') from error
    if not isinstance(names, dict) or not all(isinstance(voice, str) for voice in names.values()):
        raise ValueError(f'\'{path}\' must map names to voices: write {{"alloy": "mei"}}')
    return names


def _bytes(size: str) -> float:
    """Bytes of a size such as 800M."""
    unit = _UNITS.get(size[-1:].upper())
    try:
        return float(size) if unit is None else float(size[:-1]) * unit
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{size}' is no size: write 800M or 2G") from error


__all__ = ["add_arguments", "run"]
