# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa evaluate`: measure how good a model is, against recordings."""

import argparse
from typing import Any

from .progress import ProgressBar
from .shared_options import add_candidate_arguments, add_device_argument, candidate_options


_EPILOG = """\
MODEL is a model folder, the word default for the model that comes with the package, or a folder
with speech of any system: an audio file for every sentence, with the recording's name.
DATA is a corpus made by `tsukasa prepare`, or recordings with a transcript.

Every sentence is spoken from its text, in the style of another utterance of its speaker (with --voices, by the model's
voice of the speaker's name), and compared with the recording. OUT gets evaluation.md, evaluation.json,
sentences.jsonl, speech/ and pictures/. A command that was interrupted resumes when it is given again.
docs/evaluation.md explains every measure.

examples:
  tsukasa evaluate my-model/ corpus/ -o results/
  tsukasa evaluate my-model/ corpus/ -o results/ --aligner aligner/ --dnsmos dnsmos/ --count 100 --workers 8
  tsukasa evaluate my-model/ corpus/ -o results/ --voices --set alpha=0 --set beta=0
  tsukasa evaluate other-system/wavs/ recordings/ -o results/ --whisper whisper-large-v3/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments, whose names are those of `transformers_tsukasa.evaluation.evaluate`."""
    parser.epilog = _EPILOG
    parser.add_argument("model", metavar="MODEL", help="model folder, folder with speech, or: default")
    parser.add_argument("data", metavar="DATA", help="prepared corpus, or a folder with recordings and a transcript")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="folder for the results")
    networks = parser.add_argument_group("networks (each adds its measures)")
    networks.add_argument(
        "--aligner", "--judge", metavar="DIR", help="a text aligner, not trained with the model's speech"
    )
    networks.add_argument("--dnsmos", metavar="DIR", help="networks of DNSMOS (sig_bak_ovr.onnx, ...) and DNSMOS Pro")
    networks.add_argument(
        "--whisper", dest="recognizer", metavar="DIR", help="Whisper or another recogniser of transformers"
    )
    networks.add_argument("--speaker-model", metavar="DIR", help="a speaker network of transformers (WavLM x-vectors)")
    sentences = parser.add_argument_group("sentences")
    sentences.add_argument("--split", default="validation", help="of a prepared corpus (default: %(default)s)")
    sentences.add_argument("--transcript", metavar="FILE", help="the transcript in DATA, when it has several")
    sentences.add_argument(
        "--config",
        metavar="FILE|DIR",
        help="of recordings with a transcript: preset or model folder with the features and the profile of phonemes "
        "(default: MODEL's, or the 24 kHz model's)",
    )
    sentences.add_argument("--count", type=int, metavar="N", help="sentences of every speaker (default: all)")
    sentences.add_argument(
        "--speaker", dest="speakers", action="append", metavar="NAME", help="only this speaker; may be repeated"
    )
    speech = parser.add_argument_group("speech")
    speech.add_argument(
        "--voices", dest="named_voices", action="store_true", help="speak with voices of the speakers' names"
    )
    speech.add_argument(
        "--set",
        dest="speech_options",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a speech option, such as alpha=0",
    )
    add_candidate_arguments(speech)
    speech.add_argument("--seed", type=int, default=0, help="of sentences, references and speech (default: 0)")
    work = parser.add_argument_group("work")
    work.add_argument("--f0-min", type=float, default=50.0, help="lowest F0 in Hz (default: 50)")
    work.add_argument("--f0-max", type=float, default=900.0, help="highest F0 in Hz (default: 900)")
    work.add_argument("--pictures", type=int, default=8, metavar="N", help="sentences to draw (default: 8)")
    work.add_argument("--workers", type=int, default=1, help="processes; 1 measures the speed best (default: 1)")
    add_device_argument(work, "the networks run")
    work.add_argument("--overwrite", action="store_true", help="replace an evaluation with other settings")
    work.add_argument("--quiet", action="store_true", help="no progress and no table")


def run(options: argparse.Namespace) -> int:
    """Evaluate, and print the table and the folder of the results."""
    _check_places(options)
    from transformers.utils.logging import disable_progress_bar

    from ..evaluation.result_tables import terminal_tables
    from ..evaluation.run import evaluate

    disable_progress_bar()  # loading takes a second, and the sentences have a bar of their own
    with ProgressBar("sentence", options.quiet) as bar:
        result = evaluate(
            options.model,
            options.data,
            options.output,
            split=options.split,
            transcript=options.transcript,
            config=options.config,
            count=options.count,
            speakers=options.speakers,
            aligner=options.aligner,
            dnsmos=options.dnsmos,
            recognizer=options.recognizer,
            speaker_model=options.speaker_model,
            named_voices=options.named_voices,
            speech_options=dict(_speech_option(item) for item in options.speech_options) | candidate_options(options),
            seed=options.seed,
            device=options.device,
            f0_min=options.f0_min,
            f0_max=options.f0_max,
            pictures=options.pictures,
            workers=options.workers,
            overwrite=options.overwrite,
            progress=bar.start,
        )
    if not options.quiet:
        print(terminal_tables(result))
    print(options.output)
    return 0


def _check_places(options: argparse.Namespace) -> None:
    """Refuse what is not there before torch is imported."""
    from ..data.places import check_source
    from ..model_folders import check_config_place, existing_folders
    from ..model_names import find_evaluated
    from ..utils.devices import check_device

    check_device(options.device)
    candidate_options(options)
    existing_folders(**{name: getattr(options, name) for name in ("aligner", "dnsmos", "recognizer", "speaker_model")})
    find_evaluated(options.model)
    check_source(options.data)
    if options.config is not None:
        check_config_place(options.config)


def _speech_option(item: str) -> tuple[str, Any]:
    import yaml

    name, equals, value = item.partition("=")
    if not equals or not name:
        raise ValueError(f"--set {item}: write it as KEY=VALUE, e.g. --set alpha=0")
    return name, yaml.safe_load(value)
