import numpy as np
import pytest
import torch
from PIL import Image

from affectreason.errors import InputError
from affectreason.model import laid_out, load, prefusion_processor


@pytest.fixture(scope="module")
def processor(models):
    return load.load(models["affectgpt"])[1]


@pytest.fixture
def short(processor):
    """The processor of eight frames and pieces with the paper's filling; afterwards as it was."""
    processor.fill = True
    yield processor
    processor.fill = False


def grey(shade):
    return Image.new("RGB", (8, 6), (shade, shade, shade))


def shades(frames):
    return [frame.getpixel((0, 0))[0] for frame in frames]


def test_eight_frames_from_the_first_to_the_last(processor):
    assert shades(processor.seen([grey(n) for n in range(15)])) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert shades(processor.seen([grey(n) for n in range(100)])) == [0, 14, 28, 42, 57, 71, 85, 99]
    assert shades(processor.seen([grey(n) for n in range(3)])) == [0, 1, 2]


def test_a_short_clip_is_filled_with_its_last_frame(short):
    assert shades(short.seen([grey(n) for n in range(3)])) == [0, 1, 2, 2, 2, 2, 2, 2]
    assert shades(short.seen([grey(7)])) == [7] * 8


def test_pieces_of_two_seconds(processor):
    """A sound is cut into as few pieces as hold it, evenly spaced; a long one into eight with gaps between."""
    hz = 16000
    count = np.arange(20 * hz, dtype=np.float32)
    for seconds, begins in ((0.5, [0]), (2, [0]), (3, [0, 1]), (6, [0, 2, 4]), (16, range(0, 16, 2))):
        found = processor.heard(count[: int(seconds * hz)])
        assert [piece[0] / hz for piece in found] == list(begins)
        assert {len(piece) for piece in found} == {min(int(seconds * hz), 2 * hz)}
    assert [piece[0] / hz for piece in processor.heard(count)] == pytest.approx(
        [18 / 7 * n for n in range(8)], abs=1e-4
    )


def test_filled_a_sound_always_has_eight_pieces(short):
    found = short.heard(np.arange(16000 * 9, dtype=np.float32))
    assert [piece[0] / 16000 for piece in found] == list(range(8))


def test_marks_become_tokens_and_media_are_told(processor):
    text = [
        "<|fused_slot|><|face_video_slot|><|audio_slot|>a",
        "b",
        "<|fused_slot|><|image_slot|>c<|fused_slot|><|face_image_slot|><|video_slot|>d",
    ]
    found = processor(
        text=text, images=[[], [], [grey(1), grey(2)]], videos=[[grey(3)] * 2, [grey(4)] * 3],
        audio=[np.zeros(40000, np.float32)], padding=True,
    )  # fmt: skip
    assert (found["input_ids"] == processor.image_token_id).sum(1).tolist() == [3, 0, 5]
    # branch (face, frame, audio), frames or pieces, first of a message
    assert found["media_about"].tolist() == [[0, 2, 1], [2, 2, 0], [1, 1, 1], [0, 1, 1], [1, 3, 0]]
    assert found["pixel_values"].shape == (7, 3, 96, 96)
    means = found["pixel_values"].mean((1, 2, 3))
    assert torch.equal(means.argsort(stable=True), torch.tensor([2, 3, 0, 1, 4, 5, 6]))
    assert found["audio_lengths"].tolist() == [32000, 32000]
    shown = laid_out.pieces(processor, found["input_ids"][0].tolist(), [-100] * found["input_ids"].shape[1])
    assert "<media x 3>" in [piece.text for piece in shown]


def test_a_template_of_any_language_model_is_given_plain_text(processor):
    parts = [{"type": "audio"}, {"type": "video", "role": "face"}, {"type": "text", "text": "Why?"}]
    asked = [{"role": "system", "content": "Be short."}, {"role": "user", "content": parts}]
    assert processor.apply_chat_template(asked, add_generation_prompt=True) == (
        "<|im_start|>system\nBe short.<|im_end|>\n"
        "<|im_start|>user\n<|fused_slot|><|audio_slot|><|face_video_slot|>\nWhy?<|im_end|>\n<|im_start|>assistant\n"
    )
    one = processor.apply_chat_template(asked)
    assert processor.apply_chat_template([asked, asked]) == [one, one]
    with pytest.raises(InputError, match="tokenize=True would leave the media out; give this text and the media"):
        processor.apply_chat_template(asked, tokenize=True)


@pytest.mark.parametrize(("given", "message"), [
    ({"text": "<|image_slot|>"}, "a text has more places for media of kind 'image' than there are media"),
    ({"text": "x", "images": [grey(0)]}, "there are more media of kind 'image' than the texts have places for"),
    ({"text": "<|media_pad|>"}, r"a text holds <\|media_pad\|>, which stands for what is made of media"),
    ({"text": "x", "audio": [np.zeros(9, np.float32)], "sampling_rate": 8000}, "sound at 8000 samples a second"),
    ({"text": "<|audio_slot|>", "audio": [np.zeros((2, 9), np.float32)]}, "a sound is not a row of numbers, or empty"),
    ({"text": "<|audio_slot|>", "audio": [np.full(9, np.nan, np.float32)]}, "a sound is not a row of numbers"),
    ({"text": "<|audio_slot|>", "audio": [np.zeros(0, np.float32)]}, "or empty; give mono float32 samples"),
])  # fmt: skip
def test_media_and_places_that_do_not_fit(processor, given, message):
    with pytest.raises(InputError, match=message):
        processor(**given)


def test_every_mark_is_one_token(processor):
    for mark in prefusion_processor.TOKENS:
        assert len(processor.tokenizer(f"a{mark}b", add_special_tokens=False)["input_ids"]) == 3
