"""Pooling of a random encoder, against the model's own hidden states."""

import json
import shutil

import numpy as np
import pytest
import torch
from transformers import BertModel

from affectreason.benchmark import similarity
from affectreason.errors import InputError
from affectreason.model import encode


@pytest.fixture
def folder(text_encoder):
    """The tiny encoder."""
    return text_encoder


def alone(text, model, tokenizer):
    with torch.no_grad():
        return model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].numpy()


def test_means_and_tokens_do_not_depend_on_the_batch(folder):
    model, tokenizer = encode.load(folder)
    texts = ["the brows are raised", "lips part", "", "the lips"]
    means = encode.sentences(texts, model, tokenizer, batch=3)
    found = encode.tokens(texts, model, tokenizer, batch=3)
    assert [array.shape for array in found] == [(4, 8), (2, 8), (0, 8), (2, 8)]
    for text, mean, own in zip(texts, means, found, strict=True):
        hidden = alone(text, model, tokenizer)
        np.testing.assert_allclose(mean, hidden.mean(0), atol=1e-5)
        np.testing.assert_allclose(own, hidden[1:-1], atol=1e-5)


def test_a_long_text_is_cut(folder):
    model, tokenizer = encode.load(folder)
    assert encode.tokens(["lips " * 5000], model, tokenizer)[0].shape == (14, 8)


def test_the_scores_of_equal_and_other_texts(folder):
    model, tokenizer = encode.load(folder)
    pairs = [("lips part", "lips part"), ("lips part", "the brows are raised"), ("", "lips part")]
    by_tokens = similarity.bert_score(pairs, lambda texts: encode.tokens(texts, model, tokenizer))
    by_means = similarity.cosine(pairs, lambda texts: encode.sentences(texts, model, tokenizer))
    assert by_tokens[0] == pytest.approx(1, abs=1e-5)
    assert by_means[0] == pytest.approx(1, abs=1e-5)
    assert by_tokens[1] < 0.999
    assert by_tokens[2] == 0


def test_a_folder_without_an_encoder(tmp_path):
    with pytest.raises(InputError, match=r"has no config.json; give a folder with an encoder and its tokenizer"):
        encode.load(tmp_path)
    with pytest.raises(InputError, match=r"^encoder=nobody/none is no encoder that transformers can read: "):
        encode.load("nobody/none")


def test_bert_score_against_torch_at_a_layer(folder):
    one = encode.encoder(folder, 1)
    said, gold = "the brows are raised", "lips are raised the lips"
    model, tokenizer = BertModel.from_pretrained(folder).eval(), encode.load(folder)[1]
    with torch.no_grad():
        states = [model(**tokenizer(t, return_tensors="pt"), output_hidden_states=True).hidden_states[1][0, 1:-1]
                  for t in (said, gold)]  # fmt: skip
    ours, theirs = (torch.nn.functional.normalize(state, dim=-1) for state in states)
    near = ours @ theirs.T
    precision, recall = near.max(1).values.mean(), near.max(0).values.mean()
    expected = 2 * precision * recall / (precision + recall)
    assert similarity.bert_score([(said, gold)], one.tokens) == pytest.approx([float(expected)], abs=1e-5)
    assert "layer 1 of 2; special tokens left out, no idf" in one.variants["bertscore_f1"]
    assert one.version.startswith("sha256 ")
    with pytest.raises(InputError, match=r"encoder_layer=3: .* has layers 0 \(embeddings\) to 2"):
        encode.encoder(folder, 3)


def test_sentences_by_mean_or_first_token(folder, tmp_path):
    model, tokenizer = encode.load(folder)
    hidden = alone("the lips part", model, tokenizer)
    one = encode.encoder(folder)
    np.testing.assert_allclose(one.sentences(["the lips part"])[0], hidden.mean(0), atol=1e-5)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "1_Pooling").mkdir()
    way = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False, "word_embedding_dimension": 8}
    (copy / "1_Pooling" / "config.json").write_text(json.dumps(way))
    np.testing.assert_allclose(encode.encoder(copy).sentences(["the lips part"])[0], hidden[0], atol=1e-5)
    (copy / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_max_tokens": True}))
    with pytest.raises(InputError, match="pools by pooling_mode_max_tokens; only mean and cls are done here"):
        encode.encoder(copy)


def test_a_layer_after_the_pooling_is_not_left_out(folder, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    steps = [{"type": f"sentence_transformers.models.{name}"} for name in ("Transformer", "Pooling", "Normalize")]
    (copy / "modules.json").write_text(json.dumps(steps))
    assert encode.encoder(copy).name == "copy"
    (copy / "modules.json").write_text(json.dumps([*steps, {"type": "sentence_transformers.models.Dense"}]))
    with pytest.raises(InputError, match="ends with Dense, which is not done here; give another"):
        encode.encoder(copy)


def test_texts_that_were_cut_are_counted(folder):
    one = encode.encoder(folder)
    one.tokens(["lips " * 50, "lips"])
    one.sentences(["lips " * 50])
    assert one.cut == {"lips " * 50}
