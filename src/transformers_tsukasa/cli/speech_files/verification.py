# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speech that a recogniser checks, and the report of it: `tsukasa say --verify`."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...model_folders import existing_folders


if TYPE_CHECKING:
    from ...synthesis.speaker import Speaker
    from ...synthesis.speech import Speech
    from ...synthesis.verified_speech import VerifiedSentence


def add_verification_arguments(group: argparse._ActionsContainer) -> None:
    """Add --verify, --allowed-differences and --verification."""
    group.add_argument(
        "--verify", dest="recognizer", metavar="DIR", help="a text aligner, or Whisper or another recogniser"
    )
    group.add_argument(
        "--allowed-differences", type=int, default=0, metavar="N", help="morae that may differ (default: 0)"
    )
    group.add_argument("--verification", type=Path, metavar="JSON", help="also write what was recognised as JSON")


def check_verification(options: argparse.Namespace) -> None:
    """Refuse options that do not go together, and a recogniser that is not there.

    Raises:
        ValueError: for the options.
        FileNotFoundError: for the recogniser.
    """
    existing_folders(recognizer=options.recognizer)
    if options.recognizer is None and (options.verification is not None or options.allowed_differences):
        raise ValueError("`verification` and `allowed_differences` need a recogniser: give `recognizer`")
    if options.recognizer is not None and options.reranker is not None:
        raise ValueError("`recognizer` chooses among the candidates itself: leave `reranker` out")


def verified_speech(
    options: argparse.Namespace, speaker: "Speaker", text: str, arguments: Mapping[str, Any]
) -> "Iterator[Speech]":
    """Speak sentences that the recogniser accepts; at the end, write the report.

    Args:
        options: of the command.
        speaker: speaks them.
        text: that is spoken.
        arguments: of `Speaker.stream`.
    """
    from ...synthesis.verified_speech import MAX_CANDIDATES, stream_verified

    sentences = stream_verified(
        speaker,
        text,
        options.recognizer,
        max_candidates=options.num_candidates or MAX_CANDIDATES,
        allowed_differences=options.allowed_differences,
        **arguments,
    )
    return _reported(sentences, options.verification)


def _reported(sentences: "Iterator[VerifiedSentence]", report: Path | None) -> "Iterator[Speech]":
    """Pass the speech on; at the end, write what was recognised in it, which has no use for the samples."""
    from ...synthesis.verified_speech import write_verification

    checked: list[VerifiedSentence] = []
    for sentence in sentences:
        checked.append(replace(sentence, speech=replace(sentence.speech, waveform=sentence.speech.waveform[:0])))
        yield sentence.speech
    if report is not None:
        write_verification(report, checked)


__all__ = ["add_verification_arguments", "check_verification", "verified_speech"]
