# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa evaluate`: how good a voice is, measured against recordings."""

import argparse
import os
import sys
from pathlib import Path

from .device import add_device_argument, checked_device


_JUDGES = ("judge", "dnsmos", "whisper", "speaker_model")

_EPILOG = """\
MODEL is a model folder, the word default for the voice that comes with the package, or a folder
with speech of any system: an audio file for every sentence, with the recording's name.
DATA is a corpus made by `tsukasa prepare`, or recordings with a transcript.

Every sentence is spoken from its text, in the style of a clip of its speaker (another utterance), or with --voices by
the model's voice of the speaker's name, and compared with the recording. OUT gets evaluation.md, evaluation.json,
sentences.jsonl, speech/ and pictures/. Whatever stops the command, the same command goes on where it was.
docs/evaluation.md says what every measure means.

examples:
  tsukasa evaluate my-voice/ corpus/ -o results/
  tsukasa evaluate my-voice/ corpus/ -o results/ --judge aligner/ --dnsmos dnsmos/ --count 100 --workers 8
  tsukasa evaluate my-voice/ corpus/ -o results/ --voices --set alpha=0 --set beta=0
  tsukasa evaluate other-system/wavs/ recordings/ -o results/ --whisper whisper-large-v3/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("model", metavar="MODEL", help="model folder, folder with speech, or: default")
    parser.add_argument("data", metavar="DATA", help="prepared corpus, or a folder with recordings and a transcript")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="folder for the results")
    judges = parser.add_argument_group("judges (each adds its measures)")
    judges.add_argument("--judge", metavar="DIR", help="a trained text aligner, which never heard the model's speech")
    judges.add_argument("--dnsmos", metavar="DIR", help="networks of DNSMOS (sig_bak_ovr.onnx, ...) and DNSMOS Pro")
    judges.add_argument("--whisper", metavar="DIR", help="Whisper or another recogniser of transformers")
    judges.add_argument("--speaker-model", metavar="DIR", help="a speaker network of transformers (WavLM x-vectors)")
    sentences = parser.add_argument_group("sentences")
    sentences.add_argument("--split", default="validation", help="of a prepared corpus (default: %(default)s)")
    sentences.add_argument("--transcript", metavar="FILE", help="the transcript in DATA, when it has several")
    sentences.add_argument(
        "--config",
        metavar="FILE|DIR",
        help="of recordings with a transcript: preset or model folder that says how they are read and which features "
        "the judge hears (default: MODEL's, or the 24 kHz model's)",
    )
    sentences.add_argument("--count", type=int, metavar="N", help="sentences of every speaker (default: all)")
    sentences.add_argument("--speaker", action="append", metavar="NAME", help="only this speaker; may be repeated")
    speech = parser.add_argument_group("speech")
    speech.add_argument("--voices", action="store_true", help="speak with the model's voices of the speakers' names")
    speech.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="a speech option, such as alpha=0"
    )
    speech.add_argument("--seed", type=int, default=0, help="of sentences, references and speech (default: 0)")
    work = parser.add_argument_group("work")
    work.add_argument("--f0-min", type=float, default=50.0, help="lowest F0 in Hz (default: 50)")
    work.add_argument("--f0-max", type=float, default=900.0, help="highest F0 in Hz (default: 900)")
    work.add_argument("--pictures", type=int, default=8, metavar="N", help="how many to draw (default: 8)")
    work.add_argument("--workers", type=int, default=1, help="processes; 1 measures the speed best (default: 1)")
    add_device_argument(work, "the networks run")
    work.add_argument("--overwrite", action="store_true", help="replace an evaluation with other settings")
    work.add_argument("--quiet", action="store_true", help="no progress and no table")


def run(options: argparse.Namespace) -> int:
    """Evaluates, and prints the table and where the results are."""
    from ..evaluation.result_tables import terminal_tables
    from ..evaluation.session import Session
    from ..evaluation.test_sets import open_sentences

    _check(options)
    model = _model(options.model)
    sentences = open_sentences(
        options.data,
        split=options.split,
        transcript=options.transcript,
        config=options.config,
        model=model,
        seed=options.seed,
    )
    names = sentences.choose(options.count, options.speaker)
    about = {"data": str(options.data), **sentences.about}
    session = Session(options.output, _settings(model, options, sentences.audio_config), about, options.overwrite)
    done = sum(name in session.records for name in names)
    with _bar(len(names), done, options.quiet) as bar:
        session.run(names, sentences.read, options.workers, bar.update)
    result = session.finish()
    _draw(session, sentences, names, options)
    if not options.quiet:
        print(terminal_tables(result))
    print(options.output)
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuses what would fail only after the work is done."""
    from ..evaluation.pictures import import_pillow

    for name, least in (("count", 1), ("workers", 1), ("pictures", 0)):
        value = getattr(options, name)
        if value is not None and value < least:
            raise ValueError(f"--{name} must be at least {least}, got {value}")
    for name in _JUDGES:
        folder = getattr(options, name)
        if folder is not None and not Path(folder).is_dir():
            raise FileNotFoundError(f"there is no folder '{folder}' (--{name.replace('_', '-')})")
    checked_device(options)
    if options.pictures:
        import_pillow()


def _model(given: str) -> str:
    """The folder that was named; for the word `default`, that of the package's own voice."""
    if Path(given).is_dir():
        return given
    if given == "default":
        from .model_folder import model_path

        return model_path(None)
    raise FileNotFoundError(f"there is no model folder, and no folder with speech, at '{given}'")


def _settings(model: str, options: argparse.Namespace, audio: dict):
    from ..evaluation.evaluator import EvaluationSettings

    # A path must mean the same in workers and on the next day.
    judges = {name: getattr(options, name) and str(Path(getattr(options, name)).absolute()) for name in _JUDGES}
    return EvaluationSettings(
        model=str(Path(model).absolute()),
        audio=audio,
        judge=judges["judge"],
        dnsmos=judges["dnsmos"],
        recognizer=judges["whisper"],
        speaker_model=judges["speaker_model"],
        named_voices=options.voices,
        seed=options.seed,
        device=options.device,
        options=dict(_speech_option(item) for item in options.set),
        f0_min=options.f0_min,
        f0_max=options.f0_max,
    )


def _speech_option(item: str) -> tuple[str, object]:
    import yaml

    name, equals, value = item.partition("=")
    if not equals or not name:
        raise ValueError(f"--set {item}: write it as KEY=VALUE, e.g. --set alpha=0")
    return name, yaml.safe_load(value)


def _bar(total: int, done: int, quiet: bool):
    from tqdm import tqdm

    return tqdm(total=total, initial=done, unit="sentence", file=sys.stderr, disable=quiet)


def _draw(session, sentences, names: list[str], options: argparse.Namespace) -> None:
    """Draws the first sentence of every speaker, then the second ones, until there are enough."""
    from ..audio.files import read_audio, to_mono
    from ..evaluation.pictures import draw_comparison
    from ..evaluation.speech_analysis import SpeechAnalyzer
    from ..evaluation.speech_sources import Clip
    from ..models.tsukasa.configuration_tsukasa import TsukasaAudioConfig

    audio = TsukasaAudioConfig(**sentences.audio_config)
    analyzer = SpeechAnalyzer(audio.sampling_rate, options.f0_min, options.f0_max)
    for name in sentences.take_turns(names)[: options.pictures]:
        if "mcd_db" not in session.records[name]["compared"]:
            continue  # no sound to draw; the record has a note on it
        samples, rate = read_audio(session.speech_path(name))
        sentence = sentences.read(name)
        path = session.folder / "pictures" / f"{name}.png"
        os.makedirs(path.parent, exist_ok=True)
        title = f"{sentence.speaker}: {name}"
        draw_comparison(path, title, Clip(to_mono(samples), rate), sentence.recording, analyzer, audio)
