# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`tsukasa say`: a text becomes a sound file, sentence by sentence."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from ..audio.files import AudioWriter
from ..utils.atomic_files import write_text
from .device import add_device_argument, checked_device
from .model_folder import add_model_argument, load_model, load_processor, model_path
from .text_input import add_text_arguments, read_text


_EXAMPLES = """examples:
  tsukasa say "こんにちは" -o hello.wav
  tsukasa say -f novel.txt -o novel.flac --model ./tsukasa --voice narrator
  tsukasa say "やったー！" -o yay.wav --reference happy.wav --seed 1
  tsukasa say "明日は雨でしょう。" -o rain.wav --prompt "落ち着いた低い女性の声"
  cat mail.txt | tsukasa say - -o mail.wav
"""

_SPEECH_OPTIONS = (
    ("alpha", float, "how much diffusion changes the timbre, 0 to 1"),
    ("beta", float, "how much diffusion changes the manner of speaking, 0 to 1"),
    ("diffusion_steps", int, "steps of the style sampler, at least 3"),
    ("guidance_scale", float, "how far the style follows the text; 1 is plain"),
    ("speaking_rate", float, "1 is normal, 2 twice as fast"),
    ("noise_scale", float, "noise of the source; 0 makes speech repeatable without a seed"),
    ("seed", int, "makes the result repeatable"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.epilog = _EXAMPLES
    add_text_arguments(parser)
    parser.add_argument("-o", "--output", type=Path, default=Path("speech.wav"), help=".wav or .flac (%(default)s)")
    add_model_argument(parser)
    style = parser.add_argument_group("style (the first of voice, reference, prompt that is given is taken)")
    style.add_argument(
        "--voice", help="a voice of the model (`tsukasa voices` lists them), or a=0.7,b=0.3 for a blend"
    )
    style.add_argument("--reference", type=Path, action="append", help="a clip to speak like; several are averaged")
    style.add_argument("--prompt", help="a written description of the voice, for models with a prompt encoder")
    style.add_argument("--style-from-text", action="store_true", help="let the text sampler choose the style")
    options = parser.add_argument_group("speech (defaults: the model's own)")
    for name, kind, description in _SPEECH_OPTIONS:
        options.add_argument(f"--{name.replace('_', '-')}", type=kind, help=description)
    other = parser.add_argument_group("other")
    other.add_argument("--phonemes", action="store_true", help="the text is phonemes already")
    other.add_argument("--dictionary", type=Path, help="a user dictionary of readings (CSV or TSV)")
    other.add_argument("--prosody", type=Path, help="also write times of every phoneme, F0 and energy as JSON")
    other.add_argument("--encoding-depth", choices=("pcm16", "pcm24", "float"), default="pcm16", help="of the samples")
    add_device_argument(other, "the model runs")
    other.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "float16"), help="of the weights")
    other.add_argument("--quiet", action="store_true", help="no progress")


def run(options: argparse.Namespace) -> int:
    """Speaks and prints where the sound went."""
    text = read_text(options)
    if not text.strip():
        raise ValueError("the text is empty: give it at least one word")
    device, path = checked_device(options), model_path(options.model)
    model = load_model(path, dtype=options.dtype).to(device)
    inputs, segments = _inputs(path, text, options)
    spoken = model.generate(
        **inputs.to(device),
        voice=_voice(options.voice),
        stream=True,
        return_prosody=options.prosody is not None,
        **{name: getattr(options, name) for name, _, _ in _SPEECH_OPTIONS},
    )
    prosody = []
    with AudioWriter(options.output, model.config.sampling_rate, encoding=options.encoding_depth) as writer:
        for speech in _progress(spoken, segments, options.quiet):
            writer.write(speech.waveform[0, : int(speech.waveform_lengths[0])].cpu().numpy())
            prosody.append(speech.prosody)
    if options.prosody is not None:
        _write_prosody(options.prosody, prosody)
    print(options.output)
    return 0


def _inputs(path: str, text: str, options: argparse.Namespace):
    from ..text import UserDictionary

    processor = load_processor(path)
    if options.dictionary is not None:
        processor.tokenizer.user_dictionary = UserDictionary.from_file(options.dictionary)
    arguments = {"phonemize": not options.phonemes, "split_sentences": not options.phonemes}
    if options.reference:
        arguments["audio"] = [options.reference]
    if options.prompt:
        arguments["prompt"] = options.prompt
    if options.style_from_text:
        arguments["style_text"] = text
    inputs = processor([text], return_tensors="pt", **arguments)
    return inputs, inputs["input_ids"].shape[0]


def _voice(description: str | None) -> str | dict[str, float] | None:
    """ "name", or "a=0.7,b=0.3" as a blend."""
    if description is None or "=" not in description:
        return description
    try:
        return {name.strip(): float(weight) for name, _, weight in (p.partition("=") for p in description.split(","))}
    except ValueError as error:
        raise ValueError(f"--voice {description}: a blend is written name=weight,name=weight") from error


def _progress(spoken: Iterator, segments: int, quiet: bool) -> Iterator:
    if quiet or segments == 1 or not sys.stderr.isatty():
        return spoken
    from tqdm import tqdm

    return tqdm(spoken, total=segments, unit="sentence", file=sys.stderr)


def _write_prosody(path: Path, prosody: list) -> None:
    rows = [{name: value[0].tolist() for name, value in one.items()} for one in prosody]
    write_text(path, json.dumps(rows, ensure_ascii=False))
