"""The options by which benchmarks take their test samples, over label files of the published size."""

import json
from collections import Counter
from itertools import product

import pytest

from affectreason.affect.labels import find
from affectreason.affect.sample import Sample
from affectreason.published import scripts
from affectreason.published.counts import Counts


def write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def spread(counts):
    """Each label as often as it is published."""
    return [name for name, count in counts.items() for _ in range(count)]


def mer2023(root):
    counts = scripts.load("mer2023").ABOUT.label_counts["test1"]
    write(root / "test1-label.csv", "name,discrete,valence", *(f"c{i},{e},1" for i, e in enumerate(spread(counts))))
    write(root / "transcription-engchi-polish.csv", "name,chinese,english", *(f"c{i},好,Yes." for i in range(411)))


def mer2024(root):
    write(root / "reference-semi.csv", "name,discrete", *(f"c{i},happy" for i in range(1169)))
    write(root / "transcription_merge.csv", "name,chinese,english", *(f"c{i},好,Yes." for i in range(1169)))


def meld(root):
    head = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
    said = enumerate(spread(scripts.load("meld").ABOUT.label_counts["test"]))
    write(root / "test_sent_emo.csv", head, *(f"{i},Why?,Ross,{e},neutral,{i // 9},{i % 9},3,19,0,1" for i, e in said))


def iemocap(root):
    counts = scripts.load("iemocap").ABOUT.label_counts
    for protocol, names in (
        ("4", ("happy", "sad", "neutral", "angry")),
        ("6", ("happy", "sad", "neutral", "angry", "excited", "frustrated")),
    ):
        test = [names.index(name) for name in spread(counts[f"{protocol}:test"])]
        rows = {f"Ses05{'FM'[i % 2]}_impro01_{'FM'[i % 2]}{i:03d}": {"emo": emo} for i, emo in enumerate(test)}
        rows["Ses01F_impro01_F000"] = {"emo": 0}
        write(root / f"label_{protocol}way.json", json.dumps({"whole_corpus": rows}))
    write(root / "transcription-engchi-polish.csv", "name,chinese,english", *(f"{name},好,Yes." for name in rows))


def sentiment(total, zero, end):
    def make(root):
        scores = [0.0] * zero + [end, -end] * ((total - zero) // 2) + [end] * ((total - zero) % 2)
        rows = {f"v{i // 20}_{i}": {"emo": 0, "val": score} for i, score in enumerate(scores)}
        write(root / "label.json", json.dumps({"train_corpus": {}, "val_corpus": {}, "test_corpus": rows}))
        write(root / "transcription-engchi-polish.csv", "name,chinese,english", *(f"{name},好,Yes." for name in rows))

    return make


def ov_merd(root):
    write(root / "ovlabel.csv", "name,openset", *(f"s{i},\"['calm', 'glad']\"" for i in range(532)))
    write(root / "subtitle_eng.csv", "name,sentence", *(f"s{i},Yes." for i in range(532)))


def dfew(root):
    clips = [f"{i},{i % 7 + 1}" for i in range(1, 11_698)]
    for fold, part in product(range(1, 6), ("train", "test")):
        rows = [clip for i, clip in enumerate(clips) if (i % 5 + 1 == fold) == (part == "test")]
        write(root / f"EmoLabel_DataSplit/{part}(single-labeled)/set_{fold}.csv", "video_name,label", *rows)


def mafw(root):
    sizes, names = (1836, 1833, 1827, 1829, 1831), find("mafw11").names
    at = 0
    for fold, size in enumerate(sizes, start=1):
        rows = (f"{i:05d}.mp4 {names[i % 11]}" for i in range(at, at + size))
        write(root / f"Train & Test Set/single/no_caption/set_{fold}/test.txt", *rows)
        at += size


def raf_db(root):
    names = find("raf_db7").names
    said = spread(scripts.load("raf_db").ABOUT.label_counts["basic:test"])
    rows = [f"test_{i:04d}.jpg {names.index(emotion) + 1}" for i, emotion in enumerate(said, start=1)]
    write(root / "basic/EmoLabel/list_patition_label.txt", "train_00001.jpg 5", *rows)


def affectnet(root):
    columns = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"
    write(root / "validation.csv", columns, *(f"1/{i}.jpg,1,2,3,4,0,{i % 8},0.5,-0.5" for i in range(4000)))


def faba(root):
    for kind, count, label in (("emotion", 403, "fear"), ("au", 325, "1, 4")):
        rows = [{"id": str(i), "image": f"i/{i}.jpg", "label": label, "gpt4": "AU1."} for i in range(count)]
        write(root / f"FABAInstruct/eval/eval_{kind}_anno.json", json.dumps(rows))


def mvei(root):
    said = [{"statement": "It is calm.", "label": "correct"}]
    rows = [{"image_id": f"awe/awe_{i}.jpg", "ov_emotion": ["calm"], "statement_list": said} for i in range(3086)]
    write(root / "MVEI_metadata.json", json.dumps(rows))


CASES = [
    ("mer2023", mer2023, {"split": "test1"}, 411, "mer6", set()),
    ("mer2024", mer2024, {"split": "test1"}, 1169, "mer6", set()),
    ("meld", meld, {"split": "test"}, 2610, "meld7", {"subject", "dialogue", "film"}),
    ("iemocap", iemocap, {"split": "test", "protocol": 4}, 1241, "iemocap4", {"subject", "dialogue"}),
    ("iemocap", iemocap, {"split": "test", "protocol": 6}, 1623, "iemocap6", {"subject", "dialogue"}),
    ("cmu_mosi", sentiment(686, 30, 3), {"split": "test"}, 686, "sentiment3", {"film"}),
    ("cmu_mosei", sentiment(4659, 1025, 3), {"split": "test"}, 4659, "sentiment3", {"film"}),
    ("ch_sims", sentiment(457, 69, 1), {"split": "test", "protocol": 1}, 457, "sentiment3", {"film"}),
    ("ch_sims", sentiment(1034, 123, 1), {"split": "test", "protocol": 2}, 1034, "sentiment3", {"film"}),
    ("ov_merd", ov_merd, {"protocol": "plus"}, 532, None, set()),
    ("dfew", dfew, {}, 11_697, "dfew7", {"fold"}),
    ("mafw", mafw, {}, 9156, "mafw11", {"fold"}),
    ("raf_db", raf_db, {"split": "test"}, 3068, "raf_db7", set()),
    ("affectnet", affectnet, {"split": "val", "protocol": 7}, 3500, "affectnet7", set()),
    ("affectnet", affectnet, {"split": "val", "protocol": 8}, 4000, "affectnet8", set()),
    ("faba", faba, {"split": "test", "protocol": "emotion"}, 403, "ekman7", set()),
    ("faba", faba, {"split": "test", "protocol": "au"}, 325, "ekman7", set()),
    ("mvei", mvei, {}, 3086, None, set()),
]

NOT_ZERO = {686: 656, 4659: 3634, 457: 388, 1034: 911}
FOLDS = {"dfew": (2340, 2340, 2339, 2339, 2339), "mafw": (1836, 1833, 1827, 1829, 1831)}


@pytest.mark.parametrize(("name", "make", "options", "n", "labels", "known"), CASES)
def test_the_options_give_the_published_test_samples(given, tmp_path, name, make, options, n, labels, known):
    make(tmp_path)
    counts, about = Counts(), scripts.load(name).ABOUT
    found = [one for one in given(name, root=tmp_path, **options) if isinstance(one, Sample)]
    for sample in found:
        counts.add(sample)
    protocol = str(options.get("protocol", scripts.load(name).OPTIONS.get("protocol")))
    assert (len(found), counts.departures(about, protocol, part=bool(options))) == (n, [])
    (part,) = counts.splits
    whole = about.published("all" if part == "no split" else part, protocol)
    assert whole == (None if name == "mafw" else n)
    published = about.published_labels(part, protocol)
    assert not published or published == {label: count for (_, label), count in counts.labels.items()}
    assert {one.labels for one in found} == {labels}
    assert len({one.id for one in found}) == n
    for field in ("subject", "dialogue", "fold", "film"):
        filled = {getattr(one.provenance, field) is not None for one in found}
        assert filled == {field in known}, field
    if name in FOLDS:
        assert Counter(one.provenance.fold for one in found) == {
            str(k): size for k, size in enumerate(FOLDS[name], start=1)
        }
    if labels == "sentiment3":
        assert sum(one.gold.score != 0 for one in found) == NOT_ZERO[n]
        assert all((one.gold.sentiment == "neutral") == (one.gold.score == 0) for one in found)
    if known & {"dialogue", "film"} or name.startswith(("mer", "ov")):
        assert all(one.transcript for one in found)
