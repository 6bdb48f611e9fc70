# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A server that is killed (SIGKILL) while it writes words, presets and voices, and what it has at its next start."""

import asyncio
import itertools
from dataclasses import dataclass, field

import httpx

from server_attacks.outcome import Outcome
from support.server_processes import ServerProcess


_WRITERS = 4
_STYLE = {
    "speedScale": 1.0,
    "pitchScale": 0.0,
    "intonationScale": 1.0,
    "volumeScale": 1.0,
    "prePhonemeLength": 0.1,
    "postPhonemeLength": 0.1,
}


@dataclass
class Written:
    """Names that the server said it keeps, and those it may keep: it was killed before it could answer.

    Args:
        words: surfaces of words.
        presets: names of presets.
        voices: names of voices.
        asked: all names that were sent.
        kills: how often the server was killed.
        faults: of what was found after its next starts.
    """

    words: set[str] = field(default_factory=set)
    presets: set[str] = field(default_factory=set)
    voices: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    kills: int = 0
    faults: list[str] = field(default_factory=list)

    def write_until_killed(self, server: ServerProcess, seconds: float) -> None:
        """Let clients write all the time, and kill the server after some time."""
        asyncio.run(self._write(server, seconds))
        server.process.wait(20)
        self.kills += 1

    def compare(self, address: str) -> None:
        """Note what is lost, and what nobody has sent, after the next start."""
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as web:
            words = {each["surface"] for each in web.get("/user_dict").raise_for_status().json().values()}
            presets = {each["name"] for each in web.get("/presets").raise_for_status().json()}
            voices = {each["name"] for each in web.get("/v1/audio/voices").raise_for_status().json()["data"]}
        for kind, kept, found in (
            ("words", self.words, words),
            ("presets", self.presets, presets),
            ("voices", self.voices, voices),
        ):
            if kept - found:
                self.faults.append(f"{len(kept - found)} {kind} are lost that the server had said it keeps")
            if kind != "voices" and found - self.asked:
                self.faults.append(f"{len(found - self.asked)} {kind} are there that nobody has sent")

    def outcome(self) -> Outcome:
        """The row of the table."""
        found = f"{len(self.words)} words, {len(self.presets)} presets, {len(self.voices)} voices kept"
        return Outcome("kills while writing", self.kills, tuple(self.faults), found)

    async def _write(self, server: ServerProcess, seconds: float) -> None:
        async with httpx.AsyncClient(base_url=server.address, timeout=60, trust_env=False) as web:
            speaker = (await web.get("/speakers")).json()[0]
            voice = (await web.get("/v1/audio/voices")).json()["data"][0]["name"]
            numbers = itertools.count(1_000_000 * (self.kills + 1))
            style = {"speaker_uuid": speaker["speaker_uuid"], "style_id": speaker["styles"][0]["id"]}
            writers = [asyncio.create_task(self._writer(web, numbers, style, voice)) for _ in range(_WRITERS)]
            await asyncio.sleep(seconds)
            server.process.kill()
            await asyncio.gather(*writers)

    async def _writer(
        self, web: httpx.AsyncClient, numbers: "itertools.count[int]", style: dict[str, str | int], voice: str
    ) -> None:
        """Write until the server is gone."""
        for number in numbers:
            name = f"Ｗ{number}".translate({ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"})
            word = {"surface": name, "pronunciation": "テスト", "accent_type": 1}
            preset = {"id": -1, "name": name, **style, **_STYLE}
            self.asked.add(name)
            blend = {"voices": voice, "name": f"w{number}"}
            try:
                (await web.post("/user_dict_word", params=word)).raise_for_status()
                self.words.add(name)
                (await web.post("/add_preset", json=preset)).raise_for_status()
                self.presets.add(name)
                (await web.post("/v1/audio/voices/combine", json=blend)).raise_for_status()
                self.voices.add(blend["name"])
            except httpx.HTTPStatusError as error:
                self.faults.append(f"a word, preset or voice was refused: {error.response.text[:300]}")
                return
            except httpx.HTTPError:
                return


__all__ = ["Written"]
