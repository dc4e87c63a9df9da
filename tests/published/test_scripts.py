import pytest

from affectreason.errors import InputError
from affectreason.published import scripts
from affectreason.published.about import About

WHOLE = """
from affectreason.published.about import About
ABOUT = About(title="X", holds="x", licence="x", gate="open", get="x", layout="x")
OPTIONS = {"root": ...}
def samples(**options):
    yield from ()
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setattr(scripts, "where", lambda name: tmp_path)
    return tmp_path


def test_a_script_is_found_by_its_name(desk):
    (desk / "mine.py").write_text(WHOLE)
    (desk / "_not.py").write_text("")
    assert scripts.names() == ["mine"]
    assert scripts.load("mine").ABOUT.title == "X"
    with pytest.raises(InputError, match=r"no data set 'mien' to prepare; did you mean 'mine'\? known: mine"):
        scripts.load("mien")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ABOUT = 'x'\n", r"mine.py needs ABOUT \(an affectreason.published.about.About\), OPTIONS and samples"),
        (WHOLE.replace("def samples", "def rows"), r"mine.py needs ABOUT"),
        (WHOLE.replace('"root"', '"look"'), r"mine.py: the key look= is taken by `affectreason prep` itself; choose"),
    ],
)
def test_what_a_script_lacks_is_said(desk, text, said):
    (desk / "mine.py").write_text(text)
    with pytest.raises(InputError, match=said):
        scripts.load("mine")


@pytest.mark.parametrize("name", scripts.names())
def test_every_script_says_what_it_reads(name):
    script = scripts.load(name)
    about = script.ABOUT
    assert isinstance(about, About)
    assert all(text.strip() for text in (about.title, about.holds, about.licence, about.gate, about.get, about.layout))
    assert "\n" not in about.holds + about.licence + about.gate + about.get
    assert script.samples.__doc__, "say what it yields"
    for labels in about.label_counts.values():
        assert all(count > 0 for count in labels.values())
    for key, labels in about.label_counts.items():
        assert about.counts.get(key, sum(labels.values())) >= sum(labels.values()), key  # some have no label
