# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""`sigma_data` of the style sampler: the running mean of the standard deviation of the styles of recordings."""

import torch


class StyleDeviation:
    """Mean of the standard deviations of all styles that were trained with (`diffusion_sampler.estimate_sigma_data`).

    Styles are taken in at the end of an update, so that every batch of it uses the same value.
    """

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0

    @property
    def mean(self) -> float | None:
        """The mean so far; None before the first style."""
        return self._sum / self._count if self._count else None

    def add(self, sums: torch.Tensor) -> None:
        """Takes in the `deviation_sums` of an update, summed over its batches and processes."""
        added, count = sums.tolist()
        self._sum += added
        self._count += round(count)

    def state_dict(self) -> dict[str, float]:
        """State for `load_state_dict`."""
        return {"sum": self._sum, "count": self._count}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Continues from a saved mean."""
        self._sum, self._count = state["sum"], round(state["count"])


def deviation_sums(styles: torch.Tensor) -> torch.Tensor:
    """Sum of the standard deviations of styles (batch, 2 * style_dim), and their number: (2,)."""
    deviations = styles.detach().std(dim=1)
    return torch.stack([deviations.sum(), deviations.new_tensor(len(deviations))])


__all__ = ["StyleDeviation", "deviation_sums"]
