"""FlashAttention's functions in plain PyTorch, so that what calls them can be run where flash-attn cannot."""

import torch
from transformers import modeling_flash_attention_utils as there


def flash_attn_func(q, k, v, dropout_p=0.0, softmax_scale=None, causal=False, window_size=(-1, -1), softcap=0.0,
                    alibi_slopes=None, deterministic=False, return_attn_probs=False):  # fmt: skip
    """Attention (B, L, heads, width) of rows of one length, with the names of flash-attn 2."""
    ends = [torch.arange(len(one) + 1) * one.shape[1] for one in (q, k)]
    flat = [one.flatten(0, 1) for one in (q, k, v)]
    ends = [one.int() for one in ends]
    return flash_attn_varlen_func(
        *flat, *ends, q.shape[1], k.shape[1], dropout_p, softmax_scale, causal, window_size
    ).unflatten(0, q.shape[:2])


def flash_attn_varlen_func(q, k, v, cu_seqlens_q, cu_seqlens_k, max_seqlen_q, max_seqlen_k, dropout_p=0.0,
                           softmax_scale=None, causal=False, window_size=(-1, -1), softcap=0.0, alibi_slopes=None,
                           deterministic=False, return_attn_probs=False, block_table=None):  # fmt: skip
    """Attention of sequences behind each other, (N, heads, width) of (N, heads, width) and twice (M, heads, width)."""
    assert (dropout_p, tuple(window_size), softcap, alibi_slopes, block_table) == (0.0, (-1, -1), 0.0, None, None)
    assert cu_seqlens_q.dtype == cu_seqlens_k.dtype == torch.int32
    lengths = cu_seqlens_q.diff(), cu_seqlens_k.diff()
    assert (int(max_seqlen_q), int(max_seqlen_k)) == tuple(int(one.max()) for one in lengths)
    assert (len(q), len(k), len(v)) == (int(cu_seqlens_q[-1]), int(cu_seqlens_k[-1]), int(cu_seqlens_k[-1]))
    shared = q.shape[1] // k.shape[1]  # heads of queries to one of keys
    found = []
    for asked, seen, value in zip(
        q.split(lengths[0].tolist()), k.split(lengths[1].tolist()), v.split(lengths[1].tolist()), strict=True
    ):
        seen, value = (one.repeat_interleave(shared, 1) for one in (seen, value))
        scores = torch.einsum("qhd,khd->hqk", asked, seen) * (softmax_scale or q.shape[-1] ** -0.5)
        if causal:
            scores = scores.masked_fill(~below(len(asked), len(seen)), -torch.inf)
        found.append(torch.einsum("hqk,khd->qhd", scores.softmax(-1), value))
    return torch.cat(found)


def below(queries, keys):
    """Who sees whom, aligned to the bottom right: the last query sees every key."""
    return torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries)


def put(model, monkeypatch):
    """Have transformers find these functions, and a model, its tower too, attend by FlashAttention."""
    known = {
        "_loaded_implementation": "flash_attention_2",
        "_flash_fn": flash_attn_func,
        "_flash_varlen_fn": flash_attn_varlen_func,
        "_pad_fn": there._pad_input,
        "_unpad_fn": there._unpad_input,
        "_process_flash_kwargs_fn": there._lazy_define_process_function(flash_attn_varlen_func),
    }
    for name, value in known.items():
        monkeypatch.setattr(there, name, value)
    model.config._attn_implementation = "flash_attention_2"
    for part in (model.config.text_config, model.config.vision_config):
        assert part._attn_implementation == "flash_attention_2"
    return model
