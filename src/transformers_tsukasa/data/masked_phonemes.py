# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Phonemes with words masked, which PL-BERT learns to predict (Li et al. 2023, PL-BERT, section 2.2)."""

import logging
from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from ..text.phonemes.symbols import PAD_ID, SPACE, SYMBOL_TO_ID
from .corpus_columns import token_ids


logger = logging.getLogger(__name__)

MASK = "M"
"""Stands for a masked symbol. The table has no symbol for that purpose; the public PL-BERT configs use the capital M,
which our front end never writes, so that training may start from a published PL-BERT."""

IGNORED = -100
"""In labels, a token that is not to be predicted."""

_MASK_ID = SYMBOL_TO_ID[MASK]
_BORDER_IDS = [PAD_ID, SYMBOL_TO_ID[SPACE]]
_MARK_IDS = [SYMBOL_TO_ID[symbol] for symbol in ';:,.!?¡¿—…"«»“”']

# Shares of the selected words (Devlin et al. 2019): masked, replaced by random symbols; the rest stay as they are.
_MASKED, _REPLACED = 0.8, 0.1


class MaskedPhonemes(Dataset):
    """Texts as phonemes, some words of which are to be predicted.

    The choice depends on `(seed, epoch, index)` and on nothing else, as in `TsukasaDataset`.

    Args:
        texts: phonemes of every text. A text that is longer than the model reads is cut at spaces.
        max_tokens: most tokens that the model reads, the pads at both ends included.
        seed: of everything that is drawn.
        share: of the words that are to be predicted.
        profile: in which the texts are written.

    Raises:
        ValueError: when there is no text, or `share` is not above 0 and at most 1.
    """

    def __init__(
        self,
        texts: Iterable[str],
        max_tokens: int = 512,
        seed: int = 0,
        share: float = 0.15,
        profile: str = "legacy",
    ) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"the share of words to predict must be above 0 and at most 1, got {share:g}")
        self.seed, self.share = seed, share
        values, ends, holding_mask = array("H"), array("q"), 0
        for text in texts:
            for piece in _pieces(text, max_tokens - 2):
                values.extend(token_ids(piece, profile).tolist())
                ends.append(len(values))
                holding_mask += MASK in piece
        if not ends:
            raise ValueError("there is no text to learn from")
        if holding_mask:
            logger.warning("%d texts hold '%s', the symbol that stands for masked ones", holding_mask, MASK)
        self._values, self._ends = np.asarray(values), np.asarray(ends)
        self.token_counts: np.ndarray = np.diff(self._ends, prepend=0)
        """(texts,): phoneme symbols and two pads."""
        self._symbols = np.setdiff1d(self._values, [*_BORDER_IDS, _MASK_ID])
        # In shared memory, so that persistent worker processes see the next epoch too.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next items are drawn for."""
        self._epoch.fill_(epoch)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor | int]:
        """`index`; `input_ids` and `labels` (tokens,) int64: a text with words masked, and what they were."""
        index = int(index)
        random = np.random.default_rng((self.seed, int(self._epoch), index))
        true_ids = self._values[self._ends[index] - self.token_counts[index] : self._ends[index]].astype(np.int64)
        input_ids, labels = hide_words(true_ids, random, self.share, self._symbols)
        return {"index": index, "input_ids": torch.from_numpy(input_ids), "labels": torch.from_numpy(labels)}


def hide_words(
    true_ids: np.ndarray, random: np.random.Generator, share: float, symbols: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Select words of a text, at least one, and mask them.

    Words are separated by spaces; a punctuation mark is a word of its own. In a text without a space, word borders are
    not known, and single symbols are selected. Spaces and pads stay.

    Args:
        true_ids: (tokens,) int64.
        random: draws the words, and what becomes of each: 80 % become `MASK`, 10 % random symbols, 10 % stay.
        share: of the words.
        symbols: ids that random symbols are drawn from.

    Returns:
        The model's input, and labels: the true ids of selected words, `IGNORED` elsewhere. Both (tokens,).
    """
    words = _word_numbers(true_ids)
    count = words.max() + 1
    is_hidden = random.random(count) < share
    if not is_hidden.any():
        is_hidden[random.integers(count)] = True
    fate = random.random(count)
    is_masked = is_hidden & (fate < _MASKED)
    is_replaced = is_hidden & (fate >= _MASKED) & (fate < _MASKED + _REPLACED)
    others = symbols[random.integers(len(symbols), size=len(true_ids))]
    is_word = words >= 0
    input_ids = np.where(is_word & is_masked[words], _MASK_ID, true_ids)
    input_ids = np.where(is_word & is_replaced[words], others, input_ids)
    return input_ids, np.where(is_word & is_hidden[words], true_ids, IGNORED)


def _word_numbers(true_ids: np.ndarray) -> np.ndarray:
    """(tokens,): the number of the word that a symbol belongs to; -1 for spaces and pads."""
    is_symbol = ~np.isin(true_ids, _BORDER_IDS)
    begins = is_symbol.copy()
    if _BORDER_IDS[1] in true_ids:
        is_letter = is_symbol & ~np.isin(true_ids, _MARK_IDS)
        begins[1:] &= ~(is_letter[1:] & is_letter[:-1])
    return np.where(is_symbol, np.cumsum(begins) - 1, -1)


def _pieces(phonemes: str, longest: int) -> Iterator[str]:
    """The text in pieces of at most `longest` symbols, cut at the last possible space, or there if there is none."""
    phonemes = phonemes.strip()
    while len(phonemes) > longest:
        end = phonemes.rfind(SPACE, 1, longest + 1)
        end = longest if end < 0 else end
        yield phonemes[:end].strip()
        phonemes = phonemes[end:].strip()
    if phonemes:
        yield phonemes


def collate_masked_phonemes(items: Sequence[dict]) -> dict[str, torch.Tensor]:
    """A padded batch: `input_ids`, `attention_mask`, `labels` (batch, tokens) and `indices` (batch,), all int64."""
    ids = [item["input_ids"] for item in items]
    return {
        "input_ids": pad_sequence(ids, batch_first=True, padding_value=PAD_ID),
        "attention_mask": pad_sequence([torch.ones_like(row) for row in ids], batch_first=True),
        "labels": pad_sequence([item["labels"] for item in items], batch_first=True, padding_value=IGNORED),
        "indices": torch.tensor([item["index"] for item in items]),
    }
