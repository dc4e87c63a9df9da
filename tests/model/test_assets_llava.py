import pytest
import torch
from peft import get_peft_model
from tests.model import assets_made
from transformers import AutoTokenizer

from affectreason.affect.sample import Sample
from affectreason.errors import InputError
from affectreason.model import adapters, assets_language, assets_llava, assets_vision, generate, load
from affectreason.recipe import prompts


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Folders of a tiny vision transformer and a tiny language model, and what their files were made of."""
    folder = tmp_path_factory.mktemp("parts")
    (language, first), (vision, second) = assets_made.llama(), assets_made.dinov2()
    (folder / "a.gguf").write_bytes(first)
    (folder / "a.onnx").write_bytes(second)
    assets_language.write(folder / "a.gguf", folder / "language")
    assets_vision.write(folder / "a.onnx", folder / "vision")
    assets_llava.write(folder / "vision", folder / "language", folder / "model")
    return folder, language, vision


def test_the_parts_are_in_it_and_nothing_is_lost(parts):
    folder, language, vision = parts
    model, _ = load.load(str(folder / "model"))
    for name, one in vision.state_dict().items():
        assert torch.equal(model.model.vision_tower.state_dict()[name], one), name
    for name, one in language.model.state_dict().items():
        assert torch.equal(model.model.language_model.state_dict()[name], one), name
    ids = torch.tensor([[5, 60, 200]])
    with torch.no_grad():
        torch.testing.assert_close(model(ids).logits, language(ids).logits, atol=1e-5, rtol=0)


def test_a_picture_is_as_large_as_words_are(parts, pictures):
    folder, _, _ = parts
    model, processor = load.load(str(folder / "model"))
    asked = [generate.Asked(pictures[0], prompts.messages(pictures[0], prompts.find("tiny")))]
    assert generate.answer(model, processor, asked, max_new_tokens=3)[0] is not None
    generator = torch.Generator().manual_seed(0)
    torch.randn(32, 64, generator=generator), torch.randn(32, 32, generator=generator)  # the projector's own numbers
    noise = torch.randn(1, 3, 112, 112, generator=generator)
    with torch.no_grad():
        (seen,) = model.model.get_image_features(pixel_values=noise).pooler_output
        assert seen.shape == (64, 32)
        torch.testing.assert_close(seen.std(), model.get_input_embeddings().weight.std())


def test_the_projector_is_the_same_for_everyone(parts, tmp_path):
    folder, _, _ = parts
    torch.manual_seed(123)
    assets_llava.write(folder / "vision", folder / "language", tmp_path / "again")
    one, other = load.load(str(folder / "model"))[0], load.load(str(tmp_path / "again"))[0]
    for first, second in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(first, second)


def test_the_token_of_a_picture_stands_in_the_place_of_a_free_one(parts):
    folder, _, _ = parts
    tokenizer = AutoTokenizer.from_pretrained(folder / "model")
    assert tokenizer.convert_tokens_to_ids("<image>") == assets_made.CONTROL.index("<filename>")
    assert len(tokenizer) == len(AutoTokenizer.from_pretrained(folder / "language"))
    assert "<filename>" not in tokenizer.get_vocab()


def test_the_template_names_the_model_unless_a_system_message_stands_first(parts):
    folder, _, _ = parts
    _, processor = load.load(str(folder / "model"))
    user = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "who?"}]}
    said = processor.apply_chat_template([user], tokenize=False, add_generation_prompt=True)
    assert said == (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\n<image>\nwho?<|im_end|>\n<|im_start|>assistant\n"
    )
    system = {"role": "system", "content": "short"}
    assert processor.apply_chat_template([system, user], tokenize=False).startswith(
        "<|im_start|>system\nshort<|im_end|>"
    )


def test_it_saves_reloads_freezes_and_takes_an_adapter(parts, pictures, tmp_path):
    folder, _, _ = parts
    model, processor = load.load(str(folder / "model"))
    asked = [generate.Asked(pictures[0], prompts.messages(pictures[0], prompts.find("tiny")))]
    load.freeze(model, ["vision", "projector"])
    learns = {load.part_of(name) for name, one in model.named_parameters() if one.requires_grad}
    assert learns == {"language"}
    model.save_pretrained(tmp_path / "again")
    processor.save_pretrained(tmp_path / "again")
    again, read = load.load(str(tmp_path / "again"))
    said = generate.answer(model, processor, asked, max_new_tokens=8)
    assert generate.answer(again, read, asked, max_new_tokens=8) == said
    tuned = get_peft_model(again, adapters.lora_config({"r": 2}))
    names = [name for name, one in tuned.named_parameters() if one.requires_grad]
    assert names
    assert all("lora_" in name and load.part_of(name) == "language" for name in names)
    tuned.save_pretrained(tmp_path / "adapter")
    under, _ = load.load(str(folder / "model"), adapter=str(tmp_path / "adapter"))
    assert generate.answer(under, processor, asked, max_new_tokens=8) == said  # an adapter begins as nothing


def test_a_tokenizer_without_the_free_token_is_refused(parts, tmp_path):
    folder, _, _ = parts
    found = AutoTokenizer.from_pretrained(folder / "language")
    text = found.backend_tokenizer.to_str().replace('"<filename>"', '"<other>"')
    found.save_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(InputError, match="has no <filename>, whose place <image> takes"):
        assets_llava.tokenizer_of(tmp_path)


def test_text_alone_is_answered(parts):
    folder, _, _ = parts
    model, processor = load.load(str(folder / "model"))
    sample = Sample(id="text", question="How?")
    asked = [generate.Asked(sample, prompts.messages(sample, prompts.find("plain")))]
    assert isinstance(generate.answer(model, processor, asked, max_new_tokens=2)[0], str)
