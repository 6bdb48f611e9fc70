# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Speaking from a program: load a model once, choose a style, get speech complete or sentence by sentence."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import torch
from transformers.utils import FEATURE_EXTRACTOR_NAME, PROCESSOR_NAME

from ..audio.files import AudioWriter
from ..bundled import DEFAULT_MODEL
from ..model_names import find_model
from ..models.tsukasa.modeling_tsukasa import TsukasaModelForConditionalGeneration
from ..models.tsukasa.outputs import TsukasaProsody, TsukasaSpeechOutput
from ..models.tsukasa.processing_tsukasa import TsukasaProcessor
from ..models.tsukasa.reranking.reranker_choice import RerankerChoice
from ..models.tsukasa.speaking.sentence_marks import read_segments
from ..models.tsukasa.speaking.voices import TsukasaVoices
from ..text import PAD, UserDictionary
from ..text.phoneme_lines import iter_phoneme_lines
from ..text.phonemization import Phonemization
from ..text.timing import TimedSymbol, TimedWord, time_words
from ..text.utterances import Utterance
from ..utils.devices import check_device
from .speech import SentenceChoice, Speech, SpeechStream, join_speech
from .upsampling import NEEDS_UPSAMPLER, Upsampler


if TYPE_CHECKING:
    from typing_extensions import Unpack


class SpeechArguments(TypedDict, total=False):
    """Arguments of `Speaker.speak` and `Speaker.stream`; without one, or with None, the model's own value is used.

    The style is the first that is given of `style_vector`, `voice`, `audio`, `prompt` and `style_text`, or a blend of
    several by `style_weights`. Without any it is the model's default voice, or drawn by diffusion.

    Args:
        voice: a named voice of the model, or a blend `{"name": weight}`.
        audio: a clip to speak like, or several, whose styles are averaged: paths, or `(samples,)` arrays.
        sampling_rate: in Hz, of clips given as arrays; the model's without it.
        prompt: a written description of the voice, for models with a prompt encoder.
        style_text: a text from which the model's text sampler takes the style, usually the text itself.
        style_vector: `(2 * style_dim,)`, such as `Speech.style_vector` or what `Speaker.style_of` returns.
        style_weights: blends sources of style by weight, with the keys `style_vector`, `voice`, `audio`, `prompt` and
            `text`.
        prosody: durations, F0 and energy in place of predicted ones, one for every sentence.
        phonemize: False for a text that is phonemes already, with a line for each sentence.
        split_sentences: False speaks a text in one piece.
        alpha: share of diffusion in the timbre, 0 to 1.
        beta: share of diffusion in the manner of speaking, 0 to 1.
        diffusion_steps: of the style sampler, at least 3.
        guidance_scale: how far the sampled style follows the text; 1 is plain.
        speaking_rate: 2 is twice as fast.
        pitch: semitones by which the predicted F0 is raised, -24 to 24.
        accent_strength: how far the predicted F0 gets the accent of the dictionary, 0 to 1, for voices that never
            learned it. Text that is phonemes already has no accent to give.
        volume: factor of the waveform, 0 to 10.
        noise_scale: noise of the source; 0 is deterministic.
        style_carry: share of a sentence's style in that of the next one, 0 to 1.
        pauses: seconds of silence after a sentence, by what ends it.
        seed: makes speech repeatable.
        return_waveform: False predicts the times alone, and the waveform is silence as long as the speech.
        num_candidates: most candidates of every sentence, of which the one with the highest score is spoken.
        reranker: scores them: `"clvp"`, `"aligner"`, a folder, or a callable, as of `generate()`; the model's own
            without it.
        stop_score: a candidate whose score reaches it is taken, and no further one is drawn.
        stream_candidates: allow several candidates in `stream`, where the first sentence takes as long as all its
            candidates.
    """

    voice: str | Mapping[str, float] | None
    audio: Any
    sampling_rate: int | None
    prompt: str | None
    style_text: str | None
    style_vector: np.ndarray | torch.Tensor | None
    style_weights: Mapping[str, float] | None
    prosody: Sequence[TsukasaProsody] | None
    phonemize: bool | None
    split_sentences: bool | None
    alpha: float | None
    beta: float | None
    diffusion_steps: int | None
    guidance_scale: float | None
    speaking_rate: float | None
    pitch: float | None
    accent_strength: float | None
    volume: float | None
    noise_scale: float | None
    style_carry: float | None
    pauses: Mapping[str, float] | None
    seed: int | None
    return_waveform: bool | None
    num_candidates: int | None
    reranker: RerankerChoice | None
    stop_score: float | None
    stream_candidates: bool | None


# What the processor reads; `generate()` gets the rest.
_READ_ARGUMENTS = ("audio", "sampling_rate", "prompt", "style_text", "phonemize", "split_sentences")


class Speaker:
    """Speaks Japanese text with one model.

    ```python
    speaker = Speaker.load("default")
    speech = speaker.speak("こんにちは。", voice="tohoku-f01-happy", seed=0)
    speaker.save(speech, "hello.wav")
    for sentence in speaker.stream(novel, speaking_rate=1.2):
        play(sentence.waveform, sentence.sampling_rate)
    ```
    Several threads may speak with one speaker at the same time: nothing of a call is stored in it.

    Args:
        model: in evaluation mode, on its device.
        processor: of the model.
        output_rate: of the speech in Hz; the model's own without it, and another one by the upsampler.
        upsampler: raises the speech to its rate.

    Raises:
        ValueError: for a rate that neither the model nor the upsampler has.
    """

    def __init__(
        self,
        model: TsukasaModelForConditionalGeneration,
        processor: TsukasaProcessor,
        *,
        output_rate: int | None = None,
        upsampler: Upsampler | None = None,
    ) -> None:
        self.model, self.processor = model, processor
        self.upsampler = upsampler
        if upsampler is not None:
            upsampler.check_rate(output_rate)
        elif output_rate not in (None, model.config.sampling_rate):
            raise ValueError(f"speech at {output_rate} Hz {NEEDS_UPSAMPLER}")

    @classmethod
    def load(
        cls,
        model: str | os.PathLike = DEFAULT_MODEL,
        *,
        device: str | torch.device = "cpu",
        dtype: str | torch.dtype = torch.float32,
        dictionary: str | os.PathLike | UserDictionary | None = None,
        output_rate: int | None = None,
        upsampler: str | os.PathLike | None = None,
        **hub_arguments: Any,
    ) -> "Speaker":
        """Load a model and its processor.

        Args:
            model: a model folder, a hub id, "default" for the model that comes with the package, or "kokoro" for the
                one that is made of the packages of the extra `kokoro`, once.
            device: where the model runs.
            dtype: type of the weights in memory.
            dictionary: readings of the user's own, in place of those in the model folder.
            output_rate: of the speech in Hz, such as 48000 with an upsampler.
            upsampler: folder of a converted SpeechSR, which raises the speech to its rate.
            hub_arguments: `revision`, `token`, `cache_dir` and the like, of `from_pretrained`.

        Raises:
            FileNotFoundError: when a folder holds no model, or a model without its processor.
            OSError: when nothing of this name can be found, here or on the hub, or it cannot be read.
            ValueError: when the model is of another kind or incomplete, or this machine has no such device.
        """
        return cls.open(
            find_model(model, **hub_arguments),
            device=device,
            dtype=dtype,
            dictionary=dictionary,
            output_rate=output_rate,
            upsampler=upsampler,
            **hub_arguments,
        )

    @classmethod
    def open(
        cls,
        path: str,
        *,
        device: str | torch.device = "cpu",
        dtype: str | torch.dtype = torch.float32,
        dictionary: str | os.PathLike | UserDictionary | None = None,
        output_rate: int | None = None,
        upsampler: str | os.PathLike | None = None,
        **hub_arguments: Any,
    ) -> "Speaker":
        """Load a model and its processor from the folder or hub id that `model_names.find_model` found; see `load`."""
        device = check_device(device)
        loaded = TsukasaModelForConditionalGeneration.from_pretrained(path, dtype=dtype, **hub_arguments)
        _check_processor(path)
        processor = TsukasaProcessor.from_pretrained(path, **hub_arguments)
        if dictionary is not None:
            if not isinstance(dictionary, UserDictionary):
                dictionary = UserDictionary.from_file(dictionary)
            processor.tokenizer.user_dictionary = dictionary
        raised_by = None if upsampler is None else Upsampler.load(upsampler, device)
        return cls(loaded.eval().to(device), processor, output_rate=output_rate, upsampler=raised_by)

    @property
    def sampling_rate(self) -> int:
        """Rate of the speech in Hz."""
        return self.model.config.sampling_rate if self.upsampler is None else self.upsampler.output_rate

    @property
    def voices(self) -> TsukasaVoices:
        """Styles of the model's named voices, by name."""
        return self.model.voices

    def speak(self, text: str, **arguments: "Unpack[SpeechArguments]") -> Speech:
        """Speak a text to its end; the same samples as those of `stream`, joined.

        Args:
            text: Japanese, or phonemes with `phonemize=False`.
            arguments: see `SpeechArguments`.

        Raises:
            ValueError: for text that cannot be read, clips that cannot be used, and arguments that do not fit.
            KeyError: for a voice that the model does not have.
            OSError: for a clip that cannot be read.
        """
        arguments["stream_candidates"] = True
        return join_speech(text, list(self.stream(text, **arguments)))

    def stream(self, text: str, **arguments: "Unpack[SpeechArguments]") -> SpeechStream:
        """Speak a text sentence by sentence, each when it is asked for; one sentence of speech is in memory at a time.

        Text, style and arguments are read at once: what does not fit is an error here, before there is any speech.

        Args and raises:
            as of `speak`.
        """
        given: dict[str, Any] = {name: value for name, value in arguments.items() if value is not None}
        reading = {name: given.pop(name) for name in _READ_ARGUMENTS if name in given}
        is_japanese = reading.setdefault("phonemize", self.processor.tokenizer.reads_text)
        is_split = reading.get("split_sentences") is not False
        if given.get("accent_strength"):
            reading["return_accent_levels"] = True
        inputs = self.processor(text=[text], return_tensors="pt", **reading)
        if "style_vector" in given:
            given["style_vector"] = torch.as_tensor(given["style_vector"])
        outputs = self.model.generate(**inputs, **given, stream=True, return_prosody=True)
        assert isinstance(outputs, Iterator)
        sentences = self._sentences(text, is_japanese, is_split)
        segments = read_segments(inputs["input_ids"], inputs["attention_mask"]).texts[0]
        tokens = [self.processor.tokenizer.convert_ids_to_tokens(segment.ids[0].tolist()) for segment in segments]
        spoken = zip(sentences, tokens, outputs, strict=True)
        pieces = (self._speech(*sentence, symbols, output) for sentence, symbols, output in spoken)
        return SpeechStream(pieces, len(tokens))

    def _sentences(
        self, text: str, is_japanese: bool, is_split: bool
    ) -> Iterator[tuple[Utterance, Phonemization | None]]:
        """The sentences that are spoken, each with its reading, made when it is asked for; None for phonemes."""
        if not is_japanese:
            return ((line, None) for line in iter_phoneme_lines(text))
        sentences = self.processor.iter_sentences(text, is_split)
        return ((utterance, reading) for utterance, reading in sentences if reading is not None)

    def _speech(
        self, utterance: Utterance, reading: Phonemization | None, tokens: list[str], output: TsukasaSpeechOutput
    ) -> Speech:
        prosody = output.prosody
        assert output.audio is not None and output.style_vector is not None
        assert isinstance(prosody, TsukasaProsody)
        assert prosody.token_starts is not None and prosody.token_ends is not None
        starts, ends = prosody.token_starts[0].tolist(), prosody.token_ends[0].tolist()
        words: list[TimedWord] = []
        if reading is not None:
            first_token = int(self.processor.tokenizer.add_prefix_pad)
            words = time_words(reading, starts, ends, first_token, utterance.start)
        symbols = [TimedSymbol(*timed) for timed in zip(tokens, starts, ends, strict=True) if timed[0] != PAD]
        waveform = output.audio[0].float().cpu().numpy()
        if self.upsampler is not None:
            waveform = self.upsampler(waveform, self.model.config.sampling_rate)
        return Speech(
            waveform=waveform,
            sampling_rate=self.sampling_rate,
            text=utterance.text,
            style_vector=output.style_vector[0].float().cpu().numpy(),
            prosody=(prosody,),
            words=tuple(words),
            symbols=tuple(symbols),
            choices=_choices(output),
        )

    @torch.no_grad()
    def style_of(self, audio: Any, sampling_rate: int | None = None) -> np.ndarray:
        """Encode the style of a clip, for `style_vector`, or to compare clips.

        Args:
            audio: a path, or `(samples,)`.
            sampling_rate: in Hz, of samples; the model's without it.

        Returns:
            `(2 * style_dim,)` float32.

        Raises:
            ValueError: for a clip that cannot be used.
            OSError: for one that cannot be read.
        """
        features = self.processor(audio=audio, sampling_rate=sampling_rate, return_tensors="pt")
        return self.model.encode_reference(**features)[0].float().cpu().numpy()

    def save(self, speech: Speech | Iterable[Speech], path: str | os.PathLike, *, encoding: str = "pcm16") -> None:
        """Write speech to a sound file, which appears when it is complete.

        Args:
            speech: what `speak` or `stream` returned; a stream is written as it is spoken, in constant memory.
            path: ends in `.wav`, `.flac`, `.mp3` or `.opus`.
            encoding: `"pcm16"`, `"pcm24"` (WAV and FLAC) or `"float"` (WAV).

        Raises:
            ValueError: for another suffix or encoding.
            OSError: when the file cannot be written.
        """
        with AudioWriter(path, self.sampling_rate, encoding=encoding) as writer:
            for piece in (speech,) if isinstance(speech, Speech) else speech:
                writer.write(piece.waveform)


def _choices(output: TsukasaSpeechOutput) -> tuple[SentenceChoice, ...]:
    """The choice of the only text of a piece, if there was one."""
    if output.candidate_scores is None or output.candidate_index is None:
        return ()
    return (SentenceChoice(tuple(output.candidate_scores[0].tolist()), int(output.candidate_index[0])),)


def _check_processor(path: str) -> None:
    """Refuse a folder with a model but without its processor, as checkpoints of a training run are."""
    folder = Path(path)
    if folder.is_dir() and not any((folder / name).is_file() for name in (PROCESSOR_NAME, FEATURE_EXTRACTOR_NAME)):
        raise FileNotFoundError(
            f"the folder '{path}' holds a model without its processor ({PROCESSOR_NAME}), as checkpoints of a run "
            "do: name the run's folder 'final', or save the processor there too"
        )


__all__ = ["DEFAULT_MODEL", "Speaker", "SpeechArguments"]
