# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa say`: speak a text into a sound file, sentence by sentence."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .shared_options import add_device_argument, add_model_argument, load_speaker
from .text_input import add_text_arguments, read_text


if TYPE_CHECKING:
    from ..models.tsukasa.outputs import TsukasaProsody
    from ..synthesis.speech import Speech, SpeechStream


_EXAMPLES = """examples:
  tsukasa say "こんにちは" -o hello.wav
  tsukasa say -f novel.txt -o novel.flac --model ./tsukasa --voice narrator
  tsukasa say "やったー！" -o yay.wav --reference happy.wav --seed 1
  tsukasa say "明日は雨でしょう。" -o rain.wav --prompt "落ち着いた低い女性の声"
  cat mail.txt | tsukasa say - -o mail.wav
"""

_SPEECH_OPTIONS = (
    ("alpha", float, "share of diffusion in the timbre, 0 to 1"),
    ("beta", float, "share of diffusion in the manner of speaking, 0 to 1"),
    ("diffusion_steps", int, "steps of the style sampler, at least 3"),
    ("guidance_scale", float, "how closely the style follows the text; 1 is plain"),
    ("speaking_rate", float, "1 is normal, 2 twice as fast"),
    ("noise_scale", float, "noise of the source; 0 makes speech repeatable without a seed"),
    ("seed", int, "makes the result repeatable"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.epilog = _EXAMPLES
    add_text_arguments(parser)
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("speech.wav"), help=".wav or .flac (default: %(default)s)"
    )
    add_model_argument(parser)
    style = parser.add_argument_group("style (the first that is given of voice, reference, prompt)")
    style.add_argument(
        "--voice", help="a voice of the model (`tsukasa voices` lists them), or a=0.7,b=0.3 for a blend"
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
        options.add_argument(f"--{name.replace('_', '-')}", type=kind, help=description)
    other = parser.add_argument_group("other")
    other.add_argument("--phonemes", dest="phonemize", action="store_false", help="the text is phonemes already")
    other.add_argument("--dictionary", type=Path, help="a user dictionary of readings (CSV or TSV)")
    other.add_argument("--prosody", type=Path, help="also write times of every phoneme, F0 and energy as JSON")
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
    if not text.strip():
        raise ValueError("the text is empty: give it at least one word")
    speaker = load_speaker(options.model, device=options.device, dtype=options.dtype, dictionary=options.dictionary)
    stream = speaker.stream(
        text,
        voice=_voice(options.voice),
        audio=options.audio,
        prompt=options.prompt,
        style_text=text if options.style_text else None,
        phonemize=options.phonemize,
        alpha=options.alpha,
        beta=options.beta,
        diffusion_steps=options.diffusion_steps,
        guidance_scale=options.guidance_scale,
        speaking_rate=options.speaking_rate,
        noise_scale=options.noise_scale,
        seed=options.seed,
    )
    prosody: list[TsukasaProsody] = []
    spoken = _collecting(_progress(stream, options.quiet), prosody)
    speaker.save(spoken, options.output, encoding=options.encoding)
    if options.prosody is not None:
        from ..synthesis.speech import write_prosody

        write_prosody(options.prosody, prosody)
    print(options.output)
    return 0


def _voice(description: str | None) -> str | dict[str, float] | None:
    """Read "name", or "a=0.7,b=0.3" as a blend."""
    if description is None or "=" not in description:
        return description
    try:
        return {name.strip(): float(weight) for name, _, weight in (p.partition("=") for p in description.split(","))}
    except ValueError as error:
        raise ValueError(f"--voice {description}: a blend is written name=weight,name=weight") from error


def _progress(stream: "SpeechStream", quiet: bool) -> "Iterable[Speech]":
    if quiet or len(stream) == 1 or not sys.stderr.isatty():
        return stream
    from tqdm import tqdm

    return tqdm(stream, unit="sentence", file=sys.stderr)


def _collecting(stream: "Iterable[Speech]", prosody: "list[TsukasaProsody]") -> "Iterator[Speech]":
    """Pass speech on and append its prosody to a list."""
    for speech in stream:
        prosody.extend(speech.prosody)
        yield speech
