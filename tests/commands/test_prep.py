import json

import av
import numpy as np
import pytest
from PIL import Image

from affectreason.affect.sample import ActionUnit, Affect, Media, Provenance, Sample
from affectreason.affect.samples import read
from affectreason.commands import prep
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.recipe import places


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Write labels.csv and its photos, run `prep table`, and give the samples back."""
    monkeypatch.chdir(tmp_path)

    def run(text, *words, photos=3):
        for number in range(photos):
            Image.new("RGB", (64, 64), (number * 40, 0, 0)).save(tmp_path / f"{number}.png")
        (tmp_path / "labels.csv").write_text(text)
        (tmp_path / "mine.jsonl").unlink(missing_ok=True)
        assert prep.main(["table", "csv=labels.csv", "image=file", "out=mine.jsonl", *words]) == 0
        return read(tmp_path / "mine.jsonl")

    return run


FACES = "file,label,part,who\n0.png,happy,train,p1\n1.png,Sadness,train,p1\n2.png,,test,p2\n"


def test_what_can_be_prepared_is_listed(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert prep.main([]) == 0
    text = capsys.readouterr().out
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("table "))
    assert " ".join(lines[at].split()[1:]).startswith("your own table: a folder of your own images or clips with a CSV")
    assert lines[at + 1].strip() == "open, you have it; yours"
    assert set(scripts.names()) <= {line.split()[0] for line in lines if line.split()}
    for form in ("messages", "conversations", "FEA-20K"):
        assert form in text


def test_one_data_set_is_described(capsys):
    assert prep.main(["meld", "help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("MELD: 13,708 utterances of 1,432 dialogues")
    assert "published: train 9,989, dev 1,109, test 2,610, all 13,708" in lines
    assert lines[-1] == "keys: affectreason prep meld out=FILE.jsonl root= split= context=0"
    starts = {line.strip().split(" ")[0] for line in lines}
    assert {"licence", "gate", "labels", "affect", "files:", "broken:", "note:"} <= starts
    assert "  labels   meld7 (neutral, surprise, fear, sadness, joy, disgust, anger)" in lines
    assert prep.main(["disfa", "help"]) == 0
    assert "  units    AU1, AU2, AU4, AU5, AU6, AU9, AU12, AU15, AU17, AU20, AU25, AU26" in capsys.readouterr().out


def test_a_table_becomes_samples(table, tmp_path, capsys):
    samples = table(FACES, "emotion=label", "split=part", "subject=who", "dataset=mine", "licence=CC0")
    assert samples[0] == Sample(
        id="labels_1",
        media=(Media(kind="image", path=str(tmp_path / "0.png")),),
        gold=Affect(emotion="happiness"),
        labels="ekman7",
        provenance=Provenance(dataset="mine", split="train", subject="p1", licence="CC0"),
    )
    assert [sample.gold.emotion for sample in samples] == ["happiness", "sadness", None]
    assert json.loads((tmp_path / "mine.jsonl").read_text().splitlines()[0])["media"][0]["path"] == "0.png"
    said = capsys.readouterr().out.splitlines()
    assert said == [
        "wrote 3 samples to mine.jsonl",
        "             test  train  all",
        "  happiness     0      1    1",
        "  sadness       0      1    1",
        "  samples       1      2    3",
        "departures:",
        "  1 without annotation",
        "next: affectreason check data=mine.jsonl",
    ]


def test_paths_start_from_root_and_questions_may_be_text(table, tmp_path):
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "photos" / "a.jpg")
    (sample,) = table(
        "file;v;a;why;key\na.jpg;0.5;-1;A smile.;k7\n",
        "root=photos", "valence=v", "arousal=a", "reasoning=why", "id=key", "delimiter=;", "split=train",
        "question=What is felt?", "labels=raf_db7",
    )  # fmt: skip
    assert sample == Sample(
        id="k7",
        media=(Media(kind="image", path=str(tmp_path / "photos/a.jpg")),),
        question="What is felt?",
        gold=Affect(valence=0.5, arousal=-1),
        reasoning="A smile.",
        labels="raf_db7",
        provenance=Provenance(split="train"),
    )


@pytest.mark.parametrize(
    ("cell", "aus"),
    [
        ("AU1+AU4", (ActionUnit(number=1), ActionUnit(number=4))),
        ('"1,4,15"', (ActionUnit(number=1), ActionUnit(number=4), ActionUnit(number=15))),
        ("\"['AU06', 'AU 12']\"", (ActionUnit(number=6), ActionUnit(number=12))),
        ("L12 AU4C 4C", (ActionUnit(number=12, side="left"), ActionUnit(number=4, intensity=3))),
        ("none", ()),
        ("[]", ()),
        ("", None),
        ("nan", None),
    ],
)
def test_units_in_one_cell(table, cell, aus):
    (sample,) = table(f"file,units\n0.png,{cell}\n", "aus=units")
    assert sample.gold.aus == aus


def unit(number, intensity=None):
    return ActionUnit(number=number, intensity=intensity)


def test_units_in_columns_of_presence(table):
    text = "file, AU01, AU4,AU12\n0.png,1,0,1\n1.png,0,0,0\n2.png,9,,1\n"
    samples = table(text, "aus_prefix=AU")
    assert [sample.gold.aus for sample in samples] == [
        (unit(1), unit(4, 0), unit(12)),
        (unit(1, 0), unit(4, 0), unit(12, 0)),
        (unit(12),),
    ]
    assert [sorted(sample.gold.units) for sample in samples] == [[1, 12], [], [12]]


def test_units_in_columns_of_intensity(table):
    text = "file,AU01_r,AU01_c,AU12_r\n0.png,1.5,1,0\n1.png,,,\n"
    one, two = table(text, "aus_prefix=AU*_r")
    assert (one.gold.aus, two.gold.aus) == ((unit(1, 1.5), unit(12, 0)), None)
    one, _ = table(text, "aus_prefix=AU*_r", "au_at_least=2")
    assert one.gold.aus == (unit(1, 0), unit(12, 0))
    with pytest.raises(
        InputError, match=r"AU1 has two columns, AU01_r and AU01_c; write for example aus_prefix=AU\*_r"
    ):
        table(text, "aus_prefix=AU")


def test_clips_and_folders_of_frames(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with av.open("a.mp4", "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
        container.mux(stream.encode())
    (tmp_path / "b").mkdir()
    Image.new("RGB", (8, 8)).save("b/1.png")
    (tmp_path / "t.csv").write_text("clip,label\na.mp4,fear\nb,anger\n")
    prep.main(["table", "csv=t.csv", "video=clip", "emotion=label", "out=o.jsonl"])
    assert [sample.media[0].kind for sample in read("o.jsonl")] == ["video", "frames"]
    (tmp_path / "a.mp4").write_bytes((tmp_path / "a.mp4").read_bytes()[:400])
    with pytest.raises(InputError, match=r"of 1 of 2 rows are damaged, .*\n  media: t_1: .*a.mp4: cannot be read: "):
        prep.main(["table", "csv=t.csv", "video=clip", "emotion=label", "out=o.jsonl"])


def test_a_missing_or_broken_image_stops_with_its_row(table, tmp_path):
    with pytest.raises(
        InputError, match=r"of 1 of 3 rows are missing, .* missing=skip:\n  row 2: labels_2: .*gone.png: no such file$"
    ):
        table(FACES.replace("1.png", "gone.png"), "emotion=label")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG")
    with pytest.raises(
        InputError, match=r"of 1 of 3 rows are damaged, .*\n  media: labels_3: .*bad.png: cannot be read: "
    ):
        table(FACES.replace("2.png", "bad.png"), "emotion=label")
    assert not (tmp_path / "mine.jsonl").exists()


def test_missing_images_are_left_out_on_request_and_listed(table, tmp_path, capsys):
    samples = table(FACES.replace("1.png", "gone.png"), "emotion=label", "missing=skip")
    assert [sample.id for sample in samples] == ["labels_1", "labels_3"]
    said = capsys.readouterr().out
    assert f"  left out 1:\n    media: labels_2: {tmp_path}/gone.png: no such file\n" in said
    with pytest.raises(InputError, match=r"no sample is left of 1, nothing was written:\n  media: labels_1: "):
        table("file,label\nx.png,happy\n", "emotion=label", "missing=skip")


def test_many_rows_left_out_are_counted_by_their_reason(table, tmp_path, capsys):
    (tmp_path / "empty.png").touch()
    rows = "".join(f"gone{number}.png,sad\n" for number in range(25)) + "empty.png,sad\n0.png,happy\n"
    table("file,label\n" + rows, "emotion=label", "missing=skip")
    said = capsys.readouterr().out
    assert "  left out 26:\n    25 no such file\n    1 is empty (0 bytes); fetch it again\n" in said
    assert "  all of them are in mine.prep.json\n" in said


WRONG = [
    (FACES, "emotion=lable", r"emotion=lable: the table has no such column; did you mean 'label'\? known: file, label"),
    (FACES, "split=parts", r"split=parts: the table has no such column; did you mean 'part'\?"),
    (FACES, "emotoin=label", r"unknown key 'emotoin'; did you mean 'emotion'\?"),
    (FACES, "valence=who", r"labels.csv:2: who is 'p1', not a number from -1 to 1; rescale the column"),
    (FACES, "aus=label", r"labels.csv:2: 'happy' in 'happy' is not an action unit; write AU1\+AU4"),
    (FACES, "aus_prefix=AU", r"aus_prefix=AU: no column is named AU01; columns: file, label, part, who"),
    (FACES, "labels=ekman", r"unknown label set 'ekman'; did you mean"),
    (FACES, "missing=ignore", r"missing=ignore: .*known: skip, stop"),
    (FACES, "look=open", r"look=open: .*known: decode, exist, none"),
    (FACES, "subject=who", r"nothing to learn: give emotion=, aus="),
    (FACES, "csv=lost.csv", r"no such file: lost.csv; did you mean 'labels.csv'\? known: 0.png, 1.png, 2.png"),
    (FACES, "delimiter=;", r"image=file: the table has no such column; .*; if that is one column, give delimiter="),
    (FACES, "delimiter=ab", r"delimiter='ab' is not one sign; write for example delimiter=tab"),
    (FACES, "id=who", r"rows 1 and 2 have the id 'p1'; give each its own"),
    (FACES + "3.png,happy\n", "emotion=label", r"labels.csv:5: 2 cells below a header of 4"),
    (FACES + "3.png,happy,a,b,c,d\n", "emotion=label", r"labels.csv:5: 6 cells below a header of 4"),
    (FACES + ",happy,a,b\n", "emotion=label", r"labels.csv:5: the column 'file' names no file"),
    ("file,label\n", "emotion=label", r"labels.csv has no rows below its header"),
    ("file,AU1\n0.png,7\n", "aus_prefix=AU", r"AU1 is '7', not a presence \(0, 1\) or an intensity from 0 to 5"),
    ("file,AU99\n0.png,1\n", "aus_prefix=AU", r"there is no action unit 99"),
    ("file,label\n0.png,contempt\n1.png,contempt\n2.png,sad\n", "emotion=label",
     r"emotion=label has values outside ekman7 \(anger, .*\): 'contempt' \(2 rows\); give labels=\w+; fitting: ekman8"),
    ("file,label\n0.png,glee\n", "emotion=label", r"'glee' \(1 rows\); no label set has them all; put known names in"),
    ("file,label\n0.png,3\n", "emotion=label", r"'3' \(1 rows\); numbers mean something else in every data set"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "word", "said"), WRONG)
def test_what_is_wrong_is_said(table, tmp_path, text, word, said):
    with pytest.raises(InputError, match=said):
        table(
            text,
            *(["emotion=label"] if word.startswith(("missing", "look", "csv", "delim", "id", "labels")) else []),
            word,
        )
    assert not (tmp_path / "mine.jsonl").exists()


def test_bytes_that_are_not_utf8_are_an_error(table, tmp_path):
    (tmp_path / "latin.csv").write_bytes("file,label\né.png,joy\n".encode("latin1"))
    with pytest.raises(
        InputError, match=r"latin.csv is not UTF-8 text \(byte 0xe9\); convert it first, for example: iconv -f"
    ):
        table(FACES, "csv=latin.csv", "emotion=label")


def test_a_table_needs_media_and_a_place_to_write():
    with pytest.raises(InputError, match=r"missing out=, csv="):
        prep.main(["table"])
    with pytest.raises(InputError, match=r"no data set 'tabel' to prepare; did you mean 'table'\?"):
        prep.main(["tabel"])


def test_neither_image_nor_video_is_an_error(tmp_path):
    (tmp_path / "t.csv").write_text("file,label\n0.png,joy\n")
    with pytest.raises(InputError, match=r"give image=COLUMN or video=COLUMN; the columns of .*t.csv: file, label"):
        prep.main(["table", f"csv={tmp_path}/t.csv", "out=o.jsonl"])


def test_folders_of_the_checkout_are_found(tmp_path, monkeypatch):
    assert (places.where("data_prep") / "table.py").is_file()
    with pytest.raises(
        InputError, match=r"no folder 'recipees': looked for .*/affectreason/recipees and .*/recipees; inst"
    ):
        places.where("recipees")
    package = tmp_path / "site-packages" / "affectreason"
    (package / "data_prep").mkdir(parents=True)
    monkeypatch.setattr(places.affectreason, "__file__", str(package / "__init__.py"))
    assert places.where("data_prep") == package / "data_prep"
