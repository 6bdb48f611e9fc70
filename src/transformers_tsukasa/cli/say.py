# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa say`: speak a text into a sound file, sentence by sentence."""

import argparse
import sys
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sized
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .output import STANDARD_OUTPUT, binary_output, is_terminal
from .shared_options import (
    add_candidate_arguments,
    add_device_argument,
    add_model_argument,
    candidate_options,
    load_speaker,
)
from .speech_files.companions import add_companion_arguments, check_companions, companions_of, write_companions
from .speech_files.line_files import split_into_files
from .speech_files.playing import Player, find_player
from .speech_files.subtitle_speech import add_fit_arguments, check_fit, subtitle_speech
from .speech_files.verification import add_verification_arguments, check_verification, verified_speech
from .text_input import add_text_arguments, check_readable, read_text
from .upsample import add_upsampler_argument


if TYPE_CHECKING:
    from ..synthesis.speaker import Speaker
    from ..synthesis.speech import Speech


_EXAMPLES = """examples:
  tsukasa say "こんにちは" -o hello.wav
  tsukasa say -f novel.txt -o novel.flac --model ./tsukasa --voice narrator
  tsukasa say "やったー！" -o yay.wav --reference happy.wav --seed 1
  tsukasa say "明日は雨でしょう。" -o rain.wav --prompt "落ち着いた低い女性の声"
  tsukasa say -f mail.txt -o mail.wav --verify whisper-large-v3/ --candidates 4 --alpha 0.3 --beta 0.7
  cat mail.txt | tsukasa say - -o mail.wav
  tsukasa say "ちょっと待って。[pause:1.5s]はい、どうぞ。" --play
  tsukasa say -f novel.txt -o novel.mp3 --srt novel.srt
  tsukasa say -f lines.txt --split -o takes/line.flac      takes/line-001.flac, takes/line-002.flac, ...
  tsukasa say -f film.srt --fit --fastest 1.4 -o film.wav

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

_DEFAULT_OUTPUT = Path("speech.wav")
_UNITS = {"pitch": "SEMITONES", "volume": "FACTOR"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EXAMPLES
    add_text_arguments(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help='.wav, .flac, .mp3 or .opus; "-" sends WAV to standard output (default: speech.wav; none with --play)',
    )
    parser.add_argument("--play", action="store_true", help="play the speech while it is spoken")
    parser.add_argument("--split", action="store_true", help="a file for every line, with its number in the name")
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
    add_speech_arguments(parser)
    add_companion_arguments(parser.add_argument_group("files beside the speech"))
    add_fit_arguments(parser.add_argument_group("subtitles"))
    add_candidate_arguments(parser.add_argument_group("candidates"))
    add_verification_arguments(
        parser.add_argument_group("verification (draws candidates until one is recognised as it is read)")
    )
    other = parser.add_argument_group("other")
    other.add_argument(
        "--phonemes", dest="phonemize", action="store_false", help="the text is phonemes, as phonemize prints them"
    )
    other.add_argument("--dictionary", type=Path, help="a user dictionary of readings (CSV or TSV)")
    other.add_argument(
        "--encoding-depth",
        dest="encoding",
        choices=("pcm16", "pcm24", "float"),
        default="pcm16",
        help="of samples",
    )
    other.add_argument("--rate", type=int, metavar="HZ", help="of the speech, such as 48000 with an upsampler")
    add_upsampler_argument(other)
    add_device_argument(other, "the model runs")
    other.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"), help="of the weights")
    other.add_argument("--quiet", action="store_true", help="no progress")


def add_speech_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of speech, which `speech_options` reads."""
    options = parser.add_argument_group("speech (defaults: the model's own)")
    for name, kind, description in _SPEECH_OPTIONS:
        options.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar=_UNITS.get(name), help=description)
    options.add_argument(
        "--pause", metavar="SECONDS", type=float, help="silence after every sentence that others follow, 0 to 60"
    )


def run(options: argparse.Namespace) -> int:
    """Speak, and print the paths of the sound files."""
    text = read_text(options)
    if options.output is None and not options.play:
        options.output = _DEFAULT_OUTPUT
    parts = split_into_files(options, text) if options.split else [(text, options)]
    player_name = find_player() if options.play else None
    _check(options, text, [files for _, files in parts])
    speaker = load_speaker(
        options.model,
        device=options.device,
        dtype=options.dtype,
        dictionary=options.dictionary,
        output_rate=options.rate,
        upsampler=options.upsampler if options.rate is not None else None,
    )
    # Every text is read before the first one is spoken.
    spoken = [(_sentences(options, speaker, part), files) for part, files in parts]
    with ExitStack() as stack:
        player = None if player_name is None else stack.enter_context(Player(player_name, speaker.sampling_rate))
        for sentences, files in spoken:
            _speak(files, speaker, sentences if player is None else player.passing(sentences))
    return 0


def _sentences(options: argparse.Namespace, speaker: "Speaker", text: str) -> "Iterable[Speech]":
    """The sentences of a text, each spoken when it is asked for."""
    arguments: dict[str, Any] = {
        "voice": read_voice(options.voice, speaker.voices),
        "audio": options.audio,
        "prompt": options.prompt,
        "phonemize": options.phonemize,
        **speech_options(options),
    }
    if options.fit:
        return subtitle_speech(options, speaker, text, arguments)
    arguments["style_text"] = text if options.style_text else None
    if options.recognizer is not None:
        return _progress(verified_speech(options, speaker, text, arguments), options.quiet)
    # Nobody waits for the first sentence of a file.
    stream = speaker.stream(text, **arguments, **candidate_options(options), stream_candidates=True)
    return _progress(stream, options.quiet)


def _speak(options: argparse.Namespace, speaker: "Speaker", spoken: "Iterable[Speech]") -> None:
    """Write the files of one text."""
    sentences: list[Speech] = []
    spoken = _collecting(spoken, sentences, keep=bool(companions_of(options)))
    if options.output is None:
        for _ in spoken:  # it is played, or only its times are wanted
            pass
        write_companions(options, sentences)
        return
    with binary_output(options.output, _DEFAULT_OUTPUT.name) as path:
        speaker.save(spoken, path, encoding=options.encoding)
        write_companions(options, sentences)
    if options.output != STANDARD_OUTPUT:
        print(options.output)


def _check(options: argparse.Namespace, text: str, parts: list[argparse.Namespace]) -> None:
    """Refuse what cannot work before the model, which takes seconds, is loaded.

    Args:
        options: of the command.
        text: that is spoken.
        parts: the options of every sound file.
    """
    from ..audio.sound_formats import sound_format
    from ..text.pauses import PauseScanner
    from ..text.segmentation import split_lines

    for part in parts:
        if part.output not in (None, STANDARD_OUTPUT):
            sound_format(part.output, options.encoding)
        check_companions(part)
    check_fit(options, text)
    check_verification(options)
    for path in (options.dictionary, *(options.audio or ())):
        if path is not None:
            check_readable(path)
    speech_options(options)
    candidate_options(options)
    if options.phonemize:
        for _ in PauseScanner(split_lines(text)).lines():
            pass
    if options.voice is not None:
        check_voice(options.model, options.voice)


def speech_options(options: argparse.Namespace) -> dict[str, Any]:
    """The options of speech that were given.

    Raises:
        ValueError: for a value that is out of its range.
    """
    from ..models.tsukasa.speaking.option_ranges import TsukasaSpeechOptions
    from ..text.pauses import SENTENCE_ENDINGS

    given = {name: getattr(options, name) for name, _, _ in _SPEECH_OPTIONS}
    if options.pause is not None:
        given["pauses"] = dict.fromkeys(SENTENCE_ENDINGS, options.pause)
    wanted = {name: value for name, value in given.items() if value is not None}
    TsukasaSpeechOptions(**wanted)
    return wanted


def check_voice(model: str, description: str) -> None:
    """Refuse the name of a voice that the folder of a model does not have; models of the hub are asked when loaded."""
    from ..model_names import model_path
    from ..models.tsukasa.speaking.voice_names import VOICES_NAME, no_such_voice, voice_names

    path = Path(model_path(model)) / VOICES_NAME
    if not path.is_file():
        return
    names = voice_names(path)
    voice = read_voice(description, names)
    for name in voice if isinstance(voice, dict) else [description]:
        if unicodedata.normalize("NFC", name) not in names:
            raise ValueError(no_such_voice(name, names))


def read_voice(description: str | None, voices: Collection[str]) -> str | dict[str, float] | None:
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
