import json
import math

import pytest
import torch
from torch import nn

from affectreason.affect.sample import Media, Sample
from affectreason.errors import InputError
from affectreason.model import adapters, generate, load, prefixes, said, systems, talk
from affectreason.recipe import asking, prompts
from affectreason.stages import ask

TINY = prompts.find("tiny")
HOW = {"max_new_tokens": 6}


@pytest.fixture(scope="module")
def opened(qwen):
    """The tiny Qwen3-VL in float32, ready to answer."""
    return talk.opened(qwen, None, "float32", ask.Media())


@pytest.fixture(scope="module")
def adapter(qwen, tmp_path_factory):
    """A LoRA adapter of the tiny Qwen3-VL whose effect is not nothing, with its processor."""
    from peft import get_peft_model

    model, processor = load.load(qwen)
    folder = tmp_path_factory.mktemp("adapter")
    tuned = get_peft_model(model, adapters.lora_config({"r": 4}))
    torch.manual_seed(0)
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter, std=0.5)
    tuned.save_pretrained(folder)
    processor.save_pretrained(folder)
    return str(folder)


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def texts(path):
    return [row["text"] for row in rows(path)]


def test_greedy_twice_is_the_same_bytes_in_the_order_of_samples(opened, pictures, drawn, tmp_path):
    samples = [drawn["text"], *pictures[:3], drawn["clips"][0]]
    for name in ("a", "b"):
        ask.ask(*opened, samples, TINY, tmp_path / name / "predictions.jsonl", **HOW)
    first = tmp_path / "a" / "predictions.jsonl"
    assert first.read_bytes() == (tmp_path / "b" / "predictions.jsonl").read_bytes()
    found = rows(first)
    assert [row["id"] for row in found] == [sample.id for sample in samples]
    assert all(row.keys() == {"id", "text", "tokens", "cut", "logprob"} for row in found)
    assert all(1 <= row["tokens"] <= 6 and row["logprob"] < 0 for row in found)
    assert all(row["tokens"] == 6 for row in found if row["cut"])


def test_an_answer_is_what_generate_answers(opened, pictures, tmp_path):
    ask.ask(*opened, pictures[:4], TINY, tmp_path / "p.jsonl", **HOW)
    asked = [generate.Asked(sample, prompts.messages(sample, TINY)) for sample in pictures[:4]]
    assert texts(tmp_path / "p.jsonl") == generate.answer(*opened, asked, max_new_tokens=6)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_no_answer_depends_on_its_batch(opened, pictures, drawn, tmp_path, temperature):
    samples = [*pictures[:4], drawn["text"]]
    for size in (1, 4):
        path = tmp_path / f"{size}.jsonl"
        ask.ask(*opened, samples, TINY, path, batch_size=size, temperature=temperature, **HOW)
    assert texts(tmp_path / "1.jsonl") == texts(tmp_path / "4.jsonl")
    logprobs = [[row["logprob"] for row in rows(tmp_path / f"{size}.jsonl")] for size in (1, 4)]
    assert logprobs[0] == pytest.approx(logprobs[1], abs=1e-4)


def test_the_log_probability_is_that_of_a_second_pass(opened, drawn):
    model, processor = opened
    one = generate.Asked(drawn["text"], prompts.messages(drawn["text"], TINY))
    loaded = generate.load_media(drawn["text"], 2.0, 4)
    (answer,) = said.answers(model, processor, [one], [loaded], max_new_tokens=5, temperature=0.7, seed=3)
    written = generate.tokens(
        model, processor, [one], [loaded], max_new_tokens=5, do_sample=False,
        logits_processor=[said._chooser([said._generator(model.device, 3, drawn["text"].id)], 0.7, [])],
    )  # fmt: skip
    batch = generate.prompt_batch(processor, [one.dialogue], [loaded], padding_side="left")
    with torch.no_grad():
        logits = model(input_ids=torch.cat([batch["input_ids"], written], 1)).logits[
            0, batch["input_ids"].shape[1] - 1 :
        ]
    logits[:, generate.placeholders(model)] = -math.inf
    likely = logits[:-1].log_softmax(-1).gather(-1, written[0][:, None])[: answer.tokens]
    assert answer.logprob == pytest.approx(float(likely.mean()), abs=1e-4)


def test_drawn_tokens_follow_the_models_distribution():
    scores = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    counts = torch.zeros(3)
    for seed in range(3000):
        choose = said._chooser([said._generator(torch.device("cpu"), seed, "x")], 1.0, [])
        counts[choose(scores, scores).argmax()] += 1
    assert (counts / 3000).tolist() == pytest.approx([0.5, 0.3, 0.2], abs=0.03)
    halved = [said._chooser([said._generator(torch.device("cpu"), s, "x")], 0.5, []) for s in range(3000)]
    share = sum(int(choose(scores, scores).argmax()) == 0 for choose in halved) / 3000
    assert share == pytest.approx(0.25 / 0.38, abs=0.03)  # squares of the probabilities, made to sum to 1


def test_an_answer_ends_with_its_end_token(opened, drawn, monkeypatch):
    model, processor = opened
    end = said.end_tokens(model)[0]
    word = processor.tokenizer(" joy", add_special_tokens=False)["input_ids"][0]
    plan = torch.tensor([[word, word, end], [word, end, end], [word, word, word]])

    def tokens(*_, logits_processor, **__):
        for step in range(4):  # one more than is kept, as a deferred stop leaves
            scores = torch.zeros(3, 5000)
            scores[torch.arange(3), plan[:, min(step, 2)]] = 1.0 + step
            logits_processor[0](None, scores)
        return plan

    monkeypatch.setattr(generate, "tokens", tokens)
    one = generate.Asked(drawn["text"], [])
    found = said.answers(model, processor, [one] * 3, [None] * 3, max_new_tokens=3)
    assert [(a.tokens, a.cut) for a in found] == [(3, False), (2, False), (3, True)]
    logs = [step - math.log(math.exp(step) + 4999) for step in (1.0, 2.0, 3.0)]
    assert found[0].logprob == pytest.approx(sum(logs) / 3, abs=1e-5)
    assert found[1].logprob == pytest.approx(sum(logs[:2]) / 2, abs=1e-5)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_killed_and_resumed_is_never_killed(opened, pictures, tmp_path, monkeypatch, temperature):
    how = {**HOW, "batch_size": 2, "temperature": temperature}
    ask.ask(*opened, pictures[:5], TINY, tmp_path / "whole" / "p.jsonl", **how)
    calls, real = [], said.answers

    def answers(model, processor, those, *more, **rest):
        calls.append([one.sample.id for one in those])
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(model, processor, those, *more, **rest)

    monkeypatch.setattr(said, "answers", answers)
    path = tmp_path / "killed" / "p.jsonl"
    with pytest.raises(KeyboardInterrupt):
        ask.ask(*opened, pictures[:5], TINY, path, **how)
    part = tmp_path / "killed" / "parts" / "p" / "part-0.jsonl"
    part.write_text(part.read_text()[:-9])  # and cut short in its last line
    done = set(calls[0][:1])
    calls.clear()
    calls.append([])
    calls.append([])
    ask.ask(*opened, pictures[:5], TINY, path, **how)
    assert path.read_bytes() == (tmp_path / "whole" / "p.jsonl").read_bytes()
    assert not done & {name for batch in calls for name in batch}  # what was done is not asked again
    assert sum(map(len, calls)) == 4
    calls.clear()
    ask.ask(*opened, pictures[:5], TINY, path, **how)
    assert calls == []


def too_small(monkeypatch, holds):
    """A device that holds batches of so many; the sizes that were tried."""
    sizes, real = [], said.answers

    def answers(model, processor, those, *more, **rest):
        sizes.append(len(those))
        if len(those) > holds:
            raise torch.OutOfMemoryError("too much")
        return real(model, processor, those, *more, **rest)

    monkeypatch.setattr(said, "answers", answers)
    return sizes


def test_an_answer_goes_on_from_what_it_is_made_to_begin_with(opened, pictures, drawn, tmp_path):
    model, processor = opened
    samples, begun = [pictures[0], drawn["text"]], {drawn["text"].id: "<think></think><answer>"}
    ask.ask(*opened, samples, TINY, tmp_path / "p.jsonl", **HOW, begun=begun)
    plain, forced = texts(tmp_path / "p.jsonl")
    ask.ask(*opened, samples, TINY, tmp_path / "q.jsonl", **HOW)
    assert texts(tmp_path / "q.jsonl")[0] == plain
    template = processor.apply_chat_template(
        prompts.messages(drawn["text"], TINY), tokenize=False, add_generation_prompt=True
    )
    batch = processor(text=[template + begun["text"]], return_tensors="pt")
    ids = model.generate(
        **batch, max_new_tokens=6, do_sample=False, repetition_penalty=1.0,
        suppress_tokens=generate.placeholders(model),
    )[:, batch["input_ids"].shape[1] :]  # fmt: skip
    assert forced == begun["text"] + processor.tokenizer.decode(ids[0], skip_special_tokens=True)


def test_asking_again_is_resumed_and_loads_no_model_once_done(evaluate, pictures, monkeypatch):
    def again(path):
        return {"removed": {row["id"]: "<think></think>" for row in rows(path)[:2]}}

    _, (path,) = evaluate(pictures[:3], how={"again": again})
    found = rows(path.with_name("predictions-removed.jsonl"))
    assert [row["id"] for row in found] == [sample.id for sample in pictures[:2]]
    assert all(row["text"].startswith("<think></think>") for row in found)
    path.with_name("predictions-removed.jsonl").unlink()
    monkeypatch.setattr(said, "answers", None)  # all rows were written down as they came
    evaluate(pictures[:3], how={"again": again})
    assert rows(path.with_name("predictions-removed.jsonl")) == found
    monkeypatch.setattr(talk, "opened", None)
    evaluate(pictures[:3], how={"again": again})


def test_a_batch_that_does_not_fit_is_halved(opened, pictures, tmp_path, monkeypatch):
    ask.ask(*opened, pictures[:7], TINY, tmp_path / "a" / "p.jsonl", batch_size=7, **HOW)
    sizes = too_small(monkeypatch, 2)
    ask.ask(*opened, pictures[:7], TINY, tmp_path / "b" / "p.jsonl", batch_size=8, **HOW)
    assert sizes == [7, 3, 1, 1, 1, 1, 1, 1, 1]
    assert texts(tmp_path / "a" / "p.jsonl") == texts(tmp_path / "b" / "p.jsonl")


def test_what_fits_alone_nowhere_is_said(opened, pictures, tmp_path, monkeypatch):
    too_small(monkeypatch, 0)
    with pytest.raises(InputError, match=r"sample '.*': the device has too little memory to ask about it alone; lower"):
        ask.ask(*opened, pictures[:2], TINY, tmp_path / "p.jsonl", **HOW)


def test_seeds_differ_and_come_again(opened, pictures, tmp_path):
    for name, seed in (("a", 0), ("b", 1), ("c", 0)):
        ask.ask(*opened, pictures[:3], TINY, tmp_path / f"{name}.jsonl", temperature=1.0, seed=seed, **HOW)
    a, b, c = (texts(tmp_path / f"{name}.jsonl") for name in "abc")
    assert a == c
    assert all(x != y for x, y in zip(a, b, strict=True))


@pytest.fixture
def evaluate(qwen, adapter, tmp_path):
    """Ask the tiny model, or its adapter, as the words of a command say."""

    def run(samples, out="out", how=None, **words):
        found = systems.systems(words.pop("model", qwen), {"direct": TINY}, **words)
        given = {"max_new_tokens": 6, "dtype": "float32", "temperature": words.get("temperature", 0.0), **(how or {})}
        return found, ask.ask_all(found, samples, tmp_path / out, **given)

    return run


def test_a_model_and_its_base(evaluate, qwen, adapter, pictures, monkeypatch):
    loads, real = [], talk.opened
    monkeypatch.setattr(talk, "opened", lambda *given: loads.append(given[:2]) or real(*given))
    found, (tuned, base) = evaluate(pictures[:3], model=adapter, compare="base")
    assert [system.name for system in found] == ["model", "base"]
    assert [path.parent.name for path in (tuned, base)] == ["model", "base"]
    assert loads == [(adapter, None)]  # read once, its adapter switched off for the base
    _, (alone,) = evaluate(pictures[:3], out="alone")
    assert base.read_bytes() == alone.read_bytes()
    assert all(a != b for a, b in zip(texts(tuned), texts(base), strict=True))
    said_of = json.loads((tuned.parents[1] / "asked.json").read_text())["systems"]
    assert said_of["model"]["declared"]["model"]["source"] == adapter
    assert said_of["base"]["declared"]["model"]["source"] == qwen
    assert said_of["base"]["model_weights"] != said_of["model"]["model_weights"]


def test_four_bits_are_asked_as_such(evaluate, pictures, tmp_path, monkeypatch):
    loads, real = [], talk.opened
    monkeypatch.setattr(talk, "opened", lambda *given: loads.append(given[4]) or real(*given[:4]))
    evaluate(pictures[:2], out="four", how={"quantize": "nf4"})
    evaluate(pictures[:2], out="whole")
    assert loads == ["nf4", None]
    settings = [json.loads((tmp_path / name / "asked.json").read_text()) for name in ("four", "whole")]
    assert [one.get("quantize") for one in settings] == ["nf4", None]


def test_what_the_tower_made_is_kept_for_the_next_question(evaluate, adapter, drawn, tmp_path, monkeypatch):
    samples = [drawn["text"], *drawn["pictures"][:2], drawn["clips"][0]]
    _, plain = evaluate(samples, model=adapter, compare="base")
    _, kept = evaluate(samples, out="kept", how={"kept": tmp_path / "cache"}, model=adapter, compare="base")
    assert [texts(path) for path in kept] == [texts(path) for path in plain]
    assert len(list((tmp_path / "cache").glob("*/*.safetensors"))) == 3
    monkeypatch.setattr(prefixes, "features", None)  # nothing is encoded again, under the adapter or without it
    _, again = evaluate(samples, out="again", how={"kept": tmp_path / "cache"}, model=adapter, compare="base")
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in kept]


def test_the_text_only_control_is_given_no_picture(evaluate, pictures, monkeypatch):
    seen, real = [], said.answers

    def answers(model, processor, those, loaded, **rest):
        parts = [part["type"] for one in those for message in one.dialogue for part in message["content"]]
        seen.append((parts.count("image"), sum(len(one.images) for one in loaded)))
        return real(model, processor, those, loaded, **rest)

    monkeypatch.setattr(said, "answers", answers)
    found, paths = evaluate(pictures[:2], text_only=True)
    assert [system.name for system in found] == ["model", "model, text only"]
    assert [path.parent.name for path in paths] == ["model", "model-text-only"]
    assert seen == [(2, 2), (0, 0)]


def test_a_modality_is_taken_away(evaluate, pictures, monkeypatch):
    seen, real = [], said.answers

    def answers(model, processor, those, loaded, **rest):
        seen.append((sum(len(one.images) for one in loaded), "Hello there" in str(those[0].dialogue)))
        return real(model, processor, those, loaded, **rest)

    monkeypatch.setattr(said, "answers", answers)
    spoken = [sample.model_copy(update={"transcript": "Hello there"}) for sample in pictures[:2]]
    _, paths = evaluate(spoken, without="text,face")
    assert [path.parent.name for path in paths] == ["model", "model-without-text", "model-without-face"]
    assert seen == [(2, True), (2, False), (0, True)]
    with pytest.raises(InputError, match=r"without=: none of the 2 samples has audio; they have: face, text"):
        evaluate(spoken, without="audio")


def test_k_answers_each(evaluate, pictures):
    _, paths = evaluate(pictures[:2], k=2, temperature=1.0)
    assert [path.name for path in paths] == ["predictions-0.jsonl", "predictions-1.jsonl"]
    assert texts(paths[0]) != texts(paths[1])


def test_the_same_words_load_no_model_again(evaluate, pictures, monkeypatch):
    _, first = evaluate(pictures[:2])
    monkeypatch.setattr(talk, "opened", None)
    assert evaluate(pictures[:2])[1] == first


def test_answers_asked_otherwise_are_never_mixed(evaluate, adapter, pictures):
    evaluate(pictures[:2])
    with pytest.raises(InputError, match=r"other settings \(max_new_tokens\); name a new folder with out=, or remove"):
        evaluate(pictures[:2], how={"max_new_tokens": 7})
    with pytest.raises(InputError, match=r"other settings \(count, samples\)"):
        evaluate(pictures[:3])
    with pytest.raises(InputError, match=r"other settings \(model: model, model: model_weights\)"):
        evaluate(pictures[:2], model=adapter)
    assert len(evaluate(pictures[:2], text_only=True)[1]) == 2  # another system is added


def test_media_are_looked_at_before_a_model(evaluate, pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(talk, "opened", None)
    gone = Sample(id="gone", media=(Media(kind="image", path=str(tmp_path / "no.png")),))
    with pytest.raises(InputError, match=r"sample 'gone': .*no.png: no such file; mend `path`"):
        evaluate([pictures[0], gone])


def test_a_control_of_nothing_is_refused(evaluate, drawn):
    with pytest.raises(InputError, match="text_only=true: no sample has anything to look at"):
        evaluate([drawn["text"]], text_only=True)


def test_labels_that_are_not_known_are_refused(qwen, tmp_path):
    found = systems.systems(qwen, asking.chosen(False, "Which?", "one of: {labels}"))
    with pytest.raises(InputError, match=r"sample 'a' names no label set, and prompt model lists its labels"):
        ask.ask_all(found, [Sample(id="a")], tmp_path, max_new_tokens=3)
