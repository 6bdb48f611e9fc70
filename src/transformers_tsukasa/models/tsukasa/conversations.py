# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Conversations, as chat templates take them, to turns that are spoken: a role is a voice, an audio entry a clip.

```python
[
    {"role": "mei", "content": "おはよう。"},  # a voice of the model
    {"role": "0", "content": [{"type": "text", "text": "おはよう。"}]},  # its first voice
    {"role": "user", "content": "おはよう。"},  # the voice that speaks by default
    {"role": "guest", "content": [{"type": "audio", "path": "clip.wav"}, {"type": "text", "text": "おはよう。"}]},
]
```
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


# What a turn says is all that is spoken of it. Lines separate the turns where a conversation is only rendered.
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

UNNAMED_ROLES = ("user", "assistant")
"""Roles of other models' conversations that name no voice."""

_CLIP_KEYS = ("audio", "path", "url")


@dataclass(frozen=True)
class Turn:
    """What one role says in one go: its message, and the clips that it sounds like."""

    role: str
    message: Mapping[str, Any]
    clips: tuple[Any, ...]


def read_turns(conversation: Sequence[Any]) -> list[Turn]:
    """The messages of a conversation, or of a list of conversations one after the other, that hold text.

    The clips of a message hold for its role from there on, until a message of the role brings others. A message of
    clips alone is not spoken.

    Raises:
        ValueError: for a message that is not made of a role and of content, and for entries that cannot be spoken.
    """
    if conversation and all(isinstance(one, (list, tuple)) for one in conversation):
        return [turn for one in conversation for turn in _read_conversation(one)]
    return _read_conversation(conversation)


def _read_conversation(conversation: Sequence[Any]) -> list[Turn]:
    if not conversation:
        raise ValueError("the conversation is empty: give it at least one message")
    clips_of: dict[str, tuple[Any, ...]] = {}
    turns = []
    for number, message in enumerate(conversation):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str) or "content" not in message:
            raise ValueError(f"message {number} of the conversation must be a dict with a 'role' and its 'content'")
        has_text, clips = _read_content(message["content"], number)
        if clips:
            clips_of[message["role"]] = clips
        if has_text:
            turns.append(Turn(message["role"], message, clips_of.get(message["role"], ())))
    if not turns:
        raise ValueError("no message of the conversation holds a text to speak")
    return turns


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


def voices_of_roles(turns: Sequence[Turn], known: Sequence[str]) -> list[str] | None:
    """The named voice of every turn; `None` when none is asked for, because the turns have clips or unnamed roles.

    Args:
        turns: of one call of `generate()`, which takes clips or voices, but not both.
        known: names of the model's voices in order. Without any, numbers name no voice either.

    Raises:
        ValueError: when roles ask for different kinds of style, or for a voice that there is not.
    """
    kinds = {_kind_of_style(turn, known): turn.role for turn in turns}
    if len(kinds) > 1:
        described = ", ".join(f"role '{role}' {kind}" for kind, role in kinds.items())
        raise ValueError(
            f"the turns of a conversation need the same kind of style, but {described}: give a clip to every role, or "
            "let every role be a voice of the model"
        )
    return [_named_voice(turn.role, known) for turn in turns] if _NAMED in kinds else None


_CLIPS, _NAMED, _DEFAULT = "has a clip", "names a voice", "has the voice that speaks by default"


def _kind_of_style(turn: Turn, known: Sequence[str]) -> str:
    if turn.clips:
        return _CLIPS
    if turn.role in known:
        return _NAMED
    return _DEFAULT if turn.role in UNNAMED_ROLES or (turn.role.isdecimal() and not known) else _NAMED


def _named_voice(role: str, known: Sequence[str]) -> str:
    """The voice of a role: of that name, or, for a number, of that place. The model refuses what is not known here."""
    if role in known or not known:
        return role
    if role.isdecimal() and int(role) < len(known):
        return known[int(role)]
    raise ValueError(
        f"role '{role}' is no voice of the model, which has {', '.join(known)}: name one of them, or give the role a "
        "clip"
    )


__all__ = ["CHAT_TEMPLATE", "UNNAMED_ROLES", "Turn", "read_turns", "voices_of_roles"]
