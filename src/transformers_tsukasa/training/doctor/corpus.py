# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Findings of `tsukasa doctor` on a prepared corpus."""

import os

import numpy as np

from ...data.corpus import PreparedCorpus
from ...data.corpus_alignments import read_durations
from ...models.tsukasa.configuration_tsukasa import MEL_FRAMES_PER_TEXT_FRAME
from ...text.phonemes.symbols import symbol_table
from ...utils.wording import counted
from .findings import OK, PROBLEM, WARNING, Finding


_FEATURES = ("log_mel", "f0", "energy")
# A smaller share points at recordings without speech, or at a range of F0 that is not the speaker's.
_LEAST_VOICED = 0.15


def examine_corpus(folder: str | os.PathLike) -> list[Finding]:
    """Rows on a corpus by itself; whether it fits the model is checked when the trainer is made."""
    findings: list[Finding] = []
    try:
        corpus = PreparedCorpus(folder)
        tables = {split: corpus.open(split) for split in corpus.splits}
        findings += [_rows(corpus, split, rows) for split, rows in tables.items()]
        findings += [_speakers(corpus, tables["train"]), _symbols(corpus, tables), _features(corpus, tables)]
        findings += [_durations(corpus, tables), _texts(corpus), _descriptions(tables["train"])]
    except (ValueError, OSError) as error:
        findings.append(Finding(PROBLEM, "corpus", str(error)))
    return findings


def _rows(corpus: PreparedCorpus, split: str, rows) -> Finding:
    seconds, frames = (np.asarray(rows.data.column(name)) for name in ("seconds", "num_frames"))
    state = (
        f"{counted(len(rows), 'utterance')}, {seconds.sum() / 60:.1f} min; the shortest {seconds.min():.2f} s "
        f"({frames.min()} mel frames), the longest {seconds.max():.2f} s ({frames.max()})"
    )
    return Finding(OK, f"corpus, {split}", state)


def _speakers(corpus: PreparedCorpus, rows) -> Finding:
    ids, counts = np.unique(np.asarray(rows.data.column("speaker_id")), return_counts=True)
    fewest = corpus.speakers[ids[counts.argmin()]]
    return Finding(OK, "speakers", f"{len(ids)} with {counts.min()} ('{fewest}') to {counts.max()} utterances")


def _symbols(corpus: PreparedCorpus, tables: dict) -> Finding:
    texts = [text for rows in tables.values() for text in rows.data.column("phonemes").to_pylist()]
    symbols = set().union(*texts)
    unknown = sorted(symbols - symbol_table(corpus.profile).keys())
    longest = max(int(np.asarray(rows.data.column("num_tokens")).max()) for rows in tables.values())
    if unknown:
        affected = sum(any(symbol in text for symbol in unknown) for text in texts)
        state = f"{affected} texts hold symbols that the model does not know: {' '.join(unknown)}"
        return Finding(PROBLEM, "symbols", state, "prepare the corpus again")
    return Finding(OK, "symbols", f"{len(symbols)} different ones, all known; the longest text has {longest} tokens")


def _features(corpus: PreparedCorpus, tables: dict) -> Finding:
    missing = sorted({name for rows in tables.values() for name in _FEATURES if name not in rows.column_names})
    if missing:
        return Finding(PROBLEM, "features", f"no {', '.join(missing)} in the corpus", "prepare it again")
    report = corpus.report
    state = f"mel, F0 and energy are cached; {100 * report['voiced_share']:.0f} % of the frames are voiced"
    rejected = sum(report["rejected"].values())
    if report["voiced_share"] < _LEAST_VOICED:
        advice = "set the range of the speakers' F0 with `tsukasa prepare` (`f0_min`, `f0_max`)"
        return Finding(
            WARNING,
            "features",
            state,
            advice,
        )
    if rejected > 0.2 * report["rows"]:
        advice = f"see '{corpus.folder / 'rejected.csv'}'"
        return Finding(WARNING, "features", f"{state}; {rejected} of {report['rows']} rows were rejected", advice)
    return Finding(OK, "features", state)


def _durations(corpus: PreparedCorpus, tables: dict) -> Finding:
    advice = "make them again with `tsukasa prepare` (`aligner`, `overwrite=True`)"
    try:
        durations = {split: read_durations(corpus, split) for split in tables}
    except ValueError as error:
        return Finding(PROBLEM, "alignments", str(error))
    cached = {split: found for split, found in durations.items() if found is not None}
    if len(cached) < len(durations):
        return Finding(OK, "alignments", "none are cached: an aligner searches them in training, which takes time")
    for split, rows in tables.items():
        frames, tokens = (np.asarray(rows.data.column(name)) for name in ("num_frames", "num_tokens"))
        wrong = sum(
            len(found) != tokens[index] or found.sum() != frames[index] // MEL_FRAMES_PER_TEXT_FRAME
            for index, found in ((index, cached[split][index]) for index in range(len(rows)))
        )
        if wrong:
            return Finding(PROBLEM, "alignments", f"{wrong} of {split} do not fit their utterances", advice)
    return Finding(OK, "alignments", "durations of all utterances are cached")


def _texts(corpus: PreparedCorpus) -> Finding:
    texts = corpus.out_of_domain_texts
    if texts:
        lengths = [len(text) for text in texts]
        state = f"{len(texts)} of {min(lengths)} to {max(lengths)} symbols"
        return Finding(OK, "out-of-domain texts", state)
    state = "none: where they are needed (joint phase), the texts of the recordings are used"
    return Finding(WARNING, "out-of-domain texts", state, "give some to `tsukasa prepare` (`out_of_domain_file`)")


def _descriptions(rows) -> Finding:
    described = sum(bool(text) for text in rows.data.column("description").to_pylist())
    return Finding(OK, "descriptions", f"{described} of {len(rows)} utterances have one (used by stage 3 only)")


__all__ = ["examine_corpus"]
