"""Which processor a base under an adapter is asked with: one and the same, however the two are named."""

import json
import shutil
from pathlib import Path

import pytest
from peft import get_peft_model
from transformers import AutoTokenizer

from affectreason.errors import InputError
from affectreason.model import adapters, load, merge, worn

KINDS = ["qwen3_vl", "llava", "affectgpt"]


def write_adapter(source, folder):
    """An adapter with a processor whose chat template is its own."""
    model, processor = load.load(source)
    get_peft_model(model, adapters.lora_config({"r": 2})).save_pretrained(folder)
    processor.chat_template = "{# mine #}" + processor.chat_template
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def adapter(qwen, tmp_path_factory):
    """An adapter of the tiny Qwen3-VL with a chat template of its own."""
    return write_adapter(qwen, tmp_path_factory.mktemp("adapter"))


@pytest.fixture
def copy(adapter, tmp_path):
    """An adapter's folder that a test may damage."""
    return Path(shutil.copytree(adapter, tmp_path / "copy"))


def with_tokenizer(folder, change):
    """Another tokenizer in a folder, and no other file of its processor."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for name in (*worn.PICTURES, worn.TEMPLATE, "tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink(missing_ok=True)
    change(tokenizer)
    tokenizer.save_pretrained(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_every_way_to_name_both_reads_the_same_template(models, tmp_path, kind):
    folder = write_adapter(models[kind], tmp_path / "adapter")
    merge.merge(str(folder), tmp_path / "merged")
    ways = [
        load.load(models[kind], adapter=str(folder)),  # chat and evaluate with adapter=
        load.load(str(folder)),  # init and model= with an adapter's folder
        load.load(str(tmp_path / "merged")),
    ]
    for _, processor in ways:
        assert processor.chat_template.startswith("{# mine #}")
        assert type(processor) is type(ways[0][1])
        assert processor.tokenizer.get_vocab() == ways[0][1].tokenizer.get_vocab()
    assert not load.load(models[kind])[1].chat_template.startswith("{# mine #}")


def test_a_base_that_is_made_up_too(adapter):
    assert load.load("tiny:qwen3_vl", adapter=str(adapter))[1].chat_template.startswith("{# mine #}")


def test_a_tokenizer_or_a_template_alone_takes_the_place_of_the_bases(qwen, copy):
    own = load.load(qwen)[1].chat_template
    with_tokenizer(copy, lambda tokenizer: setattr(tokenizer, "chat_template", f"{{# words #}}{own}"))
    _, found = load.load(qwen, adapter=str(copy))
    assert found.chat_template == f"{{# words #}}{own}"
    assert found.image_processor is not None
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (copy / name).unlink()
    (copy / "chat_template.jinja").write_text(f"{{# alone #}}{own}")
    assert load.load(qwen, adapter=str(copy))[1].chat_template == f"{{# alone #}}{own}"
    (copy / "chat_template.jinja").unlink()
    assert load.load(qwen, adapter=str(copy))[1].chat_template == own


def test_pictures_without_words_are_read_as_the_base_does(qwen, copy):
    for name in ("tokenizer.json", "tokenizer_config.json", worn.TEMPLATE):
        (copy / name).unlink()
    _, found = load.load(qwen, adapter=str(copy))
    base = load.load(qwen)[1]
    assert found.chat_template == base.chat_template
    assert len(found.tokenizer) == len(base.tokenizer)


@pytest.mark.parametrize("name", [None, "run"])
def test_more_tokens_than_the_base_are_refused(qwen, copy, name):
    rows = json.loads((Path(qwen) / "config.json").read_text())["text_config"]["vocab_size"]
    with_tokenizer(copy, lambda tokenizer: tokenizer.add_tokens(["<one>", "<two>"], special_tokens=True))
    with pytest.raises(InputError) as caught:
        load.load(str(copy)) if name else load.load(qwen, adapter=str(copy))
    few = len(AutoTokenizer.from_pretrained(qwen))
    assert str(caught.value) == (
        f"adapter {copy}: its tokenizer knows {few + 2:,} tokens, that of its base {few:,}, for an embedding of "
        f"{rows:,} rows; take its tokenizer files out of its folder, and its base's are used, or give the base that it "
        "was trained on"
    )


def test_a_special_token_with_another_number_is_refused(qwen, copy, tmp_path):
    vocabulary = AutoTokenizer.from_pretrained(qwen).get_vocab()
    one, other = vocabulary["<|image_pad|>"], vocabulary["<|vision_start|>"]
    with_tokenizer(copy, lambda tokenizer: None)
    for file in (copy / "tokenizer.json", copy / "tokenizer_config.json"):
        text = file.read_text().replace("<|image_pad|>", "@@").replace("<|vision_start|>", "<|image_pad|>")
        file.write_text(text.replace("@@", "<|vision_start|>"))
    with pytest.raises(InputError, match=r"2 of the tokens of its base have another number .*first '<\|") as e:
        merge.merge(str(copy), tmp_path / "merged")
    assert f"{one:,}" in str(e.value)
    assert f"{other:,}" in str(e.value)
    assert not (tmp_path / "merged").exists()


def test_a_special_token_that_is_gone_is_refused(qwen, copy):
    with_tokenizer(copy, lambda tokenizer: None)
    for file in (copy / "tokenizer.json", copy / "tokenizer_config.json"):
        file.write_text(file.read_text().replace("<|image_pad|>", "<|picture|>"))
    with pytest.raises(InputError, match=r"1 of the tokens .* first '<\|image_pad\|>': no such token, not \d"):
        load.load(qwen, adapter=str(copy))


def test_ordinary_words_with_other_numbers_are_refused(qwen, copy):
    file = copy / "tokenizer.json"
    held = json.loads(file.read_text())
    words = held["model"]["vocab"]
    one, other = [word for word in words if word.isalpha()][:2]
    was = words[one]
    words[one], words[other] = words[other], words[one]
    file.write_text(json.dumps(held))
    with pytest.raises(
        InputError, match=r"2 of the tokens of its base have another number in its tokenizer, first"
    ) as e:
        load.load(qwen, adapter=str(copy))
    assert f"{words[one]:,}, not {was:,}" in str(e.value) or f"{was:,}, not {words[one]:,}" in str(e.value)


def test_pictures_cut_in_other_pieces_are_refused(qwen, copy):
    file = copy / "processor_config.json"
    held = json.loads(file.read_text())
    held["image_processor"]["patch_size"] = 7
    file.write_text(json.dumps(held))
    with pytest.raises(InputError, match=r"its image processor has patch_size: 7, its base's 16; take its tokenizer"):
        load.load(qwen, adapter=str(copy))


def test_a_processor_of_another_class_is_refused(models, copy):
    for name in (*worn.PICTURES, worn.TEMPLATE, "tokenizer.json", "tokenizer_config.json"):
        (copy / name).unlink(missing_ok=True)
    load.load(models["llava"])[1].save_pretrained(copy)
    with pytest.raises(InputError, match=r"its processor is a LlavaProcessor, its base's a Qwen3VLProcessor; take"):
        load.load(str(copy))


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("tokenizer.json", "{", r".*copy/tokenizer\.json is cut off or no JSON \(Expecting .*\)"),
        ("tokenizer.json", "", r".*copy/tokenizer\.json is empty"),
        (
            "tokenizer.json",
            '{"a": 1}',
            r".*json holds no tokenizer \('added_tokens' is missing there, or of another form\)",
        ),
        ("tokenizer_config.json", "[]", r".*tokenizer_config\.json holds no settings \(a list, no JSON object\)"),
        ("processor_config.json", "[]", r".*processor_config\.json holds no settings \(a list, no JSON object\)"),
        ("preprocessor_config.json", "not", r".*preprocessor_config\.json is cut off or no JSON \(Expecting value.*\)"),
        ("processor_config.json", '{"image_processor": 3}', r"a file of its settings .* \(AttributeError\(.*\)\)"),
    ],
)
def test_a_processor_that_cannot_be_read_is_told(qwen, copy, name, text, why):
    (copy / name).write_text(text)
    said = rf"adapter .*copy: its processor cannot be read: {why}; fetch it again, or take its tokenizer and processor"
    with pytest.raises(InputError, match=said):
        load.load(qwen, adapter=str(copy))


def test_a_template_that_makes_no_prompt_is_told(qwen, copy):
    (copy / worn.TEMPLATE).write_text("{% if true %}")
    said = (
        r"cannot load model .* under the adapter '.*copy': its chat template \(chat_template.jinja\) makes no prompt: "
        r"Unexpected end of template.*; fetch it again, or put that of its base there"
    )
    with pytest.raises(InputError, match=said):
        load.load(qwen, adapter=str(copy))


def test_everything_is_told_before_weights_are_read(qwen, copy, monkeypatch):
    def never(*_, **__):
        raise AssertionError("weights were read")

    monkeypatch.setattr(load.AutoModelForImageTextToText, "from_pretrained", never)
    with_tokenizer(copy, lambda tokenizer: tokenizer.add_tokens(["<one>"]))
    with pytest.raises(InputError, match=r"its tokenizer knows"):
        load.load(qwen, adapter=str(copy))
