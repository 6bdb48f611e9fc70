# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Text, reference clips and written descriptions of a voice to the inputs of `generate()`, and its speech to files."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from transformers.feature_extraction_utils import BatchFeature
from transformers.processing_utils import ProcessorMixin, Unpack
from transformers.utils import (
    CHAT_TEMPLATE_DIR,
    CHAT_TEMPLATE_FILE,
    FEATURE_EXTRACTOR_NAME,
    LEGACY_PROCESSOR_CHAT_TEMPLATE_FILE,
)

from ...audio.files import AudioWriter
from ...hub import HubShimMixin, hub_arguments, optional_model_file, refuse_file
from ...text.accent_levels import accent_levels
from ...text.kotodama.kotodama_tokenizer import (
    TsukasaPromptTokenizer,
    TsukasaTextSamplerTokenizer,
    prompt_input,
    text_sampler_input,
)
from ...text.pauses import has_pauses, without_pauses
from ...text.phoneme_lines import has_phoneme_lines, iter_phoneme_lines, without_line_ends
from ...text.phonemization import Phonemization
from ...text.phonemizer import NothingToReadError
from ...text.sentence_readings import read_sentences, warn_of_left_out
from ...text.timing import TimedWord, time_words
from ...text.utterances import Utterance, is_one_utterance
from .conversations import CHAT_TEMPLATE, read_turns, voices_of_turns
from .feature_extraction_tsukasa import TsukasaFeatureExtractor
from .processor_arguments import CALL_ARGUMENTS, ROW_ARGUMENTS, TsukasaProcessorKwargs, refuse_speech_options
from .processor_inputs import (
    check_lengths,
    check_texts,
    group_clips,
    one_for_each,
    paths_to_save,
    rate_to_save,
    waveforms_to_save,
)
from .speaking.accent_rows import rows_like
from .speaking.sentence_marks import close_sentences
from .speaking.voices import VOICES_NAME, voice_names
from .tokenization_tsukasa import TsukasaTokenizer


# Kotodama's tokenizers are optional and lie in folders of their own beside the model.
PROMPT_TOKENIZER_FOLDER = "prompt_tokenizer"
TEXT_TOKENIZER_FOLDER = "text_tokenizer"

# Files that an earlier processor, or one of an earlier transformers, may have left where one is saved.
_FORMER_FILES = (
    "added_tokens.json",
    "special_tokens_map.json",
    LEGACY_PROCESSOR_CHAT_TEMPLATE_FILE,
    CHAT_TEMPLATE_FILE,
    FEATURE_EXTRACTOR_NAME,
)


class TsukasaProcessor(HubShimMixin, ProcessorMixin):
    r"""
    Makes the inputs of [`TsukasaModelForConditionalGeneration.generate`], and saves what it returns.

    Args:
        feature_extractor ([`TsukasaFeatureExtractor`]):
            Computes the features of reference clips.
        tokenizer ([`TsukasaTokenizer`]):
            Reads the text.
        chat_template (`str`, *optional*):
            A Jinja template that renders the text of a conversation; without it, its messages line by line.

    A model with Kotodama encoders has tokenizers for them too, in the attributes `prompt_tokenizer` and
    `text_tokenizer`, which are `None` otherwise. They are saved and found in folders of these names. The attribute
    `voices` names the voices of the model folder that the processor was loaded from.

    With a pipeline, the arguments of `generate()` are passed as `generate_kwargs`:

    ```python
    pipe = pipeline("text-to-speech", model=transformers_tsukasa.default_model())
    speech = pipe("おはようございます。", generate_kwargs={"voice": "mei-calm", "speaking_rate": 1.2})
    pipe.processor.save_audio(speech, "out.wav")
    ```
    """

    valid_processor_kwargs: type[TsukasaProcessorKwargs] = TsukasaProcessorKwargs  # type: ignore[assignment]  # see there
    feature_extractor: TsukasaFeatureExtractor
    tokenizer: TsukasaTokenizer

    def __init__(
        self,
        feature_extractor: TsukasaFeatureExtractor,
        tokenizer: TsukasaTokenizer,
        chat_template: str | dict[str, str] | None = None,
    ) -> None:
        super().__init__(feature_extractor, tokenizer, chat_template=chat_template or CHAT_TEMPLATE)
        # Saving would note it otherwise, and give the tokenizer another hash.
        tokenizer._set_processor_class(type(self).__name__)
        self.prompt_tokenizer: TsukasaPromptTokenizer | None = None
        self.text_tokenizer: TsukasaTextSamplerTokenizer | None = None
        self.voices: tuple[str, ...] = ()

    @property
    def model_input_names(self) -> list[str]:
        """The inputs of `generate()` for a text with a reference clip."""
        return [*self.tokenizer.model_input_names, "input_features", "input_features_mask"]

    def __call__(
        self,
        text: str | list[str] | None = None,
        audio: Any = None,
        prompt: str | list[str] | None = None,
        style_text: str | list[str] | None = None,
        **kwargs: Unpack[TsukasaProcessorKwargs],
    ) -> BatchFeature:
        """Reads text, and clips or descriptions of how it should sound.

        Args:
            text: a text or several, which are spoken sentence by sentence (`split_sentences` decides otherwise).
            audio: reference clips: one for all texts, or a list with a clip, or a list of clips, for each. Several
                clips of one text are averaged. See [`~audio.clips.load_clip`] for what a clip can be.
            prompt: a written description of the voice, for each text or one for all; needs a prompt encoder.
            style_text: the text from which the text sampler takes the style, usually the text itself; "name: text"
                names a speaker that it was trained with.
            kwargs: `sampling_rate` of clips given as arrays, `phonemize=False` for phonemes, `return_tensors`,
                `padding` and the other options of tokenizers.

        Returns:
            `input_ids` and `attention_mask` `(batch, tokens)`, in long form with a negative id after every sentence,
            which tells how it ends; with audio `input_features` `(clips, bins, frames)` and `input_features_mask`
            `(clips, frames)`, and `reference_counts` `(batch,)` where a text has several clips; with
            `return_accent_levels` the `accent_levels` `(batch, tokens)` of Japanese; with a prompt
            `prompt_input_ids` and `prompt_attention_mask`; with a style text `style_text_input_ids` and
            `style_text_attention_mask`.

        Raises:
            ValueError: for text that cannot be spoken, clips that cannot be used, numbers of
                these that do not fit, and descriptions that the model cannot read.
        """
        if text is None and audio is None:
            raise ValueError("the processor needs a text, or a clip whose features to compute")
        text_kwargs, audio_kwargs = self._arguments_of_parts(kwargs)
        return_tensors = text_kwargs.get("return_tensors")
        split_sentences = text_kwargs.pop("split_sentences", None)
        phonemize = text_kwargs.pop("phonemize", None)
        is_japanese = self.tokenizer.reads_text if phonemize is None else phonemize
        has_levels = text_kwargs.pop("return_accent_levels", None)
        has_levels = is_japanese and (self.tokenizer.return_accent_levels if has_levels is None else has_levels)
        texts = None if text is None else check_texts(text)
        data: dict[str, Any] = {}
        if texts is not None:
            if self._is_long_form(texts, split_sentences, is_japanese):
                is_split = split_sentences is not False
                data.update(self._encode_long(texts, is_japanese, is_split, has_levels, text_kwargs))
            else:
                is_one = isinstance(text, str)
                data.update(self._encode_short(texts, is_japanese, is_one, has_levels, text_kwargs))
        if audio is not None:
            data.update(self._read_clips(audio, texts, audio_kwargs))
        if prompt is not None or style_text is not None:
            data.update(self._read_style(texts, prompt, style_text, is_japanese, return_tensors))
        return BatchFeature(data, tensor_type=return_tensors)

    def _arguments_of_parts(self, arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The arguments of the tokenizer and of the feature extractor among those of a call."""
        refuse_speech_options(arguments)
        # Up to transformers 5.20, merging takes things out of dicts such as `text_kwargs`.
        own = {name: dict(value) if isinstance(value, dict) else value for name, value in arguments.items()}
        merged = self._merge_kwargs(
            TsukasaProcessorKwargs,  # type: ignore[arg-type]  # the class is meant, but annotated as an instance
            tokenizer_init_kwargs=self.tokenizer.init_kwargs,
            **own,
        )
        return merged["text_kwargs"], merged["audio_kwargs"]

    def _is_long_form(self, texts: list[str], split_sentences: bool | None, is_japanese: bool) -> bool:
        if not is_japanese:
            if split_sentences:
                raise ValueError("phonemes are not split into sentences: give a line for each sentence")
            return any(map(has_phoneme_lines, texts))
        if split_sentences is None:
            split_sentences = not all(map(is_one_utterance, texts))
        return split_sentences or any(map(has_pauses, texts))

    def _encode_short(
        self, texts: list[str], is_japanese: bool, is_one: bool, has_levels: bool, text_kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        """The ids and mask of every text, which is spoken in one piece; without a batch for one string."""
        check_lengths(texts)
        if has_levels:
            readings = [self.tokenizer.read(text) for text in texts]
        else:
            read = self.tokenizer.to_phonemes if is_japanese else without_line_ends
            readings = [(read(text), []) for text in texts]
        rows = [phonemes for phonemes, _ in readings]
        data = dict(self.tokenizer(rows[0] if is_one else rows, phonemize=False, **text_kwargs))
        if has_levels:
            is_flat = np.ndim(data["input_ids"][0]) == 0
            ids = [data["input_ids"]] if is_flat else data["input_ids"]
            levels = self._level_rows(readings, ids, text_kwargs)
            data["accent_levels"] = levels[0] if is_flat else levels
        return data

    def _level_rows(
        self, readings: Iterable[tuple[str, Sequence[int]]], ids: Any, text_kwargs: dict[str, Any]
    ) -> list[list[int]]:
        """The accent levels of tokens in rows like those of their ids."""
        tokenizer = self.tokenizer
        has_pads = text_kwargs.get("add_special_tokens", True)
        pads = (int(has_pads and tokenizer.add_prefix_pad), int(has_pads and tokenizer.add_suffix_pad))
        side = text_kwargs.get("padding_side") or tokenizer.padding_side
        levels = [tokenizer.token_levels(*reading) for reading in readings]
        return rows_like(levels, ids, pads, side, tokenizer.truncation_side)

    def _encode_long(
        self, texts: list[str], is_japanese: bool, is_split: bool, has_levels: bool, text_kwargs: dict[str, Any]
    ) -> dict[str, Any]:
        """The ids and mask of every text, whose sentences are closed by marks."""
        per_row = {name: text_kwargs[name] for name in ROW_ARGUMENTS if name in text_kwargs}
        per_sentence = {name: value for name, value in text_kwargs.items() if name not in per_row}
        if per_sentence.get("truncation"):
            per_sentence["max_length"] = per_row.get("max_length")
        rows: list[list[int]] = []
        level_rows: list[list[int]] = []
        for text in texts:
            if is_japanese:
                sentences = self._read_long(text, is_split, has_levels)
            else:
                sentences = [(sentence, ()) for sentence in iter_phoneme_lines(text)]
            if not sentences:
                raise NothingToReadError.in_text(text)
            utterances = [utterance for utterance, _ in sentences]
            readings = [(utterance.text, levels) for utterance, levels in sentences]
            ids = self.tokenizer([phonemes for phonemes, _ in readings], phonemize=False, **per_sentence)["input_ids"]
            rows.append(close_sentences(zip(ids, utterances, strict=True)))
            if has_levels:
                levels = self._level_rows(readings, ids, per_sentence)
                level_rows.append(close_sentences(zip(levels, utterances, strict=True)))
        data = dict(self.tokenizer.pad({"input_ids": rows}, **per_row))
        if has_levels:
            side = per_row.get("padding_side") or self.tokenizer.padding_side
            data["accent_levels"] = rows_like(level_rows, data["input_ids"], padding_side=side)
        return data

    def _read_long(self, text: str, is_split: bool, has_levels: bool) -> list[tuple[Utterance, tuple[int, ...]]]:
        """The sentences of a text that can be spoken, with phonemes as text, and levels if wanted; no more is kept."""
        spoken: list[tuple[Utterance, tuple[int, ...]]] = []

        def read() -> Iterator[tuple[Utterance, Phonemization | None]]:
            for utterance, reading in self.iter_sentences(text, is_split):
                if reading is not None:
                    levels = tuple(accent_levels(reading)) if has_levels else ()
                    spoken.append((replace(utterance, text=reading.phonemes), levels))
                yield utterance, reading

        warn_of_left_out(read())
        return spoken

    def iter_sentences(self, text: str, is_split: bool = True) -> Iterator[tuple[Utterance, Phonemization | None]]:
        """Read a text sentence by sentence, as the long form speaks it; see `read_sentences`."""
        return read_sentences(text, self.tokenizer.phonemizer, is_split)

    def _read_clips(self, audio: Any, texts: list[str] | None, audio_kwargs: dict[str, Any]) -> dict[str, Any]:
        clips, counts = group_clips(audio, None if texts is None else len(texts))
        features = self.feature_extractor(clips, **audio_kwargs)
        data = {name: features[name] for name in ("input_features", "input_features_mask")}
        if counts is not None:
            data["reference_counts"] = np.asarray(counts)
        return data

    def _read_style(
        self,
        texts: list[str] | None,
        prompt: str | list[str] | None,
        style_text: str | list[str] | None,
        is_japanese: bool,
        return_tensors: str | None,
    ) -> dict[str, Any]:
        if texts is None:
            raise ValueError("a prompt or style text describes how a text is spoken: give the text too")
        # Phonemes are no romaji, and have no other writing.
        to_kana = self.tokenizer.to_kana if is_japanese else None
        style_texts = texts if style_text is None else one_for_each(style_text, len(texts), "style texts")
        written = [without_pauses(line) for line in style_texts]
        data: dict[str, Any] = {}
        if prompt is not None:
            if self.prompt_tokenizer is None:
                raise ValueError(_no_tokenizer("a prompt", "prompt encoder", PROMPT_TOKENIZER_FOLDER))
            prompts = one_for_each(prompt, len(texts), "prompts")
            inputs = [prompt_input(*pair, to_kana) for pair in zip(prompts, written, strict=True)]
            data.update(_encode(self.prompt_tokenizer, inputs, "prompt", return_tensors))
        if style_text is not None and (prompt is None or self.text_tokenizer is not None):
            if self.text_tokenizer is None:
                raise ValueError(_no_tokenizer("a style text", "text sampler", TEXT_TOKENIZER_FOLDER))
            inputs = [text_sampler_input(line, to_kana=to_kana) for line in written]
            data.update(_encode(self.text_tokenizer, inputs, "style_text", return_tensors))
        return data

    def apply_chat_template(  # type: ignore[override]  # the base class names every argument of every modality
        self,
        conversation: Sequence[Any],
        chat_template: str | None = None,
        *,
        tokenize: bool = False,
        return_dict: bool = False,
        return_tensors: str | None = "pt",
        processor_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Reads a conversation for `generate()`: every turn becomes a text of the batch.

        ```python
        conversation = [
            {"role": "mei", "content": [{"type": "text", "text": "おはようございます。"}]},
            {"role": "takumi", "content": [{"type": "text", "text": "よく眠れましたか。"}]},
        ]
        inputs = processor.apply_chat_template(conversation, tokenize=True, return_dict=True)
        processor.save_audio(model.generate(**inputs), ["1.wav", "2.wav"])
        ```

        Args:
            conversation: messages, or a list of conversations, whose turns are taken one after the other. The role is
                the voice: a voice of the model, by name or, as a number from "0", by place; "user", "assistant" and
                "system" are the speaker by default. A role with an audio entry (`{"type": "audio", "path": ...}`, or
                "url", or "audio" with an array) sounds like that clip, or the mean of its clips. Messages of one
                speaker in a row are one turn.
            chat_template: replaces the processor's.
            tokenize: whether to return inputs; otherwise the text that the template renders, a line for each message.
            return_dict: whether to return all inputs; otherwise `input_ids` alone.
            return_tensors: `"pt"` or `"np"`; `None` for lists.
            processor_kwargs: further arguments of [`~TsukasaProcessor.__call__`], such as the `sampling_rate` of clips
                given as arrays.
            kwargs: variables of the template, and the arguments of transformers' own `apply_chat_template`. Options of
                texts and clips, such as `phonemize` and `sampling_rate`, are accepted here too.

        Returns:
            The inputs that [`~TsukasaProcessor.__call__`] returns, with `voice`, a list of names, where roles name
            voices, and of `None` for several turns in which nobody is named.

        Raises:
            ValueError: for messages that cannot be read, for a voice that the model does not have, and for speakers of
                different kinds, since one call of `generate()` speaks with clips or with named voices.
        """
        # Annotated as dicts of strings, although the content of a message is a list of dicts in its own example.
        render: Callable[..., Any] = super().apply_chat_template
        if not conversation:
            raise ValueError("the conversation is empty: give it at least one message")
        # transformers accepts arguments of the call beside the variables of the template.
        variables = {name: value for name, value in kwargs.items() if name not in CALL_ARGUMENTS}
        if not tokenize:
            return render(conversation, chat_template, **variables)
        turns = read_turns(conversation)
        voices = voices_of_turns(turns, self.voices)
        texts = [render(list(turn.messages), chat_template, **variables) for turn in turns]
        arguments: dict[str, Any] = {
            "return_tensors": "pt" if return_tensors == "auto" else return_tensors,
            **{name: value for name, value in kwargs.items() if name in CALL_ARGUMENTS},
            **(processor_kwargs or {}),
        }
        audio = [list(turn.clips) for turn in turns] if turns[0].clips else None
        inputs = self(text=texts, audio=audio, **arguments)
        if not return_dict:
            return inputs["input_ids"]
        if voices is not None or len(turns) > 1:
            # Without a voice for every turn, a pipeline that batches conversations would drop all turns but the first.
            inputs["voice"] = voices or [None] * len(turns)
        return inputs

    def word_times(self, text: str, prosody: Any) -> list[TimedWord]:
        """When every word and mora of `text` is spoken, in seconds.

        Args:
            text: what was spoken, one text.
            prosody: what `generate(return_prosody=True)` returned for it; in long form the list of all sentences.

        Raises:
            ValueError: when the prosody is of another text.
        """
        if isinstance(prosody, (list, tuple)) and len(prosody) == 1 and isinstance(prosody[0], (list, tuple)):
            (prosody,) = prosody  # by text, of one
        is_long_form = isinstance(prosody, (list, tuple))
        parts = list(prosody) if is_long_form else [prosody]
        spoken = self._spoken(text, is_split=is_long_form)
        if is_long_form and len(spoken) != len(parts):
            spoken = self._spoken(text, is_split=False) or spoken  # one that was cut only at its written pauses
        if len(spoken) != len(parts):
            raise ValueError(f"the text has {len(spoken)} sentences, but the prosody {len(parts)}")
        first_token = int(self.tokenizer.add_prefix_pad)
        times: list[TimedWord] = []
        for (utterance, reading), part in zip(spoken, parts, strict=True):
            tokens = part["token_starts"][0].tolist(), part["token_ends"][0].tolist()
            times += time_words(reading, *tokens, first_token, utterance.start)
        return times

    def _spoken(self, text: str, is_split: bool) -> list[tuple[Utterance, Phonemization]]:
        """The sentences of a text that are spoken, with their readings."""
        sentences = self.iter_sentences(text, is_split)
        return [(utterance, reading) for utterance, reading in sentences if reading is not None]

    def save_audio(
        self,
        audio: Any,
        saving_path: str | os.PathLike | Sequence[str | os.PathLike],
        sampling_rate: int | None = None,
        encoding: str = "pcm16",
    ) -> None:
        """Writes speech to sound files, each of which appears complete or not at all.

        Args:
            audio: what `generate()` or a pipeline returned; or `(samples,)`, `(batch, samples)`, or a list of these,
                as arrays or tensors of floats in [-1, 1] or of 8-, 16- or 32-bit integers.
            saving_path: a path that ends in `.wav`, `.flac`, `.mp3` or `.opus`, or a list with one for every waveform.
            sampling_rate: in Hz; that of a pipeline's output or, for other audio, the model's when not given.
            encoding: `"pcm16"`, `"pcm24"` or, for WAV, `"float"`.

        Raises:
            ValueError: when paths or rates do not fit the waveforms, for another suffix or encoding, and for audio
                that is empty, not finite or no audio. Nothing is written then.
            FileNotFoundError: when a folder does not exist.
        """
        waveforms = waveforms_to_save(audio)
        paths = paths_to_save(saving_path)
        if len(paths) != len(waveforms):
            raise ValueError(
                f"{len(waveforms)} waveforms need {len(waveforms)} paths in `saving_path`, got {len(paths)}"
            )
        if len({path.absolute() for path in paths}) < len(paths):
            raise ValueError("two waveforms would be saved to the same path: give each a `saving_path` of its own")
        rate = rate_to_save(audio, sampling_rate, self.feature_extractor.sampling_rate)
        writers = [AudioWriter(path, rate, encoding=encoding) for path in paths]
        with ExitStack() as stack:
            for writer, waveform in zip(writers, waveforms, strict=True):
                stack.enter_context(writer).write(waveform)

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> list[str]:
        """Saves processor, tokenizers and chat template, with the hub shim.

        What another processor left in the folder beside them is removed: its tokenizers of Kotodama, its settings in
        files of other names, and its further chat templates.
        """
        refuse_file(save_directory)
        folder = Path(save_directory)
        for name in (PROMPT_TOKENIZER_FOLDER, TEXT_TOKENIZER_FOLDER):
            tokenizer = getattr(self, name)
            if tokenizer is not None:
                tokenizer.save_pretrained(folder / name)
            elif (folder / name).is_dir():
                shutil.rmtree(folder / name)
        for name in _FORMER_FILES:
            (folder / name).unlink(missing_ok=True)
        if (folder / CHAT_TEMPLATE_DIR).is_dir():
            shutil.rmtree(folder / CHAT_TEMPLATE_DIR)
        return super().save_pretrained(save_directory, *args, **kwargs)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        """Loads the processor, with Kotodama's tokenizers and the names of the voices where the folder has them."""
        hub_kwargs = hub_arguments(kwargs)
        loaded = super().from_pretrained(pretrained_model_name_or_path, *args, **kwargs)
        processor = loaded[0] if isinstance(loaded, tuple) else loaded
        subfolder = kwargs.get("subfolder") or ""
        for name, tokenizer_class in (
            (PROMPT_TOKENIZER_FOLDER, TsukasaPromptTokenizer),
            (TEXT_TOKENIZER_FOLDER, TsukasaTextSamplerTokenizer),
        ):
            folder = os.path.join(subfolder, name)
            place = (pretrained_model_name_or_path, "tokenizer_config.json", folder)
            if optional_model_file(*place, hub_kwargs) is not None:
                tokenizer = tokenizer_class.from_pretrained(
                    pretrained_model_name_or_path, subfolder=folder, **hub_kwargs
                )
                setattr(processor, name, tokenizer)
        voices = optional_model_file(pretrained_model_name_or_path, VOICES_NAME, subfolder, hub_kwargs)
        if voices is not None:
            processor.voices = voice_names(voices)
        return loaded


def _encode(tokenizer: Any, inputs: list[str], name: str, return_tensors: str | None) -> dict[str, Any]:
    encoded = tokenizer(inputs, padding=True, return_tensors=return_tensors)
    return {f"{name}_input_ids": encoded["input_ids"], f"{name}_attention_mask": encoded["attention_mask"]}


def _no_tokenizer(given: str, encoder: str, folder: str) -> str:
    return (
        f"{given} was given, but this model has no {encoder} (its folder has no '{folder}'): use a model that has "
        "one, or give a clip or a voice"
    )


__all__ = ["TsukasaProcessor", "TsukasaProcessorKwargs"]
