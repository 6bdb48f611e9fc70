# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa say`: speak a text into a sound file, sentence by sentence."""

import argparse
import sys
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sized
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..model_folders import existing_folders
from ..utils.atomic_files import check_place
from .output import STANDARD_OUTPUT, binary_output, is_terminal
from .shared_options import (
    add_candidate_arguments,
    add_device_argument,
    add_model_argument,
    candidate_options,
    load_speaker,
)
from .text_input import add_text_arguments, check_readable, read_text


if TYPE_CHECKING:
    from ..synthesis.speaker import Speaker
    from ..synthesis.speech import Speech
    from ..synthesis.verified_speech import VerifiedSentence


_EXAMPLES = """examples:
  tsukasa say "こんにちは" -o hello.wav
  tsukasa say -f novel.txt -o novel.flac --model ./tsukasa --voice narrator
  tsukasa say "やったー！" -o yay.wav --reference happy.wav --seed 1
  tsukasa say "明日は雨でしょう。" -o rain.wav --prompt "落ち着いた低い女性の声"
  tsukasa say -f mail.txt -o mail.wav --verify whisper-large-v3/ --candidates 4 --alpha 0.3 --beta 0.7
  cat mail.txt | tsukasa say - -o mail.wav
  tsukasa say "ちょっと待って。[pause:1.5s]はい、どうぞ。" -o - | aplay

pauses in the text: [pause:1.5s] [pause:paragraph] <break time="500ms"/>
"""

_SPEECH_OPTIONS = (
    ("alpha", float, "share of diffusion in the timbre, 0 to 1"),
    ("beta", float, "share of diffusion in the manner of speaking, 0 to 1"),
    ("diffusion_steps", int, "steps of the style sampler, at least 3"),
    ("guidance_scale", float, "how closely the style follows the text; 1 is plain"),
    ("speaking_rate", float, "1 is normal, 2 twice as fast"),
    ("pitch", float, "semitones by which the voice is raised, -24 to 24"),
    ("accent_strength", float, "share of the dictionary's accent in the pitch, 0 to 1, for voices without one"),
    ("volume", float, "factor: 1 is normal, 0.5 half as loud; what exceeds full scale is clipped, with a warning"),
    ("noise_scale", float, "noise of the source; 0 makes speech repeatable without a seed"),
    ("seed", int, "makes the result repeatable"),
)

_UNITS = {"pitch": "SEMITONES", "volume": "FACTOR"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EXAMPLES
    add_text_arguments(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("speech.wav"),
        help='.wav or .flac; "-" sends WAV to standard output (default: %(default)s)',
    )
    add_model_argument(parser)
    style = parser.add_argument_group("style (the first that is given of voice, reference, prompt)")
    style.add_argument(
        "--voice", help="a voice of the model (`tsukasa voices` lists them), or a blend: a,b or a=0.7,b=0.3"
    )
    style.add_argument(
        "--reference",
        dest="audio",
        metavar="FILE",
        type=Path,
        action="append",
        help="a clip to speak like; several are averaged",
    )
    style.add_argument("--prompt", help="a written description of the voice, for models with a prompt encoder")
    style.add_argument(
        "--style-from-text", dest="style_text", action="store_true", help="let the text sampler choose the style"
    )
    options = parser.add_argument_group("speech (defaults: the model's own)")
    for name, kind, description in _SPEECH_OPTIONS:
        options.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar=_UNITS.get(name), help=description)
    options.add_argument(
        "--pause", metavar="SECONDS", type=float, help="silence after every sentence that others follow, 0 to 60"
    )
    add_candidate_arguments(options)
    verified = parser.add_argument_group("verification (draws candidates until one is recognised as it is read)")
    verified.add_argument(
        "--verify", dest="recognizer", metavar="DIR", help="a text aligner, or Whisper or another recogniser"
    )
    verified.add_argument(
        "--allowed-differences", type=int, default=0, metavar="N", help="morae that may differ (default: 0)"
    )
    verified.add_argument("--verification", type=Path, metavar="JSON", help="also write what was recognised as JSON")
    other = parser.add_argument_group("other")
    other.add_argument(
        "--phonemes", dest="phonemize", action="store_false", help="the text is phonemes, as phonemize prints them"
    )
    other.add_argument("--dictionary", type=Path, help="a user dictionary of readings (CSV or TSV)")
    other.add_argument("--prosody", type=Path, help="also write times of every phoneme, F0 and energy as JSON")
    other.add_argument(
        "--times", type=Path, metavar="JSON", help="also write when every word, mora and symbol is spoken as JSON"
    )
    other.add_argument(
        "--encoding-depth",
        dest="encoding",
        choices=("pcm16", "pcm24", "float"),
        default="pcm16",
        help="of samples",
    )
    add_device_argument(other, "the model runs")
    other.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"), help="of the weights")
    other.add_argument("--quiet", action="store_true", help="no progress")


def run(options: argparse.Namespace) -> int:
    """Speak, and print the path of the sound file."""
    text = read_text(options)
    _check(options, text)
    speaker = load_speaker(options.model, device=options.device, dtype=options.dtype, dictionary=options.dictionary)
    arguments: dict[str, Any] = {
        "voice": _voice(options.voice, speaker.voices),
        "audio": options.audio,
        "prompt": options.prompt,
        "style_text": text if options.style_text else None,
        "phonemize": options.phonemize,
        **_speech_options(options),
    }
    checked: list[VerifiedSentence] = []
    if options.recognizer is None:
        arguments |= candidate_options(options)
        arguments["stream_candidates"] = True  # the reader of a file does not wait for its first sentence
        stream: Iterable[Speech] = speaker.stream(text, **arguments)
    else:
        stream = _verified_stream(speaker, text, arguments, options, checked)
    sentences: list[Speech] = []
    with binary_output(options.output, "speech.wav") as path:
        spoken = _collecting(_progress(stream, options.quiet), sentences, keep=bool(options.prosody or options.times))
        speaker.save(spoken, path, encoding=options.encoding)
        _write_companions(options, sentences, checked)
    if options.output != STANDARD_OUTPUT:
        print(options.output)
    return 0


def _verified_stream(
    speaker: "Speaker",
    text: str,
    arguments: dict[str, Any],
    options: argparse.Namespace,
    checked: "list[VerifiedSentence]",
) -> "Iterator[Speech]":
    """Speak sentences that a recogniser accepts, and append what it recognised in each to a list."""
    from ..synthesis.verified_speech import MAX_CANDIDATES, stream_verified

    sentences = stream_verified(
        speaker,
        text,
        options.recognizer,
        max_candidates=options.num_candidates or MAX_CANDIDATES,
        allowed_differences=options.allowed_differences,
        **arguments,
    )
    return (_noted(sentence, checked) for sentence in sentences)


def _noted(sentence: "VerifiedSentence", checked: "list[VerifiedSentence]") -> "Speech":
    """Append what was recognised to a list, without the samples; return the speech."""
    checked.append(replace(sentence, speech=replace(sentence.speech, waveform=sentence.speech.waveform[:0])))
    return sentence.speech


def _check(options: argparse.Namespace, text: str) -> None:
    """Refuse what cannot work before the model, which takes seconds, is loaded."""
    from ..audio.sound_formats import sound_format
    from ..models.tsukasa.speaking.option_ranges import TsukasaSpeechOptions
    from ..text.pauses import PauseScanner
    from ..text.segmentation import split_lines

    if options.output != STANDARD_OUTPUT:
        sound_format(options.output, options.encoding)
    for path in (options.prosody, options.times, options.verification):
        _check_place(path)
    _check_verification(options)
    for path in (options.dictionary, *(options.audio or ())):
        if path is not None:
            check_readable(path)
    TsukasaSpeechOptions(**_speech_options(options))
    candidate_options(options)
    if options.phonemize:
        for _ in PauseScanner(split_lines(text)).lines():
            pass
    if options.voice is not None:
        _check_voice(options.model, options.voice)


def _check_verification(options: argparse.Namespace) -> None:
    """Refuse options of a verification that cannot be."""
    existing_folders(recognizer=options.recognizer)
    if options.recognizer is not None and options.reranker is not None:
        raise ValueError("`recognizer` chooses among the candidates itself: leave `reranker` out")
    if options.recognizer is None and (options.verification is not None or options.allowed_differences):
        raise ValueError("`verification` and `allowed_differences` need a recogniser: give `recognizer`")


def _speech_options(options: argparse.Namespace) -> dict[str, Any]:
    """The options of speech that were given."""
    from ..text.pauses import SENTENCE_ENDINGS

    given = {name: getattr(options, name) for name, _, _ in _SPEECH_OPTIONS}
    if options.pause is not None:
        given["pauses"] = dict.fromkeys(SENTENCE_ENDINGS, options.pause)
    return {name: value for name, value in given.items() if value is not None}


def _check_voice(model: str, description: str) -> None:
    """Refuse the name of a voice that the folder of a model does not have; models of the hub are asked when loaded."""
    from ..model_names import model_path
    from ..models.tsukasa.speaking.voice_names import VOICES_NAME, no_such_voice, voice_names

    path = Path(model_path(model)) / VOICES_NAME
    if not path.is_file():
        return
    names = voice_names(path)
    voice = _voice(description, names)
    for name in voice if isinstance(voice, dict) else [description]:
        if unicodedata.normalize("NFC", name) not in names:
            raise ValueError(no_such_voice(name, names))


def _check_place(path: Path | None) -> None:
    """Refuse a place of a companion file that could not be written after all the speech."""
    if path == STANDARD_OUTPUT:
        raise ValueError("only the speech can go to standard output: name a file for times and prosody")
    if path is not None:
        check_place(path)


def _write_companions(
    options: argparse.Namespace, sentences: "list[Speech]", checked: "list[VerifiedSentence]"
) -> None:
    from ..synthesis.speech import write_prosody, write_times

    if options.verification is not None:
        from ..synthesis.verified_speech import write_verification

        write_verification(options.verification, checked)

    if options.prosody is not None:
        write_prosody(options.prosody, [prosody for sentence in sentences for prosody in sentence.prosody])
    if options.times is not None:
        write_times(options.times, sentences)


def _voice(description: str | None, voices: Collection[str]) -> str | dict[str, float] | None:
    """Read the name of one of the voices, or "a,b" or "a=0.7,b=0.3" as a blend."""
    if description is None or description in voices or not {"=", ","} & set(description):
        return description
    blend: dict[str, float] = {}
    for part in description.split(","):
        name, is_weighted, weight = part.partition("=")
        try:
            blend[name.strip()] = blend.get(name.strip(), 0.0) + float(weight if is_weighted else 1)
        except ValueError as error:
            raise ValueError(
                f"--voice {description}: a blend is written name=weight,name=weight or name,name"
            ) from error
    return blend


def _progress(stream: "Iterable[Speech]", quiet: bool) -> "Iterable[Speech]":
    if quiet or not is_terminal(sys.stderr) or (isinstance(stream, Sized) and len(stream) == 1):
        return stream
    from tqdm import tqdm

    return tqdm(stream, unit="sentence", file=sys.stderr)


def _collecting(stream: "Iterable[Speech]", sentences: "list[Speech]", keep: bool) -> "Iterator[Speech]":
    """Pass speech on; append each sentence, without its samples, to a list if its times and prosody are kept."""
    for speech in stream:
        if keep:
            sentences.append(replace(speech, waveform=speech.waveform[:0]))
        yield speech
