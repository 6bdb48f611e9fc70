# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""VALL-E and VALL-E X: the autoregressive network, the refiner, and the model of both."""

from typing import cast

import torch
from torch import nn
from torch.nn import functional as F
from transformers import GenerationMixin, PreTrainedModel
from transformers import initialization as init
from transformers.cache_utils import Cache, DynamicCache
from transformers.masking_utils import create_bidirectional_mask, create_causal_mask
from transformers.modeling_outputs import CausalLMOutputWithPast
from transformers.utils.generic import merge_with_config_defaults
from transformers.utils.output_capturing import capture_outputs

from ..layers.typed_members import ModuleListOf
from ..strict_loading import StrictLoadingMixin
from .configuration_valle import VallEConfig
from .embeddings import VallEInputs, VallEPosition, positions_of
from .generation_valle import VallEGenerationMixin
from .outputs import VallERefinerOutput
from .transformer import VallEAdaptiveNorm, VallEAttention, VallELayer, VallESize, VallETransformer


IGNORED = -100
"""Label of a frame that does not count in a loss."""


class VallEPreTrainedModel(StrictLoadingMixin, PreTrainedModel):
    """Strict loading, and the initial weights."""

    config: VallEConfig
    config_class = VallEConfig
    base_model_prefix = "valle"
    main_input_name = "input_ids"
    input_modalities = ["text", "audio"]
    output_modalities = ("audio",)
    supports_gradient_checkpointing = True
    _no_split_modules = ["VallELayer"]
    _skip_keys_device_placement = ["past_key_values"]
    _supports_sdpa = True
    _supports_attention_backend = True
    # The Trainer divides the loss by the number of accumulated batches: it is a mean, of which no sum is known.
    accepts_loss_kwargs = False
    _can_record_outputs = {"hidden_states": VallELayer, "attentions": VallEAttention}

    @classmethod
    def is_custom_code(cls) -> bool:
        # transformers skips initialisers of custom code for modules without tensors; ours leave loaded weights alone.
        return False

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, VallEAdaptiveNorm):  # begins as a plain norm: scale 1, shift 0
            scale = torch.arange(len(module.projection.bias)) < len(module.projection.bias) // 2
            init.copy_(module.projection.bias, scale.to(module.projection.bias))
        elif isinstance(module, VallEPosition):
            init.ones_(module.alpha)


class VallEForCausalLM(VallEPreTrainedModel, GenerationMixin):
    """The autoregressive network: the first codebook, frame by frame, after a text.

    The text stands before the codes and is read in both directions; a frame sees the text and the frames up to
    itself. Text and codes have positions of their own, both from 0.

    Args:
        config ([`VallEConfig`]): the config.
    """

    def __init__(self, config: VallEConfig):
        super().__init__(config)
        size = VallESize.autoregressive(config)
        self.inputs = VallEInputs(config, size.hidden_size, is_autoregressive=True)
        self.code_embedding = nn.Embedding(config.vocab_size, size.hidden_size)
        self.transformer = VallETransformer(config, size, is_adaptive=False)
        self.head = nn.Linear(size.hidden_size, config.codebook_size + 1, bias=False)  # a start is never predicted
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.code_embedding

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.code_embedding = cast(nn.Embedding, value)

    def get_output_embeddings(self) -> nn.Module:
        return self.head

    @merge_with_config_defaults
    @capture_outputs
    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        text_ids: torch.Tensor | None = None,
        text_mask: torch.Tensor | None = None,
        language_ids: torch.Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache: bool | None = None,
        labels: torch.Tensor | None = None,
        logits_to_keep: int = 0,
        **kwargs,
    ) -> CausalLMOutputWithPast:
        """Predicts the token after every frame.

        Args:
            input_ids: codes of the first codebook, after the start token where there is one; (batch, frames). With
                keys and values of earlier frames, only the new ones.
            attention_mask: of all frames so far, (batch, frames so far), 1 for real ones; they may be padded on
                either side.
            text_ids: (batch, tokens); needed as long as there are no earlier keys and values.
            text_mask: (batch, tokens), 1 for real tokens.
            language_ids: (batch, tokens), in a model with languages.
            past_key_values: keys and values of the text and of earlier frames.
            use_cache: whether they are returned.
            labels: the token that follows on every frame, (batch, frames), not shifted: -100 where none counts.
            logits_to_keep: last frames whose logits are computed; 0 for all.
            kwargs: `output_hidden_states` and `output_attentions` of transformers.

        Returns:
            Logits (batch, frames, codebook_size + 1), the mean loss of the labels, keys and values.

        Raises:
            ValueError: without a text, or for languages that do not fit the model.
        """
        if text_ids is None:
            raise ValueError("there is no text: give `text_ids`")
        text_mask = torch.ones_like(text_ids) if text_mask is None else text_mask
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache(config=self.config)
        is_first = past_key_values is None or past_key_values.get_seq_length() == 0
        if attention_mask is None:
            so_far = 0 if is_first or past_key_values is None else past_key_values.get_seq_length() - text_ids.shape[1]
            attention_mask = input_ids.new_ones(input_ids.shape[0], so_far + input_ids.shape[1])
        frames = input_ids.shape[1]
        positions = positions_of(attention_mask)[:, attention_mask.shape[1] - frames :]
        states = self.inputs.audio(self.code_embedding(input_ids), positions)
        text_width = text_ids.shape[1]
        if is_first:
            states = torch.cat([self.inputs.text(text_ids, text_mask, language_ids), states], dim=1)
        mask = create_causal_mask(
            config=self.config,
            inputs_embeds=states,
            attention_mask=torch.cat([text_mask.to(attention_mask), attention_mask], dim=1),
            past_key_values=past_key_values,
            or_mask_function=_both_in_text(text_width) if is_first else None,
        )
        states = self.transformer(states, mask, past_key_values=past_key_values)[:, -frames:]
        logits = self.head(states[:, -logits_to_keep:])
        loss = None if labels is None else _mean_loss(logits, labels)
        return CausalLMOutputWithPast(loss=loss, logits=logits, past_key_values=past_key_values)


class VallERefiner(VallEPreTrainedModel):
    """The refiner (non-autoregressive network): in stage j, codebook j of all frames from those before it.

    Codebooks are counted from 0, and stages are 1 to `num_codebooks - 1`.

    Args:
        config ([`VallEConfig`]): the config.
    """

    def __init__(self, config: VallEConfig):
        super().__init__(config)
        size = VallESize.refiner(config)
        stages = config.num_codebooks - 1
        self.inputs = VallEInputs(config, size.hidden_size, is_autoregressive=False)
        sizes = [config.codebook_size + 1, *[config.codebook_size] * stages]
        self.code_embeddings: ModuleListOf[nn.Embedding] = ModuleListOf(
            nn.Embedding(number, size.hidden_size) for number in sizes
        )
        self.stage_embedding = nn.Embedding(stages, size.hidden_size)
        self.transformer = VallETransformer(config, size, is_adaptive=True)
        # With shared embeddings, only the last codebook has a head of its own: the others predict with a table.
        own_heads = 1 if config.share_embedding else stages
        self.heads: ModuleListOf[nn.Linear] = ModuleListOf(
            nn.Linear(size.hidden_size, config.codebook_size, bias=False) for _ in range(own_heads)
        )
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.inputs.text_embedding

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.inputs.text_embedding = cast(nn.Embedding, value)

    @merge_with_config_defaults
    @capture_outputs
    def forward(
        self,
        codes: torch.Tensor,
        stage: int,
        text_ids: torch.Tensor,
        text_mask: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        prompt_mask: torch.Tensor | None = None,
        language_ids: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        **kwargs,
    ) -> VallERefinerOutput:
        """Predicts the codebook of one stage.

        Args:
            codes: (batch, frames, num_codebooks), those of the prompt first; of later codebooks than the stage knows,
                only those of the prompt are read.
            stage: the codebook to predict, 1 to `num_codebooks - 1`.
            text_ids: (batch, tokens).
            text_mask: (batch, tokens), 1 for real tokens.
            attention_mask: (batch, frames), 1 for real frames.
            prompt_mask: (batch, frames), 1 for frames of which all codebooks are known.
            language_ids: (batch, tokens), in a model with languages.
            labels: the codes of the stage, (batch, frames); -100 where none counts.
            kwargs: `output_hidden_states` and `output_attentions` of transformers.

        Returns:
            Logits (batch, frames, codebook_size), and the mean loss of the labels.

        Raises:
            ValueError: for a stage that there is not.
        """
        if not 1 <= stage < self.config.num_codebooks:
            raise ValueError(f"stage must be 1 to {self.config.num_codebooks - 1}, got {stage}")
        text_mask = torch.ones_like(text_ids) if text_mask is None else text_mask
        attention_mask = torch.ones_like(codes[..., 0]) if attention_mask is None else attention_mask
        frames = codes.shape[1]
        audio = self.inputs.audio(self._embed(codes, stage, prompt_mask), positions_of(attention_mask))
        states = torch.cat([self.inputs.text(text_ids, text_mask, language_ids), audio], dim=1)
        mask = create_bidirectional_mask(
            config=self.config,
            inputs_embeds=states,
            attention_mask=torch.cat([text_mask.to(attention_mask), attention_mask], dim=1),
        )
        stage_states = self.stage_embedding.weight[stage - 1][None]
        states = self.transformer(states, mask, stage_states)
        logits = F.linear(states[:, states.shape[1] - frames :], self._head(stage))
        loss = None if labels is None else _mean_loss(logits, labels)
        return VallERefinerOutput(loss=loss, logits=logits)

    def _embed(self, codes: torch.Tensor, stage: int, prompt_mask: torch.Tensor | None) -> torch.Tensor:
        """The sum of the embeddings of the known codebooks: those before the stage, and all of the prompt."""
        total = self.code_embeddings[0](codes[..., 0])
        for codebook, embedding in enumerate(list(self.code_embeddings)[1:], start=1):
            if codebook < stage:
                total = total + embedding(codes[..., codebook])
            elif prompt_mask is not None:
                total = total + embedding(codes[..., codebook]) * prompt_mask[..., None].to(total.dtype)
        return total

    def _head(self, stage: int) -> torch.Tensor:
        """The weight that predicts a stage: with shared embeddings, the table of the codebook after it."""
        if not self.config.share_embedding:
            return self.heads[stage - 1].weight
        is_last = stage == self.config.num_codebooks - 1
        return self.heads[0].weight if is_last else self.code_embeddings[stage + 1].weight


class VallEForConditionalGeneration(VallEPreTrainedModel, VallEGenerationMixin):
    """VALL-E or VALL-E X: from a text and the codes of a prompt to codes in the voice of the prompt.

    Both networks are complete models, which share nothing but the config: `autoregressive` and `refiner`.

    Args:
        config ([`VallEConfig`]): the config.
    """

    def __init__(self, config: VallEConfig):
        super().__init__(config)
        self.autoregressive = VallEForCausalLM(config)
        self.refiner = VallERefiner(config)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.autoregressive.inputs.text_embedding

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.autoregressive.inputs.text_embedding = cast(nn.Embedding, value)


def _both_in_text(text_width: int):
    """The mask function of query and key that are both in the text, which is read in both directions."""

    def both_in_text(batch: torch.Tensor, head: torch.Tensor, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        return (query < text_width) & (key < text_width)

    return both_in_text


def _mean_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean cross entropy in float32 over the frames that count; logits (batch, frames, classes)."""
    return F.cross_entropy(logits.float().transpose(1, 2), labels, ignore_index=IGNORED)


__all__ = ["IGNORED", "VallEForCausalLM", "VallEForConditionalGeneration", "VallEPreTrainedModel", "VallERefiner"]
