# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech played while it is spoken, by a program that reads samples from standard input: `tsukasa say --play`."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from ...synthesis.speech import Speech


# Programs and their arguments for 16-bit mono samples of a rate.
_PLAYERS = {
    "paplay": "--raw --format=s16le --channels=1 --rate={rate}",
    "aplay": "-q -t raw -f S16_LE -c 1 -r {rate}",
    "play": "-q -t raw -e signed -b 16 -c 1 -r {rate} -",
    "ffplay": "-loglevel error -nodisp -autoexit -f s16le -ar {rate} -i -",
}


def find_player() -> str:
    """Return the name of the first player that this machine has.

    Raises:
        FileNotFoundError: when it has none.
    """
    found = next(filter(shutil.which, _PLAYERS), None)
    if found is None:
        raise FileNotFoundError(
            f"no program to play speech is installed: install one of {', '.join(_PLAYERS)}, or write a file (`output`)"
        )
    return found


class Player:
    """Plays speech while it passes.

    A player that stops early, as where there is no sound device, gets nothing more, and its own message becomes an
    error when the `with` block ends; until then speech passes on, so that its file is written.

    Args:
        name: of the program, from `find_player`.
        rate: of the samples, in Hz.
    """

    def __init__(self, name: str, rate: int) -> None:
        self._name, self._command = name, [name, *_PLAYERS[name].format(rate=rate).split()]

    def __enter__(self) -> "Player":
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self._is_playing = True
        return self

    def passing(self, sentences: "Iterable[Speech]") -> "Iterator[Speech]":
        """Play each sentence and pass it on."""
        from ...audio.encoding import to_pcm16

        for speech in sentences:
            self._send(to_pcm16(speech.waveform).tobytes())
            yield speech

    def _send(self, samples: bytes) -> None:
        assert self._process.stdin is not None
        if not self._is_playing:
            return
        try:
            self._process.stdin.write(samples)
            self._process.stdin.flush()
        except BrokenPipeError:  # its exit code tells more
            self._is_playing = False

    def __exit__(self, error_type: type[BaseException] | None, error: object, traceback: object) -> None:
        if error_type is not None:
            self._process.kill()
            self._process.communicate()
            return
        message = self._process.communicate()[1].decode(errors="replace").strip()
        if self._process.returncode != 0 or not self._is_playing:
            raise RuntimeError(
                f"the player {self._name} stopped with exit code {self._process.returncode}"
                f"{f' ({message})' if message else ''}: check the sound device, or write a file (`output`)"
            )


__all__ = ["Player", "find_player"]
