"""What TRL calls of vLLM, without vLLM: an engine in this process that writes made-up answers and keeps what it got."""

from types import SimpleNamespace

import torch
from trl.generation import vllm_generation

LIKELY = -6.9  # of a token, for a model that knows nothing of a thousand


def put(monkeypatch):
    """Have TRL start this engine where it would start vLLM's; the engines that were started, with what they got."""
    engines = []

    def start(**about):
        got, draw = [], torch.Generator().manual_seed(0)

        def generate(asked, sampling_params, use_tqdm):
            got.append((asked, sampling_params))
            return [written(one["prompt_token_ids"]) for one in asked]

        def written(prompt):
            size = int(torch.randint(1, 7, (), generator=draw))
            ids = torch.randint(300, 900, (size,), generator=draw).tolist()
            likely = [{token: SimpleNamespace(rank=1, logprob=LIKELY)} for token in ids]
            answer = SimpleNamespace(token_ids=ids, logprobs=likely)
            return SimpleNamespace(prompt_token_ids=prompt, outputs=[answer])

        weights = []
        model = SimpleNamespace(load_weights=lambda named: weights.extend(name for name, _ in named))
        worker = SimpleNamespace(model_runner=SimpleNamespace(model=model))
        engine = SimpleNamespace(
            model_config=SimpleNamespace(max_model_len=4096), model_executor=SimpleNamespace(driver_worker=worker)
        )
        engines.append(
            SimpleNamespace(
                about=about, got=got, weights=weights, generate=generate, llm_engine=engine,
                reset_prefix_cache=lambda: None,
            )
        )  # fmt: skip
        return engines[-1]

    monkeypatch.setattr(vllm_generation, "os", SimpleNamespace(environ={}))  # for others it would be one of many ranks
    monkeypatch.setattr(vllm_generation, "ensure_master_addr_port", lambda: None)
    monkeypatch.setattr(vllm_generation, "is_vllm_available", lambda: True)
    monkeypatch.setattr(vllm_generation, "LLM", start, raising=False)
    monkeypatch.setattr(vllm_generation, "SamplingParams", lambda **given: SimpleNamespace(**given), raising=False)
    return engines
