import json

import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Sample
from affectreason.affect.samples import write
from affectreason.errors import InputError
from affectreason.model import askable, collate, fitting, load
from affectreason.model.fitting import fit
from affectreason.recipe import prompts, schema
from affectreason.recipe.words import source_and_split


@pytest.fixture
def held(tmp_path, recipe):
    """Hold samples against the micro recipe with changes; findings by stage (each of the first words) and kind."""

    def run(samples, rows=500, **changes):
        write(tmp_path / "data.jsonl", samples)
        result = fit(recipe(**changes), [tmp_path / "data.jsonl"], rows)
        told = [((name, one.kind), one) for one in result.findings for name in one.text.partition(":")[0].split(", ")]
        found = dict(told)
        assert len(found) == len(told)
        return found, result.shown

    return run


def test_lengths_are_those_of_the_collator_with_vision_tokens(held, pictures, qwen):
    found, shown = held(pictures, sft__hinted=0)
    processor = load.load(qwen)[1]
    made = collate.Collator(processor, prompts.TINY)
    batch = made([{"sample": sample.to_json()} for sample in pictures])
    whole = sorted(batch["attention_mask"].sum(1).tolist())
    assert found["sft", "token_lengths"].count == 14
    assert found["sft", "token_lengths"].text.endswith(
        "prompt 34 / 34 / 34 / 34; of it vision 9 / 9 / 9 / 9; "
        f"prompt and answer {whole[0]} / {whole[6]} / {whole[13]} / {whole[13]}"
    )
    assert "answer" not in found["grpo", "token_lengths"].text
    assert {level.level for level in found.values()} == {"note"}
    assert [one.row.split()[0] for one in shown] == ["train_00000", "train_00001", "train_00002"]


def test_the_pieces_are_the_collators_own_labels(held, pictures):
    _, shown = held(pictures[:1], sft__hinted=0)
    prompt, image, question, answer = shown[0].pieces
    assert (image.text, image.loss, image.tokens) == ("<image x 9>", False, 9)
    assert (prompt.text, prompt.loss) == ("<|im_start|>user\n<|vision_start|>", False)
    assert question.text == ("<|vision_end|>Which action units, which emotion?<|im_end|>\n<|im_start|>assistant\n")
    assert (answer.text, answer.loss) == (prompts.target(pictures[0]) + "<|im_end|>", True)


def test_rows_that_do_not_fit_name_the_key_and_the_length_it_needs(held, pictures):
    changes = {"sft__hinted": 0, "sft__train__max_length": 64}
    found, _ = held(pictures, **changes)
    bad = found["sft", "too_long"]
    assert bad.level == "error"
    most = found["sft", "token_lengths"].text.rpartition(" ")[2]
    assert bad.text == (
        f"sft: {bad.count} of 14 measured samples too long for sft.train.max_length, 64 tokens; the longest has {most}"
    )
    assert bad.mend == (
        f"raise sft.train.max_length to {most} or more, or lower media.max_pixels or media.max_frames, or take them out"
    )
    assert 0 < bad.count < 14
    assert held(pictures, **{**changes, "sft__train__max_length": int(most)})[0].get(("sft", "too_long")) is None


def test_the_models_context_and_what_is_still_to_be_written(held, pictures):
    found, _ = held(pictures[:1], grpo__train__max_completion_length=4090, grow__max_new_tokens=4000)
    assert found["grpo", "too_long"].text == (
        "grpo: 1 of 1 measured sample with 4090 to write too long for the model's context, 4096 tokens; "
        "the longest has 4124"
    )
    assert found["grpo", "too_long"].mend.startswith(
        "lower grpo.train.max_completion_length, or lower media.max_pixels"
    )
    assert ("grow", "too_long") not in found
    found, _ = held(pictures[:1], grow__max_new_tokens=4090)
    assert found["grow", "too_long"].mend.startswith("lower grow.max_new_tokens, or")


def test_what_cannot_be_learnt_shown_or_rewarded(held, drawn, tmp_path):
    face = drawn["pictures"][0]
    bare = face.model_copy(update={"id": "bare", "gold": Affect(), "reasoning": None})
    units = face.model_copy(update={"id": "units", "gold": Affect(aus=(ActionUnit(number=4),))})
    array = Sample(id="array", media=(Media(kind="features", path="a.npy"),), response="x", gold=Affect(emotion="joy"))
    found, _ = held([face, bare, units, array, drawn["clips"][0]])
    assert [one.split()[0] for one in found["sft", "nothing_to_learn"].examples] == ["bare", "units"]
    assert found["sft", "nothing_to_learn"].text == "sft, sft_2: samples with neither a response nor an emotion: 2"
    assert found["sft", "cannot_be_shown"].examples[0].endswith("data.jsonl:4): features")
    assert found["sft", "cannot_be_laid_out"].count == 1
    assert ("grpo", "clips_with_vllm") not in found
    assert (found["grpo", "only_form_rewarded"].level, found["grpo", "only_form_rewarded"].count) == ("warning", 1)
    assert found["grpo", "only_form_rewarded"].examples[0].startswith("bare ")
    assert ("grpo", "unscorable") not in found
    assert found["sft", "cannot_be_shown"].text == (
        "sft, grpo, grow, sft_2: samples with features or an address, which no model is given: 1"
    )
    found, _ = held([face, drawn["clips"][0]], grpo__train={"use_vllm": True})
    assert (found["grpo", "clips_with_vllm"].level, found["grpo", "clips_with_vllm"].count) == ("error", 1)
    assert found["grpo", "clips_with_vllm"].mend == "take them out of its data, or leave train.use_vllm out"
    found, _ = held([face, bare, units], grpo__rewards=[{"use": "emotion_match"}])
    assert found["grpo", "unscorable"].count == 2
    assert found["grpo", "unscorable"].level == "error"


def test_a_sound_for_a_model_that_hears_nothing(held, pictures, sound, tmp_path):
    media = (Media(kind="audio", path=str(sound(tmp_path / "a.wav"))),)
    found, _ = held([pictures[0], Sample(id="sound", media=media, response="x", gold=Affect(emotion="joy"))])
    assert ("sft", "cannot_be_shown") not in found
    (said,) = found["sft", "cannot_be_laid_out"].examples
    assert "Qwen3VLProcessor reads no sound; choose a model that does" in said


def test_labels_outside_the_recipes_set(held, pictures):
    odd = pictures[0].model_copy(update={"id": "odd", "labels": None, "gold": Affect(emotion="awe")})
    found, _ = held([pictures[0], odd])
    (bad,) = [one for one in found.values() if one.kind == "label_outside_recipe"]
    assert bad.text == "samples whose labels are not of labels=ekman7: 1"
    assert "the label 'awe' is not in the vocabulary 'ekman7'" in bad.examples[0]


def test_a_file_that_cannot_be_opened_is_told_and_the_rest_measured(held, pictures):
    gone = pictures[1].model_copy(update={"id": "gone", "media": (Media(kind="image", path="/nowhere/a.png"),)})
    found, _ = held([pictures[0], gone])
    assert "no such file: /nowhere/a.png" in found["sft", "cannot_be_laid_out"].examples[0]
    assert found["sft", "token_lengths"].count == 1


def test_rows_are_drawn_by_id_and_the_longest_texts_are_measured_too(held, pictures, tmp_path):
    data = [str(tmp_path / "data.jsonl")]
    long = pictures[0].model_copy(update={"id": "long", "response": "word " * 400})
    rows = [one.model_copy(update={"id": f"s{n}"}) for n, one in enumerate(pictures * 5)]
    found, _ = held([*rows, long], rows=3, sft__data=data, sft__train__max_length=300)
    assert found["sft", "token_lengths"].count == 3
    assert found["sft", "too_long"].examples[0].startswith("long (")
    assert "of 5" in found["sft", "too_long"].text
    again, _ = held([long, *rows[::-1]], rows=3, sft__data=data, sft__train__max_length=300)
    assert again["sft", "token_lengths"].text == found["sft", "token_lengths"].text
    assert held(rows, rows=None, sft__data=data)[0]["sft", "token_lengths"].count == 70


def test_only_the_stages_and_splits_that_name_the_file(tmp_path, pictures, recipe):
    path = tmp_path / "data.jsonl"
    test = pictures[1].model_copy(update={"provenance": pictures[1].provenance.model_copy(update={"split": "test"})})
    write(path, [pictures[0], test])
    found = fit(recipe(sft__data=[f"{path}:train"]), [path]).findings
    assert [(one.kind, one.count) for one in found] == [("token_lengths", 1)]
    assert found[0].text.startswith("sft: ")
    found = fit(recipe(), [path]).findings
    assert found[0].kind == "named_by_no_stage"
    assert found[0].mend == f"sft.data=[{path}] holds them against one"
    assert found[0].text.endswith("held against all that read samples: sft, grpo, grow, sft_2")


def test_a_split_that_the_file_does_not_have(tmp_path, pictures, recipe):
    path = tmp_path / "data.jsonl"
    write(path, pictures[:2])
    found = {one.kind: one for one in fit(recipe(sft__data=[f"{path}:trian"]), [path]).findings}
    assert (found["reads_nothing"].level, found["reads_nothing"].mend) == ("error", "mend sft.data")
    assert found["reads_nothing"].text == (
        f"sft: no sample of {path} is of split 'trian'; did you mean 'train'? known: train"
    )
    assert "token_lengths" not in found
    kinds = {one.kind for one in fit(recipe(sft__data=[f"{path}:trian"]), [f"{path}:train"]).findings}
    assert {"reads_nothing", "named_by_no_stage"} <= kinds
    assert "reads_nothing" not in {one.kind for one in fit(recipe(sft__data=[f"{path}:train"]), [path]).findings}


def test_a_split_of_a_file_alone(tmp_path, pictures, recipe):
    path = tmp_path / "data.jsonl"
    test = pictures[1].model_copy(update={"provenance": pictures[1].provenance.model_copy(update={"split": "test"})})
    write(path, [pictures[0], test])
    found = fit(recipe(sft__data=[path.as_posix()]), [f"{path}:test"])
    assert [one.row.split()[0] for one in found.shown] == [test.id]
    found = fit(recipe(sft__data=[f"{path}:train"]), [f"{path}:test"]).findings
    assert found[0].kind == "named_by_no_stage"
    assert "reads_nothing" not in {one.kind for one in found}


def test_data_are_looked_up_once_for_a_file_however_many_rows(tmp_path, pictures, recipe, monkeypatch):
    path, asked = tmp_path / "data.jsonl", []
    write(path, pictures)
    monkeypatch.setattr(askable, "source_and_split", lambda item: asked.append(item) or source_and_split(item))
    fit(recipe(sft__data=[f"{path}:train"]), [path], 1)
    assert len(asked) < len(pictures)


def test_large_media_are_measured_beside_those_drawn(tmp_path, pictures, recipe):
    path = tmp_path / "data.jsonl"
    write(path, [pictures[0].model_copy(update={"id": f"s{n}", "response": "a" * (99 - n)}) for n in range(60)])
    changes = recipe(sft__data=[str(path)], sft__train__max_length=1)
    (plain,) = [one.count for one in fit(changes, [path], 1).findings if one.kind == "too_long"]
    found = fit(changes, [path], 1, large={(str(path), "s58"), (str(path), "s0"), ("x", "s57")}).findings
    assert [one.count for one in found if one.kind == "too_long"] == [plain + 1]


def test_a_processor_of_a_folder_a_tiny_model_and_an_adapter_chain(recipe, qwen, tmp_path):
    assert fitting.source_of(recipe(), recipe().stage("sft_2")) == "tiny:qwen3_vl"
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text(f'{{"base_model_name_or_path": "{qwen}"}}')
    assert fitting.source_of(recipe(base__init=str(adapter)), recipe().stage("sft_2")) == qwen
    assert fitting.source_of(recipe(sft__init=str(adapter)), recipe(sft__init=str(adapter)).stage("sft")) == qwen
    processor, context = fitting.processor_of(
        qwen, recipe(media={"max_pixels": 96 * 96 * 4, "min_pixels": 96 * 96 * 4})
    )
    assert context == 4096
    assert processor.image_processor.size["longest_edge"] == 96 * 96 * 4
    assert processor.video_processor.cap_pixels_per_frame is True


def test_rows_of_an_adapter_are_measured_by_the_processor_that_lies_with_it(held, pictures, qwen, tmp_path, recipe):
    """Its chat template has more words than its base's."""
    (plain, _), adapter = held(pictures[:1]), tmp_path / "adapter"
    processor, _ = fitting.processor_of(qwen, recipe())
    processor.chat_template = "one two three four five {# and #}" + processor.chat_template
    processor.save_pretrained(adapter)
    config = {"peft_type": "LORA", "base_model_name_or_path": qwen, "r": 3, "target_modules": ["q_proj"]}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    found, _ = held(pictures[:1], **{f"{name}__init": str(adapter) for name in ("sft", "grpo")})
    lengths = [int(one["sft", "token_lengths"].text.split("prompt ")[1].split(" /")[0]) for one in (plain, found)]
    more = len(processor.tokenizer("one two three four five ")["input_ids"])
    assert lengths[1] == lengths[0] + more > lengths[0]


def test_an_adapter_of_the_hub_has_the_processor_of_its_base(recipe, hub):
    hub.add("ann/face", {"adapter_config.json": '{"base_model_name_or_path": "tiny:llava"}'})
    found = recipe(sft__init="ann/face")
    assert fitting.source_of(found, found.stage("sft")) == "tiny:llava"


def test_what_is_no_model_and_a_recipe_that_reads_nothing(recipe, tmp_path):
    with pytest.raises(InputError, match=r"is no model folder: it has no config\.json"):
        fitting.processor_of(str(tmp_path), recipe())
    with pytest.raises(InputError, match="cannot load the processor of 'affectreason/none-such'"):
        fitting.processor_of("affectreason/none-such", recipe())
    (tmp_path / "draw.yaml").write_text(
        "model: tiny:qwen3_vl\nprompt: tiny\nstages:\n  - {name: faces, kind: draw, splits: {train: 1}}\n"
    )
    with pytest.raises(InputError, match="recipe draw has no sft, grpo or synthesize stage, which would read samples"):
        fit(schema.load(str(tmp_path / "draw.yaml")), [tmp_path / "a.jsonl"])
