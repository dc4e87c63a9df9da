import json
from itertools import groupby

import pytest

from affectreason.affect.samples import read
from affectreason.commands import mix
from affectreason.errors import InputError


@pytest.fixture
def mixed(tmp_path, monkeypatch, capsys):
    """Run `mix` and give the samples back with what was printed."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        assert mix.main(["out=mix.jsonl", *words]) == 0
        return read(tmp_path / "mix.jsonl"), capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def rows(tmp_path):
    """Write rows to a file."""

    def write(name, found):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in found))

    return write


@pytest.fixture
def three(rows):
    """A: 30 samples, two of three happy; B: four angry ones, one to test on; G: five dialogues."""
    rows(
        "A.jsonl",
        [{"id": f"A{n}", "gold": {"emotion": "happy" if n % 3 else "sad"}, "labels": "mer6"} for n in range(30)],
    )
    splits = ["test", "train", "train", "train"]
    rows("B.jsonl", [{"id": f"B{n}", "gold": {"emotion": "angry"}, "labels": "mer6", "provenance": {"split": split}}
                     for n, split in enumerate(splits)])  # fmt: skip
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}]
    rows("G.jsonl", [{"messages": turns} for _ in range(5)])


def test_weights_replay_and_balance(mixed, three):
    found, said = mixed(
        "data=[A.jsonl,B.jsonl:train]", "weights=[0.5,0.3]", "n=40", "balance=emotion", "replay=G.jsonl", "share=0.1"
    )
    assert said == [
        "wrote 40 samples to mix.jsonl",
        "                    A.jsonl  B.jsonl:train  G.jsonl",
        "  angry                   0             13        0",
        "  happy                  11              0        0",
        "  no emotion              0              0        4",
        "  sad                    12              0        0",
        "  all                    23             13        4",
        "  of samples there       30              3        5",
        "  drawn again             2             10        0",
        "  never drawn             9              0        1",
        "  held out                0              0        0",
    ]
    names = [one.id for one in found]
    assert len(set(names)) == 40
    assert sorted(name for name in names if name.startswith("B1")) == [
        "B1", "B1+again_2", "B1+again_3", "B1+again_4", *(["B1+again_5"] if "B1+again_5" in names else []),
    ]  # fmt: skip
    assert "B0" not in names
    assert {one.response for one in found if one.id.startswith("G")} == {"yes"}
    assert len({name[0] for name in names[:12]}) == 3  # mixed, not one file after the other


def test_without_weights_each_file_counts_by_its_size(mixed, three):
    _, said = mixed("data=[A.jsonl,B.jsonl]", "n=17")
    assert said[5].split() == ["all", "15", "2"]


def test_the_same_bytes_on_every_run(mixed, three, tmp_path):
    words = ("data=[A.jsonl,B.jsonl]", "n=50")
    mixed(*words)
    first = (tmp_path / "mix.jsonl").read_bytes()
    mixed(*words)
    assert (tmp_path / "mix.jsonl").read_bytes() == first
    mixed(*words, "seed=1")
    assert (tmp_path / "mix.jsonl").read_bytes() != first


def test_groups_stay_together_and_in_order(mixed, rows):
    rows("Q.jsonl", [{"id": f"{clip}{n}", "group": clip} for n in range(3) for clip in "abcd"])
    found, _ = mixed("data=Q.jsonl", "n=24")
    runs = [[one.id for one in run] for _, run in groupby(found, key=lambda one: one.group)]
    assert sorted(runs) == sorted(
        [[f"{clip}{n}{end}" for n in range(3)] for clip in "abcd" for end in ("", "+again_2")]
    )
    assert {one.group for one in found} == {*"abcd", *(f"{clip}+again_2" for clip in "abcd")}


def test_nothing_that_is_held_out(mixed, rows, tmp_path):
    for name, content in (("x.png", b"1"), ("y.png", b"1"), ("z.png", b"2")):
        (tmp_path / name).write_bytes(content)
    picture = [{"media": [{"kind": "image", "path": path}]} for path in ("x.png", "y.png", "z.png")]
    rows(
        "T.jsonl",
        [{"id": "t", **picture[0], "provenance": {"split": "test"}}, {"id": "u", "provenance": {"split": "dev"}}],
    )
    rows("D.jsonl", [
        {"id": "t+label", "group": "g"},  # a question about a held-out sample, and what stands with it
        {"id": "other", "group": "g"},
        {"id": "renamed", **picture[1]},
        {"id": "free", **picture[2]},
        {"id": "u"},
    ])  # fmt: skip
    found, said = mixed("data=D.jsonl", "n=2", "held_out=T.jsonl:test")
    assert {one.id for one in found} == {"free", "u"}
    assert said[-2].split() == ["held", "out", "3"]
    assert said[-5].split() == ["of", "samples", "there", "2"]
    assert said[-1] == (
        "held out by data set and id 0, by id alone 1, by media 1; samples that name no data set may be others of the "
        "same id: prep them with dataset=NAME"
    )
    with pytest.raises(InputError, match=r"T.jsonl: every sample \(2\) is held out; name another split"):
        mixed("data=T.jsonl", "n=2", "held_out=[D.jsonl,T.jsonl:test]")


def test_rare_labels_are_summed_up(mixed, rows):
    rows(
        "L.jsonl", [{"id": f"{n}_{m}", "gold": {"emotion": f"e{n:02}"}} for n in range(22) for m in range(1 + (n < 20))]
    )
    _, said = mixed("data=L.jsonl", "n=42")
    assert said[22].split() == ["2", "more", "labels", "2"]
    assert said[23].split() == ["all", "42"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["n=0"], r"n=0: write a whole number from 1"),
        (["n=2.5"], r"n=2.5: write a whole number from 1"),
        (["seed=-1"], r"seed=-1: write a whole number from 0"),
        (["weights=[1]"], r"weights=\[1\]: give one number above 0 for each of the 2 files of data="),
        (["weights=[1,0]"], r"weights=\[1, 0\]: give one number above 0"),
        (["weights=[1,a]"], r"weights=\[1, 'a'\]: give one number above 0"),
        (["balance=emotions"], r"balance=emotions: did you mean 'emotion'\?"),
        (["balance=fold"], r"balance=fold: known: dataset, emotion, sentiment, split, task"),
        (["data=[A.jsonl,./A.jsonl]"], r"^./A.jsonl is named twice; name it once, and give it its share with weights="),
        (["data=[B.jsonl:train,A.jsonl,B.jsonl:train]"], r"^B.jsonl:train is named twice;"),
        (["replay=A.jsonl", "share=0.1"], r"^A.jsonl is named twice;"),
        (["data=[B.jsonl:train,B.jsonl]"], r"sample 'B1' is in B.jsonl:train and in B.jsonl; take one of the two"),
        (["out="], r"missing out="),
        (["replay=G.jsonl"], r"replay= and share= belong together: replay=GENERAL.jsonl share=0.1"),
        (["share=0.1"], r"replay= and share= belong together"),
        (["replay=G.jsonl", "share=1"], r"share=1: give a number between 0 and 1, such as 0.1"),
        (["data=[]"], r"data=\[\]: give files, such as data=\[A.jsonl,B.jsonl:train\]"),
        (["held_out=3"], r"held_out=3: give files, such as held_out="),
        (["out=A.jsonl"], r"out=A.jsonl is a file that is read; name another one"),
        (["held_out=M.jsonl", "out=M.jsonl"], r"out=M.jsonl is a file that is read"),
        (["data=[A.jsonl,B.jsonl:trian]"], r"B.jsonl: no sample of split 'trian'; did you mean 'train'"),
        (["data=[A.jsonl,C.jsonl]"], r"no such file: C.jsonl; in .: "),
        (["data=[A.jsonl,A2.jsonl]"], r"sample 'A7' is in A.jsonl and in A2.jsonl; take one of the two out of data="),
        (["data=[A.jsonl,G.jsonl]", "balance=emotion"], r"balance=emotion: no sample of G.jsonl names its emotion;"),
        (["shares=0.1"], r"unknown key 'shares'; did you mean 'share'"),
    ],
)  # fmt: skip
def test_errors_in_words(mixed, three, rows, tmp_path, words, told):
    rows("A2.jsonl", [{"id": "A7"}])
    with pytest.raises(InputError, match=told):
        mixed("data=[A.jsonl,B.jsonl]", "n=5", *words)
    assert not (tmp_path / "mix.jsonl").exists()


def test_help_names_every_key():
    assert all(key in mix.HELP for key in mix.KEYS)
    with pytest.raises(InputError, match="missing data=, n=, out="):
        mix.main([])


def test_no_input_is_written_over_by_another_name(three, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c").mkdir()
    (tmp_path / "link.jsonl").symlink_to("B.jsonl")
    before = {name: (tmp_path / name).read_bytes() for name in ("A.jsonl", "B.jsonl", "G.jsonl")}
    for words in (
        ["out=c/../A.jsonl"], ["out=B.jsonl", "held_out=link.jsonl:test"], ["out=link.jsonl", "held_out=B.jsonl:test"],
        ["out=c/../G.jsonl", "replay=G.jsonl", "share=0.5"], ["out=link.jsonl", "data=[A.jsonl,B.jsonl:train]"],
    ):  # fmt: skip
        with pytest.raises(InputError, match=r"is a file that is read; name another one"):
            mix.main(["data=A.jsonl", "n=4", *words])
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    for _ in range(2):  # an output of its own may be
        assert mix.main(["data=A.jsonl", "n=4", "out=c/mix.jsonl"]) == 0


@pytest.mark.parametrize(
    ("balance", "key"),
    [("sentiment", ("gold", "sentiment")), ("split", ("provenance", "split")), ("dataset", ("provenance", "dataset")),
     ("task", ("task",))],
)  # fmt: skip
def test_balance_by_other_things(mixed, rows, balance, key):
    def row(number):
        value = ["one", "two"][number % 10 == 0]
        return {"id": str(number), **({key[0]: value} if len(key) == 1 else {key[0]: {key[1]: value}})}

    rows("S.jsonl", [row(number) for number in range(40)])
    _, said = mixed("data=S.jsonl", "n=20", f"balance={balance}")
    assert [line.split() for line in said[2:4]] == [["one", "10"], ["two", "10"]]


def test_an_id_of_another_data_set_is_another_sample(mixed, rows):
    rows("T.jsonl", [{"id": f"labels_{n}", "provenance": {"dataset": "A"}} for n in range(3)])
    rows("D.jsonl", [{"id": f"labels_{n}", "provenance": {"dataset": "B" if n else "A"}} for n in range(3)])
    found, said = mixed("data=D.jsonl", "n=2", "held_out=T.jsonl")
    assert {one.id for one in found} == {"labels_1", "labels_2"}
    assert said[-1] == "held out by data set and id 1, by id alone 0, by media 0"


def test_one_sample_is_told_as_one(mixed, rows):
    rows("O.jsonl", [{"id": "a"}])
    assert mixed("data=O.jsonl", "n=1")[1][0] == "wrote 1 sample to mix.jsonl"
