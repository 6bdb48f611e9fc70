# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from transformers_tsukasa.cli.main import main


pytest.importorskip("accelerate")


@pytest.mark.parametrize(
    ("advice", "shown"),
    [
        ("measure it (`measure=True`)", "measure it (--measure)"),
        ("resume with `resume=True`", "resume with --resume"),
        ("with `tsukasa prepare` (`aligner`, `overwrite=True`)", "with `tsukasa prepare` (--aligner, --overwrite)"),
        ("give some to `tsukasa prepare` (`out_of_domain_file`)", "give some to `tsukasa prepare` (--out-of-domain)"),
        ("raise `max_steps`", "raise `max_steps`"),
    ],
)
def test_advice_names_the_flags_of_the_command_that_it_concerns(advice, shown, monkeypatch, capsys):
    from transformers_tsukasa.training.doctor import examination
    from transformers_tsukasa.training.doctor.findings import WARNING, Finding

    finding = Finding(WARNING, "memory", "10 GB", advice)
    monkeypatch.setattr(examination, "examine", lambda *arguments, **options: [finding])
    assert main(["doctor", "aligner", "configs/train/aligner.yaml"]) == 0
    printed = capsys.readouterr().out
    assert shown in printed and (shown == advice or advice not in printed)
