# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Words of the user: listed, added, rewritten, deleted and imported.

The functions are no coroutines, so that writing the file keeps nobody waiting.
"""

from typing import Annotated

from fastapi import APIRouter, Body, Depends
from pydantic import ValidationError
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from ...context import context_of
from ..dictionary.words import USUAL_PRIORITY, Priority, UserDictWord, WordTypes
from ..refusals import invalid
from .parameters import ChangingRoute


router = APIRouter(tags=["voicevox user dictionary"], strict_content_type=False)
changing = APIRouter(tags=["voicevox user dictionary"], strict_content_type=False, route_class=ChangingRoute)


def _word(
    surface: str,
    pronunciation: str,
    accent_type: int,
    word_type: WordTypes | SkipJsonSchema[None] = None,
    priority: Priority | SkipJsonSchema[None] = None,
) -> UserDictWord:
    """The word of a request's parameters."""
    kind = WordTypes.PROPER_NOUN if word_type is None else word_type
    try:
        return UserDictWord.of_kind(
            surface, pronunciation, accent_type, kind, USUAL_PRIORITY if priority is None else priority
        )
    except ValidationError as error:
        raise invalid(error.errors()[0]["msg"].removeprefix("Value error, ")) from error


Word = Annotated[UserDictWord, Depends(_word)]


@router.get("/user_dict")
def user_dict(request: Request) -> dict[str, UserDictWord]:
    """All words of the user by their uuids."""
    return context_of(request).user_words.all()


@changing.post("/user_dict_word")
def add_user_dict_word(request: Request, word: Word) -> str:
    """Add a word; its uuid."""
    return context_of(request).user_words.add(word)


@changing.put("/user_dict_word/{word_uuid}", status_code=204)
def rewrite_user_dict_word(request: Request, word_uuid: str, word: Word) -> Response:
    """Put another word in the place of one."""
    context_of(request).user_words.rewrite(word_uuid, word)
    return Response(status_code=204)


@changing.delete("/user_dict_word/{word_uuid}", status_code=204)
def delete_user_dict_word(request: Request, word_uuid: str) -> Response:
    """Delete a word."""
    context_of(request).user_words.delete(word_uuid)
    return Response(status_code=204)


@changing.post("/import_user_dict", status_code=204)
def import_user_dict(request: Request, override: bool, words: Annotated[dict[str, UserDictWord], Body()]) -> Response:
    """Add words with the uuids that another engine gave them."""
    context_of(request).user_words.merge(words, override)
    return Response(status_code=204)


__all__ = ["changing", "router"]
