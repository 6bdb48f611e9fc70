# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""From a source to a prepared corpus: a plan, shards by several processes, and the finished folder.

The work is done in `OUT.preparing` beside the result. Whatever kills it, the next run with the same source and
settings resumes with the missing shards; the folder gets its final name when everything is in it.
"""

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...models.tsukasa.model_card import keep_written_card
from ...utils.atomic_files import PARTIAL_PATTERN, hidden_sibling, put_in_place, write_text
from ...utils.damaged_files import read_json
from ...utils.file_lock import one_at_a_time
from ...utils.full_disk import full_disk_explained
from ...utils.resumable import WorkRecord, files_digest, identity_of
from ...version import __version__
from ..corpus import DAMAGED_CORPUS, OUT_OF_DOMAIN_FILE, PREPARATION_FILE, REPORT_FILE, SPEAKERS_FILE, import_datasets
from ..corpus_credits import write_corpus_card
from ..sources import Source
from .corpus_rows import Note, RowRejected, SourceRow
from .preparation_report import PreparationReport, build_report, notes_table
from .row_preparation import PreparationSettings, RowPreparer
from .row_selection import MIN_OUT_OF_DOMAIN_SYMBOLS, find_duplicates, out_of_domain_texts, validation_numbers
from .shards import ShardResult, ShardTask, ShardWriter, read_result, result_path, write_dataset_folder
from .text_files import decode_text, split_lines


# Raise when the columns, their meaning or the split change: older work folders are then not resumed.
_LAYOUT = 2
_ROWS_PER_SHARD = (16, 256)
_SHARDS_WANTED = 128
_PLAN_FILE = "plan.json"
_MOST_OUT_OF_DOMAIN_TEXTS = 20_000

Progress = Callable[[int], None]


@dataclasses.dataclass(frozen=True)
class Plan:
    """The work to do: the same for the same source and settings, whenever the plan is made.

    Args:
        record: where the plan is kept in the work folder.
        rows: those that are not duplicates.
        tasks: shards of these rows.
        duplicates: notes on rows that are left out.
        unusable: numbers of rows that turned out to be unusable, when the split was drawn again without them.
    """

    record: WorkRecord
    rows: list[SourceRow]
    tasks: list[ShardTask]
    duplicates: list[Note]
    unusable: list[int]

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that the corpus depends on."""
        return self.record.identity

    @property
    def speakers(self) -> list[str]:
        """Names of the speakers, in the order of their ids."""
        return sorted({row.speaker for row in self.rows})

    def save(self) -> None:
        """Keep what a later run cannot know before it has done the work again."""
        self.record.write(duplicates=[asdict(note) for note in self.duplicates], unusable=self.unusable)


def prepare(
    source: Source,
    output: str | os.PathLike,
    settings: PreparationSettings,
    *,
    workers: int = 1,
    out_of_domain_file: Path | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], Progress] | None = None,
) -> PreparationReport:
    """Prepare a corpus, or resume where an earlier run was stopped.

    Args:
        source: from `open_source`.
        output: the folder to make.
        settings: of the preparation.
        workers: number of processes; with 1, this process does the work.
        out_of_domain_file: texts without recordings, one per line; by default, texts of the corpus itself.
        overwrite: replace a corpus or unfinished work with other settings.
        progress: called with the number of rows and of those done before; what it returns is called with the number
            of rows that were finished since.

    Returns:
        The report, which is also in the folder.

    Raises:
        FileExistsError: when `output` holds something else, or there is unfinished work with other settings.
        BlockingIOError: when another process prepares the same `output`.
        ValueError: when not a single row can be used.
        OSError: when the disk is full.
        RuntimeError: when a worker process was killed.
    """
    output = Path(output)
    identity = _identity(source, settings, out_of_domain_file)
    finished = _already_prepared(output, identity, overwrite)
    if finished is not None:
        return finished
    target = output.absolute()
    work = target.with_name(target.name + ".preparing")
    work.parent.mkdir(parents=True, exist_ok=True)
    kept = f"finished work stays in '{work}'; free some space and give the same command again"
    busy = f"another process is preparing '{output}': wait until it ends, or name another folder"
    with full_disk_explained(kept), one_at_a_time(hidden_sibling(target, ".lock"), busy):
        import_datasets()
        preparer = RowPreparer(source, settings)
        preparer.load()
        plan = _make_plan(source, settings, identity, work, overwrite)
        if out_of_domain_file is not None and not (work / OUT_OF_DOMAIN_FILE).is_file():
            texts = _read_out_of_domain(out_of_domain_file, preparer)
            write_text(work / OUT_OF_DOMAIN_FILE, "\n".join(texts) + "\n")
        _write_shards(preparer, plan, work, workers, progress)
        if _misses_a_split(plan, work):
            plan = _split_again(plan, settings, work)
            _write_shards(preparer, plan, work, workers, progress)
        keep_written_card(target, work)
        report = _finish(source, settings, plan, work)
        _reveal(work, target)
    return report


def _write_shards(
    preparer: RowPreparer,
    plan: Plan,
    work: Path,
    workers: int,
    progress: Callable[[int, int], Progress] | None,
) -> None:
    """Write the missing shards."""
    pending = [task for task in plan.tasks if not result_path(work, task).is_file()]
    total = sum(len(task.rows) for task in plan.tasks)
    advance = progress(total, total - sum(len(task.rows) for task in pending)) if progress else lambda rows: None
    speaker_ids = {name: index for index, name in enumerate(plan.speakers)}
    for finished in ShardWriter(preparer, speaker_ids, work).write_all(pending, workers):
        advance(finished)


def _identity(source: Source, settings: PreparationSettings, out_of_domain_file: Path | None) -> dict[str, Any]:
    values = {"layout": _LAYOUT, "version": __version__, "source": source.fingerprint, **asdict(settings)}
    for name, path in (("dictionary", settings.dictionary), ("out-of-domain texts", out_of_domain_file)):
        if path is not None:
            if not Path(path).is_file():
                raise FileNotFoundError(f"there is no file '{path}' ({name})")
            values[name] = files_digest([path])
    if settings.pitch_extractor is not None:
        # The same folder may hold a better extractor tomorrow.
        values["pitch_extractor"] = files_digest(sorted(Path(settings.pitch_extractor).glob("*.safetensors")))
    return identity_of(values)


def _already_prepared(output: Path, identity: dict[str, Any], overwrite: bool) -> PreparationReport | None:
    """The report, when `output` is the wanted corpus already; None when there is work to do."""
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return None
    if not (output / PREPARATION_FILE).is_file():
        # `overwrite` replaces a corpus, and nothing else.
        raise FileExistsError(f"'{output}' exists and is not a prepared corpus: name another folder")
    record = WorkRecord(output / PREPARATION_FILE, identity, DAMAGED_CORPUS)
    if record.read() is not None:
        values = read_json(output / REPORT_FILE, DAMAGED_CORPUS)
        values.pop("utterances")
        return PreparationReport(**values)
    if not overwrite:
        record.refuse_other("a corpus", "name another folder, or replace it with `overwrite=True`")
    return None


def _make_plan(
    source: Source, settings: PreparationSettings, identity: dict[str, Any], work: Path, overwrite: bool
) -> Plan:
    rows = [dataclasses.replace(row, speaker=row.speaker or settings.speaker) for row in source.rows]
    record = WorkRecord(work / _PLAN_FILE, identity, f"remove '{work}' and give the same command again")
    if not overwrite:
        remedy = "finish it with its own settings, remove it, or replace it with `overwrite=True`"
        record.refuse_other("an unfinished preparation", remedy)
    saved = record.read()
    if saved is None:
        if record.path.is_file():
            shutil.rmtree(work)
        saved = {"duplicates": [asdict(note) for note in find_duplicates(source, rows)], "unusable": []}
    for unfinished in work.rglob(PARTIAL_PATTERN):
        unfinished.unlink()
    for folder in ("train", "validation", "finished"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    duplicates = [Note(**note) for note in saved["duplicates"]]
    left_out = {note.number for note in duplicates}
    kept = [row for row in rows if row.number not in left_out]
    plan = Plan(record, kept, _tasks(kept, settings, saved["unusable"]), duplicates, saved["unusable"])
    plan.save()
    return plan


def _misses_a_split(plan: Plan, work: Path) -> bool:
    """Whether the usable rows lie in one split although they would suffice for both, or in that of validation."""
    if plan.unusable or not any(task.split == "validation" for task in plan.tasks):
        return False
    taken = {"train": 0, "validation": 0}
    for task in plan.tasks:
        taken[task.split] += len(read_result(result_path(work, task)).seconds)
    return 0 in taken.values() and sum(taken.values()) > min(taken["train"], 1)


def _split_again(plan: Plan, settings: PreparationSettings, work: Path) -> Plan:
    """A plan whose validation rows are drawn from those that can be used; its work begins again."""
    results = [read_result(result_path(work, task)) for task in plan.tasks]
    unusable = [note.number for result in results for note in result.rejected]
    # The records first: a shard does not count without its record.
    for folder in ("finished", "train", "validation"):
        for path in (work / folder).iterdir():
            path.unlink()
    again = dataclasses.replace(plan, tasks=_tasks(plan.rows, settings, unusable), unusable=unusable)
    again.save()
    return again


def _tasks(rows: Sequence[SourceRow], settings: PreparationSettings, unusable: Sequence[int]) -> list[ShardTask]:
    left_out = set(unusable)
    usable = [row for row in rows if row.number not in left_out]
    chosen = validation_numbers(usable, settings.validation, settings.seed)
    fewest, most = _ROWS_PER_SHARD
    size = min(max(-(-len(rows) // _SHARDS_WANTED), fewest), most)
    tasks = []
    for split, is_validation in (("train", False), ("validation", True)):
        members = [row for row in rows if (row.number in chosen) == is_validation]
        count = -(-len(members) // size)
        tasks += [ShardTask(split, index, count, members[index * size : (index + 1) * size]) for index in range(count)]
    return tasks


def _read_out_of_domain(path: Path, preparer: RowPreparer) -> list[str]:
    longest = preparer.settings.limits.max_tokens - 2
    lines = [line.strip() for line in split_lines(decode_text(path)) if line.strip()]
    phonemes = []
    for line in lines[:_MOST_OUT_OF_DOMAIN_TEXTS]:
        try:
            phonemes.append(preparer.phonemes_of(SourceRow(0, "", text=line)))
        except RowRejected:
            # A line that cannot be read does not matter among thousands; none at all is reported below.
            continue
    texts = out_of_domain_texts(phonemes, longest)
    if not texts:
        raise ValueError(
            f"'{path}' has no text of {MIN_OUT_OF_DOMAIN_SYMBOLS} to {longest} phonemes: give longer lines"
        )
    return texts


def _finish(source: Source, settings: PreparationSettings, plan: Plan, work: Path) -> PreparationReport:
    """Write everything beside the shards, and return the report."""
    results: dict[str, list[ShardResult]] = {}
    for task in plan.tasks:
        results.setdefault(task.split, []).append(read_result(result_path(work, task)))
    every = [result for split in results.values() for result in split]
    results = {name: split for name, split in results.items() if any(result.seconds for result in split)}
    rejected = [*source.rejected, *plan.duplicates, *(note for result in every for note in result.rejected)]
    rejected.sort(key=lambda note: note.number)
    write_text(work / "rejected.csv", notes_table(rejected))
    write_text(work / "warnings.csv", notes_table([note for result in every for note in result.notes]))
    num_rows = len(source.rows) + len(source.rejected)
    report = build_report(source.description, num_rows, results, rejected, plan.speakers, settings.validation)
    if not report.splits.get("train", {}).get("utterances"):
        first = rejected[0].message if rejected else "there are no rows"
        raise ValueError(
            f"none of the {num_rows} rows can be trained with; '{work / 'rejected.csv'}' lists why. The first: {first}"
        )
    for split in results:
        names = [task.data_name for task in plan.tasks if task.split == split]
        digest = hashlib.blake2b(f"{split} {plan.identity}".encode(), digest_size=8).hexdigest()
        write_dataset_folder(work / split, split, names, digest)
    write_text(work / "dataset_dict.json", json.dumps({"splits": list(results)}))
    report.out_of_domain_texts = _count_out_of_domain(settings, work)
    record = WorkRecord(work / PREPARATION_FILE, plan.identity, DAMAGED_CORPUS)
    record.write(
        audio_config=settings.audio,
        profile=settings.profile,
        accent=settings.accent,
        accent_source=settings.accent_source,
    )
    write_text(work / SPEAKERS_FILE, json.dumps(plan.speakers, ensure_ascii=False, indent=0))
    write_corpus_card(work, [source.credits()])
    write_text(work / REPORT_FILE, json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    return report


def _count_out_of_domain(settings: PreparationSettings, work: Path) -> int:
    """Write the out-of-domain texts, those of the training rows when the user gave none; return their number."""
    path = work / OUT_OF_DOMAIN_FILE
    if not path.is_file():
        phonemes = import_datasets().load_from_disk(str(work / "train")).select_columns(["phonemes"])
        texts = out_of_domain_texts((row["phonemes"] for row in phonemes), settings.limits.max_tokens - 2)
        write_text(path, "".join(f"{text}\n" for text in texts[:_MOST_OUT_OF_DOMAIN_TEXTS]))
    return len(path.read_text(encoding="utf-8").splitlines())


def _reveal(work: Path, output: Path) -> None:
    put_in_place(work, output)
    shutil.rmtree(output / "finished", ignore_errors=True)
    (output / _PLAN_FILE).unlink(missing_ok=True)
    for split in ("train", "validation"):
        if not (output / split / "state.json").is_file():
            shutil.rmtree(output / split, ignore_errors=True)
