import json

import pytest

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.errors import InputError
from affectreason.published import scripts

ABOUT = scripts.load("emo_cfg").ABOUT
OPTIONS = "\n(A) anger\n(B) disgust\n(C) fear"


def row(question, answer, video="videos/MAFW/00001.mp4", source=None):
    said = [{"role": "user", "content": f"<video>.{question}"}, {"role": "assistant", "content": answer}]
    return {"messages": said, "videos": [video]} | ({"source": source} if source else {})


@pytest.fixture
def put(tmp_path):
    """Write rows as one of the set's files: JSON lines, or one array."""

    def write(place, *rows, array=True):
        path = tmp_path / "jsons" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(rows, indent=1) if array else "\n".join(map(json.dumps, rows)), encoding="utf-8")
        return tmp_path

    return write


def test_a_row_of_a_closed_emotion_task(given, put, tmp_path):
    put(
        "test/emotion/full/DFEW_Single-Label-Emotion-Recognition.json",
        row("Which emotion?", "angry", "videos/Dfew/1.mp4"),
    )
    (sample,) = given("emo_cfg", root=tmp_path)
    assert sample == Sample(
        id=sample.id,
        media=(Media(kind="video", path=str(tmp_path / "videos/Dfew/1.mp4")),),
        question="Which emotion?",
        task="DFEW_Single-Label-Emotion-Recognition",
        group="emo_cfg_videos/Dfew/1.mp4",
        gold=Affect(emotion="angry"),
        response="angry",
        labels="dfew7",
        affect="expressed",
        provenance=Provenance(
            dataset="Emo-CFG", split="test", origin="human+model", licence=ABOUT.licence, gate="signed form"
        ),
    )
    assert sample.id == "emo_cfg_test_emotion_DFEW_Single-Label-Emotion-Recognition_2"


@pytest.mark.parametrize(
    ("stem", "question", "answer", "gold"),
    [
        ("MAFW_Single-Label-Emotion-Recognition", f"Which?{OPTIONS}", "(B) disgust", Affect(emotion="disgust")),
        ("MAFW_Multiple-Label-Emotion-Recognition", f"Which?{OPTIONS}", "AC", Affect(emotions={"anger": 1, "fear": 1})),
        ("MAFW_Multiple-Label-Emotion-Recognition", f"Which?{OPTIONS}", "C", Affect(emotion="fear")),
        ("MAFW_Single-Label-Emotion-Recognition", "Which?", "A kind of dread.", Affect()),
        ("MOSI_Single-Label-Sentiment-Recognition", "Which?", "positive", Affect(sentiment="positive")),
        ("AffWild2_Action_Unit_Detection", "Which units?", "AU1,AU25",
         Affect(aus=(ActionUnit(number=1), ActionUnit(number=25)))),
        ("AffWild2_Action_Unit_Detection", "Which units?", "none", Affect(aus=())),
        ("AffWild2_Action_Unit_Detection", "Which units?", "the brows", Affect()),
        ("MEAD_Fine-grained-Emotion-Recognition", "Which?", "strong anger", Affect()),
    ],
)  # fmt: skip
def test_gold_labels_where_the_answer_is_a_known_name(given, put, stem, question, answer, gold):
    (sample,) = given("emo_cfg", root=put(f"train/emotion/full/{stem}.json", row(question, answer)))
    assert (sample.gold, sample.response) == (gold, answer)


def test_questions_with_options_have_choices_and_an_answer(given, put):
    question = "What colour is the hair?\nA. Black\nB. Brown\nC. Grey"
    root = put(
        "test/qa/sampled/QA_test_sampling_all.json",
        row(question, "B", source="QA_Hair"), row("How old?", "About 40.", source="QA_Age"),
        row("Pick:\nA. x\nC. y", "A", source="QA_Nose"),
    )  # fmt: skip
    hair, age, nose = given("emo_cfg", root=root, edition="sampled")
    assert (hair.choices, hair.answer, hair.task, hair.gold) == (
        ("Black", "Brown", "Grey"),
        "Brown",
        "QA_Hair",
        Affect(),
    )
    assert (age.choices, age.answer, age.response, age.task) == (None, None, "About 40.", "QA_Age")
    assert nose.choices is None, "letters with a gap are no options"
    assert hair.group == age.group, "one clip, one group"


def test_families_editions_and_splits(given, put):
    for number, place in enumerate(("test/attribute", "test/caption", "train/rationale", "train/qa")):
        root = put(f"{place}/full/f.jsonl", row("?", "!", f"videos/MEAD/{number}.mp4"), array=False)
        put(f"{place}/sampled/f.jsonl", row("?", "!", f"videos/MEAD/{number}.mp4"), array=False)
    put("curation/v1/source.json", row("?", "!"))
    assert [s.id for s in given("emo_cfg", root=root)] == [
        "emo_cfg_train_qa_f_1", "emo_cfg_train_rationale_f_1", "emo_cfg_test_attribute_f_1", "emo_cfg_test_caption_f_1",
    ]  # fmt: skip
    assert [s.id for s in given("emo_cfg", root=root, task="rationale")] == ["emo_cfg_train_rationale_f_1"]
    train, test = (given("emo_cfg", root=root, split=split) for split in ("train", "test"))
    assert {s.provenance.split for s in train} == {"train"}
    assert len(train) == len(test) == 2
    assert not {s.media[0].path for s in train} & {s.media[0].path for s in test}


def test_paths_may_start_at_the_folder_of_videos(given, put, tmp_path):
    root = put("train/caption/full/f.json", row("?", "!", "MEAD/1.mp4"))
    (tmp_path / "videos/MEAD").mkdir(parents=True)
    (tmp_path / "videos/MEAD/1.mp4").touch()
    (sample,) = given("emo_cfg", root=root)
    assert (sample.media[0].path, sample.group) == (f"{tmp_path}/videos/MEAD/1.mp4", "emo_cfg_videos/MEAD/1.mp4")


def test_the_authors_paths_are_cut(given, put, tmp_path):
    root = put("train/caption/full/f.json", row("?", "!", "/data/Emo-CFG/videos/MEAD/1.mp4"))
    assert given("emo_cfg", root=root, cut="/data/Emo-CFG")[0].media[0].path == str(tmp_path / "videos/MEAD/1.mp4")


@pytest.mark.parametrize(
    ("bad", "options", "words"),
    [
        (row("?", "!"), {"task": "captions"}, "task=captions: did you mean 'caption'?"),
        (row("?", "!"), {"edition": "half"}, "edition=half: known: full, sampled"),
        (row("?", "!"), {"split": "curation"}, "split=curation: did you mean 'train'? known: test, train"),
        (row("?", "!"), {"split": "test"}, "has no jsons/test/*/full/*.json; is root= the folder Emo-CFG that holds"),
        (row("?", "!", "/data/1.mp4"), {}, "f.json:2: the path '/data/1.mp4' is one of the authors' machine"),
        ({**row("?", "!"), "videos": []}, {}, "1 <video> mark but 0 files"),
        ({"video": "1.mp4"}, {}, "f.json:2: the row has neither 'messages' nor 'conversations'"),
    ],
)  # fmt: skip
def test_wrong_rows_and_options_are_told(given, put, bad, options, words):
    with pytest.raises(InputError) as error:
        given("emo_cfg", root=put("train/caption/full/f.json", bad), **options)
    assert words in str(error.value)
