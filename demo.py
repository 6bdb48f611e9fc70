#!/usr/bin/env python3
# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaks in a browser with Gradio, such as in a Space of the Hugging Face hub.

    pip install '.[demo]'
    python demo.py [--model MODEL] [--host 127.0.0.1] [--port 7860]

A text is spoken in a voice of the model or between two of them. It is `Speaker`, by which the server speaks too: with
the same seed both speak alike. `tsukasa serve` has the editor.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from transformers_tsukasa import Speaker
from transformers_tsukasa.audio.encoding import to_pcm16
from transformers_tsukasa.text import NothingToReadError
from transformers_tsukasa.utils.wording import install_hint


if TYPE_CHECKING:
    import gradio

_EXAMPLES = ("こんにちは。今日はいい天気ですね。", "橋の端に、箸が落ちていました。", "やった！本当に合格したの？")
_MOST_CHARACTERS = 1000
_DEFAULT = "default"

Sound = tuple[int, np.ndarray]


class Demo:
    """Actions of the page.

    Args:
        speaker: speaks.
    """

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker

    @property
    def voices(self) -> list[str]:
        """Names of the voices, that of the model without a name first."""
        return [_DEFAULT, *self.speaker.voices]

    def speak(self, text: str, voice: str, other: str, share: float, speed: float, pitch: float, seed: float) -> Sound:
        """Speak a text: the rate in Hz and 16-bit samples.

        Args:
            text: to 1,000 characters.
            voice, other: voices; `share` of the second is mixed in.
            share: 0 to 1.
            speed: 2 is twice as fast.
            pitch: semitones.
            seed: the same one speaks the same.

        Raises:
            ValueError: for a text that is too long or cannot be read, and for values out of range.
        """
        if len(text) > _MOST_CHARACTERS:
            raise ValueError(f"the text has {len(text)} characters: write at most {_MOST_CHARACTERS}")
        try:
            speech = self.speaker.speak(
                text, voice=self._style(voice, other, share), speaking_rate=speed, pitch=pitch, seed=int(seed)
            )
        except NothingToReadError as error:
            raise ValueError(str(error)) from error
        return speech.sampling_rate, to_pcm16(speech.waveform)

    def read(self, text: str) -> str:
        """The phonemes that a text is read as, a line for every sentence."""
        sentences = self.speaker.processor.iter_sentences(text[:_MOST_CHARACTERS])
        return "\n".join(reading.phonemes for _, reading in sentences if reading is not None)

    def _style(self, voice: str, other: str, share: float) -> str | dict[str, float] | None:
        if share > 0 and _DEFAULT not in (voice, other) and voice != other:
            return {voice: 1 - share, other: share} if share < 1 else other
        return None if voice == _DEFAULT else voice


def make_page(demo: Demo) -> "gradio.Blocks":
    """The page.

    Raises:
        ImportError: without Gradio.
    """
    try:
        import gradio
    except ImportError as error:
        raise ImportError(f"the demo needs gradio: {install_hint('demo')}") from error

    def spoken(*values) -> Sound:
        try:
            return demo.speak(*values)
        except ValueError as error:
            raise gradio.Error(str(error)) from error

    with gradio.Blocks(title="Tsukasa Speech") as page:
        gradio.Markdown("# つかさ / Tsukasa Speech\n日本語の文章を話します。 / Speaks Japanese.")
        text = gradio.Textbox(_EXAMPLES[0], label="文章 / Text", lines=3, max_length=_MOST_CHARACTERS)
        with gradio.Row():
            voice = gradio.Dropdown(demo.voices, value=_DEFAULT, label="声 / Voice")
            other = gradio.Dropdown(demo.voices, value=_DEFAULT, label="混ぜる声 / Mixed with")
            share = gradio.Slider(0, 1, 0, step=0.05, label="割合 / Share")
        with gradio.Row():
            speed = gradio.Slider(0.5, 2, 1, step=0.05, label="話速 / Speed")
            pitch = gradio.Slider(-12, 12, 0, step=0.5, label="高さ（半音）/ Pitch (semitones)")
            seed = gradio.Number(0, label="シード / Seed", precision=0, minimum=0)
        speak = gradio.Button("話す / Speak", variant="primary")
        sound = gradio.Audio(label="音声 / Speech", autoplay=True)
        read = gradio.Button("読みを見る / Show the reading")
        reading = gradio.Textbox(label="音素 / Phonemes", lines=2)
        gradio.Examples([[example] for example in _EXAMPLES], [text])
        speak.click(spoken, [text, voice, other, share, speed, pitch, seed], sound, api_name="speak")
        read.click(demo.read, text, reading, api_name="read")
    return page


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the page until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="default", help="a model folder (default: the packaged model)")
    parser.add_argument("--host", default="127.0.0.1", help="address to bind to; 0.0.0.0 in a Space (%(default)s)")
    parser.add_argument("--port", type=int, default=7860, help="(%(default)s)")
    options = parser.parse_args(arguments)
    page = make_page(Demo(Speaker.load(options.model)))
    page.queue(max_size=32).launch(server_name=options.host, server_port=options.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
