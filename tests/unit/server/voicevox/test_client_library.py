# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A client library of others, voicevox-client from PyPI, calls what it has."""

import asyncio
import io

import pytest
import soundfile

import transformers_tsukasa
from support.server_toys import asked, on_a_port


vvclient = pytest.importorskip("vvclient", reason="voicevox-client is in the extra test")
errors = pytest.importorskip("vvclient.errors")


async def called(address, style):
    async with vvclient.Client(address) as client:
        await client.init_speaker(style, skip_reinit=True)
        query = await client.create_audio_query(
            "本当ですか？", style, core_version="0.0.0", enable_katakana_english=False
        )
        found = {
            "versions": (await client.fetch_engine_version(), await client.fetch_core_versions()),
            "ready": await client.is_inited_speaker(style, core_version="0.0.0"),
            "plain": await query.synthesis(style),
            "asking": await query.synthesis(style, enable_interrogative_upspeak=True),
        }
        query.data["speedScale"] = 2.0
        found["fast"] = await query.synthesis(style)
        with pytest.raises(errors.HTTPException) as caught:
            await client.create_audio_query("犬", -1)
        return found, str(caught.value)


def test_all_calls_of_the_client(app):
    style = asked(app, "GET", "/speakers").json()[0]["styles"][0]["id"]
    with on_a_port(app) as address:
        found, refusal = asyncio.run(called(address, style))
    assert found["versions"] == (transformers_tsukasa.__version__, [transformers_tsukasa.__version__])
    assert found["ready"] is True
    lengths = {name: len(soundfile.read(io.BytesIO(found[name]))[0]) for name in ("plain", "asking", "fast")}
    assert lengths["plain"] > lengths["fast"] and lengths["asking"] > 0
    assert "there is no style -1" in refusal
