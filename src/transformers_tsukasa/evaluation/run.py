# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Evaluate a model, or speech of any system, on a test set."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..audio.files import read_audio, to_mono
from ..model_folders import existing_folders
from ..model_names import find_evaluated
from ..models.tsukasa.configuration_tsukasa import TsukasaAudioConfig
from ..utils.devices import check_device
from .evaluator import EvaluationSettings
from .pictures import draw_comparison, import_pillow
from .sentences import Clip
from .session import PICTURES_FOLDER, Session
from .speech_analysis import SpeechAnalyzer
from .test_sets import Sentences, open_sentences


Progress = Callable[[int, int], Callable[[int], Any]]


def evaluate(
    model: str | os.PathLike,
    data: str | os.PathLike,
    output: str | os.PathLike,
    *,
    split: str = "validation",
    transcript: str | None = None,
    config: str | None = None,
    count: int | None = None,
    speakers: Sequence[str] | None = None,
    aligner: str | os.PathLike | None = None,
    dnsmos: str | os.PathLike | None = None,
    recognizer: str | os.PathLike | None = None,
    speaker_model: str | os.PathLike | None = None,
    named_voices: bool = False,
    speech_options: Mapping[str, Any] | None = None,
    seed: int = 0,
    device: str = "cpu",
    f0_min: float = 50.0,
    f0_max: float = 900.0,
    pictures: int = 8,
    workers: int = 1,
    overwrite: bool = False,
    progress: Progress = lambda total, done: lambda count: None,
) -> dict[str, Any]:
    """Speak every sentence of a test set and compare it with its recording; docs/evaluation.md explains the measures.

    The output folder gets `evaluation.md`, `evaluation.json`, `sentences.jsonl`, `speech/` and `pictures/`. An
    evaluation that was interrupted resumes when it is called again.

    Args:
        model: a model folder, "default" for the model of the package, or a folder with an audio file for every
            sentence, with the recording's name.
        data: a prepared corpus, or a folder of recordings with a transcript.
        output: folder of the results.
        split: of a prepared corpus.
        transcript: name of the transcript in `data`, when it has several.
        config: of recordings, the preset or model folder that they are prepared for; the model without it.
        count: sentences of every speaker, drawn by the seed; all without it.
        speakers: only these.
        aligner: folder of a trained text aligner that was not trained with speech of the model.
        dnsmos: folder of the networks of DNSMOS.
        recognizer: folder of a speech recogniser of transformers.
        speaker_model: folder of an x-vector network of transformers.
        named_voices: speak with the model's voices of the speakers' names, not in the style of other utterances.
        speech_options: options of `generate()`, such as `{"alpha": 0.0}`.
        seed: of sentences, references and speech.
        device: where PyTorch networks run.
        f0_min, f0_max: range of the pitch tracker in Hz.
        pictures: sentences to draw.
        workers: processes; 1 measures the speed best.
        overwrite: discard an evaluation with other settings in `output`.
        progress: called with the number of sentences and of those finished before; what it returns is called with the
            number of newly finished sentences.

    Returns:
        The content of `evaluation.json`: `summary`, `settings`, `versions`, `notes` and `sentences`.

    Raises:
        FileNotFoundError: when there is no such model, data or network.
        FileExistsError: when `output` holds an evaluation with other settings, or something else.
        ValueError: for wrong arguments, and a sentence that cannot be spoken.
        ImportError: when a measure needs a package that is not installed.
    """
    _check_at_least(1, count=count, workers=workers)
    _check_at_least(0, pictures=pictures)
    networks = existing_folders(aligner=aligner, dnsmos=dnsmos, recognizer=recognizer, speaker_model=speaker_model)
    check_device(device)
    if pictures:
        import_pillow()
    folder = find_evaluated(model)
    sentences = open_sentences(str(data), split=split, transcript=transcript, config=config, model=folder, seed=seed)
    names = sentences.choose(count, speakers)
    settings = EvaluationSettings(
        model=folder,
        audio=sentences.audio_config,
        named_voices=named_voices,
        seed=seed,
        device=device,
        options=dict(speech_options or {}),
        f0_min=f0_min,
        f0_max=f0_max,
        **networks,
    )
    session = Session(output, settings, {"data": str(data), **sentences.about}, overwrite)
    advance = progress(len(names), sum(name in session.records for name in names))
    session.run(names, sentences.read, workers, advance)
    result = session.finish()
    _draw(session, sentences, sentences.take_turns(names)[:pictures])
    return result


def _check_at_least(least: int, **numbers: int | None) -> None:
    for name, value in numbers.items():
        if value is not None and value < least:
            raise ValueError(f"`{name}` must be at least {least}, got {value}")


def _draw(session: Session, sentences: Sentences, names: Sequence[str]) -> None:
    """Draw sentences into the folder of the pictures; one without sound cannot be drawn and has a note."""
    settings = session.settings
    audio = TsukasaAudioConfig(**settings.audio)
    analyzer = SpeechAnalyzer(audio.sampling_rate, settings.f0_min, settings.f0_max)
    for name in names:
        if "mcd_db" not in session.records[name]["compared"]:
            continue
        samples, rate = read_audio(session.speech_path(name))
        sentence = sentences.read(name)
        path = session.folder / PICTURES_FOLDER / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        title = f"{sentence.speaker}: {name}"
        draw_comparison(path, title, Clip(to_mono(samples), rate), sentence.recording, analyzer, audio)
