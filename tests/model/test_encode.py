"""Pooling of a random encoder, against the model's own hidden states."""

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from affectreason.benchmark import similarity
from affectreason.errors import InputError
from affectreason.model import encode


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("encoder")
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "brows", "are", "raised", "lips", "part"]
    inner = Tokenizer(models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="[UNK]"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=inner, model_max_length=16, **special).save_pretrained(place)
    torch.manual_seed(0)
    small = BertConfig(
        vocab_size=len(names), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=16,
    )  # fmt: skip
    BertModel(small).save_pretrained(place)
    return place


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
