# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Measures whether rerankers notice slips, find the text of a recording, and choose the candidates with fewer errors.

    python scripts/evaluate_reranker.py OUT --model MODEL --reranker NAME=FOLDER ... --evaluation-aligner FOLDER
        [--corpus CORPUS --split validation --count 200] [--texts FILE --sentences 200] [--candidates 8]
        [--voice NAME] [--set KEY=VALUE ...]

CORPUS is made by `tsukasa prepare`, of sentences that no reranker was trained with; FILE has a sentence a line. The
evaluation aligner is one that took no part in training any reranker, and is none of them. Measured are

    edits      share of recordings whose text scores higher than with 1, 2, 4 edits; chance is 50 %
    retrieval  share of the first `--retrieval` recordings whose own text scores highest among theirs; texts of
               different lengths compete, which a score for each phoneme allows
    best of N  phonemes wrong by it, in percent, of the candidate that each reranker chooses among the first N:
               random (the mean of them), each reranker, the sum of their ranks, and the oracle, which knows these;
               and the share of the gap between random and oracle that each closes
    cost       seconds of scoring for each second of generating, of this run

OUT gets `edits.jsonl`, `retrieval.jsonl`, `candidates.jsonl` and `results.json`. A run that was interrupted resumes
when it is started again with the same arguments.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
import yaml
from tqdm import tqdm

from transformers_tsukasa.data.dataset import TsukasaDataset
from transformers_tsukasa.evaluation.error_rates import error_rate, sounds
from transformers_tsukasa.model_names import find_model
from transformers_tsukasa.models.tsukasa.configuration_tsukasa import read_config
from transformers_tsukasa.models.tsukasa.reranking.aligner_reranker import AlignerReranker
from transformers_tsukasa.models.tsukasa.reranking.reranker_choice import load_reranker
from transformers_tsukasa.synthesis.speaker import Speaker
from transformers_tsukasa.training.recipes.reranker_negatives import edited
from transformers_tsukasa.utils.atomic_files import write_text
from transformers_tsukasa.utils.resumable import WorkRecord, identity_of


EDITS = (1, 2, 4)
SUM_OF_RANKS = "sum of ranks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the measurements and returns an exit code."""
    options = parse(arguments)
    output = Path(options.output)
    record = WorkRecord(output / "run.json", identity_of({**vars(options), "output": ""}), "delete the folder")
    record.refuse_other("measurements of other arguments", "name another folder")
    output.mkdir(parents=True, exist_ok=True)
    record.write()
    config = read_config(find_model(options.model))
    rerankers = {name: load_reranker(folder, config) for name, folder in map(_named, options.reranker)}
    results: dict[str, Any] = {}
    if options.corpus is not None:
        recordings = TsukasaDataset(options.corpus, options.split)
        numbers = _spread(len(recordings), options.count)
        rows = _continued(output / "edits.jsonl", numbers, lambda one: edit_scores(recordings[one], rerankers, one))
        results["edits"] = preferences(rows)
        first = [recordings[one] for one in numbers[: options.retrieval]]
        ids = [item["input_ids"] for item in first]
        rows = _continued(
            output / "retrieval.jsonl",
            range(len(first)),
            lambda one: {name: _scores_of_texts(reranker, first[one], ids) for name, reranker in rerankers.items()},
        )
        results["retrieval"] = retrieval(rows)
    if options.texts is not None:
        texts = [line for line in Path(options.texts).read_text(encoding="utf-8").splitlines() if line.strip()]
        aligner = AlignerReranker.from_pretrained(options.evaluation_aligner, config.audio_config)
        measure = CandidateMeasure(Speaker.load(options.model), rerankers, aligner, options)
        chosen = [texts[one] for one in _spread(len(texts), options.sentences)]
        results |= best_of(_continued(output / "candidates.jsonl", chosen, measure), options.candidates)
    write_text(output / "results.json", json.dumps(results, ensure_ascii=False, indent=1))
    print(json.dumps(results, ensure_ascii=False, indent=1))
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", metavar="OUT", help="folder of the results")
    parser.add_argument("--model", default="default", help="that speaks (%(default)s)")
    parser.add_argument("--reranker", action="append", required=True, metavar="NAME=FOLDER", help="to be measured")
    parser.add_argument("--evaluation-aligner", metavar="FOLDER", help="an aligner that is no reranker; for --texts")
    parser.add_argument("--corpus", help="prepared corpus with recordings")
    parser.add_argument("--split", default="validation", help="of the corpus (%(default)s)")
    parser.add_argument("--count", type=int, default=200, help="recordings (%(default)s)")
    parser.add_argument(
        "--retrieval", type=int, default=100, help="recordings among which texts are found (%(default)s)"
    )
    parser.add_argument("--texts", metavar="FILE", help="sentences to speak, one a line")
    parser.add_argument("--sentences", type=int, default=200, help="of the texts (%(default)s)")
    parser.add_argument("--candidates", type=int, default=8, help="of every sentence (%(default)s)")
    parser.add_argument("--voice", help="of the model")
    parser.add_argument(
        "--set", dest="changes", action="append", default=[], metavar="KEY=VALUE", help="speech option"
    )
    options = parser.parse_args(arguments)
    if options.corpus is None and options.texts is None:
        parser.error("give --corpus, --texts or both")
    if options.texts is not None and options.evaluation_aligner is None:
        parser.error("--texts needs --evaluation-aligner")
    return options


def edit_scores(item: dict[str, Any], rerankers: dict[str, Any], seed: int) -> dict[str, list[float]]:
    """Scores of a recording for its text and for that with 1, 2 and 4 edits, by reranker."""
    random = Random(seed)
    texts = [item["input_ids"].tolist()]
    texts += [edited(texts[0], edits, random) for edits in EDITS]
    ids = [torch.tensor(text) for text in texts]
    return {name: _scores_of_texts(reranker, item, ids) for name, reranker in rerankers.items()}


def preferences(rows: Iterable[dict[str, list[float]]]) -> dict[str, dict[str, float]]:
    """Percent of recordings whose own text scores higher than the edited one; equal scores count half."""
    rows = list(rows)
    return {
        name: {
            f"{edits} edits": 100 * float(np.mean([_wins(row[name][0], row[name][1 + place]) for row in rows]))
            for place, edits in enumerate(EDITS)
        }
        for name in rows[0]
    }


def _wins(right: float, wrong: float) -> float:
    return 0.5 * (right == wrong) + (right > wrong)


def retrieval(rows: Iterable[dict[str, list[float]]]) -> dict[str, float]:
    """Percent of recordings, in the order of their texts, whose own text scores highest."""
    rows = list(rows)
    return {
        name: 100 * float(np.mean([int(np.argmax(row[name])) == place for place, row in enumerate(rows)]))
        for name in rows[0]
    }


class CandidateMeasure:
    """Speaks the candidates of a sentence, scores them by every reranker, and counts the wrong phonemes of each.

    Args:
        speaker: of the model.
        rerankers: by name.
        aligner: spells, for the evaluation.
        options: of the command line.
    """

    def __init__(self, speaker: Speaker, rerankers: dict[str, Any], aligner: AlignerReranker, options: Any) -> None:
        self.speaker, self.rerankers, self.aligner, self.count = speaker, rerankers, aligner, options.candidates
        self.speech_options = {name: yaml.safe_load(value) for name, value in map(_named, options.changes)}
        if options.voice is not None:
            self.speech_options["voice"] = options.voice

    def __call__(self, text: str) -> dict[str, Any]:
        """Errors and length of every candidate, their scores, and seconds of generating and of scoring."""
        tokenizer = self.speaker.processor.tokenizer
        reference = sounds(tokenizer.to_phonemes(text))
        inputs = self.speaker.processor(text=[text], split_sentences=False, return_tensors="pt")
        begin = time.perf_counter()
        speech = self.speaker.model.generate(
            **inputs,
            **self.speech_options,
            seed=0,
            num_candidates=self.count,
            reranker=lambda waveforms, input_ids: [0.0] * len(waveforms),
            return_candidates=True,
        )
        seconds = time.perf_counter() - begin
        lengths = speech.candidate_lengths[0].tolist()
        waveforms = [speech.candidates[0, one, :length] for one, length in enumerate(lengths)]
        row: dict[str, Any] = {"text": text, "length": len(reference), "seconds": seconds, "scores": {}, "scoring": {}}
        row["errors"] = [error_rate(sounds(self.aligner.spell(one)), reference).edits for one in waveforms]
        for name, reranker in self.rerankers.items():
            begin = time.perf_counter()
            row["scores"][name] = [float(score) for score in reranker(waveforms, inputs["input_ids"][0])]
            row["scoring"][name] = time.perf_counter() - begin
        return row


def best_of(rows: Iterable[dict[str, Any]], count: int) -> dict[str, Any]:
    """Percent of wrong phonemes of what is chosen among the first N candidates, and the share of the gap it closes."""
    rows = list(rows)
    total = sum(row["length"] for row in rows)
    names = list(rows[0]["scores"])
    tables: dict[str, dict[str, float]] = {}
    for number in (2**power for power in range(1, count.bit_length()) if 2**power <= count):
        wrong = {"random": sum(np.mean(row["errors"][:number]) for row in rows)}
        wrong |= {name: sum(_chosen(row, row["scores"][name], number) for row in rows) for name in names}
        wrong[SUM_OF_RANKS] = sum(_chosen(row, _sum_of_ranks(row, number), number) for row in rows)
        wrong["oracle"] = sum(min(row["errors"][:number]) for row in rows)
        tables[f"best of {number}"] = {name: 100 * float(value) / total for name, value in wrong.items()}
    closed = {
        title: {
            name: 100 * (table["random"] - table[name]) / (table["random"] - table["oracle"])
            for name in (*names, SUM_OF_RANKS)
            if table["random"] > table["oracle"]
        }
        for title, table in tables.items()
    }
    generating = sum(row["seconds"] for row in rows)
    cost = {name: sum(row["scoring"][name] for row in rows) / generating for name in names}
    return {"wrong phonemes, %": tables, "share of the gap closed, %": closed, "scoring / generating": cost}


def _chosen(row: dict[str, Any], scores: Sequence[float], number: int) -> int:
    return row["errors"][int(np.argmax(scores[:number]))]


def _sum_of_ranks(row: dict[str, Any], number: int) -> np.ndarray:
    """A score for each of the first candidates: the sum of its places by every reranker, the worst having 0."""
    return np.sum(
        [np.argsort(np.argsort(scores[:number], kind="stable")) for scores in row["scores"].values()], axis=0
    )


def _scores_of_texts(reranker: Any, item: dict[str, Any], texts: Iterable[torch.Tensor]) -> list[float]:
    return [float(reranker([item["waveform"]], ids)[0]) for ids in texts]


def _continued(path: Path, work: Sequence[Any], measure: Callable[[Any], dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of all work, one a line of a file; those of an earlier run are read, but for an unfinished one."""
    written = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
    rows = [json.loads(line) for line in written if line.endswith("\n")]
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    with path.open("a", encoding="utf-8") as file:
        for one in tqdm(work[len(rows) :], initial=len(rows), total=len(work), desc=path.stem, file=sys.stderr):
            rows.append(measure(one))
            file.write(json.dumps(rows[-1], ensure_ascii=False) + "\n")
            file.flush()
    return rows


def _spread(size: int, count: int) -> list[int]:
    """Up to so many numbers below a size, spread over it."""
    count = min(count, size)
    return [size * place // count for place in range(count)]


def _named(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals or not name:
        raise ValueError(f"'{item}' must be written NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
