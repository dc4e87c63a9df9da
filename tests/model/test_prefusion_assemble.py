import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch
import transformers as hf
from safetensors.torch import load_file, save_file

from affectreason import cli
from affectreason.errors import InputError
from affectreason.model import load, prefusion_assemble, tiny
from affectreason.model.prefusion_assemble import assemble

SIZE = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2}
SMALL = {"fusion_width": 8, "qformer_width": 8, "qformer_heads": 2, "gate_width": 4, "gate_heads": 2, "audio_layers": 2}
SOUND = {"conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4}


def saved(folder, *parts):
    for part in parts:
        part.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """Folders of small random models as they come from a hub: whole CLIP and SigLIP, encoders, a model that talks."""
    home = tmp_path_factory.mktemp("parts")
    torch.manual_seed(0)
    seen = {**SIZE, "image_size": 32, "patch_size": 8}
    text = {**SIZE, "vocab_size": 20, "max_position_embeddings": 8}
    clip = hf.CLIPConfig(vision_config={**seen, "projection_dim": 6}, text_config=text, projection_dim=6)
    siglip = hf.SiglipConfig(vision_config=seen, text_config=text)
    large = hf.HubertConfig(**SIZE, **SOUND, do_stable_layer_norm=True, feat_extract_norm="layer")
    whisper = hf.WhisperConfig(
        d_model=16, encoder_layers=4, encoder_attention_heads=2, decoder_layers=1, decoder_attention_heads=2,
        encoder_ffn_dim=16, decoder_ffn_dim=16, num_mel_bins=8,
    )  # fmt: skip
    words = tiny.tokenizer(("", ""))
    told = {"eos_token_id": words.eos_token_id, "pad_token_id": words.pad_token_id, "bos_token_id": None}
    language = hf.Qwen2Config(**SIZE, num_key_value_heads=1, vocab_size=len(words), **told)
    ears = hf.Wav2Vec2FeatureExtractor(return_attention_mask=True)
    return {
        "clip": saved(home / "clip", hf.CLIPModel(clip), hf.CLIPImageProcessor()),
        "siglip": saved(home / "siglip", hf.SiglipModel(siglip), hf.SiglipImageProcessor()),
        "dinov2": saved(home / "dinov2", hf.Dinov2Model(hf.Dinov2Config(**seen, mlp_ratio=1)), hf.BitImageProcessor()),
        "hubert": saved(home / "hubert", hf.HubertModel(large), ears),
        "wavlm": saved(home / "wavlm", hf.WavLMModel(hf.WavLMConfig(**SIZE, **SOUND)), ears),
        "whisper": saved(
            home / "whisper", hf.WhisperForConditionalGeneration(whisper), hf.WhisperFeatureExtractor(feature_size=8)
        ),
        "language": saved(home / "language", hf.Qwen2ForCausalLM(language), words),
    }


def inputs(processor):
    import numpy as np
    from PIL import Image

    slots = [{"type": "video", "role": "face"}, {"type": "audio"}, {"type": "text", "text": "Why?"}]
    text = processor.apply_chat_template([{"role": "user", "content": slots}], add_generation_prompt=True)
    rng = np.random.default_rng(0)
    faces = [Image.fromarray(rng.integers(0, 255, (40, 30, 3), np.uint8)) for _ in range(2)]
    return processor(text=[text], videos=[faces], audio=[rng.normal(size=20000).astype(np.float32)])


@pytest.mark.parametrize(("vision", "audio", "choices", "tokens"), [
    ("clip", "hubert", {}, 3),
    ("siglip", "wavlm", {"features": "patch", "branch": "qformer", "query_tokens": 2}, 5),
    ("dinov2", "whisper", {"fusion": "none", "projector": "experts"}, 2),
])  # fmt: skip
def test_parts_become_a_model(given, tmp_path, vision, audio, choices, tokens):
    """Every trained weight is where it was, the model reads what it wrote, and it answers."""
    out = tmp_path / "out"
    torch.manual_seed(0)
    made = assemble(given[vision], given[audio], given["language"], out, **SMALL, **choices)
    model, processor = load.load(str(out))
    assert all(torch.equal(one, model.state_dict()[name]) for name, one in made.state_dict().items())
    words = hf.AutoModelForCausalLM.from_pretrained(given["language"]).state_dict()
    mine = model.model.language_model.state_dict()
    for name, one in words.items():
        if name != "lm_head.weight":
            assert torch.equal(mine[name.removeprefix("model.")][: len(one)], one)
    assert torch.equal(model.lm_head.weight[: len(words["lm_head.weight"])], words["lm_head.weight"])
    seen = hf.AutoModel.from_pretrained(given[vision]).state_dict()
    tower = model.model.vision_tower.state_dict()
    named = {name.removeprefix("vision_model."): one for name, one in tower.items()}
    same = [
        one
        for name, one in seen.items()
        if torch.equal(one, named.get(name.removeprefix("vision_model."), torch.empty(0)))
    ]
    assert len(same) == len(tower)
    batch = inputs(processor)
    assert batch["pixel_values"].shape == (8, 3, 32, 32)  # filled up with the last frame
    assert (batch["input_ids"] == model.config.image_token_id).sum() == tokens
    assert model(**batch).logits.isfinite().all()
    assert torch.equal(model.train()(**batch).logits, model.eval()(**batch).logits)  # no dropout was left in
    assert model.generate(**batch, max_new_tokens=2).shape[1] == batch["input_ids"].shape[1] + 2
    assert model.config.made_of == {"vision": given[vision], "audio": given[audio], "language": given["language"]}


def test_a_clip_gives_its_projected_vector(given, tmp_path):
    made = assemble(given["clip"], given["hubert"], given["language"], tmp_path / "out", **SMALL)
    clip = hf.CLIPModel.from_pretrained(given["clip"])
    pixels = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        wanted = clip.get_image_features(pixel_values=pixels, return_dict=True).pooler_output
        torch.testing.assert_close(made.model.vision_tower(pixel_values=pixels).image_embeds, wanted)


def test_the_command(given, tmp_path, capsys):
    out = tmp_path / "model"
    words = [
        f"{part}={given[name]}" for part, name in (("vision", "clip"), ("audio", "hubert"), ("language", "language"))
    ]
    words += [f"{key}={value}" for key, value in SMALL.items()]
    assert cli.main(["assemble", *words, f"out={out}", "frames=4", "fill=false"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"wrote {out}"
    assert [line.split()[0] for line in told[1:-1]] == ["vision", "audio", "projector", "language", "tokens"]
    assert told[-1] == f"train it with model={out} freeze=[vision,audio]: the projector is random until then"
    _, processor = load.load(str(out))
    assert (processor.frames, processor.fill, inputs(processor)["pixel_values"].shape[0]) == (4, False, 2)
    assert cli.main(["assemble", *words, f"out={out}"]) == 2
    assert "is there already and is not overwritten" in capsys.readouterr().err
    assert cli.main(["assemble", *words, "out=x", "freames=4"]) == 2
    assert "unknown key 'freames'; did you mean 'frames'?" in capsys.readouterr().err
    assert cli.main(["assemble", *words[1:]]) == 2
    assert capsys.readouterr().err == "error: missing vision=, out=\n"
    assert cli.main(["assemble", *words, f"out={tmp_path / 'other'}", "branch=mean", "query_tokens=2"]) == 2
    assert "query_tokens=2: branch=mean makes one token" in capsys.readouterr().err
    assert cli.main(["assemble", *words, f"out={tmp_path / 'other'}", "fill=8"]) == 2
    assert "fill=8: it is true or false" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(("wrong", "message"), [
    ({"vision": "hubert"}, r"vision=\S+ is a hubert, which is no vision encoder; give a CLIP, SigLIP or DINOv2"),
    ({"audio": "clip"}, r"audio=\S+ is a clip, which is no audio encoder; give a HuBERT, WavLM"),
    ({"language": "clip"}, r"language=\S+ is a clip, which is no language model alone; give one such as"),
    ({"vision": "nowhere/at/all"}, "nowhere/at/all is no model folder: it does not exist"),
])  # fmt: skip
def test_a_part_of_another_kind(given, tmp_path, wrong, message):
    parts = {"vision": "clip", "audio": "hubert", "language": "language"} | wrong
    folders = {key: given.get(name, name) for key, name in parts.items()}
    with pytest.raises(InputError, match=message):
        assemble(**folders, out=tmp_path / "out", **SMALL)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("choices", "message"), [
    ({"projector": "experts", "gate_heads": 4}, "gate_heads=4: it must divide 6, the width of the vision encoder; write"
     " gate_heads=2"),
    ({"projector": "experts", "features": "patch", "gate_heads": 3}, "gate_heads=3: it must divide 16, the width of"),
    ({"audio_layers": 5}, "audio_layers=5: the audio encoder has 4"),
    ({"vision_layer": -5}, "vision_layer=-5: the vision encoder has 4; count back from -1"),
])  # fmt: skip
def test_sizes_that_do_not_fit_the_encoders_are_told_before_weights_load(
    given, tmp_path, monkeypatch, choices, message
):
    monkeypatch.setattr(prefusion_assemble, "_weights", None)
    parts = (given[part] for part in ("clip", "hubert", "language"))
    with pytest.raises(InputError, match=message):
        assemble(*parts, tmp_path / "out", **{**SMALL, **choices})


@pytest.mark.parametrize(("part", "key", "message"), [
    ("clip", ("vision_config", "intermediate_size"), "vision=.*: its weights have other sizes than its config"),
    ("hubert", ("intermediate_size",), "audio=.*: its weights have other sizes than its config.json says; fetch both"),
    ("language", ("intermediate_size",), "language=.*: its weights have other sizes than its config.json says"),
    ("hubert", ("num_hidden_layers",), r"audio=.*: \d+ weights are missing, first encoder.layers.\d+\."),
])  # fmt: skip
def test_weights_that_do_not_fit_their_configuration(given, tmp_path, part, key, message):
    folder = shutil.copytree(given[part], tmp_path / "copy")
    told = json.loads((folder / "config.json").read_text())
    inner = told
    for step in key[:-1]:
        inner = inner[step]
    inner[key[-1]] += 8
    (folder / "config.json").write_text(json.dumps(told))
    parts = {"vision": "clip", "audio": "hubert", "language": "language"}
    folders = {name: str(folder) if kind == part else given[kind] for name, kind in parts.items()}
    with pytest.raises(InputError, match=message):
        assemble(**folders, out=tmp_path / "out", **SMALL)


@pytest.mark.parametrize(("file", "change", "message"), [
    ("chat_template.jinja", None, "has no chat template; give a model that was made to talk"),
    ("preprocessor_config.json", {"sampling_rate": 8000}, "hears 8000 samples a second, and sound is read at 16000"),
])  # fmt: skip
def test_a_part_that_does_not_fit_the_others(given, tmp_path, file, change, message):
    key = "audio" if change else "language"
    folder = shutil.copytree(given["hubert" if change else "language"], tmp_path / "copy")
    if change:
        told = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps({**told, **change}))
    else:
        (folder / file).unlink()
    folders = {"vision": given["clip"], "audio": given["hubert"], "language": given["language"], key: str(folder)}
    with pytest.raises(InputError, match=message):
        assemble(**folders, out=tmp_path / "out", **SMALL)


class Trap:
    """Pickled, it makes a file as soon as it is opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def old_names(weights):
    """The names that weights of a HuBERT have in files of transformers 4, such as the published one's."""
    changes = (("parametrizations.weight.original0", "weight_g"), ("parametrizations.weight.original1", "weight_v"))
    for new, old in changes:
        weights = {name.replace(new, old): one for name, one in weights.items()}
    return weights


@pytest.fixture
def binned(given, tmp_path):
    """The folder of an encoder published as a pickle alone, and its weights."""

    def made(kind="hubert", change=old_names, **how):
        folder = Path(shutil.copytree(given[kind], tmp_path / f"{kind}_bin"))
        weights = load_file(folder / "model.safetensors")
        (folder / "model.safetensors").unlink()
        torch.save(change(weights), folder / "pytorch_model.bin", **how)
        return folder

    return made


@pytest.mark.parametrize(("kind", "zipped"), [("hubert", True), ("hubert", False), ("whisper", True)])
def test_a_pickle_is_read_where_it_is_asked_for_and_only_there(given, binned, tmp_path, capsys, kind, zipped):
    folder = binned(kind, _use_new_zipfile_serialization=zipped)
    words = [f"vision={given['clip']}", f"audio={folder}", f"language={given['language']}"]
    words += [f"{key}={value}" for key, value in SMALL.items()]
    for wrong in ([], ["pickled=[vision,language]"]):
        assert cli.main(["assemble", *words, f"out={tmp_path / 'out'}", *wrong]) == 2
        said = capsys.readouterr().err
        assert f"audio={folder} cannot be loaded: its weights are pickles (.bin), which could run any code, and" in said
        assert said.endswith("; or write pickled=audio, which reads its tensors and runs nothing\n")
    assert cli.main(["assemble", *words, f"out={tmp_path / 'out'}", "pickled=audio"]) == 0
    assemble(given["clip"], given[kind], given["language"], tmp_path / "safe", **SMALL)
    taken, safe = (load_file(tmp_path / name / "model.safetensors") for name in ("out", "safe"))
    heard = [name for name in safe if "audio_tower" in name]
    assert taken.keys() == safe.keys()
    assert len(heard) > 40
    assert all(torch.equal(taken[name], safe[name]) for name in heard)
    assert not [*(tmp_path / "out").glob("*.bin")]


@pytest.mark.parametrize("zipped", [True, False])
def test_code_in_a_pickle_is_refused_and_not_run(given, binned, tmp_path, monkeypatch, zipped):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")  # the tensors alone, whatever is wished elsewhere
    sprung = tmp_path / "sprung"
    trapped = lambda weights: {**weights, "more": Trap(str(sprung))}  # noqa: E731
    folder = binned(change=trapped, _use_new_zipfile_serialization=zipped)
    with pytest.raises(
        InputError, match=r"its pickle holds 'io.open' beside tensors, which could be code; nothing of it"
    ):
        assemble(given["clip"], folder, given["language"], tmp_path / "out", pickled="audio", **SMALL)
    assert not sprung.exists()
    assert not (tmp_path / "out").exists()
    torch.load(folder / "pytorch_model.bin", weights_only=False)
    assert sprung.exists()  # it is a trap


def half(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize(("spoil", "message"), [
    (half, r"its pickle is damaged, or no table of tensors \(OSError\); fetch it whole"),
    (lambda file: file.write_bytes(b""), r"its pickle is damaged, or no table of tensors \(EOFError\)"),
    (lambda file: file.write_bytes(b"junk" * 99), r"its pickle is damaged, or no table of tensors \(KeyError\)"),
    (lambda file: file.write_bytes(b"version https://git-lfs\n"), r"or no table of tensors \(UnpicklingError\)"),
    (lambda file: torch.save([1, 2], file), r"its pickle is damaged, or no table of tensors \(TypeError\)"),
    (lambda file: torch.save({3: torch.ones(2)}, file), r"or no table of tensors \(AttributeError\)"),
    (lambda file: torch.save({"state": {}}, file), r"audio=\S+: \d+ weights are missing, first encoder"),
    (lambda file: file.write_bytes(pickle.dumps([1], 2)), r"or no table of tensors \(\w+\)"),
    (lambda file: file.unlink(), r"cannot be loaded: Error no file named model.safetensors, or pytorch_model.bin"),
])  # fmt: skip
def test_a_pickle_that_holds_no_weights(given, binned, tmp_path, spoil, message):
    folder = binned()
    spoil(folder / "pytorch_model.bin")
    with pytest.raises(InputError, match=message):
        assemble(given["clip"], folder, given["language"], tmp_path / "out", pickled="audio", **SMALL)


def test_safetensors_are_taken_before_a_pickle(given, binned, tmp_path):
    folder = binned(change=lambda _: Trap(str(tmp_path / "sprung")))
    save_file(load_file(f"{given['hubert']}/model.safetensors"), folder / "model.safetensors", {"format": "pt"})
    assemble(given["clip"], folder, given["language"], tmp_path / "out", pickled=["audio"], **SMALL)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(("pickled", "message"), [
    ("ears", "pickled=ears: it is no part; known: audio, language, vision"),
    (["audio", "langage"], "pickled=langage: it is no part; did you mean 'language'?"),
    (True, r"pickled=True: name parts, such as pickled=audio or pickled=\[audio,language\]"),
])  # fmt: skip
def test_what_may_be_pickled_is_named_as_a_part(given, tmp_path, pickled, message):
    parts = (given[part] for part in ("clip", "hubert", "language"))
    with pytest.raises(InputError, match=message):
        assemble(*parts, tmp_path / "out", pickled=pickled, **SMALL)


def test_no_service_of_the_hub_is_asked_to_convert_a_pickle(binned, tmp_path, monkeypatch):
    """As of a repository that holds a pickle alone and is in the cache; a missing file is marked there as one."""
    from huggingface_hub import constants
    from transformers import modeling_utils

    asked = []
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(modeling_utils, "is_offline_mode", lambda: False)
    monkeypatch.setattr(modeling_utils, "has_file", lambda *_, **__: False)
    monkeypatch.setattr(modeling_utils, "auto_conversion", lambda *_, **__: asked.append(1) or (None, None, None))
    folder = binned()
    home = tmp_path / "hub" / "models--ann--ears"
    shutil.copytree(folder, home / "snapshots" / "a1")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("a1")
    (home / ".no_exist" / "a1").mkdir(parents=True)
    for name in ("model.safetensors", "model.safetensors.index.json", "adapter_config.json"):
        (home / ".no_exist" / "a1" / name).touch()
    parts = ("audio", "ann/ears", hf.HubertModel, hf.AutoConfig.from_pretrained(folder), torch.float32)
    with pytest.raises(InputError, match=r"audio=ann/ears cannot be loaded: its weights are pickles .*write pickled=a"):
        prefusion_assemble._weights(*parts)
    taken = prefusion_assemble._weights(*parts, ["audio"]).state_dict()
    weights = torch.load(folder / "pytorch_model.bin")
    assert old_names(taken).keys() == weights.keys()
    assert all(torch.equal(one, weights[name]) for name, one in old_names(taken).items())
    assert asked == []
