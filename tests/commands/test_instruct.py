import json

import pytest

from affectreason.affect.samples import read
from affectreason.commands import instruct
from affectreason.errors import InputError

FACE = {
    "id": "a", "media": [{"kind": "image", "path": "a.png"}], "labels": "ekman7", "affect": "expressed",
    "gold": {"emotion": "happiness", "aus": [{"number": 6}, {"number": 12}, {"number": 15, "intensity": 0}]},
    "attributes": {"scene": "indoor", "age": 31.0}, "provenance": {"split": "train", "dataset": "D"},
}  # fmt: skip
CLIP = {
    "id": "b", "media": [{"kind": "video", "path": "b.mp4", "start": 1.0}], "labels": "mer6", "transcript": "No.",
    "gold": {"emotion": "angry"}, "reasoning": "His voice is loud.", "attributes": {"scene": "street"},
    "provenance": {"split": "train"},
}  # fmt: skip
WORDS = {"id": "c", "gold": {"emotions": {"relieved": 1, "tired": 1}}, "provenance": {"split": "test"}}


@pytest.fixture
def asked(tmp_path, monkeypatch, capsys):
    """Write rows, run `instruct`, and give the questions back with what was printed."""
    monkeypatch.chdir(tmp_path)

    def run(rows, *words):
        (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        assert instruct.main(["data=in.jsonl", "out=sub/q.jsonl", *words]) == 0
        return read(tmp_path / "sub" / "q.jsonl"), capsys.readouterr().out.splitlines()

    return run


def test_all_questions_of_three_samples(asked, tmp_path):
    found, said = asked([FACE, CLIP, WORDS])
    assert [one.id for one in found] == [
        "a+label", "a+units", "a+unit_12", "a+unit_15", "a+attribute_age", "a+attribute_scene",
        "a+statement_1", "a+statement_2", "a+statement_3", "a+statement_4",
        "b+label", "b+attribute_scene", "b+description", "b+statement_1", "b+statement_2",
        "c+open_set",
    ]  # fmt: skip
    assert said == [
        "wrote 16 questions about 3 samples to sub/q.jsonl",
        "  label             2  (1 of 3 samples: no gold emotion of a label set)",
        "  units             3  yes 1, no 1; right without looking 1.00 (chance 0.50)"
        "  (2 of 3 samples: no coded action units)",
        "  attributes        3  (1 of 3 samples: no annotated attributes)",
        "  open_set          1  (2 of 3 samples: no set of emotions)",
        "  description       1  (2 of 3 samples: no reasoning)",
        "  statements        6  correct 3, incorrect 3; right without looking 1.00 (chance 0.50)"
        "  (1 of 3 samples: no emotion or unit with a false one beside it)",
    ]
    assert {one.group for one in found if one.id[0] == "a"} == {"a"}
    assert found[0].media[0].path == str(tmp_path / "a.png")
    assert found[10].media[0].start == 1.0
    assert found[10].transcript == "No."
    assert found[0].provenance.dataset == "D"
    scenes = [one for one in found if one.id.endswith("scene")]
    assert [(one.answer, one.choices) for one in scenes] == [
        ("indoor", ("indoor", "street")),
        ("street", ("indoor", "street")),
    ]


def test_the_questions_of_one_clip_stand_together(asked):
    rows = [
        {**CLIP, "id": "1"},
        FACE,
        {**CLIP, "id": "2", "gold": {"emotion": "sad"}},
        {**CLIP, "id": "3", "media": [{"kind": "video", "path": "b.mp4", "start": 2.0}]},
        {**FACE, "id": "4", "media": [], "group": "g"},
        {**CLIP, "id": "5", "group": "g"},
    ]
    found, _ = asked(rows, "ask=label")
    assert [(one.id, one.group) for one in found] == [
        ("1+label", "1"), ("2+label", "1"), ("a+label", "a"), ("3+label", "3"), ("4+label", "g"), ("5+label", "g"),
    ]  # fmt: skip


def test_the_same_bytes_on_every_run_and_in_every_order(asked, tmp_path):
    asked([FACE, CLIP, WORDS], "seed=3")
    first = (tmp_path / "sub" / "q.jsonl").read_bytes()
    asked([FACE, CLIP, WORDS], "seed=3")
    assert (tmp_path / "sub" / "q.jsonl").read_bytes() == first
    asked([WORDS, CLIP, FACE], "seed=3")
    assert sorted((tmp_path / "sub" / "q.jsonl").read_bytes().splitlines()) == sorted(first.splitlines())
    asked([FACE, CLIP, WORDS], "seed=4")
    assert (tmp_path / "sub" / "q.jsonl").read_bytes() != first


def test_a_few_of_a_split_and_of_some_kinds(asked):
    found, said = asked([FACE, CLIP, WORDS], "ask=[statements,description]", "per_sample=2", "data=in.jsonl:train")
    assert len([one for one in found if one.id[0] == "a"]) == 2  # one pair of two
    assert len([one for one in found if one.id[0] == "b"]) in (1, 2)  # the description, or the pair
    assert said[0] == f"wrote {len(found)} questions about 2 samples to sub/q.jsonl"
    assert [line.split()[0] for line in said[1:]] == ["statements", "description"]
    found, _ = asked([FACE, CLIP, WORDS], "ask=open_set", "data=in.jsonl:test")
    assert [one.id for one in found] == ["c+open_set"]


def test_an_attribute_of_many_values_is_open(asked):
    rows = [{"id": str(n), "attributes": {"place": f"p{n}", "few": str(n % 2), "mixed": "a" if n else 1.0, "one": "x"}}
            for n in range(12)]  # fmt: skip
    found, _ = asked(rows, "ask=attributes")
    closed = {one.id.partition("_")[2]: one.choices for one in found}
    assert closed == {"place": None, "few": ("0", "1"), "mixed": None, "one": None}
    assert asked(rows[:11], "ask=attributes")[0][-1].choices == tuple(sorted(f"p{n}" for n in range(11)))


@pytest.mark.parametrize(
    ("rows", "words", "told"),
    [
        ([FACE], ["ask=[label,unit]"], r"ask=unit: did you mean 'units'\? known: attributes, description, label, "),
        ([FACE], ["ask=3"], r"ask=3: known: attributes"),
        ([FACE], ["ask=[]"], r"ask=\[\]: known: attributes"),
        ([FACE], ["per_sample=0"], r"per_sample=0: write a whole number from 1"),
        ([FACE], ["per_sample=1.5"], r"per_sample=1.5: write a whole number from 1"),
        ([FACE], ["seed=true"], r"seed=true: write a whole number from 0"),
        ([FACE], ["out="], r"missing out="),
        ([FACE], ["seed="], r"seed=: write a whole number from 0"),
        ([FACE], ["out=./in.jsonl"], r"out=in.jsonl is a file that is read; name another one"),
        ([FACE], ["asc=label"], r"unknown key 'asc'; did you mean 'ask'"),
        ([FACE], ["data=in.jsonl:tran"], r"no sample of split 'tran'; did you mean 'train'"),
        ([WORDS], ["ask=[label,units]"], r"no question can be asked of in.jsonl: label: no gold emotion of a label "
         r"set; units: no coded action units"),
        ([FACE], ["ask=statements", "per_sample=1"], r"no question can be asked of .*: a pair .* needs per_sample=2"),
        ([{**FACE, "gold": {"aus": [98]}}], [], r"sample 'a': there is no action unit 98; known: 1, 2,"),
    ],
)  # fmt: skip
def test_errors_in_words(asked, tmp_path, rows, words, told):
    with pytest.raises(InputError, match=told):
        asked(rows, *words)
    assert not (tmp_path / "sub" / "q.jsonl").exists()


def test_missing_keys():
    with pytest.raises(InputError, match="missing data=, out="):
        instruct.main([])


def test_help_names_every_key_and_kind():
    for word in ("data", "out", "ask", "per_sample", "seed", "SPLIT", *instruct.asked.WITHOUT):
        assert word in instruct.HELP
    assert list(instruct.asked.WITHOUT) == list(instruct.questions.KINDS)


def test_the_input_is_not_written_over_by_another_name(asked, tmp_path):
    (tmp_path / "link").symlink_to(".")
    for out in ("sub/../in.jsonl", "link/in.jsonl"):
        with pytest.raises(InputError, match=f"out={out} is in.jsonl, and that is a file that is read"):
            asked([FACE], f"out={out}")
        assert json.loads((tmp_path / "in.jsonl").read_text()) == FACE


def test_questions_are_not_asked_of_questions(asked, tmp_path):
    asked([FACE], "ask=[label,description,statements]")
    made = [json.loads(line) for line in (tmp_path / "sub" / "q.jsonl").read_text().splitlines()]
    assert len(made) == 5
    found, said = asked([*made, CLIP], "ask=[label,description]")
    assert [one.id for one in found] == ["b+label", "b+description"]
    assert said[:2] == [
        "wrote 2 questions about 1 sample to sub/q.jsonl",
        "passed over 5 rows that are questions already",
    ]
    _, said = asked([made[0], CLIP], "ask=label")
    assert said[:2] == [
        "wrote 1 question about 1 sample to sub/q.jsonl",
        "passed over 1 row that is a question already",
    ]
    with pytest.raises(InputError, match=r"in.jsonl: every row is a question that instruct made; name the file it"):
        asked(made)


def test_a_clip_without_a_group_is_not_put_into_one_of_its_name(asked):
    rows = [{**FACE, "id": "x"}, {**CLIP, "id": "y", "group": "x"}, {**WORDS, "id": "z", "group": "x+alone"}]
    found, _ = asked(rows, "ask=[label,open_set]")
    assert {one.id: one.group for one in found} == {
        "x+label": "x+alone+alone", "y+label": "x", "z+open_set": "x+alone",
    }  # fmt: skip


def test_what_is_right_without_looking_is_told(asked):
    names = ["neutral"] * 6 + ["happiness"] * 3 + ["surprise", "anger", "sadness"]
    rows = [{"id": f"{n}", "labels": "ekman7", "gold": {"emotion": name}} for n, name in enumerate(names * 20)]
    found, said = asked(rows, "ask=statements")
    claims = {}
    for one in found:
        name = one.question.split('"')[1]
        claims.setdefault(name, []).append(one.answer)
    best = sum(max(answers.count("correct"), answers.count("incorrect")) for answers in claims.values())
    assert set(claims) == set(names)
    assert best / len(found) < 0.55
    assert said[1] == (
        f"  statements      480  correct 240, incorrect 240; right without looking {best / 480:.2f} (chance 0.50)"
    )
