"""Answers that are made up, the same in every process: what workers of several processes train on."""

import torch


def answers(model, asked, of, pad, generation_config):
    """Tokens that depend on the prompt and on the number of the answer in its group alone."""
    end = int(torch.as_tensor(generation_config.eos_token_id).flatten()[0])
    found = torch.full((len(of), 6), pad)
    for place, prompt in enumerate(of.tolist()):
        number = of[:place].tolist().count(prompt)
        length = 2 + number
        found[place, :length] = 300 + (int(asked[prompt].ids.sum()) + 7 * number + torch.arange(length)) % 400
        found[place, length] = end
    return found
