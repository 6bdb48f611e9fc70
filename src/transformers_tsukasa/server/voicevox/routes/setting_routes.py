# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The page of settings, and the call that keeps them."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import ValidationError
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ...context import context_of
from ...problems import ServerProblem
from ..refusals import invalid
from ..stored_setting import CorsPolicyMode, StoredSetting, read_setting, write_setting
from .parameters import ChangingRoute


router = APIRouter(tags=["voicevox settings"], strict_content_type=False)
changing = APIRouter(tags=["voicevox settings"], strict_content_type=False, route_class=ChangingRoute)

_CHOICES = {
    CorsPolicyMode.localapps: "このパソコンのページと拡張機能だけ / pages of this machine and extensions of browsers",
    CorsPolicyMode.all: "すべてのページ / every page",
}
_PAGE = """<!DOCTYPE html>
<html lang="ja">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tsukasa Speech: 設定 / settings</title>
<style>body {{ font-family: sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.6 }}
label, input[type=text] {{ display: block; width: 100% }} fieldset {{ margin: 1rem 0 }}</style>
<h1>設定 / settings</h1>
<form method="post" action="setting">
<fieldset><legend>このサーバーを使えるページ / pages that may use this server</legend>
{choices}
<label>ほかに許可するオリジン（空白区切り） / further origins, between spaces
<input type="text" name="allow_origin" value="{origins}" placeholder="https://example.org"></label>
</fieldset>
<button>保存 / save</button> <output></output>
</form>
<p>次に起動したときから有効です。起動時の引数が優先されます。 /
Settings hold from the next start on; arguments of the command line come first.</p>
<p><a href="docs">API</a></p>
<script>
document.forms[0].addEventListener("submit", async (event) => {{
  event.preventDefault();
  const form = event.target;
  const answer = await fetch(form.action, {{method: "POST", body: new URLSearchParams(new FormData(form))}});
  form.querySelector("output").textContent = answer.ok ? "保存しました / saved" : (await answer.json()).error.message;
}});
</script>
"""


@router.get("/setting", response_class=HTMLResponse)
def setting(request: Request) -> HTMLResponse:
    """A page with the settings."""
    try:
        stored = read_setting(context_of(request).settings.state)
    except ValueError as error:
        message = "設定ファイルが壊れています: the file of settings is damaged; repair it, or move it away"
        raise ServerProblem(500, None, message, retry=False) from error
    choices = "\n".join(
        f'<label><input type="radio" name="cors_policy_mode" value="{mode.value}"'
        f"{' checked' if mode is stored.cors_policy_mode else ''}> {text}</label>"
        for mode, text in _CHOICES.items()
    )
    return HTMLResponse(_PAGE.format(choices=choices, origins=escape(stored.allow_origin or "")))


@changing.post("/setting", status_code=204)
def keep_setting(
    request: Request,
    cors_policy_mode: Annotated[CorsPolicyMode, Form()],
    allow_origin: Annotated[str | SkipJsonSchema[None], Form()] = None,
) -> Response:
    """Keep settings for the next start."""
    try:
        kept = StoredSetting(cors_policy_mode=cors_policy_mode, allow_origin=allow_origin)
    except ValidationError as error:
        raise invalid(error.errors()[0]["msg"].removeprefix("Value error, ")) from error
    write_setting(context_of(request).settings.state, kept)
    return Response(status_code=204)


__all__ = ["changing", "router"]
