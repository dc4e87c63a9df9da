"""The sets of texts and words on clips of MER2023: emer, ov_merd, mer_caption, merr."""

import json

import pytest

from affectreason.affect.sample import Affect
from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import LeftOut


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def emer(tmp_path):
    head = "names,emotions,subtitles,reasons\n"
    write(
        tmp_path / "dataset-v1/gt-eng.csv",
        head + 'sample_00000648,angry,Stop.,"He roared, eyes wide."\nsample_00000927,happy,,She laughs.\n',
    )
    write(tmp_path / "dataset-v1/gt-chi.csv", head + "sample_00000648,生气,停。,他怒吼。\n")
    write(
        tmp_path / "dataset-v2/final-EMER-reason.csv",
        'name,chinese,english\nsample_00000000,他微笑。,"He smiles;\nhis voice is calm."\nsample_00000007,她笑。,\n',
    )
    write(tmp_path / "video/sample_00000648.avi", "")
    return tmp_path


def test_emer_v1(given, emer):
    first, second = given("emer", root=emer, protocol="v1")
    assert first.model_dump(exclude_defaults=True) == {
        "id": "emer_v1_sample_00000648",
        "media": ({"kind": "video", "path": str(emer / "video/sample_00000648.avi")},),
        "transcript": "Stop.",
        "gold": {"emotion": "angry"},
        "reasoning": "He roared, eyes wide.",
        "labels": "mer6",
        "affect": "expressed",
        "provenance": {
            "dataset": "EMER",
            "origin": "human",
            "licence": "research only (the clips are MER2023's)",
            "gate": "tables open, clips by signed form",
        },
    }
    assert (second.transcript, second.gold, second.reasoning) == (None, Affect(emotion="happy"), "She laughs.")
    assert second.media[0].path == str(emer / "video/sample_00000927.mp4")


def test_emer_v1_in_chinese_has_the_same_labels(given, emer):
    (sample,) = given("emer", root=emer, protocol="v1", language="chinese")
    assert (sample.gold.emotion, sample.transcript, sample.reasoning) == ("angry", "停。", "他怒吼。")
    write(emer / "dataset-v1/gt-chi.csv", "names,emotions,subtitles,reasons\na,生氣,停。,他怒吼。\n")
    with pytest.raises(InputError, match=r"gt-chi.csv:2: the label '生氣' is not one of the table's five; .*生气"):
        given("emer", root=emer, protocol="v1", language="chinese")


def test_emer_v2_has_texts_alone(given, emer):
    first, second = given("emer", root=emer)
    assert first.id == "emer_v2_sample_00000000"
    assert first.reasoning == "He smiles;\nhis voice is calm."
    assert (first.gold, first.labels, first.provenance.origin) == (Affect(), None, "human+model")
    assert second.reasoning is None
    assert [s.reasoning for s in given("emer", root=emer, language="chinese")] == ["他微笑。", "她笑。"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocol": "v3"}, r"protocol=v3: did you mean .* known: v1, v2"),
        ({"language": "german"}, r"language=german: .*known: chinese, english"),
    ],
)
def test_emer_options(given, emer, options, message):
    with pytest.raises(InputError, match=message):
        given("emer", root=emer, **options)


def test_emer_columns_in_the_singular_are_another_table(given, emer):
    write(emer / "dataset-v1/gt-eng.csv", "name,emotion,subtitle,reason\n")
    with pytest.raises(InputError, match=r"gt-eng.csv has no column 'names', 'emotions', 'subtitles', 'reasons'; did"):
        given("emer", root=emer, protocol="v1")


def test_ov_merd(given, tmp_path):
    write(
        tmp_path / "ov_store/check-openset.csv",
        "name,openset\nsample_00000007,\"['excited', 'Joyful', 'happy']\"\nsample_00000021,[]\n",
    )
    write(tmp_path / "subtitle_chieng.csv", "name,chinese,english\nsample_00000007,好，再见。,Good. Bye.\n")
    first, second = given("ov_merd", root=tmp_path)
    assert first.id == "ov_merd_sample_00000007"
    assert first.gold.emotions == {"excited": 1.0, "Joyful": 1.0, "happy": 1.0}
    assert (first.labels, first.transcript, first.provenance.split) == (None, "Good. Bye.", None)
    assert (second.gold, second.transcript) == (Affect(), None)
    assert given("ov_merd", root=tmp_path, empty="neutral")[1].gold.emotions == {"neutral": 1.0}


def test_ov_merd_plus_is_a_test_set(given, tmp_path):
    write(tmp_path / "ovlabel.csv", "name,openset\nsamplenew3_00000001,\"['calm']\"\n")
    write(tmp_path / "subtitle_eng.csv", "name,sentence\nsamplenew3_00000001,I see.\n")
    (sample,) = given("ov_merd", root=tmp_path, protocol="plus")
    assert (sample.transcript, sample.gold.emotions, sample.provenance.split) == ("I see.", {"calm": 1.0}, "test")
    with pytest.raises(InputError, match="protocol=minus: known: plus"):
        given("ov_merd", root=tmp_path, protocol="minus")
    with pytest.raises(
        InputError, match=r"has none of check-openset.csv, ov_store/check-openset.csv, track2_train_ovm"
    ):
        given("ov_merd", root=tmp_path)


def test_a_set_cut_short_is_named(given, tmp_path):
    write(tmp_path / "check-openset.csv", "name,openset\na,\"['excited', 'joy\"\n")
    with pytest.raises(InputError, match=r"check-openset.csv:2: the list \"\['excited', 'joy\" is not closed"):
        given("ov_merd", root=tmp_path, language="none")


@pytest.fixture
def caption(tmp_path):
    write(
        tmp_path / "track2_train_mercaptionplus.csv",
        "name,openset\nsamplenew_00006611,\"['angry', 'annoyed']\"\nsamplenew_00000002,[]\nsamplenew_00000003,[]\n",
    )
    write(
        tmp_path / "track3_train_mercaptionplus.csv",
        "name,reason\nsamplenew_00000002,Nothing moves.\nsamplenew_00006611,He frowns.\n",
    )
    write(tmp_path / "subtitle_chieng.csv", "name,chinese,english\nsamplenew_00006611,走开。,\n")
    return tmp_path


def test_mer_caption_joins_words_and_descriptions_by_name(given, caption):
    first, second, third = given("mer_caption", root=caption, faces=True)
    assert (first.id, first.gold.emotions) == ("mer_caption_samplenew_00006611", {"angry": 1.0, "annoyed": 1.0})
    assert (first.reasoning, first.transcript) == ("He frowns.", None)
    assert (first.provenance.split, first.provenance.origin) == ("train", "model")
    assert [(m.kind, m.role, m.colour) for m in first.media] == [("video", None, "rgb"), ("frames", "face", "bgr")]
    assert first.media[1].path == str(caption / "openface_face/samplenew_00006611/samplenew_00006611.npy")
    assert (second.gold, second.reasoning) == (Affect(), "Nothing moves.")
    assert third == LeftOut(
        "mer_caption_samplenew_00000003",
        "no description of it in track3_train_mercaptionplus.csv",
        f"{caption / 'track2_train_mercaptionplus.csv'}:4",
    )
    assert given("mer_caption", root=caption, language="chinese")[0].transcript == "走开。"


def test_mer_caption_of_a_table_given(given, caption):
    write(caption / "all.csv", "name,openset,reason\nsamplenew_00000009,\"['shy']\",She looks away.\n")
    (sample,) = given("mer_caption", root=caption, protocol="full", csv="all.csv")
    assert (sample.gold.emotions, sample.reasoning) == ({"shy": 1.0}, "She looks away.")
    for options in ({"protocol": "full"}, {"csv": "all.csv"}):
        with pytest.raises(InputError, match="protocol=full and csv=TABLE belong together: MER-Caption is in no"):
            given("mer_caption", root=caption, **options)


@pytest.fixture
def merr(tmp_path):
    lines = "sample_00000047 125 sad -10\nsample_00000001 60 doubt 1.5\n\nsample_00000002 60 happy\n"
    write(tmp_path / "MERR_coarse_grained.txt", lines)
    write(tmp_path / "MERR_fine_grained.txt", "sample_00000047 125 sad -10\n")
    coarse = {"sample_00000047": {"caption": "Brows drawn."}, "sample_00000001": {"caption": "Head tilted."}}
    write(tmp_path / "MERR_coarse_grained.json", json.dumps(coarse))
    fine = {"sample_00000047": {"caption": "short", "smp_reason_caption": "Brows drawn and a low voice."}}
    write(tmp_path / "MERR_fine_grained.json", json.dumps(fine))
    write(tmp_path / "transcription_en_all.csv", "name,sentence\nsample_00000047,I know.\n")
    return tmp_path


def test_merr_coarse(given, merr):
    first, second, third = given("merr", root=merr)
    assert (first.id, first.gold, first.labels) == ("merr_coarse_sample_00000047", Affect(emotion="sad"), "merr9")
    assert (first.reasoning, first.transcript, first.provenance.origin) == ("Brows drawn.", "I know.", "model")
    assert (second.gold, second.transcript) == (Affect(emotion="doubt", score=1.5), None)
    assert third == LeftOut(
        "merr_coarse_sample_00000002",
        "no caption of it in MERR_coarse_grained.json",
        f"{merr / 'MERR_coarse_grained.txt'}:4",
    )


def test_merr_captions_that_are_no_text_are_told(given, merr):
    write(merr / "MERR_coarse_grained.json", '{"sample_00000047": {"caption": ["a"]}}')
    with pytest.raises(InputError, match=r"MERR_coarse_grained.json: caption of 'sample_00000047' is .*, not a text"):
        given("merr", root=merr)


def test_merr_fine(given, merr):
    (merr / "transcription_en_all.csv").unlink()
    write(merr / "transcription_all_new.csv", "name,sentence_en\nsample_00000047,I know.\n")
    (sample,) = given("merr", root=merr, protocol="fine")
    assert (sample.reasoning, sample.transcript) == ("Brows drawn and a low voice.", "I know.")


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("MERR_coarse_grained.txt", "a 12\n", r"MERR_coarse_grained.txt:1: 'a 12' has 2 of 3 columns"),
        ("MERR_coarse_grained.txt", "sample_00000047 12 bored -10\n", r"txt:1: the label 'bored' is not in 'merr9'"),
        ("MERR_coarse_grained.txt", "sample_00000047 12 sad 9\n", r"txt:1: '9' is not a number from -10 to 5"),
        ("MERR_coarse_grained.json", "[]", r"MERR_coarse_grained.json is not an object of clips; take both files of"),
    ],
)
def test_merr_files_of_another_form(given, merr, file, text, message):
    write(merr / file, text)
    with pytest.raises(InputError, match=message):
        given("merr", root=merr)


def test_published_counts():
    about = {name: scripts.load(name).ABOUT for name in ("emer", "ov_merd", "mer_caption", "merr")}
    assert dict(about["emer"].counts) == {"v1:all": 100, "v2:all": 332}
    assert sum(about["emer"].published_labels("all", "v1").values()) == 100
    assert [about["ov_merd"].published("all", protocol) for protocol in (None, "plus")] == [332, 532]
    assert [about["mer_caption"].published("all", protocol) for protocol in ("plus", "full")] == [31_327, 115_595]
    assert [about["merr"].published("all", protocol) for protocol in ("coarse", "fine")] == [28_618, 4_487]
