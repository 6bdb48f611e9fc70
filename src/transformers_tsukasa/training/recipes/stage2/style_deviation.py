# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`sigma_data` of the style sampler: the running mean of the standard deviation of the styles of recordings."""

from collections.abc import Callable

import torch


class StyleDeviation:
    """Mean of the standard deviations of all styles that were trained with (`diffusion_sampler.estimate_sigma_data`).

    Styles are taken in at the end of an update, so that every batch of it uses the same value.
    """

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0
        self._pending: list[torch.Tensor] = []

    @property
    def mean(self) -> float | None:
        """The mean so far; None before the first style."""
        return self._sum / self._count if self._count else None

    def add(self, styles: torch.Tensor) -> None:
        """Keeps the styles (batch, 2 * style_dim) of a batch for the end of the update."""
        deviations = styles.detach().std(dim=1)
        self._pending.append(torch.stack([deviations.sum(), deviations.new_tensor(len(deviations))]))

    def end_update(self, is_skipped: bool, reduce: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """Takes in the styles of the update, unless it was skipped.

        Args:
            is_skipped: whether the update was skipped, on all processes.
            reduce: sums a tensor over processes.
        """
        pending, self._pending = self._pending, []
        if pending and not is_skipped:
            added, count = reduce(torch.stack(pending).double().sum(dim=0)).tolist()
            self._sum += added
            self._count += round(count)

    def state_dict(self) -> dict[str, float]:
        """State for `load_state_dict`."""
        return {"sum": self._sum, "count": self._count}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Continues from a saved mean."""
        self._sum, self._count = state["sum"], round(state["count"])


__all__ = ["StyleDeviation"]
