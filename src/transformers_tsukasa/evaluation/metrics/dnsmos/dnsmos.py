# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""DNSMOS and DNSMOS Pro: mean opinion scores predicted by networks, without a reference."""

import datasets
import evaluate
import numpy as np

from transformers_tsukasa.evaluation.networks.dnsmos_model import Dnsmos as Networks


_CITATION = """\
Reddy, C., Gopal, V., & Cutler, R. (2022). DNSMOS P.835: A non-intrusive perceptual objective speech quality metric to
evaluate noise suppressors. ICASSP. arXiv:2110.01763.
Reddy, C., Gopal, V., & Cutler, R. (2021). DNSMOS: A non-intrusive perceptual objective speech quality metric to
evaluate noise suppressors. ICASSP. arXiv:2010.15258.
Cumlin, F., Liang, X., Ungureanu, V., Reddy, C., Schuldt, C., & Chatterjee, S. (2024). DNSMOS Pro: A reduced-size DNN
for probabilistic MOS of speech. Interspeech.
"""

_DESCRIPTION = """\
Mean opinion scores from 1 to 5 of speech at 16 kHz, in windows of 9.01 s, with the published calibration.
"""

_INPUTS = """
Args:
    predictions: list of waveforms `(samples,)` in [-1, 1].
    folder: holds the networks: *sig_bak_ovr*.onnx, and if wanted *model_v8*.onnx (P.808) and *dnsmos*pro*.pt.
    sampling_rate: of the waveforms, in Hz.

Returns:
    sig, bak, ovrl, p808, pro: means over utterances, of the networks that are there.
    values: the same, with a list each, one for every utterance.
"""


class Dnsmos(evaluate.Metric):
    """DNSMOS and DNSMOS Pro: mean opinion scores predicted by networks, without a reference."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features({"predictions": datasets.Sequence(datasets.Value("float32"))}),
        )

    def _compute(self, predictions, folder, sampling_rate):
        networks = Networks(folder)
        scores = [networks(np.asarray(waveform, dtype=np.float32), sampling_rate) for waveform in predictions]
        values = {name: [one[name] for one in scores] for name in scores[0]}
        return {**{name: float(np.mean(own)) for name, own in values.items()}, "values": values}
