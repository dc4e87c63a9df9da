import json
from pathlib import Path

import pytest
from PIL import Image

from affectreason.affect.sample import Affect, Media, Sample
from affectreason.affect.samples import read, write
from affectreason.errors import InputError
from affectreason.media import alike
from affectreason.model import generate
from affectreason.recipe import answers, prompts, runs
from affectreason.recipe.parts import Bar
from affectreason.stages import synthesize

KEEP = [
    {"use": "well_formed", "at_least": 1.0},
    {"use": "emotion_match", "at_least": 1.0},
    {"use": "au_f1", "at_least": 0.8},
]


class Model:
    """Answers by sample id: a list of texts for the tries, the last for the time without a hint."""

    def __init__(self, texts):
        self.texts, self.asked = {name: list(found) for name, found in texts.items()}, []

    def __call__(self, dialogues, temperature, seed):
        self.asked.append(([(sample.id, dialogue) for sample, dialogue in dialogues], temperature, seed))
        return [self.texts[sample.id].pop(0) for sample, _ in dialogues]


@pytest.fixture
def stage(recipe):
    def make(**more):
        found = recipe(grow__keep=KEEP, grow__tries=2, **{f"grow__{key}": value for key, value in more.items()})
        return found, found.stage("grow")

    return make


def words(dialogue):
    return " | ".join(part["text"] for message in dialogue for part in message["content"] if part["type"] == "text")


def test_kept_tried_again_and_refused(stage, pictures):
    found, part = stage()
    good = [prompts.target(sample) for sample in pictures]
    wrong = f"<think>Nothing is seen.</think><answer>{pictures[1].gold.emotion}</answer>"
    model = Model({
        pictures[0].id: [good[0], good[0]],  # right at once, and right without the hint
        pictures[3].id: [wrong, good[3], good[3]],  # right at the second try
        pictures[4].id: [wrong, wrong],  # never right
        pictures[5].id: [good[5], wrong],  # right with the hint only
    })  # fmt: skip
    samples = [pictures[i] for i in (0, 3, 4, 5)]
    rows = synthesize.write_reasoning(found, part, samples, model)
    assert [(row["kept"], row["tries"]) for row in rows] == [(good[0], 1), (good[3], 2), (None, 2), (None, 1)]
    assert rows[2]["problems"] == ["emotion_match", "au_f1"]
    assert rows[3]["problems"] == ["without the hint: emotion_match", "without the hint: au_f1"]
    assert not any(model.texts.values())
    (first, warm, _), (second, _, _), (third, cold, _) = model.asked
    assert [name for name, _ in first] == [sample.id for sample in samples]
    assert [name for name, _ in second] == [pictures[3].id, pictures[4].id]
    assert [name for name, _ in third] == [pictures[0].id, pictures[3].id, pictures[5].id]
    assert (warm, cold) == (1.0, 0.0)
    assert all("Known to be right" in words(dialogue) for _, dialogue in first)
    assert not any("Known to be right" in words(dialogue) for _, dialogue in third)
    again = words(second[0][1])
    units = ", ".join(f"AU{number}" for number in sorted(pictures[3].gold.units))
    assert again.endswith(
        f"{wrong} | Not accepted: the emotion is happiness; the action units are {units}. Answer again."
    )
    assert all(sum(part["type"] == "image" for m in d for part in m["content"]) == 1 for _, d in second)


def test_without_a_hint_nothing_is_asked_twice(stage, pictures):
    found, part = stage(hint=False)
    model = Model({pictures[3].id: [prompts.target(pictures[3])]})
    assert synthesize.write_reasoning(found, part, [pictures[3]], model)[0]["kept"] is not None
    assert "Known to be right" not in words(model.asked[0][0][0][1])


def test_the_seed_of_a_try_is_its_own(stage, pictures):
    found, part = stage()
    seeds = []
    for _ in range(2):
        model = Model({sample.id: ["x", "x"] for sample in pictures[:4]})
        synthesize.write_reasoning(found, part, pictures[2:4], model)
        synthesize.write_reasoning(found, part, pictures[:2], model)
        seeds.append([seed for _, _, seed in model.asked])
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 4


def test_what_cannot_be_scored_is_no_bar(stage):
    _, part = stage()
    bare = Sample(id="bare", labels="ekman7", gold=Affect(emotion="fear"))
    assert synthesize.shortfalls("<think>x</think><answer>fear</answer>", bare, "ekman7", list(part.keep)) == []
    assert synthesize.shortfalls("anger", bare, "ekman7", list(part.keep)) == ["well_formed", "emotion_match"]


def test_a_statement_has_its_own_bars_and_words():
    bars = [Bar(use="well_formed", at_least=1.0), Bar(use="answer_match", at_least=1.0)]
    one = Sample(id="s", labels="ekman7", answer="incorrect", choices=("correct", "incorrect"))
    assert synthesize.shortfalls("<think>x</think><answer>Incorrect</answer>", one, "ekman7", bars) == []
    assert synthesize.shortfalls("<think>x</think><answer>correct</answer>", one, "ekman7", bars) == ["answer_match"]
    assert synthesize.shortfalls("<think>x</think><answer>fear</answer>", one, "ekman7", bars) == [
        "well_formed",
        "answer_match",
    ]
    assert synthesize.in_words("answer_match", one) == "the answer is incorrect"
    assert synthesize.in_words("well_formed", one) == (
        "the form must be <think>...</think><answer>one of: correct; incorrect</answer>"
    )


@pytest.mark.parametrize(
    ("problem", "gold", "said"),
    [
        ("emotion_match", {"emotion": "fear"}, "the emotion is fear"),
        ("emotion_match", {"emotions": {"fear": 0.5, "anger": 0.5}}, "the emotions are fear, anger"),
        ("au_f1", {"aus": [4, 12]}, "the action units are AU4, AU12"),
        ("au_f1", {"aus": []}, "the action units are none"),
        ("au_spam", {"emotion": "fear"}, "au spam is too low"),
        ("well_formed", {}, "the form must be <think>...</think><answer>one word</answer>"),
        ("length", {}, "length is too low"),
    ],
)
def test_problems_in_words(problem, gold, said):
    assert synthesize.in_words(problem, Sample(id="x", gold=Affect.model_validate(gold))) == said


def test_what_evaluation_uses_is_left_out(recipe, tmp_path):
    def picture(name, colour):
        Image.new("RGB", (8, 8), colour).save(tmp_path / name)
        return (Media(kind="image", path=name),)

    held = [
        Sample(id="by_id", media=picture("a.png", "red"), response="x"),
        Sample(id="by_bytes", media=picture("b.png", "blue"), response="x"),
        Sample(id="frames", media=(Media(kind="frames", path="held"),), response="x"),
    ]
    mine = [
        Sample(id="by_id", media=picture("c.png", "green"), response="x"),
        Sample(id="copied", media=picture("copy.png", "blue"), response="x"),
        Sample(id="other_frames", media=(Media(kind="frames", path="mine"),), response="x"),
        Sample(id="same_frames", media=(Media(kind="frames", path="held"),), response="x"),
        Sample(id="free", media=picture("d.png", "black"), response="x"),
        Sample(id="words", response="x"),
    ]
    for folder in ("held", "mine"):
        (tmp_path / folder).mkdir()
    write(tmp_path / "held.jsonl", held)
    write(tmp_path / "mine.jsonl", mine)
    found = recipe(evaluate__data=[str(tmp_path / "held.jsonl")])
    free, left_out = answers.without_held_out(found, read(tmp_path / "mine.jsonl"), tmp_path)
    assert [sample.id for sample in free] == ["other_frames", "free", "words"]
    assert left_out == 3


def test_near_duplicates_go(pictures, drawn):
    one, clip, other_clip = pictures[3], *drawn["clips"]
    clips = [clip, other_clip.model_copy(update={"gold": clip.gold})]
    samples = [one, one.model_copy(update={"id": "twin"}), one.model_copy(update={"id": "words"}), *clips, pictures[10]]
    texts = ["a b c", "c b a", "a b d", "same", "same", "a b c"]
    rows = [{"id": s.id, "kept": text, "tries": 1, "problems": []} for s, text in zip(samples, texts, strict=True)]
    assert synthesize.drop_alike(samples, rows, 1.0) == 5
    assert [row["problems"] for row in rows] == [[], ["near-duplicate"], [], [], [], []]
    assert synthesize.drop_alike(samples, rows, 0.5) == 4  # a b c and a b d share two words of four
    assert rows[2]["problems"] == ["near-duplicate"]


def test_fingerprints_know_a_picture_again(pictures, tmp_path):
    from affectreason.media.image import open_image

    print_of = alike.fingerprint(pictures[3].media)
    open_image(pictures[3].media[0], "x").resize((80, 80)).save(tmp_path / "small.jpg", quality=90)
    assert alike.near(print_of, alike.fingerprint((Media(kind="image", path=str(tmp_path / "small.jpg")),)))
    assert not alike.near(print_of, alike.fingerprint(pictures[10].media))
    assert alike.fingerprint(()) == 0
    assert alike.near(0, 0b111111)
    assert not alike.near(0, 0b1111111)


def test_the_manifest_counts(pictures):
    samples = [pictures[0], pictures[3], pictures[10]]
    rows = [
        {"id": "a", "kept": None, "tries": 2, "problems": ["emotion_match", "au_f1"]},
        {"id": "b", "kept": "x", "tries": 2, "problems": []},
        {"id": "c", "kept": None, "tries": 1, "problems": ["near-duplicate"]},
    ]
    said = synthesize.manifest(samples, rows, 4)
    assert said["asked"], said["kept"] == (3, 1)
    assert said["acceptance_rate"] == pytest.approx(1 / 3)
    assert said["by_class"][pictures[3].gold.emotion] == {"asked": 2, "kept": 1, "rate": 0.5}
    assert said["refused"] == {"emotion_match": 1, "au_f1": 1, "near-duplicate": 1}
    assert said["tries"] == {"2": 1}
    assert said["left_out_because_evaluation_uses_them"] == 4


@pytest.fixture
def chain(recipe, qwen, pictures, tmp_path, monkeypatch):
    """A grow stage on six faces whose model is a function; `asked` counts its batches."""
    write(tmp_path / "data.jsonl", pictures[:6])
    answers = {sample.id: prompts.target(sample) for sample in pictures}
    asked = []

    def answer(model, processor, those, **_):
        asked.append([one.sample.id for one in those])
        if answers.get("stop") == len(asked):
            raise KeyboardInterrupt
        return [answers[one.sample.id] for one in those]

    monkeypatch.setattr(generate, "answer", answer)

    def run(out, **more):
        data = {"grow__data": [str(tmp_path / "data.jsonl")], "grow__init": qwen, "evaluate": None}
        found = recipe(**data, grow__keep=KEEP, **{"grow__batch_size": 2, **more})
        synthesize.run(found, found.stage("grow"), tmp_path / out)
        return tmp_path / out / "grow"

    return run, answers, asked


def test_a_stage_leaves_samples_and_says_why(chain, pictures):
    run, answers, _ = chain
    answers[pictures[1].id] = "no"
    folder = run("out")
    grown = read(folder / "samples.jsonl")
    assert [sample.id for sample in grown] == [f"{pictures[i].id}+grown" for i in (0, 2, 3, 4, 5)]
    assert grown[0].response == answers[pictures[0].id]
    assert grown[0].gold == pictures[0].gold
    assert (grown[0].provenance.labeller, grown[0].provenance.licence) == ("synthesis", "Apache-2.0")
    assert Path(grown[0].media[0].path).is_file()
    assert json.loads((folder / "manifest.json").read_text())["kept"] == 5
    assert runs.is_done(folder.parent, "grow")


def test_a_killed_stage_goes_on_and_ends_the_same(chain):
    run, answers, asked = chain
    whole = (run("whole") / "samples.jsonl").read_bytes()
    batches = len(asked)
    answers["stop"] = len(asked) + 4  # in the middle of the second of three batches
    with pytest.raises(KeyboardInterrupt):
        run("killed")
    answers["stop"] = None
    before = len(asked)
    assert (run("killed") / "samples.jsonl").read_bytes() == whole
    assert len(asked) - before == batches - 2  # the first batch, asked with and without the hint, is not asked again


def test_other_batches_keep_the_same(chain):
    run, _, _ = chain
    texts = [(run(f"by{size}", grow__batch_size=size) / "samples.jsonl").read_bytes() for size in (1, 4, 6)]
    assert texts[0] == texts[1] == texts[2]


def test_a_stage_that_keeps_nothing_stops_in_words(chain, pictures):
    run, answers, _ = chain
    for sample in pictures:
        answers[sample.id] = "no"
    with pytest.raises(
        InputError, match=r"stage grow: none of 6 samples was kept \(refused for: .*well_formed.*\); lower a bar"
    ):
        run("none")
