import pytest
from transformers import AutoProcessor

from affectreason.errors import InputError
from affectreason.model import load, template


@pytest.mark.parametrize("kind", ["qwen3_vl", "qwen2_5_vl", "llava", "llava_onevision", "affectgpt"])
def test_every_kind_of_model_has_one_that_is_right(models, kind):
    assert template.fault(AutoProcessor.from_pretrained(models[kind])) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "makes no prompt: Cannot use apply_chat_template because this processor does not have a chat template"),
        ("{% for a in b %}", "makes no prompt: Unexpected end of template"),
        ("{{ nothing.at.all }}", "makes no prompt: 'nothing' is undefined"),
        ("{{ raise_exception('no dialogue') }}", "makes no prompt: no dialogue"),
        ("{{ 1 + 'a' }}", "makes no prompt: unsupported operand"),
        ("{{ 1 / 0 }}", "makes no prompt: division by zero"),
        ("{{ ''.__class__.__mro__ }}", "makes no prompt: access to attribute '__class__' of 'str' object is unsafe"),
        ("<html>404</html>", "leaves the question out"),
        ("{% for m in messages %}{{ m.content[-1].text }}{% endfor %}", "leaves the picture out"),
    ],
)
def test_one_that_is_damaged(qwen, text, said):
    processor = AutoProcessor.from_pretrained(qwen)
    processor.chat_template = text
    assert template.fault(processor).startswith(f"its chat template (chat_template.jinja) {said}")


def test_it_is_told_before_weights_are_read(qwen, monkeypatch):
    monkeypatch.setattr(load.AutoModelForImageTextToText, "from_pretrained", None)
    monkeypatch.setattr(template, "fault", lambda processor: "its chat template is wrong")
    with pytest.raises(
        InputError, match=r"cannot load model '.*qwen3_vl': its chat template is wrong; fetch it again, or"
    ):
        load.load(qwen)
