import json
import shutil

import pytest
import yaml
from huggingface_hub import ModelCard

from affectreason.errors import InputError
from affectreason.model import load, model_card_facts, quantized, share

NAMES = {
    "README.md", "adapter_config.json", "adapter_model.safetensors", "chat_template.jinja", "evaluation.json",
    "processor_config.json", "recipe.yaml", "tokenizer.json", "tokenizer_config.json",
}  # fmt: skip


def body(made):
    return (made.folder / "README.md").read_text()


def test_a_folder_with_all_that_goes_with_an_adapter(finished, tmp_path, qwen):
    run = finished()
    (run / "grpo" / "model" / "training_args.bin").write_bytes(b"pickle")
    made = share.prepare(run / "grpo", "ann/face")
    assert made.folder == run / "grpo" / "push"
    assert set(made.files) == {path.name for path in made.folder.iterdir()}
    assert set(made.files) >= NAMES
    assert "training_args.bin" not in made.files
    assert made.notes == (
        "no licence of the weights is stated; licence=apache-2.0, for example, states one",
        "left out: training_args.bin",
    )
    for path in made.folder.iterdir():
        assert str(tmp_path).encode() not in path.read_bytes(), path.name
    assert json.loads((made.folder / "adapter_config.json").read_text())["base_model_name_or_path"] == "tiny:qwen3_vl"
    assert yaml.safe_load((made.folder / "recipe.yaml").read_text())["prompt"] == "facial_r1"
    load.load(qwen, adapter=str(made.folder))


def test_metadata_that_the_hub_reads(finished):
    made = share.prepare(finished(base="Qwen/Qwen3-VL-2B-Instruct") / "grpo", "ann/face", licence="apache-2.0")
    data = ModelCard(body(made)).data
    assert data.base_model == "Qwen/Qwen3-VL-2B-Instruct"
    assert data.to_dict()["base_model_relation"] == "adapter"
    assert (data.license, data.library_name, data.pipeline_tag) == ("apache-2.0", "peft", "image-text-to-text")
    assert data.tags == ["emotion", "affective-computing", "affectreason", "grpo"]
    assert data.model_name == "face"
    (first, second) = data.eval_results
    assert (first.metric_value, first.metric_args["n"], first.metric_args["chance"]) == (0.61, 280, 0.1429)
    assert second.metric_args["interval_95"] == [0.3, 0.5]
    assert made.notes == ()


def test_four_bits_are_told_and_asked_for(finished):
    text = body(share.prepare(finished(base="Qwen/Qwen3-VL-2B-Instruct", quantize="nf4") / "grpo", "ann/face"))
    assert "adapter=ann/face quantize=nf4 prompt=facial_r1" in text
    assert "trained and evaluated over the base in four bits (`nf4`); over whole weights it answers otherwise" in text
    code = text.partition("```python\n")[2].partition("```")[0]
    made = {}
    exec(code[: code.index("base = ")], made)
    ours, theirs = quantized.config("nf4", "float32").to_dict(), made["four_bits"].to_dict()
    assert theirs == ours
    assert 'from_pretrained("Qwen/Qwen3-VL-2B-Instruct", dtype="auto", quantization_config=four_bits)' in code


def test_what_the_card_says(finished):
    text = body(share.prepare(finished(base="Qwen/Qwen3-VL-2B-Instruct") / "grpo", "ann/face"))
    for said in (
        "A LoRA adapter for [Qwen/Qwen3-VL-2B-Instruct](https://huggingface.co/Qwen/Qwen3-VL-2B-Instruct).",
        "affectreason chat model=Qwen/Qwen3-VL-2B-Instruct adapter=ann/face prompt=facial_r1 labels=ekman7 image=",
        'base = AutoModelForImageTextToText.from_pretrained("Qwen/Qwen3-VL-2B-Instruct", dtype="auto")',
        'model = PeftModel.from_pretrained(base, "ann/face")',
        "Label set `ekman7`: anger, disgust, fear, happiness, neutral, sadness, surprise.",
        "Work from the facial evidence to the emotion.",
        "| mine.jsonl:test | emotion accuracy | 0.610 | 0.550 to 0.670 | 280 | 0.143 | 0.180 | 0.200 |",
        "**Not above what looking at nothing reaches: AU F1 (mine.jsonl:test).**",
        "| `mine.jsonl:train` | sft | 5 | mine | human | CC BY 4.0 | open |",
        "`anger` most often (6 of 9), `fear` least (3)",
        "Never among them: disgust, happiness, neutral, sadness, surprise.",
        "3 people are told apart in the data; their age, gender and origin are not recorded here.",
        "worst first: fear 0.10, anger 0.90.",
        "Inferring emotions at work and at school is restricted by law",
        "| grpo | grpo | sft | 6 samples, 2 steps | 12.5 |",
        "versions: trl 1.16.0",
        "licence of these weights: not stated by whoever pushed them",
        "; no data card",
    ):
        assert said in text, said
    assert "allow" not in text


def test_a_whole_model(finished):
    made = share.prepare(finished(lora=False) / "grpo", "ann/face")
    assert {"model.safetensors", "config.json", "generation_config.json"} <= set(made.files)
    text = body(made)
    assert "A model trained from `tiny:qwen3_vl`, a model of random weights that affectreason makes itself." in text
    assert 'model = AutoModelForImageTextToText.from_pretrained("ann/face", dtype="auto")' in text
    assert "base_model" not in text.partition("# face")[0]
    assert "affectreason chat model=ann/face prompt=" in text
    load.load(str(made.folder))


def test_a_model_without_numbers_says_so(finished):
    made = share.prepare(finished(evaluated=False) / "grpo", "ann/face")
    assert "Not evaluated: there are no numbers for this model." in body(made)
    assert made.notes[0].startswith("no numbers go with it: there is no ")
    assert ModelCard(body(made)).data.eval_results is None


def test_a_licence_that_stands_against_it(finished):
    run = finished(licence="research only, no redistribution", gate="signed form")
    with pytest.raises(InputError, match=r"(?s)nothing is shared: .*research only, no redistribution.*5 samples"):
        share.prepare(run / "grpo", "ann/face")
    assert not (run / "grpo" / "push").exists()
    made = share.prepare(run / "grpo", "ann/face", allowed=["research only, no redistribution"])
    reason = "it limits use to research or forbids passing on"
    said = f"“research only, no redistribution” (mine.jsonl:train, 5 samples): {reason}"
    assert f"declared to hold the right to share it in spite of:\n\n- {said}\n" in body(made)
    assert f"shared in spite of {said}" in made.notes


def test_a_licence_of_several_lines_stays_one_line_of_the_card(finished):
    licence = "research only\n\n## Free for all"
    made = share.prepare(finished(licence=licence) / "grpo", "ann/face", allowed=[licence])
    assert "\n- “research only ## Free for all” (mine.jsonl:train, 5 samples): it limits use" in body(made)
    assert "\n## Free" not in body(made)


def test_one_word_that_allows_two_sources_names_both(finished, tmp_path):
    run = finished(licence=None, gate=None)
    (tmp_path / "data" / "more.jsonl").unlink()
    made = share.prepare(run / "grpo", "ann/face", allowed=["not stated"])
    for said in ("mine.jsonl:train, 5 samples", "more.jsonl: no such file from this folder"):
        assert any(note.startswith(f"shared in spite of “not stated” ({said}") for note in made.notes)
        assert f"- “not stated” ({said}" in body(made)


def test_a_licence_that_allows_what_the_data_do_not_is_remarked(finished):
    run = finished(licence="CC BY-NC 4.0")
    made = share.prepare(run / "grpo", "ann/face", licence="apache-2.0")
    assert made.notes == (
        "warning: licence=apache-2.0 allows commercial use of the weights, and “CC BY-NC 4.0” (mine.jsonl:train, 5 "
        "samples) does not allow it of the data",
    )
    said = "**The weights are stated to be under apache-2.0, which allows commercial use. These data do not:**"
    assert f"{said}\n\n- “CC BY-NC 4.0” (mine.jsonl:train, 5 samples)\n" in body(made)
    made = share.prepare(run / "grpo", "ann/face", licence="cc-by-nc-4.0")
    assert made.notes == ()
    assert "These data do not" not in body(made)


def test_data_that_are_not_here_any_more(finished, tmp_path):
    run = finished()
    (tmp_path / "data" / "mine.jsonl").unlink()
    with pytest.raises(InputError, match=r"'not stated' \(mine.jsonl:train: no such file from this folder"):
        share.prepare(run / "grpo", "ann/face")
    text = body(share.prepare(run / "grpo", "ann/face", allowed=["not stated"]))
    assert "| `mine.jsonl:train` | sft | no such file from this folder, so its licence is not known |" in text


def test_the_words_of_a_data_card(finished, tmp_path):
    run = finished()
    folder = tmp_path / "data" / "more.card"
    folder.mkdir()
    digest = json.loads(json.dumps(model_card_digest(tmp_path / "data" / "more.jsonl")))
    answers = {"known_failures": "no old people", "out_of_scope": "anything with | in it", "purpose": "unknown"}
    (folder / "card.json").write_text(json.dumps({"sha256": digest, "unanswered": ["purpose"], "answers": answers}))
    text = body(share.prepare(run / "grpo", "ann/face"))
    assert "- Of `more.jsonl`, its data card says: no old people" in text
    assert "- Of `more.jsonl`, its data card says: anything with | in it" in text
    assert f"data card SHA-256 `{model_card_digest(folder / 'card.json')}`, 1 of its questions unanswered" in text


def model_card_digest(path):
    import hashlib

    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_data_that_were_changed_on_the_way(finished, tmp_path):
    run = finished()
    settings = yaml.safe_load((run / "sft" / "recipe.yaml").read_text())
    data = str(tmp_path / "data" / "mine.jsonl")
    first = settings | {"files": {data: "0" * 64}}
    (run / "sft" / "recipe.yaml").write_text(yaml.safe_dump(first))
    row = {"when": "", "changed": [f"files.{data}: 00 -> 11"], "settings": settings}
    (run / "sft" / "changes.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(InputError, match=r"'not stated' \(mine.jsonl:train: the file was changed after the training"):
        share.prepare(run / "grpo", "ann/face")
    text = body(share.prepare(run / "grpo", "ann/face", allowed=["not stated"]))
    assert "- The settings of `sft` were changed on the way: files." in text
    assert str(tmp_path) not in text


def test_an_adapter_on_a_folder_of_this_machine(finished, qwen):
    run = finished(base=qwen)
    with pytest.raises(InputError, match=r"a folder that nobody else has: push that first and give base=USER/NAME, or"):
        share.prepare(run / "grpo", "ann/face")
    made = share.prepare(run / "grpo", "ann/face", base="ann/base")
    assert json.loads((made.folder / "adapter_config.json").read_text())["base_model_name_or_path"] == "ann/base"
    assert "model=ann/base adapter=ann/face" in body(made)


def test_a_base_whose_folder_is_gone_is_no_repository(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = finished(base="runs/gone")
    with pytest.raises(InputError, match=r"the adapter stands on runs/gone, a folder that nobody else has: push that"):
        share.prepare(run / "grpo", "ann/face", allowed=["not stated"])


def test_files_that_are_not_what_the_stage_left(finished):
    run = finished()
    weights = run / "grpo" / "model" / "adapter_model.safetensors"
    before = weights.read_bytes()
    weights.write_bytes(before[:-1] + b"x")
    with pytest.raises(
        InputError, match=r"adapter_model.safetensors is not what the stage left \(its SHA-256 differs\)"
    ):
        share.prepare(run / "grpo", "ann/face")
    weights.unlink()
    with pytest.raises(InputError, match=r"adapter_model.safetensors is missing; run the stage again"):
        share.prepare(run / "grpo", "ann/face")
    (run / "grpo" / "done.json").write_text('{"finished": "2026"}')
    with pytest.raises(InputError, match=r"done.json names no files of a model; run the stage again"):
        share.prepare(run / "grpo", "ann/face")


def test_a_removed_stage_does_not_take_its_licence_away(finished):
    run = finished(licence="research only")
    shutil.rmtree(run / "sft")
    said = r"'not stated' \(sft: a model that no run here left, so the licences of what it learned from are not known\)"
    with pytest.raises(InputError, match=said):
        share.prepare(run / "grpo", "ann/face")
    made = share.prepare(run / "grpo", "ann/face", allowed=["not stated"])
    assert "| `sft` | grpo | a model that no run here left" in body(made)
    assert "in spite of:\n\n- “not stated” (sft: a model that no run here left" in body(made)


def test_a_class_of_our_own_is_not_named_as_another_librarys(finished, monkeypatch):
    monkeypatch.setattr(share, "_kind", lambda *_: "affect_prefusion")
    text = body(share.prepare(finished(lora=False) / "grpo", "ann/face"))
    assert "library_name: affectreason\n" in text
    assert "transformers alone does not know it" in text


def test_files_that_the_stage_did_not_leave_stay_here(finished):
    run = finished()
    (run / "grpo" / "model" / "secrets.json").write_text("{}")
    (run / "grpo" / "model" / "model.safetensors").write_bytes(b"other")
    made = share.prepare(run / "grpo", "ann/face")
    assert not {"secrets.json", "model.safetensors"} & set(made.files)
    assert "left out: model.safetensors, secrets.json" in made.notes


def test_a_base_that_affectreason_makes_of_packages(finished):
    text = body(share.prepare(finished(base="assets:small") / "grpo", "ann/face"))
    assert "A LoRA adapter for `assets:small`, which `affectreason assets get small` makes out of packages." in text
    assert "Its base is made by affectreason; PEFT alone cannot fetch it." in text
    assert 'from_pretrained("assets:small"' not in text


def test_the_folder_is_made_anew_and_leaves_the_model_alone(finished):
    run = finished()
    weights = run / "grpo" / "model" / "adapter_model.safetensors"
    first = share.prepare(run / "grpo", "ann/face")
    (first.folder / "old.txt").write_text("old")
    second = share.prepare(run / "grpo", "ann/face")
    assert first.files == second.files
    assert not (second.folder / "old.txt").exists()
    shutil.rmtree(second.folder)
    assert weights.is_file()


def test_a_full_disk_leaves_no_half_folder(finished, full_disk):
    run = finished()
    with (
        full_disk(1000),
        pytest.raises(InputError, match=r"cannot write .*free space there, then run the same command"),
    ):
        share.prepare(run / "grpo", "ann/face")
    assert not (run / "grpo" / "push").exists()


def test_the_numbers_as_json(finished):
    made = share.prepare(finished() / "grpo", "ann/face")
    held = json.loads((made.folder / "evaluation.json").read_text())
    assert held["model"] == "ann/face"
    assert [(one["metric"], one["value"], one["n"]) for one in held["results"]] == [
        ("emotion_accuracy", 0.61, 280), ("au_f1", 0.40, 200),
    ]  # fmt: skip


def test_cells_hold_their_tables_together():
    assert model_card_facts._table(["a"], [["x | y\nz"]]) == "| a |\n| --- |\n| x \\| y z |"
