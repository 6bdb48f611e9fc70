# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Conversations, as chat templates take them, to turns that are spoken: a role is a voice, an audio entry a clip.

```python
[
    {"role": "mei", "content": "おはよう。"},  # a voice of the model
    {"role": "0", "content": [{"type": "text", "text": "おはよう。"}]},  # its first voice
    {"role": "user", "content": "おはよう。"},  # the speaker by default
    {"role": "guest", "content": [{"type": "audio", "path": "clip.wav"}, {"type": "text", "text": "おはよう。"}]},
]
```
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any


# The texts of the messages, one message a line: all that is spoken of a conversation.
CHAT_TEMPLATE = """\
{%- for message in messages -%}
  {%- if not loop.first %}{{ '\\n' }}{% endif -%}
  {%- if message['content'] is string -%}
    {{ message['content'] }}
  {%- else -%}
    {%- for entry in message['content'] if entry['type'] == 'text' -%}{{ entry['text'] }}{%- endfor -%}
  {%- endif -%}
{%- endfor -%}
"""

UNNAMED_ROLES = ("user", "assistant", "system")
"""Roles of other models' conversations, which name nobody: all of them are the speaker by default."""

_DEFAULT_SPEAKER = ""
_CLIP_KEYS = ("audio", "path", "url")


@dataclass(frozen=True)
class Turn:
    """A stretch of a conversation by one speaker.

    Args:
        speaker: the role, or "" for the speaker by default.
        messages: one message or several in a row.
        clips: clips of the speaker, anywhere in the conversation.
    """

    speaker: str
    messages: tuple[Mapping[str, Any], ...]
    clips: tuple[Any, ...]


def read_turns(conversation: Sequence[Any]) -> list[Turn]:
    """The turns of a conversation, or of a list of conversations one after the other.

    Messages of one speaker in a row are one turn. Messages of clips alone are not spoken.

    Raises:
        ValueError: for a message that is not made of a role and of content, and for entries that cannot be spoken.
    """
    if conversation and all(isinstance(one, (list, tuple)) for one in conversation):
        return [turn for one in conversation for turn in _read_conversation(one)]
    return _read_conversation(conversation)


def _read_conversation(conversation: Sequence[Any]) -> list[Turn]:
    if not conversation:
        raise ValueError("the conversation is empty: give it at least one message")
    clips_of: dict[str, list[Any]] = {}
    spoken: list[tuple[str, Mapping[str, Any]]] = []
    for number, message in enumerate(conversation):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str) or "content" not in message:
            raise ValueError(f"message {number} of the conversation must be a dict with a 'role' and its 'content'")
        speaker = _DEFAULT_SPEAKER if message["role"] in UNNAMED_ROLES else message["role"]
        has_text, clips = _read_content(message["content"], number)
        clips_of.setdefault(speaker, []).extend(clips)
        if has_text:
            spoken.append((speaker, message))
    if not spoken:
        raise ValueError("no message of the conversation holds a text to speak")
    return [
        Turn(speaker, tuple(message for _, message in messages), tuple(clips_of[speaker]))
        for speaker, messages in groupby(spoken, key=lambda one: one[0])
    ]


def _read_content(content: Any, number: int) -> tuple[bool, tuple[Any, ...]]:
    """Whether the content of message `number` has text, and its clips."""
    if isinstance(content, str):
        return True, ()
    if not isinstance(content, (list, tuple)) or not content:
        raise ValueError(f"the content of message {number} must be a text or a list of entries of text and audio")
    has_text, clips = False, []
    for entry in content:
        kind = entry.get("type") if isinstance(entry, Mapping) else None
        if kind == "text" and isinstance(entry.get("text"), str):
            has_text = True
        elif kind == "audio":
            found = [entry[key] for key in _CLIP_KEYS if entry.get(key) is not None]
            if len(found) != 1:
                raise ValueError(f"an audio entry of message {number} needs its clip as 'audio', 'path' or 'url'")
            clips += found
        else:
            raise ValueError(
                f"message {number} has an entry of type {kind!r}: only 'text', with its 'text', and 'audio' are spoken"
            )
    return has_text, tuple(clips)


def voices_of_turns(turns: Sequence[Turn], known: Sequence[str]) -> list[str] | None:
    """The named voice of every turn; `None` when none is asked for, because the turns have clips or nobody is named.

    Args:
        turns: of one call of `generate()`, which takes clips or voices, but not both.
        known: names of the model's voices in order. Without any, a number names nobody.

    Raises:
        ValueError: when speakers ask for different kinds of style, or for a voice that the model does not have.
    """
    kinds = {_kind_of_style(turn, known): turn for turn in turns}
    if len(kinds) > 1:
        described = ", ".join(f"{_shown(turn.speaker)} {kind}" for kind, turn in kinds.items())
        raise ValueError(
            f"all speakers of a conversation need the same kind of style, but {described}: give each of them a clip, "
            "or let every role be a voice of the model"
        )
    return [_named_voice(turn.speaker, known) for turn in turns] if _NAMED in kinds else None


_CLIPS, _NAMED, _DEFAULT = "has a clip", "names a voice", "has the voice that speaks by default"


def _kind_of_style(turn: Turn, known: Sequence[str]) -> str:
    if turn.clips:
        return _CLIPS
    is_nobody = turn.speaker == _DEFAULT_SPEAKER or (turn.speaker.isdecimal() and not known)
    return _DEFAULT if is_nobody else _NAMED


def _shown(speaker: str) -> str:
    return f"'{speaker}'" if speaker else f"'{UNNAMED_ROLES[0]}'"


def _named_voice(role: str, known: Sequence[str]) -> str:
    """The voice of that name, or, for a number, in that place. Where none is known, the model itself refuses names."""
    role = unicodedata.normalize("NFC", role)  # as voices are kept
    if role in known or not known:
        return role
    if role.isdecimal() and int(role) < len(known):
        return known[int(role)]
    raise ValueError(
        f"role '{role}' is no voice of the model, which has {', '.join(known)}: name one of them, or give the role a "
        "clip"
    )


__all__ = ["CHAT_TEMPLATE", "UNNAMED_ROLES", "Turn", "read_turns", "voices_of_turns"]
