# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The accent model's network: sums of whole numbers, the same in any order."""

import numpy as np
import pytest

from transformers_tsukasa.text.accents.network import MOST_STEPS, Layer, Network


def drawn_network(generator, size=8, styles=2):
    def drawn(*shape, most=127):
        return generator.integers(-most, most + 1, shape).astype(np.float32)

    layers = [Layer(drawn(5 * size, size), drawn(styles, size, most=4000), 7, dilation) for dilation in (1, 2)]
    return Network(drawn(styles, size), layers, drawn(size, 3), drawn(styles, 3, most=4000))


def by_hand(network, features, style):
    """The same with Python's whole numbers and one value after the other, from the last to the first."""
    hidden = [
        [max(round((float(x) + float(s)) / 2), 0) for x, s in zip(row, network.style[style], strict=True)]
        for row in features
    ]
    for layer in network.layers:
        size, taps = len(hidden[0]), len(layer.weight) // len(hidden[0])
        changed = []
        for place in range(len(hidden)):
            row = []
            for unit in range(size):
                total = int(layer.bias[style][unit])
                for tap in reversed(range(taps)):
                    read = place + (tap - taps // 2) * layer.dilation
                    if 0 <= read < len(hidden):
                        weights = layer.weight[tap * size : (tap + 1) * size, unit]
                        total += sum(
                            min(value, MOST_STEPS) * int(w)
                            for value, w in reversed(list(zip(hidden[read], weights, strict=True)))
                        )
                row.append(hidden[place][unit] + max(round(total / 2**layer.shift), 0))
            changed.append(row)
        hidden = changed
    return [
        [
            sum(min(value, MOST_STEPS) * int(w) for value, w in zip(row, network.out[:, output], strict=True))
            + int(network.out_bias[style][output])
            for output in range(network.out.shape[1])
        ]
        for row in hidden
    ]


@pytest.mark.parametrize("style", [0, 1])
def test_scores_are_exact(style):
    generator = np.random.default_rng(0)
    network = drawn_network(generator)
    features = generator.integers(-500, 500, (9, 8)).astype(np.float32)
    assert network(features, style).tolist() == by_hand(network, features.tolist(), style)


def test_sums_that_single_precision_does_not_hold_are_refused():
    network = drawn_network(np.random.default_rng(0))
    network.check()
    network.layers[1].weight[:] = 2000
    with pytest.raises(ValueError, match=r"may reach 20\d{6}"):
        network.check()
